"""The direct route: the caller's own credentials, then a hub role, then the spoke's role; no service between.

What the hub's service does is not there: no grants, no ledger, no source identity, no session policies.
Who may take which role is for the trust policies of the two roles to say.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hubspoke import arguments, replies, settings
from hubspoke.cache import Cache, Entry
from hubspoke.cache import key as cache_key
from hubspoke.endpoint import is_region
from hubspoke.exceptions import ArgumentInvalid, ConfigurationError, MfaCodeNeeded
from hubspoke.keeping import Held, Keeper
from hubspoke.kept import digest
from hubspoke.own_credentials import OwnCredentialChain, OwnCredentials
from hubspoke.sts_replies import TO_THE_HUB, TO_THE_HUB_BY_MFA, TO_THE_SPOKE, Assumption
from hubspoke_contract.limits import DURATION_MAX
from hubspoke_contract.names import Target
from hubspoke_contract.reply import Credentials
from hubspoke_contract.request import VendRequest
from hubspoke_contract.secret import Secret

if TYPE_CHECKING:
    import boto3

    from hubspoke.sts import Sts

_TIMEOUT: Final = 28.0
"""Seconds. Two calls with it stay within the minute that AWS's SDK for Go gives a credential process."""

_NEED_THE_HUB: Final = (
    "A session policy, tags and a reason need the hub, and the direct route has none: leave them out, or "
    "name an endpoint in place of the hub role."
)
_CODE_NEEDED: Final = (
    "The hub role wants an MFA code, and each is good for one call: give the one that the device shows now, "
    "with --mfa-code, or call from a terminal that it can be asked on."
)

_log = logging.getLogger(__name__)


class HubRole:
    """A role in the hub account that may assume the spokes' roles. Any thread may call any method.

    Example:
        >>> hub_role = HubRole("999999999999", "automation-hub-role", session_string="me@example.com")
        >>> s3 = hub_role.session("888888888888", "automation-spoke-role").client("s3")
    """

    def __init__(
        self,
        account: str | int,
        role: str,
        *,
        external_id: str | Secret | None = None,
        session_string: str | None = None,
        mfa_serial: str | None = None,
        mfa_code: str | Callable[[], str] | None = None,
        session: "boto3.Session | None" = None,
        profile: str | None = None,
        region: str | None = None,
        cache: bool = True,
        timeout: float = _TIMEOUT,
        retries: int = 2,
    ) -> None:
        """Say which hub role, and who assumes it. Nothing is sent or looked up yet.

        Args:
            account: the hub account, twelve digits.
            role: the hub role's name, after its path if it has one: ``team/automation-hub-role``.
            external_id: sent for both roles; a trust policy that doesn't ask for one passes over it.
            session_string: what both sessions are named, 2 to 64 characters; by default ``hubspoke``.
            mfa_serial: the caller's MFA device, where the hub role's trust policy asks for MFA.
            mfa_code: what it shows, or a function that asks for it whenever one is needed.
            session: whose credentials assume the hub role; by default the environment's or the profile's.
                It is read, and never changed.
            profile: an AWS profile whose credentials do.
            region: whose STS is called; by default the session's, else ``AWS_REGION``,
                ``AWS_DEFAULT_REGION``, or the profile's. It also decides the partition.
            cache: whether credentials are kept on disk, and taken from there.
            timeout: seconds for one of the two calls of STS, retries included.
            retries: how often a call is tried again when STS is unreachable, throttled or down.

        Raises:
            ArgumentInvalid: an argument can't be right.
        """
        arguments.check_connection(session, profile, region, timeout, retries)
        self.hub = arguments.target_by_path(account, role)
        self._external_id = arguments.external_id(external_id)
        self._session_name = arguments.session_string(session_string)
        self._mfa_serial = arguments.mfa_serial(mfa_serial)
        if mfa_code is not None and mfa_serial is None:
            raise ArgumentInvalid("An MFA code needs its device: give --mfa-serial (mfa_serial) too.")
        self._mfa_code = mfa_code
        self._settings = settings.read()
        self.own = OwnCredentialChain(self._settings, profile, session)
        """Whose credentials begin the chain."""
        self._region = region or (self.own.region() if session is not None else self._settings.region)
        self._profile = profile
        directory = self._settings.cache_directory
        self._keeper = Keeper(Cache(directory) if cache and directory else None)
        self._timeout = timeout
        self._retries = retries
        self._held = Held()
        """The hub role's session: a second spoke then costs one call, with a cache on disk or without."""
        self._made: Sts | None = None

    def credentials(
        self, account: str | int, role: str, *, duration: int | timedelta | None = None
    ) -> Credentials:
        """Return credentials of a spoke's role, from the cache or new.

        Args:
            account: twelve digits.
            role: the role's name, after its path if it has one.
            duration: seconds, 900 to 3600, which is all that role chaining allows; by default 3600.

        Raises:
            HubspokeError: see ``hubspoke.exceptions`` for what can come of it.
        """
        request = arguments.vend_request(duration, None, None, None)
        return self.obtain(arguments.target_by_path(account, role), request).credentials

    def session(
        self,
        account: str | int,
        role: str,
        *,
        duration: int | timedelta | None = None,
        region_name: str | None = None,
    ) -> "boto3.Session":
        """Return a session that acts as the spoke's role, and renews its credentials by itself.

        Arguments are those of ``credentials``; ``region_name`` is the session's own default Region.

        Raises:
            HubspokeError: the first credentials, asked for at once, did not come about. A later one
                raises the same from within the call that needed them.
        """
        from hubspoke.refreshing_session import refreshing_session

        target = arguments.target_by_path(account, role)
        request = arguments.vend_request(duration, None, None, None)
        return refreshing_session(lambda: self.obtain(target, request), region_name)

    def obtain(self, target: Target, request: VendRequest) -> Entry:
        """Return what ``credentials`` does, with the time it was vended: for the rest of this package.

        Raises:
            ArgumentInvalid: the request holds what only the hub can do. Without it, the credentials could
                do more than was asked for.
            HubspokeError: see ``hubspoke.exceptions``.
        """
        if request.session_policy is not None or request.tags or request.reason is not None:
            raise ArgumentInvalid(_NEED_THE_HUB)
        key, both_calls = self._spoke_key(target, request), 2 * self._timeout
        return self._kept(key, target, lambda: self.assume(target, request), both_calls)

    def remember(self, words: str, target: Target, request: VendRequest) -> None:
        """Let ``quick`` answer the command line that asked so, by its ``shortcut.name``."""
        if not self._settings.is_steered_from_outside:
            self._keeper.remember(words, self._spoke_key(target, request))

    def assume(self, target: Target, request: VendRequest) -> Credentials:
        """Assume the spoke's role now, whatever is kept of it, and keep nothing.

        Raises:
            HubspokeError: see ``hubspoke.exceptions``.
        """
        hub = self.hub_session().credentials
        own = OwnCredentials(hub.access_key_id, hub.secret_access_key, hub.session_token)
        found = self._sts().assume(own, self._assumption(target, _seconds(request)), TO_THE_SPOKE)
        _log.info("%s: good until %s", target, found.expiration)
        return found

    def hub_session(self) -> Entry:
        """Return the hub role's session, kept or new.

        Raises:
            HubspokeError: see ``hubspoke.exceptions``.
        """
        return self._held.get(
            lambda: self._kept(self._key("hub"), self.hub, self._assume_hub_role, self._timeout)
        )

    def _assume_hub_role(self) -> Credentials:
        own = self.own.resolve()
        sts = self._sts()
        if self._mfa_serial is None:
            return sts.assume(own, self._assumption(self.hub, DURATION_MAX), TO_THE_HUB)
        code = self._next_code()
        return sts.assume(own, self._assumption(self.hub, DURATION_MAX, code), TO_THE_HUB_BY_MFA)

    def _next_code(self) -> str:
        given = self._mfa_code
        if given is None:
            raise MfaCodeNeeded(_CODE_NEEDED)
        if callable(given):
            return arguments.mfa_code(given())
        self._mfa_code = None
        return arguments.mfa_code(given)

    def _assumption(self, role: Target, duration: int, mfa_code: str | None = None) -> Assumption:
        path, name = arguments.path_and_name(role.role)
        return Assumption(
            account=role.account,
            path=path,
            name=name,
            session_name=self._session_name,
            duration=duration,
            external_id=self._external_id,
            mfa_serial=self._mfa_serial if mfa_code else None,
            mfa_code=mfa_code,
        )

    def _kept(self, key: str, role: Target, ask: Callable[[], Credentials], seconds: float) -> Entry:
        _, name = arguments.path_and_name(role.role)
        asked = Target(role.account, name)
        return self._keeper.get(key, ask, lambda kept: replies.is_for(kept, asked), seconds)

    def _spoke_key(self, target: Target, request: VendRequest) -> str:
        return self._key("spoke", target, _seconds(request))

    def _key(self, *what: object) -> str:
        """Name everything that decides what STS gives: the Region too, which decides the partition."""
        if not self._keeper.keeps:
            return ""
        external_id = digest(self._external_id.reveal().encode()) if self._external_id else None
        sts, caller = (self._settings.sts_endpoint, self._region), self.own.cache_identity()
        # A profile may have an endpoint_url, whoever's keys sign; the environment's goes before it.
        said = (external_id, self._session_name, self._mfa_serial, self._profile, *self.own.sources())
        return cache_key(["direct", sts, caller, self.hub, said, *what])

    def _sts(self) -> "Sts":
        from hubspoke.sts import Sts

        if self._made is None:
            region = self._region or self.own.region()
            if region is None or not is_region(region):
                raise ConfigurationError("Which Region's STS is to be called? Set --region or AWS_REGION.")
            bundle = self._settings.ca_bundle
            self._made = Sts(region, self._profile, bundle, self._timeout, self._retries)
        return self._made


def assume_spoke_role(
    *,
    hub_account: str | int,
    hub_role: str,
    spoke_account: str | int,
    spoke_role: str,
    external_id: str | Secret | None = None,
    session_string: str | None = None,
    duration: int | timedelta | None = None,
    mfa_serial: str | None = None,
    mfa_code: str | Callable[[], str] | None = None,
    session: "boto3.Session | None" = None,
    profile: str | None = None,
    region: str | None = None,
    cache: bool = True,
    timeout: float = _TIMEOUT,
    retries: int = 2,
) -> Credentials:
    """Assume the hub role, and with it the spoke's: what ``HubRole(…).credentials(…)`` does, in one call.

    Arguments are those of the two. For more than one spoke, one ``HubRole`` assumes the hub role once.

    Raises:
        HubspokeError: see ``hubspoke.exceptions`` for what can come of it.
    """
    route = HubRole(
        hub_account,
        hub_role,
        external_id=external_id,
        session_string=session_string,
        mfa_serial=mfa_serial,
        mfa_code=mfa_code,
        session=session,
        profile=profile,
        region=region,
        cache=cache,
        timeout=timeout,
        retries=retries,
    )
    return route.credentials(spoke_account, spoke_role, duration=duration)


def _seconds(request: VendRequest) -> int:
    return DURATION_MAX if request.duration is None else request.duration
