"""The embedded hub as one thing: start it, use it, end it.

with EmbeddedHub.start(run_dir) as hub:
    subprocess.run(["hubspoke", "roles"], env=hub.environment("inventory-bot"))
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hubspoke_local.accounts import DEPLOYER, ENVIRONMENT, HUB, OPERATOR, PROJECT, REGION, RUNNER, STACK
from hubspoke_local.confinement import base_environment, refuse_inside_lambda
from hubspoke_local.deploy import DEPLOYER_ARN, DIRECT_HUB_ROLE_ARN, AccessKey, Deployment
from hubspoke_local.emulator import Emulator

BIN: Final = Path(sys.executable).parent
"""Where the console scripts of this environment are: hubspoke, hubspoke-admin, aws."""


class PublishError(RuntimeError):
    """The operator's publish failed. The message is what ``hubspoke-admin`` said."""


@dataclass(frozen=True, slots=True)
class EmbeddedHub:
    """A running hub: where it is, and how to call it as one of its callers."""

    run_dir: Path
    aws_endpoint: str
    outputs: dict[str, str]
    emulator: Emulator
    deployment: Deployment

    @classmethod
    @contextmanager
    def start(
        cls, run_dir: Path, *, publish: bool = True, inventory: bool = False
    ) -> Iterator["EmbeddedHub"]:
        """Bring a hub up in ``run_dir``, with the grants published, and end it in the end.

        With the inventory only where it is asked for: the emulator's organization can't hold the demo's
        accounts.
        """
        refuse_inside_lambda(os.environ)
        emulator = Emulator(run_dir)
        try:
            emulator.start()
            deployment = Deployment(emulator.endpoint, emulator.bootstrap)
            outputs = deployment.deploy_hub(run_dir / "packages", inventory=inventory)
            direct = deployment.create_hub_role()
            deployment.deploy_spokes(outputs["ExecutionRoleArn"])
            hub = cls(run_dir, emulator.endpoint, outputs, emulator, deployment)
            hub._write_profiles(deployment.create_callers(outputs) | direct)
            deployment.deploy_doctor_roles()
            if publish:
                hub.publish(PROJECT / "grants")
            yield hub
        finally:
            emulator.stop()

    @property
    def region(self) -> str:
        """The Region that everything is in, and that requests are signed for."""
        return REGION

    @property
    def endpoint(self) -> str:
        """The API's base URL: what callers set HUBSPOKE_ENDPOINT to."""
        return f"{self.aws_endpoint}/_aws/execute-api/{self.outputs['ApiId']}/{ENVIRONMENT}"

    @property
    def trail(self) -> Path:
        """The folder of CloudTrail's files, in an organization trail's layout."""
        return self.emulator.trail

    def settings(self) -> dict[str, str]:
        """Return the variables that lead a client to this hub, whoever it is."""
        return {
            "HUBSPOKE_ENDPOINT": self.endpoint,
            "AWS_ENDPOINT_URL": self.aws_endpoint,
            # It has no sign-in endpoint; the console's credentials would else be sent to AWS's own.
            "AWS_ENDPOINT_URL_SIGNIN": self.aws_endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": str(self._profiles),
            # Empty: the person's own file would otherwise be read.
            "AWS_SHARED_CREDENTIALS_FILE": str(self._no_credentials),
            "AWS_EC2_METADATA_DISABLED": "true",
            "HUBSPOKE_STACK": STACK,
            "HUBSPOKE_REGIONS": REGION,
            "HUBSPOKE_LEDGER_TABLE": self.outputs["LedgerTable"],
            "HUBSPOKE_QUARANTINE_TABLE": self.outputs["QuarantineTable"],
            "HUBSPOKE_CACHE_DIR": str(self.run_dir / "cache"),
            "HUBSPOKE_TRAIL": str(self.trail),
            # Some spokes trust the direct route's hub role too, and they may.
            "HUBSPOKE_TRUSTS": DIRECT_HUB_ROLE_ARN,
        }

    def environment(self, profile: str) -> dict[str, str]:
        """Return a child's whole environment, with the credentials of one profile within reach."""
        base = base_environment()
        base["PATH"] = os.pathsep.join([str(BIN), base.get("PATH", os.defpath)])
        return base | self.settings() | {"AWS_PROFILE": profile}

    def publish(self, grants: Path, *options: str) -> str:
        """Publish a grants folder as the operator would, and return what was printed."""
        done = subprocess.run(  # noqa: S603 - our own console script
            [str(BIN / "hubspoke-admin"), "grants", "publish", str(grants), *options],
            env=self.environment(OPERATOR),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise PublishError(done.stderr.strip() or f"hubspoke-admin ended with {done.returncode}")
        return done.stdout.strip()

    def root_client(self, service: str, account: str = HUB) -> Any:
        """Make a client that may do everything in an account: for tests that break things."""
        return self.deployment.root_client(service, account)

    @property
    def _no_credentials(self) -> Path:
        return self.run_dir / "aws" / "none"

    @property
    def _profiles(self) -> Path:
        return self.run_dir / "aws" / "config"

    def _write_profiles(self, keys: dict[str, AccessKey]) -> None:
        self._profiles.parent.mkdir(mode=0o700)
        self._no_credentials.touch(mode=0o600)
        descriptor = os.open(self._profiles, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            for name, key in keys.items():
                file.write(
                    f"[profile {name}]\n"
                    f"region = {REGION}\n"
                    f"aws_access_key_id = {key.key_id}\n"
                    f"aws_secret_access_key = {key.secret}\n\n"
                )
            file.write(
                f"[profile {DEPLOYER}]\n"
                f"region = {REGION}\n"
                f"role_arn = {DEPLOYER_ARN}\n"
                f"role_session_name = build-4711\n"
                f"source_profile = {RUNNER}\n"
            )
