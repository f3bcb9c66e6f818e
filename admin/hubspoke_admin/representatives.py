"""Callers that stand for all others: one for each way in which the policies can tell callers apart.

A policy for "any role of account 111111111111" names nobody, and must not stay invisible for that. From
what policies compare with a caller's attributes, a caller is made up for every value they name and for
one that they don't, in every combination that matters.
"""

import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice, product
from typing import Final

from hubspoke_admin.cedar import Policy
from hubspoke_admin.comparisons import ANY_TAG, Comparisons, comparisons, paths_in, texts_in
from hubspoke_admin.exceptions import CallersUncountable
from hubspoke_admin.texts import Grammar, Like, TooManyTexts, texts_that_differ
from hubspoke_contract import limits
from hubspoke_contract.names import AccountId, account_id, role_name
from hubspoke_grants.bundle import Bundle
from hubspoke_grants.caller import Caller, Kind

REPRESENTATIVES_MAX: Final = 10_000
"""More are refused, by the names of the policies that make them: a list that nobody reads proves nothing."""

_WORD: Final = string.ascii_lowercase + string.ascii_uppercase + string.digits + "_+=,.@-"
_ACCOUNT: Final = Grammar("9876543210", 12, 12)
_NAME: Final = Grammar(_WORD, 1, limits.NAME_MAX)
_SESSION: Final = Grammar(_WORD, limits.SESSION_NAME_MIN, limits.SESSION_NAME_MAX)
# IAM Identity Center names its roles AWSReservedSSO_<permission set, at most 32>_<16 hex digits>.
_PERMISSION_SET: Final = Grammar(_WORD, 1, 32)
_PERMISSION_SET_ROLE: Final = "AWSReservedSSO_"
# After their prefix: IAM's ids are upper case letters and digits, an organization's lower case.
_UNIQUE_ID: Final = Grammar("X" + string.ascii_uppercase + string.digits, 12, 124)
_ORG_ID: Final = Grammar("x" + string.ascii_lowercase + string.digits, 10, 32)
_PREFIXES: Final = {Kind.USER: "AIDA", Kind.ROLE: "AROA"}


@dataclass(frozen=True, slots=True)
class Representative:
    """A caller, and whom it stands for."""

    caller: Caller
    label: str


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of an attribute, and how to say it; empty where nothing compares the attribute."""

    text: str | None
    phrase: str = ""


def representatives(policies: Sequence[Policy], bundles: Sequence[Bundle]) -> list[Representative]:
    """Make up callers so that every caller decides as one of them, or is permitted nothing.

    Args:
        policies: of all the bundles.
        bundles: whose roles and accounts a policy may compare a caller's attributes with.

    Raises:
        CallersUncountable: a policy does with a caller's attributes what can't be taken apart, or
            there would be more than ``REPRESENTATIVES_MAX``.
    """
    for policy in policies:
        _check(policy)
    everybody = chain.from_iterable(_Callers(kind, policies, bundles).all() for kind in Kind)
    found = list(islice(everybody, REPRESENTATIVES_MAX + 1))
    if len(found) > REPRESENTATIVES_MAX:
        raise _too_many(policies)
    return found


def fresh(kind: Kind, account: AccountId, name: str) -> Caller:
    """Make a caller of whom nothing but kind, account and name is known."""
    return Caller(
        kind=kind,
        partition="aws",
        account=account,
        name=name,
        unique_id=f"{_PREFIXES[kind]}XXXXXXXXXXXXXXXXX",
        session="session" if kind is Kind.ROLE else None,
        org_id=None,
    )


class _Callers:
    """The representatives of one kind."""

    def __init__(self, kind: Kind, policies: Sequence[Policy], bundles: Sequence[Bundle]) -> None:
        self._kind = kind
        self._policies = policies
        self._values_besides = cache(lambda path: _values_of(path, bundles))
        self._compared = cache(lambda chosen: comparisons(policies[place] for place in chosen))

    def all(self) -> Iterator[Representative]:
        for (account, name), label in self._identities().items():
            admitting = tuple(
                place
                for place, policy in enumerate(self._policies)
                if policy.admits(self._kind, f"{account}/{name}")
            )
            if any(self._policies[place].is_permit for place in admitting):
                yield from self._variants(account, name, label, self._compared(admitting))

    def _identities(self) -> dict[tuple[str, str], str]:
        """List account and name of whom policies name, and of others whom they can tell apart."""
        entity_type = f"Caller::{self._kind.value}"
        named: dict[tuple[str, str], str] = {}
        for found_type, key in sorted(comparisons(self._policies).entities):
            account, _, name = key.partition("/")
            if found_type == entity_type and account_id(account) and role_name(name):
                named[account, name] = f'{entity_type}::"{key}"'
        anybody = [p for p in self._policies if p.is_about_anybody and p.admits(self._kind, "")]
        if not any(policy.is_permit for policy in anybody):
            return named
        found = comparisons(anybody)
        accounts = self._values(found, "principal.account", _ACCOUNT, "account", {a for a, _ in named})
        names = self._names(found, {name for _, name in named})
        others = {
            (account.text or "", name.text or ""): _said(f"any {self._kind.value.lower()}", account, name)
            for account, name in product(accounts, names)
        }
        return {**others, **named}

    def _variants(self, account: str, name: str, label: str, found: Comparisons) -> Iterator[Representative]:
        """Vary what a caller has besides account and name."""
        caller = fresh(self._kind, AccountId(account), name)
        uniques = self._prefixed(found, "principal.uniqueId", _UNIQUE_ID, _PREFIXES[self._kind], "unique id")
        orgs = self._prefixed(found, "principal.orgId", _ORG_ID, "o-", "organization")
        if _mentions(found, "principal.orgId"):
            orgs.append(_Value(None, "of no organization"))
        sessions = [_Value(caller.session)]
        if caller.permission_set is not None:
            sessions = self._values(found, "principal.session", _SESSION, "session")
        for unique, org, session in product(uniques, orgs, sessions):
            yield Representative(
                Caller(
                    kind=self._kind,
                    partition=caller.partition,
                    account=caller.account,
                    name=name,
                    unique_id=unique.text or caller.unique_id,
                    session=session.text,
                    org_id=org.text,
                ),
                _said(label, unique, org, session),
            )

    def _names(self, found: Comparisons, taken: set[str]) -> list[_Value]:
        names = self._values(found, "principal.name", _NAME, "name", taken)
        if self._kind is Kind.USER or not (
            _mentions(found, "principal.permissionSet") or _mentions(found, "principal.session")
        ):
            return names
        patterns = found.patterns["principal.name"]
        chunks = {chunk for pattern in patterns for chunk in _chunks(pattern)}
        tails = {
            "0" * 16,
            *(c.rjust(16, "0") for c in chunks if len(c) <= 16 and set(c) <= set("0123456789abcdef")),
        }
        for tail in sorted(tails):
            around = [
                Like(pattern, _PERMISSION_SET_ROLE, f"_{tail}") for pattern in sorted(patterns, key=str)
            ]
            names += [
                _Value(f"{_PERMISSION_SET_ROLE}{value.text}_{tail}", value.phrase or "of any permission set")
                for value in self._values(
                    found, "principal.permissionSet", _PERMISSION_SET, "permission set", around=around
                )
            ]
        return names

    def _prefixed(
        self, found: Comparisons, path: str, grammar: Grammar, prefix: str, noun: str
    ) -> list[_Value]:
        """Find values that all begin alike."""
        literals = {text[len(prefix) :] for text in self._literals(found, path) if text.startswith(prefix)}
        likes = [Like(pattern, before=prefix) for pattern in sorted(found.patterns[path], key=str)]
        return [
            _Value(f"{prefix}{text}", phrase.format(prefix=prefix))
            for text, phrase in self._phrased(
                grammar, literals, set(), likes, noun, "{prefix}", _mentions(found, path)
            )
        ]

    def _values(
        self,
        found: Comparisons,
        path: str,
        grammar: Grammar,
        noun: str,
        taken: Iterable[str] = (),
        around: Sequence[Like] = (),
    ) -> list[_Value]:
        likes = [*map(Like, sorted(found.patterns[path], key=str)), *around]
        literals = self._literals(found, path)
        return [
            _Value(text, phrase)
            for text, phrase in self._phrased(
                grammar, literals, set(taken) - literals, likes, noun, "", _mentions(found, path)
            )
        ]

    def _phrased(
        self,
        grammar: Grammar,
        literals: set[str],
        taken: set[str],
        likes: Sequence[Like],
        noun: str,
        prefix: str,
        mentioned: bool,
    ) -> Iterator[tuple[str, str]]:
        """Give each value with how to say it: by itself, as an example of a pattern, or as another."""
        for literal in sorted(filter(grammar.has, literals)):
            yield literal, f"of {noun} {prefix}{literal}"
        try:
            others = texts_that_differ(grammar, literals | taken, likes)
        except TooManyTexts:
            raise _too_many(self._policies) from None
        for text, answers in others.items():
            if any(answers):
                yield text, f"of {noun} such as {prefix}{text}"
            else:
                yield text, f"of another {noun}" if mentioned else ""

    def _literals(self, found: Comparisons, path: str) -> set[str]:
        """List the texts that a path is compared with, written in policies or values of the catalogue."""
        texts = set(found.literals[path])
        for expression in found.beside.get(path, ()):
            texts |= texts_in(expression)
            for other in paths_in(expression):
                texts |= self._values_besides(other)
        if len(texts) > REPRESENTATIVES_MAX:
            raise _too_many(self._policies)
        return texts


def _check(policy: Policy) -> None:
    """Refuse a policy that does more with a caller than compare it and its attributes."""
    found = comparisons([policy])
    loose = found.loose | ({"principal"} & found.beside.keys())
    for path, besides in found.beside.items():
        if path.startswith("principal.") and any(
            other.startswith("principal") for beside in besides for other in paths_in(beside)
        ):
            loose.add(path)
    for path in sorted(loose):
        if path.split(".")[0] == "principal":
            raise CallersUncountable(
                f'{policy.place or "bundle"}: @id("{policy.name}") does more with {path} than compare it, '
                "so its callers can't be listed: compare it with texts by ==, like or [..].contains(..)"
            )


def _values_of(path: str, bundles: Iterable[Bundle]) -> set[str]:
    """List what a path of a role, an account or a request can be."""
    found: set[str] = set()
    for bundle in bundles:
        accounts, profiles = bundle.accounts.values(), bundle.roles.values()
        if path in ("resource.name", "resource.account.name"):
            found |= {account.name for account in accounts}
        if path == "resource.name":
            found |= {profile.role for profile in profiles}
        if path == "resource.profile":
            found |= {profile.name for profile in profiles}
        if path == "context.sessionPolicy":
            found |= set(bundle.session_policies)
        if path.endswith("]"):
            wanted = (path.rpartition("[")[2][:-1], path.endswith(f"[{ANY_TAG}]"))
            found |= {value for one in accounts for key, value in one.tags if wanted[1] or key == wanted[0]}
    return found


def _mentions(found: Comparisons, path: str) -> bool:
    return any(path in where for where in (found.asked, found.beside)) or bool(
        found.literals.get(path) or found.patterns.get(path)
    )


def _chunks(pattern: Iterable[str | None]) -> list[str]:
    """List the literal parts of a pattern."""
    return "".join("*" if step is None else step for step in pattern).split("*")


def _said(beginning: str, *values: _Value) -> str:
    return " ".join([beginning, *(value.phrase for value in values if value.phrase)])


def _too_many(policies: Iterable[Policy]) -> CallersUncountable:
    names = [policy.name for policy in policies if policy.is_about_anybody] or [p.name for p in policies]
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return CallersUncountable(
        f"the policies tell more than {REPRESENTATIVES_MAX} callers apart, so they can't all be tried: name "
        f"principals, or compare fewer attributes in those that name nobody: {shown}"
    )
