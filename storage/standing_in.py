"""For whom somebody may answer a question besides himself: as a substitute, or because it was delegated to him."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import DecisionRefused, NotAllowed, Principal, may_answer
from domain.delegation import Delegation
from domain.roles import Role
from domain.substitution import Substitution, authority
from storage.identity import Caller, roles_at
from storage.questions import open_question
from storage.substitutions import standing_substitutions
from storage.tables.cases import CaseRow
from storage.tables.questions import DelegationRow, QuestionRow


async def roles_to_answer_in(
    session: AsyncSession, case: CaseRow, row: QuestionRow, by: Principal, on_behalf_of: str | None, at: datetime
) -> tuple[frozenset[Role], dict[str, Any]]:
    """
    The roles *by* may answer the question in now, and by what he has them, for the trail: nothing where they are his.

    Raises NotAllowed where he does not stand in for *on_behalf_of*.
    """
    own = await roles_at(session, by.id, row.site)
    if on_behalf_of is None:
        return own, {}
    substitutions = [
        one
        for one in await standing_substitutions(session, by.id, row.site, at)
        if one.absent == on_behalf_of and one.process in (None, case.process)
    ]
    delegations = [
        one
        for one in await standing_delegations(session, {row.id}, at)
        if (one.delegator, one.delegate) == (on_behalf_of, by.id)
    ]
    theirs = await roles_at(session, on_behalf_of, row.site)
    roles = authority([*substitutions, *map(delegation, delegations)], absent=theirs, substitute=own)
    if not roles:
        raise NotAllowed(f"You do not stand in for {on_behalf_of} here today.")
    by_what: dict[str, Any] = {}
    if substitutions:
        by_what["substitutions"] = [one.id for one in substitutions]
    if delegations:
        by_what["delegated"] = True
    return roles, by_what


async def people_to_answer_for(
    session: AsyncSession, rows: Sequence[QuestionRow], caller: Caller, at: datetime
) -> dict[str, tuple[str, ...]]:
    """For whom *caller* may answer each question of *rows* besides himself, by its id; nobody where it is not there."""
    by = caller.principal
    substitutions = {
        site: await standing_substitutions(session, by.id, site, at) for site in {row.site for row in rows}
    }
    delegations: dict[str, list[Delegation]] = defaultdict(list)
    for one in await standing_delegations(session, {row.id for row in rows}, at):
        if one.delegate == by.id:
            delegations[one.question_id].append(delegation(one))
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        standing = _by_person(row, substitutions[row.site], delegations[row.id])
        if not standing or row.closed_at is not None:
            continue
        question, own = await open_question(session, row), await roles_at(session, by.id, row.site)
        people = []
        for person, ways in sorted(standing.items()):
            roles = authority(ways, absent=await roles_at(session, person, row.site), substitute=own)
            with suppress(DecisionRefused):
                may_answer(question, by, roles, on_behalf_of=person)
                people.append(person)
        found[row.id] = tuple(people)
    return found


async def standing_delegations(
    session: AsyncSession, questions: Collection[str], at: datetime
) -> Sequence[DelegationRow]:
    """Those of *questions* that have not returned at *at*, in the order they were given."""
    query = select(DelegationRow).where(
        col(DelegationRow.question_id).in_(questions),
        col(DelegationRow.ended_at).is_(None),
        or_(col(DelegationRow.until).is_(None), col(DelegationRow.until) > at),
    )
    return (await session.exec(query.order_by(col(DelegationRow.number)))).all()


def delegation(row: DelegationRow) -> Delegation:
    """The delegation as it travels."""
    return Delegation.model_validate(row.model_dump())


def _by_person(
    row: QuestionRow, substitutions: Sequence[Substitution], delegations: Sequence[Delegation]
) -> dict[str, list[Substitution | Delegation]]:
    """By what somebody stands in for whom."""
    ways: dict[str, list[Substitution | Delegation]] = defaultdict(list)
    for substitution in substitutions:
        if substitution.process in (None, row.process):
            ways[substitution.absent].append(substitution)
    for one in delegations:
        ways[one.delegator].append(one)
    return ways
