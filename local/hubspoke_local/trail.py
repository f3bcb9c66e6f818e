"""CloudTrail's records and files, as the embedded hub writes them. Pure but for ``deliver``.

Fields and their names are those of the CloudTrail user guide ("CloudTrail record contents",
"CloudTrail userIdentity element") and of the AWS STS examples in the IAM user guide ("Logging IAM and
AWS STS API calls with AWS CloudTrail"). Two things are not as there: a session token is left out, which AWS
logs since nobody can sign with it, and every record has a file of its own, at once.
"""

import gzip
import json
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import unescape

from hubspoke_local.accounts import REGION
from hubspoke_local.confinement import LOOPBACK

ORGANIZATION: Final = "o-localhub01"
"""Whose trail it is. The emulator knows no organization, so this one is the files' alone."""

_SCALARS: Final = (
    "RoleArn",
    "RoleSessionName",
    "SourceIdentity",
    "ExternalId",
    "DurationSeconds",
    "Policy",
    "SerialNumber",
)
_TAG: Final = re.compile(r"Tags\.member\.([0-9]+)\.Key")
_POLICY_ARN: Final = re.compile(r"PolicyArns\.member\.[0-9]+\.arn")
_TRANSITIVE: Final = re.compile(r"TransitiveTagKeys\.member\.[0-9]+")
_PART: Final = "<{0}>([^<]*)</{0}>"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request: what the emulator knows of the key."""

    account: str
    arn: str
    principal_id: str
    access_key_id: str
    role_arn: str | None = None
    """The role, with its path, where the key is a session's."""
    source_identity: str | None = None
    issued_at: float | None = None
    """When the session began, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of STS, once it was answered."""

    event: str
    sent: Mapping[str, str]
    at: datetime
    user_agent: str
    status: int
    reply: str


def records(call: Call, caller: Caller) -> list[Record]:
    """Write what CloudTrail keeps of a call: one record in each account that has to do with it.

    A request that was denied is in the caller's account alone (IAM user guide, "Logging IAM and AWS STS
    API requests").
    """
    own = _record(call, caller.account, _full_identity(caller))
    if call.event != "AssumeRole":
        return [own]
    own["requestParameters"] = _request_parameters(call.sent)
    target = call.sent.get("RoleArn", "").split(":")
    account = target[4] if len(target) == 6 else caller.account
    if call.status != 200:
        own |= {"errorCode": _part(call.reply, "Code"), "errorMessage": _part(call.reply, "Message")}
        return [own]
    own["responseElements"] = _response_elements(call.reply)
    own["resources"] = [{"ARN": call.sent["RoleArn"], "accountId": account, "type": "AWS::IAM::Role"}]
    if account == caller.account:
        return [own]
    own["sharedEventID"] = str(uuid.uuid4())
    stranger = {"type": "AWSAccount", "principalId": caller.principal_id, "accountId": caller.account}
    other = {"userIdentity": stranger, "recipientAccountId": account, "eventID": str(uuid.uuid4())}
    return [own, own | other]


def deliver(record: Record, folder: Path) -> Path:
    """Put a record into a log file under ``folder``, where an organization's trail has it; return the file.

    Whoever reads the folder never sees half of it.
    """
    at = datetime.fromisoformat(record["eventTime"])
    account: str = record["recipientAccountId"]
    place = folder / "AWSLogs" / ORGANIZATION / account / "CloudTrail" / REGION / f"{at:%Y/%m/%d}"
    place.mkdir(parents=True, exist_ok=True)
    name = f"{account}_CloudTrail_{REGION}_{at:%Y%m%dT%H%MZ}_{secrets.token_hex(8)}.json.gz"
    # Beside the trail, where nobody who walks it meets half a file.
    partial = folder.parent / f".{name}.partial"
    partial.write_bytes(gzip.compress(json.dumps({"Records": [record]}, separators=(",", ":")).encode()))
    partial.rename(place / name)
    return place / name


def _record(call: Call, recipient: str, identity: Record) -> Record:
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": f"{call.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "sts.amazonaws.com",
        "eventName": call.event,
        "awsRegion": REGION,
        "sourceIPAddress": LOOPBACK,
        "userAgent": call.user_agent,
        "requestParameters": None,
        "responseElements": None,
        "requestID": _part(call.reply, "RequestId") or str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": recipient,
        "eventCategory": "Management",
    }


def _full_identity(caller: Caller) -> Record:
    known: Record = {
        "principalId": caller.principal_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key_id,
    }
    if caller.role_arn is None:
        return {"type": "IAMUser", **known, "userName": caller.arn.rsplit("/", 1)[-1]}
    began = datetime.fromtimestamp(caller.issued_at or 0, UTC)
    context: Record = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": caller.principal_id.split(":")[0],
            "arn": caller.role_arn,
            "accountId": caller.account,
            "userName": caller.role_arn.rsplit("/", 1)[-1],
        },
        "attributes": {"creationDate": f"{began:%Y-%m-%dT%H:%M:%SZ}", "mfaAuthenticated": "false"},
    }
    if caller.source_identity:
        context["sourceIdentity"] = caller.source_identity
    return {"type": "AssumedRole", **known, "sessionContext": context}


def _request_parameters(sent: Mapping[str, str]) -> Record:
    asked: Record = {name[0].lower() + name[1:]: sent[name] for name in _SCALARS if name in sent}
    if asked.get("durationSeconds", "").isascii() and asked.get("durationSeconds", "").isdigit():
        asked["durationSeconds"] = int(asked["durationSeconds"])
    tags = [
        {"key": key, "value": sent.get(f"Tags.member.{found[1]}.Value", "")}
        for name, key in sent.items()
        if (found := _TAG.fullmatch(name))
    ]
    arns = [{"arn": value} for name, value in sent.items() if _POLICY_ARN.fullmatch(name)]
    transitive = [value for name, value in sent.items() if _TRANSITIVE.fullmatch(name)]
    lists = {"tags": tags, "policyArns": arns, "transitiveTagKeys": transitive}
    return asked | {name: values for name, values in lists.items() if values}


def _response_elements(reply: str) -> Record:
    expiration = datetime.fromisoformat(_part(reply, "Expiration") or "")
    hour = f"{expiration:%I}".lstrip("0")
    elements: Record = {
        "credentials": {
            "accessKeyId": _part(reply, "AccessKeyId"),
            # Java's form of a date, which is what CloudTrail has here.
            "expiration": f"{expiration:%b} {expiration.day}, {expiration.year} {hour}:{expiration:%M:%S %p}",
        },
        "assumedRoleUser": {
            "assumedRoleId": _part(reply, "AssumedRoleId"),
            "arn": _part(reply, "Arn"),
        },
    }
    if identity := _part(reply, "SourceIdentity"):
        elements["sourceIdentity"] = identity
    return elements


def _part(reply: str, name: str) -> str | None:
    """Return a part of STS's answer by its name. The secret and the token are never asked for."""
    found = re.search(_PART.format(name), reply)
    return unescape(found[1]) if found else None
