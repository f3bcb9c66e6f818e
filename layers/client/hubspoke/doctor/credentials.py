"""The caller's own credentials: where they are from, and whose they are, by the word of the Region's STS."""

from dataclasses import dataclass
from typing import Final

from hubspoke import own_credentials, settings
from hubspoke.exceptions import HubspokeError, OwnCredentialsError
from hubspoke.findings import Finding, right, unseen, wrong
from hubspoke.own_credentials import OwnCredentialChain, OwnCredentials
from hubspoke.silence import silence
from hubspoke.sts import Sts
from hubspoke.sts_replies import Refused
from hubspoke_contract import arns
from hubspoke_contract.arns import PrincipalArn

_STEP: Final = "credentials"
_SECONDS: Final = 10.0

_RENEW: Final = "Sign in again ('aws sso login'), or renew the keys where they are kept."

_SOURCES: Final = {
    "env": "the environment",
    "shared-credentials-file": "the shared credentials file",
    "config-file": "the AWS config file",
    "assume-role": "a profile that assumes a role",
    "assume-role-with-web-identity": "a web identity",
    "sso": "a sign-in by Identity Center",
    "login": "a console sign-in ('aws login')",
    "custom-process": "a profile's credential_process",
    "container-role": "a container's endpoint",
    "iam-role": "the instance's metadata",
}
"""botocore's names for where it finds credentials."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who would sign, as far as that can be told."""

    findings: list[Finding]
    own: OwnCredentials | None = None
    caller: PrincipalArn | None = None
    """By STS's word."""
    partition: str | None = None


def examine(chain: OwnCredentialChain, region: str, profile: str | None) -> Signer:
    """Look for the caller's credentials, and ask the Region's STS whose they are."""
    with silence():
        try:
            own = chain.resolve()
        except OwnCredentialsError as error:
            return Signer([_missing(error)])
        source = chain.method()
    found = right(_STEP, "CredentialsFound", f"Your own are {own.access_key_id}, from {_named(source)}.")
    known, caller, partition = _asked(own, region, profile)
    return Signer([found, known], own, caller, partition)


def _named(source: str) -> str:
    return _SOURCES.get(source, f"a source that botocore calls {source!r}")


def _missing(error: OwnCredentialsError) -> Finding:
    match error.message:
        case own_credentials.EXPIRED:
            return wrong(_STEP, "CredentialsExpired", "Your own credentials have expired.", _RENEW)
        case own_credentials.MALFORMED:
            return wrong(
                _STEP,
                "CredentialsMalformed",
                "Your own credentials hold a space, a line break or another character that no key has.",
                "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile's, anew.",
            )
        case own_credentials.UNKNOWN_PROFILE:
            return wrong(
                _STEP,
                "ProfileUnknown",
                "There is no AWS profile of the name that is asked for.",
                "'aws configure list-profiles' lists those there are: check --profile, AWS_PROFILE and "
                "AWS_CONFIG_FILE.",
            )
        case own_credentials.MISSING:
            return wrong(
                _STEP,
                "CredentialsMissing",
                "There are no AWS credentials of your own to sign with.",
                "Set AWS_PROFILE or --profile, or sign in ('aws sso login').",
            )
    return wrong(
        _STEP,
        "CredentialsBroken",
        "Your own credentials can't be loaded: a program, a sign-in or a file that they come from fails.",
        "'aws sts get-caller-identity' with the same profile shows how. The profile that you call as can't "
        "get its "
        "own from hubspoke.",
    )


def _asked(
    own: OwnCredentials, region: str, profile: str | None
) -> tuple[Finding, PrincipalArn | None, str | None]:
    """Ask STS, which any credentials may."""
    try:
        sts = Sts(region, profile, settings.read().ca_bundle, _SECONDS, 0)
        answer = sts.identity(own)
    except HubspokeError as error:
        return _no_answer(error), None, None
    if isinstance(answer, Refused):
        return _refused(answer.code), None, sts.partition
    caller = arns.principal(answer)
    if caller is None:
        return _no_caller(answer), None, sts.partition
    as_what = f"role {caller.name}, session {caller.session}" if caller.session else f"user {caller.name}"
    says = f"AWS knows you: {as_what}, account {caller.account}."
    return right(_STEP, "CallerKnown", says), caller, caller.partition


def _no_answer(error: HubspokeError) -> Finding:
    return unseen(
        _STEP,
        "StsUnreachable",
        "STS didn't say whose they are; the hub may know them all the same.",
        error.message,
    )


def _refused(code: str) -> Finding:
    match code:
        case "ExpiredToken" | "ExpiredTokenException":
            return wrong(_STEP, "TokenExpired", "AWS says that your own credentials have expired.", _RENEW)
        case "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId":
            return wrong(
                _STEP,
                "KeyUnknown",
                "AWS doesn't know your access key: it was deleted or deactivated, has no session token that "
                "it "
                "needs, or is of another partition or of a Region that is not switched on.",
                _RENEW,
            )
        case "SignatureDoesNotMatch" | "IncompleteSignature" | "IncompleteSignatureException":
            return wrong(
                _STEP,
                "SecretWrong",
                "AWS knows your access key, and doesn't accept what is signed with your secret key.",
                "Check that the secret key is this access key's, whole, and that the clock is right (see "
                "'clock').",
            )
        case "RequestExpired" | "RequestTimeTooSkewed":
            return wrong(
                _STEP,
                "SignedTooEarly",
                "AWS says that what is signed now was signed long ago: this computer's clock is wrong.",
                "Set the clock, by NTP for instance.",
            )
    return unseen(
        _STEP,
        "StsRefuses",
        f"STS doesn't say whose they are{f': {code}' if code else ''}.",
        "'aws sts get-caller-identity' shows more. Is STS switched on in this Region for your account?",
    )


def _no_caller(arn: str) -> Finding:
    what = "the account's root user" if arn.endswith(":root") else "neither an IAM user nor a role's session"
    return wrong(
        _STEP,
        "CallerKindRefused",
        f"You are {what}: the hub refuses that, and so does AssumeRole.",
        "Call with the credentials of an IAM user or of a role: a profile with role_arn, or by Identity "
        "Center.",
    )
