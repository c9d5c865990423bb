"""Agreement: when enough people have agreed to a choice, and whose turn it is until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.policy import Requirement
from domain.question import Choice, QuestionDraft
from domain.roles import Role


def missing(need: Requirement, said: Sequence[Role]) -> int:
    """How many people have still to agree, when one has in each of the roles *said*."""
    return max(need.count - sum(1 for role in said if role in need.roles), 0)


def agreed(choice: Choice, said: Sequence[Role]) -> bool:
    """
    Whether enough have agreed to *choice*, when one person has in each of the roles *said*.

    Somebody in a role that the choice does not name stands in for one person who is missing.
    """
    return bool(said) and _stage(choice, said) is None


def in_turn(choice: Choice, said: Sequence[Role]) -> frozenset[Role]:
    """The roles that may agree to *choice* now: all who come before the first that have not agreed yet, and those."""
    stage = _stage(choice, said)
    return frozenset(role for need in choice.require if stage is None or need.turn <= stage for role in need.roles)


def held_back(draft: QuestionDraft, said: Mapping[str, Sequence[Role]]) -> frozenset[Role]:
    """Roles whose turn has not come for any choice, when people of the roles *said* have agreed, by choice."""
    ways = [choice for choice in draft.choices if not choice.ends]
    named = frozenset(role for choice in ways for need in choice.require for role in need.roles)
    return named.difference(*(in_turn(choice, said.get(choice.name, ())) for choice in ways))


def _stage(choice: Choice, said: Sequence[Role]) -> int | None:
    """The first stage that somebody is missing in; nothing once all have agreed."""
    named = {role for need in choice.require for role in need.roles}
    standing_in = sum(1 for role in said if role not in named)
    for stage in sorted({need.turn for need in choice.require}):
        lacking = sum(missing(need, said) for need in choice.require if need.turn == stage)
        if lacking > standing_in:
            return stage
        standing_in -= lacking
    return None
