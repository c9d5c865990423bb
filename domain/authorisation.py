"""Who may do what at the door, as a table. Who decides a question is settled in its own transaction, besides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.decision import NotAllowed, PrincipalKind
from domain.leaving.hold import HOLDERS
from domain.roles import Role
from domain.words import in_words


class Action(StrEnum):
    """What is done through a route."""

    READ = "read"
    REPORT = "report events"
    ASK = "ask for changes or waivers"
    WITHDRAW = "take requests back, or have cases looked at again"
    ANSWER = "answer questions"
    SUBSTITUTE = "name substitutes"
    ASSIGN = "give questions to people"
    PROPOSE_POLICY = "propose policies"
    CONFIRM_POLICY = "confirm policies"
    CONTACT = "say how you are told"
    ARRANGE = "arrange a view of one's own"
    COMMENT = "comment"
    ATTACH = "attach documents and pictures"
    WAIVE = "agree to waivers"
    REVOKE = "take waivers back"
    HOLD = "stop shipments"
    SCAN = "scan handling units"
    ARRIVAL = "say what became of shipments"
    VEHICLE = "say whether vehicles came"
    FORCE = "move cases by force"


@dataclass(frozen=True)
class Rule:
    """Who may do one thing, at a site he has a part in."""

    roles: frozenset[Role]
    """People in any of these may."""
    scope: str | None
    """Machines whose key has it may; the empty one any key has, and without one no machine may."""


EVERY_KEY: Final = ""

_EVERYBODY: Final = frozenset(Role)
_AT_WORK: Final = _EVERYBODY - {Role.AUDITOR}
_DECIDING: Final = _AT_WORK - {Role.ADMINISTRATOR}
"""Who runs the system has no part in what the plant decides, but for moving what is stuck."""

RULES: Final[Mapping[Action, Rule]] = {
    Action.READ: Rule(_EVERYBODY, EVERY_KEY),
    Action.REPORT: Rule(frozenset(), "events"),
    Action.ASK: Rule(_DECIDING, "cases"),
    Action.WITHDRAW: Rule(_AT_WORK, "cases"),
    Action.ANSWER: Rule(_DECIDING, None),
    Action.SUBSTITUTE: Rule(_DECIDING, None),
    Action.ASSIGN: Rule(_DECIDING, None),
    Action.PROPOSE_POLICY: Rule(_DECIDING, None),
    Action.CONFIRM_POLICY: Rule(frozenset({Role.PLANT_MANAGER}), None),
    Action.CONTACT: Rule(_EVERYBODY, None),
    Action.ARRANGE: Rule(_EVERYBODY, None),
    Action.COMMENT: Rule(_AT_WORK, None),
    Action.ATTACH: Rule(_AT_WORK, "cases"),
    Action.HOLD: Rule(frozenset(HOLDERS), None),
    Action.ARRIVAL: Rule(frozenset({Role.SALES, Role.DISPATCH, Role.SHIPPING_MANAGER}), "events"),
    Action.VEHICLE: Rule(frozenset({Role.WAREHOUSE, Role.DISPATCH, Role.SHIPPING_MANAGER}), "events"),
    Action.SCAN: Rule(frozenset({Role.WAREHOUSE, Role.DISPATCH, Role.SHIPPING_MANAGER}), "events"),
    Action.WAIVE: Rule(_DECIDING, None),
    Action.REVOKE: Rule(_DECIDING, None),
    Action.FORCE: Rule(frozenset({Role.ADMINISTRATOR}), None),
}


def may_report(source: str, kind: str, sources: Collection[str], kinds: Collection[str]) -> None:
    """
    Nothing, if a key for *sources* and *kinds* covers an event of *kind* from *source*.

    Each may end in ``*`` for whatever begins so; where none are named, any is covered. Raises NotAllowed.
    """
    if sources and not covers(sources, source):
        raise NotAllowed("The key is not for events from this source.")
    if kinds and not covers(kinds, kind):
        raise NotAllowed("The key is not for events of this type.")


def covers(patterns: Collection[str], value: str) -> bool:
    """Whether *value* is one of *patterns*, or begins as one that ends in ``*``."""
    begins = tuple(pattern.removesuffix("*") for pattern in patterns if pattern.endswith("*"))
    return value in patterns or value.startswith(begins)


def may(kind: PrincipalKind, action: Action, roles: Collection[Role], scopes: Collection[str]) -> None:
    """Nothing, if one of *kind* with *roles*, or a key with *scopes*, may do *action*. Raises NotAllowed."""
    rule = RULES[action]
    if kind is PrincipalKind.PERSON:
        if rule.roles.isdisjoint(roles):
            raise NotAllowed(f"You may not {action}. {_who(rule)}")
    elif rule.scope is None:
        raise NotAllowed(f"Only a person can {action}.")
    elif rule.scope != EVERY_KEY and rule.scope not in scopes:
        raise NotAllowed(f"The key needs the scope {rule.scope} to {action}.")


def _who(rule: Rule) -> str:
    if rule.roles == _AT_WORK:
        return "Auditors only read."
    if rule.roles == _DECIDING:
        return "Auditors only read, and administrators decide nothing."
    if rule.roles:
        return f"It is for {', '.join(sorted(in_words(role) for role in rule.roles))}."
    return f"Only a machine whose key has the scope {rule.scope} may."
