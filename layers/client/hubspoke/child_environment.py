"""Which variables make a child act as the spoke's role, and which would contradict them.

Imports next to nothing: ``quick`` asks.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hubspoke.kept import Kept
    from hubspoke_contract.secret import Secret

CONTRADICTING = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    # Older names of the keys, which some SDKs still prefer.
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_CREDENTIAL_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_BEARER_TOKEN_BEDROCK",
)
"""Each names another identity. AWS_REGION, AWS_CONFIG_FILE, AWS_ENDPOINT_URL and such don't: they stay."""

_CONTRADICTING_PREFIXES = (
    "AWS_CONTAINER_",
    "AWS_BEARER_TOKEN_",  # sent in place of a signature, by service
)


def variables(found: "Kept") -> dict[str, str]:
    """Return the variables to set. The secrets are in it: it goes to the child and nowhere else."""
    return {
        "AWS_ACCESS_KEY_ID": found.access_key_id,
        "AWS_SECRET_ACCESS_KEY": found.secret_access_key,
        "AWS_SESSION_TOKEN": found.session_token,
        # Read by older SDKs and scripts.
        "AWS_SECURITY_TOKEN": found.session_token,
        "AWS_CREDENTIAL_EXPIRATION": found.expiration,
        "AWS_SESSION_EXPIRATION": found.expiration,
        "AWS_ACCOUNT_ID": found.account,
    }


def contradicting(names: "Iterable[str]") -> list[str]:
    """Return those of ``names`` that must not reach the child, sorted."""
    return sorted(name for name in names if name in CONTRADICTING or name.startswith(_CONTRADICTING_PREFIXES))


def child_environment(environ: "Mapping[str, str]", found: "Kept") -> dict[str, str]:
    """Return ``environ`` as the child is to have it."""
    dropped = set(contradicting(environ))
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return kept | variables(found)


KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
)
"""What SDKs prefer to an endpoint."""


def refreshed_environment(
    environ: "Mapping[str, str]", account: str, uri: str, token: "Secret"
) -> dict[str, str]:
    """Return ``environ`` as a child is to have it that takes its credentials from a local endpoint."""
    dropped = {*contradicting(environ), *KEYS}
    kept = {name: value for name, value in environ.items() if name not in dropped}
    return kept | {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": uri,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token.reveal(),
        "AWS_ACCOUNT_ID": account,
    }
