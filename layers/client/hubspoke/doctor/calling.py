"""One signed call of the hub's API, and what an IAM policy has to allow for it."""

import json
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from hubspoke.endpoint import Endpoint
from hubspoke_contract.arns import PrincipalArn

IDENTITY: Final = "GET/v1/identity"
ROLES: Final = "GET/v1/roles"

_API: Final = re.compile(r"(?P<api>[a-z0-9]{10})\.execute-api\..+")


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls which endpoint."""

    place: Endpoint
    region: str
    """What the call is signed for."""
    caller: PrincipalArn | None
    """As STS says; ``None`` where it doesn't."""
    partition: str | None

    @property
    def principal(self) -> str:
        """The caller as policies and ``hubspoke-admin`` write it."""
        return cedar(self.caller) if self.caller else "PRINCIPAL"

    def statement(self, call: str) -> str:
        """Write what allows a ``call`` such as ``GET/v1/roles``; what can't be seen stands in capitals."""
        host, path = urlsplit(self.place.url).hostname or "", urlsplit(self.place.url).path
        named = _API.fullmatch(host)
        api, stage = named["api"] if named else "API-ID", path.strip("/") if named else "STAGE"
        resource = (
            f"arn:{self.partition or 'PARTITION'}:execute-api:{self.region}:HUB-ACCOUNT:{api}/{stage}/{call}"
        )
        return json.dumps({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource})


def cedar(caller: PrincipalArn) -> str:
    """Write a principal as grants have it: ``Caller::User::"111122223333/inventory-bot"``."""
    return f'Caller::{caller.kind.capitalize()}::"{caller.account}/{caller.name}"'
