"""Agreement: when enough people have agreed to a choice, and whose turn it is until then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from domain.policy import Requirement
from domain.question import Choice, QuestionDraft
from domain.roles import Role


def missing(need: Requirement, said: Sequence[Role]) -> int:
    """How many people have still to agree, when one has in each of the roles *said*."""
    return max(need.count - sum(1 for role in said if role in need.roles), 0)


def agreed(choice: Choice, said: Sequence[Role]) -> bool:
    """
    Whether enough have agreed to *choice*, when one person has in each of the roles *said*.

    Somebody in a role that the choice does not name stands in for one person who is missing in the stage it is at.
    """
    return bool(said) and _stage(choice, said) is None


def in_turn(choice: Choice, said: Sequence[Role]) -> frozenset[Role]:
    """The roles that may agree to *choice* now: all who come before the first that have not agreed yet, and those."""
    stage = _stage(choice, said)
    return frozenset(role for need in choice.require if stage is None or need.turn <= stage for role in need.roles)


def stage_begun(choice: Choice, before: Sequence[Role], after: Sequence[Role]) -> tuple[Requirement, ...]:
    """
    Who is missing of the stage that has come now that people of *after* have agreed, and no longer only of *before*.

    First those of the stage itself; then who comes later without time of his own, and shares theirs. Nobody where the
    stage has no time of its own.
    """
    stage, left = _stage(choice, after), _stage(choice, before)
    timed = sorted({need.turn for need in choice.require if need.within is not None})
    if stage is None or stage == left or stage not in timed:
        return ()
    until = next((turn for turn in timed if turn > stage), stage + len(choice.require))
    sharing = (need for need in choice.require if stage <= need.turn < until and missing(need, after))
    return tuple(sorted(sharing, key=lambda need: need.turn))


def held_back(draft: QuestionDraft, said: Mapping[str, Sequence[Role]]) -> frozenset[Role]:
    """Roles whose turn has not come for any choice, when people of the roles *said* have agreed, by choice."""
    ways = [choice for choice in draft.choices if not choice.ends]
    named = frozenset(role for choice in ways for need in choice.require for role in need.roles)
    return named.difference(*(in_turn(choice, said.get(choice.name, ())) for choice in ways))


def within_reach(
    choice: Choice, said: Sequence[Role], left: Sequence[frozenset[Role]], further: Collection[Role]
) -> bool:
    """
    Whether enough can still agree to *choice*, when one person has in each of the roles *said*.

    *left* are the roles of each person who has said nothing yet; who holds one of *further* may stand in for another.
    """
    named = {role for need in choice.require for role in need.roles}
    standing_in = set(further) - named - set(choice.over_limit)
    stood_in = _stood_in(choice, said)
    # Each person has one word, so that whatever is lacking together there must be people enough for together.
    for needs in _apart([need for need in choice.require if missing(need, said)]):
        able = standing_in.union(*(need.roles for need in needs))
        people = sum(1 for roles in left if roles & able)
        lacking: Counter[int] = Counter()
        for need in needs:
            lacking[need.turn] += missing(need, said)
        if (lacking - stood_in).total() > people:
            return False
    return True


def _apart(needs: Sequence[Requirement]) -> Iterator[tuple[Requirement, ...]]:
    """All that can be chosen of *needs* so that one answer counts for one of them only."""
    for size in range(1, len(needs) + 1):
        for chosen in combinations(needs, size):
            if len({role for need in chosen for role in need.roles}) == sum(len(need.roles) for need in chosen):
                yield chosen


def _stage(choice: Choice, said: Sequence[Role]) -> int | None:
    """The first stage that somebody is missing in; nothing once all have agreed."""
    return _first_lacking(choice, said, _stood_in(choice, said))


def _stood_in(choice: Choice, said: Sequence[Role]) -> Counter[int]:
    """In which stages people stood in, and how many: whoever does so has no word in a later one."""
    named = {role for need in choice.require for role in need.roles}
    stood_in: Counter[int] = Counter()
    for number, role in enumerate(said):
        if role not in named and (stage := _first_lacking(choice, said[:number], stood_in)) is not None:
            stood_in[stage] += 1
    return stood_in


def _first_lacking(choice: Choice, said: Sequence[Role], stood_in: Counter[int]) -> int | None:
    for stage in sorted({need.turn for need in choice.require}):
        if sum(missing(need, said) for need in choice.require if need.turn == stage) > stood_in[stage]:
            return stage
    return None
