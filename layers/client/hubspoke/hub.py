"""The hub, as a caller's program sees it.

Every method may be called from any thread.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

from hubspoke import arguments, replies, settings
from hubspoke.cache import Cache, Entry
from hubspoke.cache import key as cache_key
from hubspoke.endpoint import Endpoint, is_region
from hubspoke.endpoint import parse_all as parse_endpoints
from hubspoke.exceptions import ConfigurationError
from hubspoke.keeping import Keeper
from hubspoke.own_credentials import OwnCredentialChain
from hubspoke.replies import Reply
from hubspoke_contract.limits import NEXT_TOKEN_MAX
from hubspoke_contract.names import Target
from hubspoke_contract.reply import Credentials, Identity, RoleOffer, RolesPage
from hubspoke_contract.request import VendRequest

if TYPE_CHECKING:
    import boto3

    from hubspoke.fan_out import Outcome
    from hubspoke.selection import Selection
    from hubspoke.transport import Transport

_TIMEOUT: Final = 28.0
"""Seconds. The hub answers within 25, and API Gateway gives up on it after 29."""

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


class Hub:
    """A hub's API, called with the caller's own AWS credentials.

    Example:
        >>> hub = Hub("https://abc123.execute-api.eu-west-1.amazonaws.com/prod")
        >>> s3 = hub.session("222222222222", "automation-spoke-role").client("s3")
    """

    def __init__(
        self,
        endpoint: str | Sequence[str] | None = None,
        *,
        region: str | None = None,
        session: "boto3.Session | None" = None,
        profile: str | None = None,
        cache: bool = True,
        timeout: float = _TIMEOUT,
        retries: int = 2,
    ) -> None:
        """Say which hub, and who calls. Nothing is sent or looked up yet.

        Args:
            endpoint: by default ``HUBSPOKE_ENDPOINT``. Several, in a sequence or with commas between
                them, are the same hub in several Regions: the next one is asked where one is down.
            region: the hub's, where an endpoint doesn't name its own; by default ``AWS_REGION``,
                ``AWS_DEFAULT_REGION``, or the profile's.
            session: whose credentials sign; by default the environment's or the profile's.
            profile: an AWS profile whose credentials sign.
            cache: whether vended credentials are kept on disk, and taken from there.
            timeout: seconds for one call, all endpoints and retries included.
            retries: how often a call is tried again when the hub is unreachable, throttled or down.

        Raises:
            ConfigurationError: there is no endpoint, or it isn't one that may be signed for.
            ArgumentInvalid: the other arguments can't be right.
        """
        arguments.check_connection(session, profile, region, timeout, retries)
        self._settings = settings.read()
        self._endpoints = parse_endpoints(self._settings.endpoint if endpoint is None else endpoint)
        self._region = region or self._settings.region
        self._own = OwnCredentialChain(self._settings, profile, session)
        directory = self._settings.cache_directory
        self._cache = Cache(directory) if cache and directory else None
        self._keeper = Keeper(self._cache)
        self._timeout = timeout
        self._retries = retries
        self._opening = threading.Lock()
        self._opened: Transport | None = None

    @classmethod
    def from_env(cls) -> "Hub":
        """Return the hub that the environment alone describes."""
        return cls()

    def credentials(
        self,
        account: str | int,
        role: str,
        *,
        duration: int | timedelta | None = None,
        session_policy: str | None = None,
        tags: Mapping[str, str] | None = None,
        reason: str | None = None,
    ) -> Credentials:
        """Return credentials of a spoke's role, from the cache or newly vended.

        Args:
            account: twelve digits.
            role: the role's name, without its path.
            duration: seconds, 900 to 3600; by default what the hub gives.
            session_policy: one that the hub offers for the role, by name.
            tags: session tags, as far as the role lets callers set them.
            reason: a line for the hub's ledger.

        Raises:
            HubspokeError: see ``hubspoke.exceptions`` for what can come of it.
        """
        request = arguments.vend_request(duration, session_policy, tags, reason)
        return self.obtain(arguments.target(account, role), request).credentials

    def session(
        self,
        account: str | int,
        role: str,
        *,
        duration: int | timedelta | None = None,
        session_policy: str | None = None,
        tags: Mapping[str, str] | None = None,
        reason: str | None = None,
        region_name: str | None = None,
    ) -> "boto3.Session":
        """Return a session that acts as the spoke's role, and renews its credentials by itself.

        Arguments are those of ``credentials``; ``region_name`` is the session's own default Region.

        Raises:
            HubspokeError: the first vend, made at once, did not come about. A later one raises the
                same from within the call that needed it.
        """
        target = arguments.target(account, role)
        return self._session(
            target, arguments.vend_request(duration, session_policy, tags, reason), region_name
        )

    def map(
        self,
        function: "Callable[[boto3.Session, Target], _T]",
        selection: "Selection",
        *,
        concurrency: int = 8,
        duration: int | timedelta | None = None,
        session_policy: str | None = None,
        tags: Mapping[str, str] | None = None,
        reason: str | None = None,
        region_name: str | None = None,
    ) -> "Iterator[Outcome[_T]]":
        """Call a function with a session of each spoke that is selected, and yield what comes of it.

        Left early, it starts no more calls; those that run go on in the background.

        Args:
            function: called on several threads at once. What it raises is its spoke's outcome.
            selection: which roles of which spokes.
            concurrency: how many at a time, 1 to 64.
            duration: and the rest, as of ``session``.

        Raises:
            NothingSelected: no role on offer is selected.
            HubspokeError: the roles on offer could not be asked for. A refusal to vend is an outcome.
        """
        from hubspoke.fan_out import attempt, fan_out, require_concurrency

        require_concurrency(concurrency)
        request = arguments.vend_request(duration, session_policy, tags, reason)

        def work(target: Target) -> "Outcome[_T]":
            return attempt(
                target,
                lambda: self._session(target, request, region_name),
                lambda session: function(session, target),
            )

        return fan_out(selection.targets(self.roles), work, concurrency)

    def roles(self) -> Iterator[RoleOffer]:
        """Yield every role the caller may take, page by page.

        Raises:
            HubspokeError: see ``hubspoke.exceptions``.
        """
        path, seen = "/v1/roles", set[str]()
        while True:
            page = replies.value(self._call("GET", path), RolesPage.from_document)
            yield from page.roles
            token = page.next_token
            if token is None:
                return
            # A token that comes again would have us ask for ever.
            if token in seen or len(token) > NEXT_TOKEN_MAX:
                raise replies.not_a_hub()
            seen.add(token)
            path = f"/v1/roles?NextToken={quote(token, safe='')}"

    def identity(self) -> Identity:
        """Return how the hub sees the caller.

        Raises:
            HubspokeError: see ``hubspoke.exceptions``.
        """
        return replies.value(self._call("GET", "/v1/identity"), Identity.from_document)

    def obtain(self, target: Target, request: VendRequest) -> Entry:
        """Return what ``credentials`` does, with the time it was vended: for the rest of this package."""
        return self._keeper.get(
            self._key(target, request),
            lambda: self._ask(target, request),
            lambda kept: replies.is_for(kept, target),
            self._timeout,
        )

    def remember(self, words: str, target: Target, request: VendRequest) -> None:
        """Let ``quick`` answer the command line that asked so, by its ``shortcut.name``."""
        if not self._settings.is_steered_from_outside:
            self._keeper.remember(words, self._key(target, request))

    def _ask(self, target: Target, request: VendRequest) -> Credentials:
        now = datetime.now(UTC)
        path = f"/v1/accounts/{target.account}/roles/{target.role}/credentials"
        reply = self._call("POST", path, request.to_body())
        found = replies.credentials(reply, target, now)
        _log.info("%s: vended until %s", target, found.expiration)
        return found

    def _session(self, target: Target, request: VendRequest, region_name: str | None) -> "boto3.Session":
        from hubspoke.refreshing_session import refreshing_session

        return refreshing_session(lambda: self.obtain(target, request), region_name)

    def _key(self, target: Target, request: VendRequest) -> str:
        """Name everything that decides what a vend gives, and the reason, which the ledger must get."""
        if not self._keeper.keeps:
            return ""
        caller = self._own.cache_identity()
        urls = [endpoint.url for endpoint in self._endpoints]
        return cache_key([urls, self._region, caller, target, request.to_body().decode()])

    def _call(self, method: str, path: str, body: bytes | None = None) -> Reply:
        transport = self._transport()
        return transport.call(self._own.resolve(), method, path, body)

    def _transport(self) -> "Transport":
        with self._opening:
            if self._opened is None:
                from hubspoke.outages import Outages
                from hubspoke.transport import Transport

                self._opened = Transport(
                    [(endpoint, self._region_of(endpoint)) for endpoint in self._endpoints],
                    timeout=self._timeout,
                    retries=self._retries,
                    ca_bundle=self._settings.ca_bundle,
                    outages=Outages(self._cache),
                )
            return self._opened

    def _region_of(self, endpoint: Endpoint) -> str:
        region = endpoint.region or self._region or self._own.region()
        if region is None or not is_region(region):
            raise ConfigurationError("Which Region is the hub in? Set --region or AWS_REGION.")
        return region
