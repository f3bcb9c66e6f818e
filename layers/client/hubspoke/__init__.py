"""Short-lived AWS credentials of spoke accounts, from the hub: the library for callers.

Everything public is a name of this package. Nothing is imported until it is asked for (PEP 562), so
that ``import hubspoke``, and a command answered from the cache, cost next to nothing.
"""

TYPE_CHECKING = False  # typing itself costs more than all that is imported here
if TYPE_CHECKING:
    from hubspoke.exceptions import (
        AccessDenied,
        ArgumentInvalid,
        CallNotAllowed,
        ConfigurationError,
        HubRoleRefused,
        HubspokeError,
        HubThrottled,
        HubUnavailable,
        HubUnreachable,
        MfaCodeNeeded,
        NothingSelected,
        OwnCredentialsError,
        ReplyMalformed,
        RequestInvalid,
        SpokeRefused,
        TooManyRequests,
    )
    from hubspoke.fan_out import Outcome
    from hubspoke.hub import Hub
    from hubspoke.hub_role import HubRole, assume_spoke_role
    from hubspoke.selection import Selection
    from hubspoke_contract.reply import Credentials, Identity, RoleOffer

__all__ = [
    "AccessDenied",
    "ArgumentInvalid",
    "CallNotAllowed",
    "ConfigurationError",
    "Credentials",
    "Hub",
    "HubRole",
    "HubRoleRefused",
    "HubThrottled",
    "HubUnavailable",
    "HubUnreachable",
    "HubspokeError",
    "Identity",
    "MfaCodeNeeded",
    "NothingSelected",
    "Outcome",
    "OwnCredentialsError",
    "ReplyMalformed",
    "RequestInvalid",
    "RoleOffer",
    "Selection",
    "SpokeRefused",
    "TooManyRequests",
    "assume_spoke_role",
]

_ELSEWHERE = {
    "Hub": "hubspoke.hub",
    "HubRole": "hubspoke.hub_role",
    "assume_spoke_role": "hubspoke.hub_role",
    "Credentials": "hubspoke_contract.reply",
    "Identity": "hubspoke_contract.reply",
    "Outcome": "hubspoke.fan_out",
    "RoleOffer": "hubspoke_contract.reply",
    "Selection": "hubspoke.selection",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'hubspoke' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ELSEWHERE.get(name, "hubspoke.exceptions")), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
