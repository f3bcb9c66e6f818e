"""Makes spokes on the embedded hub by IAM's own calls: a thousand accounts in seconds.

The calls are signed and sent as they are. A client of boto3's for each account would take longer to make than
all that it is for.
"""

import json
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import requests
from requests_aws4auth import AWS4Auth

from hubspoke_local.hub import EmbeddedHub
from tests.support.spokes import Spoke

DOCTOR_ROLE = "hubspoke-doctor"
_AT_ONCE = 4


class SpokeMaker:
    """Acts as root in any account of one embedded hub."""

    def __init__(self, hub: EmbeddedHub) -> None:
        self._endpoint, self._region = hub.aws_endpoint, hub.region
        self._secret = hub.emulator.bootstrap
        self._threads = threading.local()

    def make(self, spokes: Iterable[Spoke]) -> None:
        """Make all that these accounts have."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._make, spokes))

    def _make(self, spoke: Spoke) -> None:
        if spoke.has_doctor_role:
            trust = json.dumps(spoke.doctor_trust)
            self._call(spoke, "CreateRole", RoleName=DOCTOR_ROLE, AssumeRolePolicyDocument=trust)
            reads = {"PolicyName": "read-roles", "PolicyDocument": json.dumps(spoke.doctor_policy)}
            self._call(spoke, "PutRolePolicy", RoleName=DOCTOR_ROLE, **reads)
        if not spoke.has_role:
            return
        bounded: dict[str, str] = {}
        if spoke.has_boundary:
            name = f"{spoke.role}-boundary"
            document = json.dumps(spoke.boundary)
            self._call(spoke, "CreatePolicy", PolicyName=name, Path=spoke.path, PolicyDocument=document)
            bounded = {"PermissionsBoundary": f"arn:aws:iam::{spoke.account}:policy{spoke.path}{name}"}
        self._call(
            spoke,
            "CreateRole",
            RoleName=spoke.role,
            Path=spoke.path,
            MaxSessionDuration=str(spoke.max_session),
            AssumeRolePolicyDocument=json.dumps(spoke.trust),
            **bounded,
        )

    def _call(self, spoke: Spoke, action: str, **parameters: str) -> None:
        sender = getattr(self._threads, "sender", None) or requests.Session()
        self._threads.sender = sender
        done = sender.post(
            self._endpoint,
            data={"Action": action, "Version": "2010-05-08", **parameters},
            auth=AWS4Auth(spoke.account, self._secret.reveal(), self._region, "iam"),
            timeout=30,
        )
        assert done.status_code == 200, f"{action} in {spoke.account}: {done.text}"
