"""What the hub does: a vend from decision to answer, and the two questions callers may ask.

``Hub.vend`` is the whole of it, in the order that the promises demand: no STS call without a
permit and a row in the ledger, no answer without the row's outcome.
"""

import base64
import binascii
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from hubspoke_contract import limits
from hubspoke_contract.errors import Problem, Refused
from hubspoke_contract.names import AccountId, Target, target
from hubspoke_contract.reply import Credentials, Identity, RoleOffer, RolesPage, VendsPage, format_time
from hubspoke_contract.request import VendRequest
from hubspoke_contract.vends import VENDED, vend_id
from hubspoke_contract.vends_query import VendsQuery
from hubspoke_grants.caller import Caller
from hubspoke_grants.decision import Denial, decide, may_audit, offer
from hubspoke_grants.source_identity import source_identity
from vending.audit import Audit
from vending.bundles import Bundles
from vending.deadline import Deadlines
from vending.identity import session_name
from vending.ledger import Ledger, Row
from vending.rates import Rates
from vending.sts import Assumption, Session, assume

if TYPE_CHECKING:
    from mypy_boto3_sts.client import STSClient

PAGE_TAGS: Final = 250_000
"""Characters of tags after which a page ends: Lambda lets no reply of over six megabytes through, and
JSON can write a character as six."""

PAGE_TIME: Final = 0.25
"""Seconds after which a page ends, whatever the catalogue, the policies or the ledger. Who pages on waits
no longer in all, and nobody else waits for long."""


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub, over the three things it talks to."""

    bundles: Bundles
    rates: Rates
    ledger: Ledger
    sts: "STSClient"
    page_time: float = PAGE_TIME

    def vend(self, caller: Caller, asked: Target, request: VendRequest, audit: Audit) -> Credentials:
        """Decide, record, assume, record, answer.

        Raises:
            Refused: with whatever stopped it; then no credentials exist or none have left.
        """
        deadlines = Deadlines.of(audit.began)
        bundle = self.bundles.current(deadlines.grants)
        audit.bundle_version = bundle.version
        decision = decide(bundle, caller, asked, request)
        audit.policies = decision.policies
        if isinstance(decision, Denial):
            raise Refused(decision.problem)
        audit.profile = decision.profile.name

        self.rates.admit(caller, decision.profile, deadlines.before_sts)
        new_id = new_vend_id()
        assumption = Assumption(
            partition=caller.partition,
            target=asked,
            permit=decision,
            session_name=session_name(caller, new_id),
            source_identity=source_identity(caller),
        )
        audit.vend_id, audit.duration = new_id, decision.duration
        audit.source_identity = assumption.source_identity
        row = _intent(new_id, caller, request, assumption, bundle.version, audit.request_id)
        self.ledger.intend(row, deadlines.before_sts)
        try:
            if self.ledger.is_quarantined(caller, asked, deadlines.before_sts):
                raise Refused(Problem.Quarantined)
            session, audit.sts_attempts = assume(self.sts, assumption, deadlines.sts)
        except Refused as refused:
            # Noted first: should the ledger fail now as well, the record still has the cause.
            audit.stopped_by = refused.problem.name
            self.ledger.conclude(new_id, {"Outcome": refused.problem.name}, deadlines.outcome)
            raise
        expiration = format_time(session.expiration)
        audit.access_key_id, audit.expiration = session.access_key_id, expiration
        audit.packed_policy_size = session.packed_policy_size
        self.ledger.conclude(
            new_id,
            {
                "Outcome": VENDED,
                "AccessKeyId": session.access_key_id,
                "Expiration": expiration,
                "PackedPolicySize": session.packed_policy_size,
            },
            deadlines.outcome,
        )
        return _credentials(new_id, session, assumption)

    def roles(self, caller: Caller, next_token: str | None, audit: Audit) -> RolesPage:
        """List what the caller may take, a page at a time; a page may be empty and not the last.

        Raises:
            Refused: ``NextTokenInvalid`` or ``GrantsUnavailable``.
        """
        after = _after(next_token)
        bundle = self.bundles.current(Deadlines.of(audit.began).grants)
        rest = [place for place in bundle.roles if after is None or place > after]
        ends = time.monotonic() + self.page_time
        room = PAGE_TAGS
        offers: list[RoleOffer] = []
        for place in rest:
            if found := offer(bundle, caller, place):
                offers.append(found)
                room -= sum(len(key) + len(value) for key, value in found.account_tags)
            if (time.monotonic() >= ends or room <= 0) and place != rest[-1]:
                return RolesPage(tuple(offers), _token(place))
        return RolesPage(tuple(offers), None)

    def vends(self, caller: Caller, asked: VendsQuery, audit: Audit) -> VendsPage:
        """List rows of the ledger, as far as the caller may read them; a page may be empty and not the last.

        Raises:
            Refused: ``AuditNotGranted``, ``GrantsUnavailable`` or ``LedgerUnavailable``.
        """
        deadlines = Deadlines.of(audit.began)
        bundle = self.bundles.current(deadlines.grants)
        audit.policies = may_audit(bundle, caller, asked.criteria.account)
        if not audit.policies:
            raise Refused(Problem.AuditNotGranted)

        @cache
        def may_see(account: AccountId) -> bool:
            # One that the hub no longer knows is the hub's, for which the caller was permitted above.
            return account not in bundle.accounts or may_audit(bundle, caller, account) != ()

        found, last = self.ledger.page(
            asked.criteria,
            asked.below,
            lambda vend: asked.criteria.account is not None or may_see(AccountId(vend.Account)),
            self.page_time,
            deadlines.outcome,
        )
        return VendsPage(tuple(found), last)

    def identity(self, caller: Caller) -> Identity:
        """Say how the hub sees the caller."""
        return Identity(
            account=caller.account,
            principal=caller.principal,
            unique_id=caller.unique_id,
            label=caller.label,
            permission_set=caller.permission_set,
            source_identity=source_identity(caller),
        )


def _intent(
    vend_id: str,
    caller: Caller,
    request: VendRequest,
    assumption: Assumption,
    bundle_version: str,
    request_id: str,
) -> Row:
    """Write down who is to get what, and why: the ledger's row before STS is asked."""
    permit, asked = assumption.permit, assumption.target
    return {
        "VendId": vend_id,
        "At": format_time(datetime.now(UTC)),
        "RequestId": request_id,
        "Principal": caller.principal,
        "UniqueId": caller.unique_id,
        "Session": caller.session,
        "Account": asked.account,
        "Role": asked.role,
        "Profile": permit.profile.name,
        "RoleArn": assumption.role_arn,
        "RoleSessionName": assumption.session_name,
        "SourceIdentity": assumption.source_identity,
        "DurationSeconds": permit.duration,
        "SessionPolicy": request.session_policy,
        "CallerTags": json.dumps(dict(request.tags)) if request.tags else None,
        "Reason": request.reason,
        "BundleVersion": bundle_version,
        "Policies": ",".join(permit.policies),
    }


def _credentials(vend_id: str, session: Session, assumption: Assumption) -> Credentials:
    return Credentials(
        access_key_id=session.access_key_id,
        secret_access_key=session.secret_access_key,
        session_token=session.session_token,
        expiration=session.expiration,
        account=assumption.target.account,
        assumed_role_arn=session.assumed_role_arn,
        source_identity=assumption.source_identity,
        vend_id=vend_id,
        packed_policy_size=session.packed_policy_size,
    )


def new_vend_id() -> str:
    """Make the id of a vend that begins now."""
    return vend_id(time.time(), os.urandom(10))


def _token(place: Target) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode()


def _after(next_token: str | None) -> Target | None:
    # A token only says where to go on: every role of a page is decided for its caller anyway.
    if next_token is None:
        return None
    if len(next_token) > limits.NEXT_TOKEN_MAX:
        raise Refused(Problem.NextTokenInvalid)
    try:
        place = target(base64.b64decode(next_token, altchars=b"-_", validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        raise Refused(Problem.NextTokenInvalid) from None
    if place is None:
        raise Refused(Problem.NextTokenInvalid)
    return place
