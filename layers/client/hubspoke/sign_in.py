"""A console session for vended credentials, from AWS's sign-in endpoint.

The endpoint takes the credentials and gives a token for 15 minutes; a browser that opens the URL with the
token is signed in, for as long as the credentials last. No SessionDuration is sent: for credentials of a
role that another role assumed, AWS refuses it (IAM User Guide, "custom identity broker").
"""

import json
import re
from typing import Any, Final
from urllib.parse import urlencode

from hubspoke import endpoint
from hubspoke.bounded import within
from hubspoke.exceptions import (
    ArgumentInvalid,
    ConfigurationError,
    HubUnavailable,
    HubUnreachable,
    ReplyMalformed,
    SignInRefused,
)
from hubspoke.replies import Reply
from hubspoke_contract import arns
from hubspoke_contract.reply import Credentials

_DOMAINS: Final = {
    "aws": ("", "signin.aws.amazon.com", "console.aws.amazon.com"),
    "aws-cn": ("cn-", "signin.amazonaws.cn", "console.amazonaws.cn"),
    "aws-us-gov": ("us-gov-", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
    "aws-eusc": ("eusc-", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
}
"""By partition: how its Regions begin, and the domains of sign-in and console.

Source of the former: botocore's endpoint rules of ``signin``. The isolated partitions' consoles are known to
those who have them, and credentials go to no host that is guessed.
"""

_ALWAYS_REGIONAL: Final = {"aws-eusc": "eusc-de-east-1"}
"""Partitions with no sign-in host for all Regions, and the Region whose host is taken."""

_SERVICE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_REGION: Final = re.compile(r"[a-z]{2,8}(?:-[a-z]+)+-[0-9]{1,2}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.~+/=-]{1,16384}")
_SECONDS: Final = 15.0

_NO_ANSWER: Final = (
    "AWS's sign-in endpoint gave no answer: check the network and HTTPS_PROXY, and AWS_ENDPOINT_URL_SIGNIN "
    "if it is set."
)
_ODD: Final = (
    "What answered isn't AWS's sign-in endpoint: check AWS_ENDPOINT_URL_SIGNIN if it is set. Nothing of the "
    "reply is used."
)


def sign_in_url(
    credentials: Credentials,
    *,
    service: str | None,
    region: str | None,
    override: str | None,
    ca_bundle: str | None,
) -> str:
    """Return a URL that signs whoever opens it in, as the credentials' role. It is itself a credential.

    Args:
        credentials: vended ones.
        service: whose console to open, as its address has it, such as ``s3``; by default the home page.
        region: to open it in; by default the console's own choice.
        override: another sign-in endpoint, as ``AWS_ENDPOINT_URL_SIGNIN`` has it.
        ca_bundle: a file of certificates to trust.

    Raises:
        ArgumentInvalid: the service or the Region can't be right, or is another partition's.
        ConfigurationError: the partition's console is not known, or the override can't be signed in to.
        HubUnreachable: there was no answer.
        SignInRefused: the endpoint took the credentials for no one's.
        ReplyMalformed: what answered isn't a sign-in endpoint.
    """
    session = arns.principal(credentials.assumed_role_arn)
    known = _DOMAINS.get(session.partition) if session else None
    if session is None or known is None:
        raise ConfigurationError(
            "The console of this role's AWS partition is not known to hubspoke: 'hubspoke env' has the "
            "credentials for the partition's own way to sign in."
        )
    starts, sign_in, console = known
    require_grammar(service, region)
    if region is not None and not _fits(region, starts):
        raise ArgumentInvalid("The console's Region must be one of the role's own partition.")
    host = region or _ALWAYS_REGIONAL.get(session.partition)
    base = _override(override) if override else f"https://{host}.{sign_in}" if host else f"https://{sign_in}"
    query = {
        "Action": "login",
        "Issuer": "hubspoke",
        "Destination": _destination(console, service, region),
        "SigninToken": _token_in_time(f"{base}/federation", credentials, ca_bundle),
    }
    return f"{base}/federation?{urlencode(query)}"


def require_grammar(service: str | None, region: str | None) -> None:
    """Check what can be checked before anything is vended.

    Raises:
        ArgumentInvalid: the service or the Region can't be right.
    """
    if service is not None and not _SERVICE.fullmatch(service):
        raise ArgumentInvalid("The service must be as the console's addresses have it, such as s3 or ec2.")
    if region is not None and not _REGION.fullmatch(region):
        raise ArgumentInvalid("The console's Region must be a Region's name, such as eu-west-1.")


def _fits(region: str, starts: str) -> bool:
    others = [known[0] for known in _DOMAINS.values() if known[0] and known[0] != starts]
    return region.startswith(starts) and not region.startswith((*others, "us-iso", "eu-iso"))


def _destination(console: str, service: str | None, region: str | None) -> str:
    host = f"{region}.{console}" if region else console
    query = f"?region={region}" if region else ""
    return f"https://{host}/{service or 'console'}/home{query}"


def _override(raw: str) -> str:
    try:
        return endpoint.parse(raw).url
    except ConfigurationError:
        pass
    raise ConfigurationError(
        "AWS_ENDPOINT_URL_SIGNIN must be a plain address that begins with https:// (http:// only on "
        "loopback). Nothing was sent."
    )


def _token_in_time(url: str, credentials: Credentials, ca_bundle: str | None) -> str:
    try:
        return within(_SECONDS, lambda: _token(url, credentials, ca_bundle))
    except TimeoutError:
        pass
    raise HubUnreachable(_NO_ANSWER)


def _token(url: str, credentials: Credentials, ca_bundle: str | None) -> str:
    # In a body, which servers and proxies don't write to their logs, as they do addresses.
    reply = _exchange("POST", url, credentials, ca_bundle)
    if reply.status == 405:  # AWS documents the address alone
        reply = _exchange("GET", url, credentials, ca_bundle)
    if reply.status in (400, 401, 403):
        raise SignInRefused(
            "AWS's sign-in endpoint did not take the role's credentials: try again with --no-cache, and if "
            "that doesn't help, check that the role's session policy leaves room for the console."
        )
    if reply.status >= 500:
        raise HubUnavailable("AWS's sign-in endpoint can't answer right now: try again.")
    found = _read_token(reply.body) if reply.status == 200 else None
    if found is None:
        raise ReplyMalformed(_ODD)
    return found


def _read_token(body: bytes) -> str | None:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    token = document.get("SigninToken") if isinstance(document, dict) else None
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None


def _exchange(method: str, url: str, credentials: Credentials, ca_bundle: str | None) -> Reply:
    from requests import Request

    from hubspoke.connections import Connections, Trust

    session = {
        "sessionId": credentials.access_key_id,
        "sessionKey": credentials.secret_access_key.reveal(),
        "sessionToken": credentials.session_token.reveal(),
    }
    form = {"Action": "getSigninToken", "Session": json.dumps(session)}
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "hubspoke"}
    given = {"data": form} if method == "POST" else {"params": form}
    request = Request(method, url, headers=headers, **given).prepare()
    try:
        return Connections(endpoint.parse(url), Trust(ca_bundle)).send(request, _SECONDS)
    except HubUnreachable:
        pass  # its words are about the hub
    raise HubUnreachable(_NO_ANSWER)
