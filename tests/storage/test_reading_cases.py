"""What people see of cases: theirs, newest first, each once, and nothing of others."""

from __future__ import annotations

import base64
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import update

from domain.decision import PrincipalKind
from domain.effect import EffectState, Reserve
from domain.evidence import pack_digest
from domain.facts import OrderLine
from domain.ports import NotInSystem
from domain.roles import Role
from domain.views import CaseSummary, Page
from storage.database import Database
from storage.paging import BadCursor
from storage.reading_cases import CaseReader
from storage.record import CaseRecord
from storage.tables.cases import CaseRow
from tests.storage.plant import (
    NOW,
    answer,
    ask,
    asked_to_decide,
    evidence,
    minutes,
    more_valves,
    move,
    question_of,
    tell,
)
from tests.support.small_plant import SITE

HERE = (SITE,)
ELSEWHERE = ("south",)


async def lines(database: Database, *orders: str) -> None:
    """Order lines besides those of the small plant."""
    due = NOW + timedelta(days=60)
    told = (
        OrderLine(
            site=SITE, order=order, line="10", customer="ACME", item="VALVE", quantity=Decimal(5),
            requested_at=due, promised_at=due,
        )
        for order in orders
    )  # fmt: skip
    await tell(database, *told)


async def test_cases_come_newest_first_and_page_by_page_each_once(database: Database) -> None:
    orders = [f"SO-{number}" for number in range(100, 107)]
    await lines(database, *orders)
    opened = [(await ask(database, more_valves(order=order))).case_id for order in orders]
    reader = CaseReader(database)

    pages = [await reader.cases(sites=HERE, limit=3)]
    while pages[-1].next is not None:
        pages.append(await reader.cases(sites=HERE, limit=3, cursor=pages[-1].next))

    assert [len(page.items) for page in pages] == [3, 3, 1]
    assert [case.id for page in pages for case in page.items] == list(reversed(opened))


async def test_a_case_opened_meanwhile_does_not_move_the_pages_behind(database: Database) -> None:
    await lines(database, "SO-100", "SO-101", "SO-102", "SO-103")
    first, second, third = [(await ask(database, more_valves(order=f"SO-10{n}"))).case_id for n in range(3)]
    reader = CaseReader(database)
    page = await reader.cases(sites=HERE, limit=2)

    await ask(database, more_valves(order="SO-103"))
    behind = await reader.cases(sites=HERE, limit=2, cursor=page.next)

    assert [case.id for case in page.items] == [third, second]
    assert [case.id for case in behind.items] == [first]
    assert behind.next is None


async def test_a_page_that_ends_exactly_with_the_list_is_the_last(database: Database) -> None:
    await ask(database)

    page = await CaseReader(database).cases(sites=HERE, limit=1)

    assert (len(page.items), page.next) == (1, None)


async def test_cases_are_found_by_what_they_are_about_and_where_they_are(database: Database) -> None:
    deciding = await asked_to_decide(database)
    received = (await ask(database, more_valves(12, "SO-2"))).case_id
    ended = await asked_to_decide(database, order="SO-3", quantity=7)
    await move(database, ended, 3, "rejected", assessment=1)
    reader = CaseReader(database)

    async def found(**wanted: object) -> list[str]:
        return ids(await reader.cases(sites=HERE, **wanted))  # type: ignore[arg-type]

    assert await found() == [ended, received, deciding]
    assert await found(is_open=True) == [received, deciding]
    assert await found(is_open=False) == [ended]
    assert await found(state="awaiting_decision") == [deciding]
    assert await found(subject="SO-2:10") == [received]
    assert await found(owner=Role.PLANNER) == [deciding]
    assert await found(process="order_change", site=SITE, state="received", is_open=True) == [received]
    assert await found(process="schedule_adjustment") == []
    assert await found(site="south") == []


async def test_nobody_sees_cases_of_a_site_that_is_not_his(database: Database) -> None:
    case_id = await asked_to_decide(database)
    reader = CaseReader(database)

    assert ids(await reader.cases(sites=ELSEWHERE)) == []
    assert ids(await reader.cases(sites=ELSEWHERE, site=SITE)) == []
    assert ids(await reader.cases(sites=())) == []
    await _said_alike(reader, case_id)


async def _said_alike(reader: CaseReader, case_id: str) -> None:
    """A case elsewhere is told of in the words that are used of one that is nowhere."""
    said = []
    for asked_for in (case_id, "OC-404"):
        with pytest.raises(NotInSystem) as refusal:
            await reader.case(asked_for, ELSEWHERE, NOW)
        with pytest.raises(NotInSystem) as refused_trail:
            await reader.trail(asked_for, ELSEWHERE)
        assert str(refusal.value) == str(refused_trail.value)
        said.append(str(refusal.value).replace(asked_for, "it"))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "not a cursor", "é", "null",
        base64.urlsafe_b64encode(b'["a"]').decode(),
        base64.urlsafe_b64encode(b"[1, 2]").decode(),
        base64.urlsafe_b64encode(b"[true]").decode(),
        base64.urlsafe_b64encode(b"[99999999999999999999999]").decode(),
        base64.urlsafe_b64encode(b'["2026-10-05T08:00:00", "OC-1-2-1"]').decode(),
        base64.urlsafe_b64encode(b'["2026-10-05T08:00:00+00:00", "\\u0000"]').decode(),
    ],
)  # fmt: skip
async def test_a_cursor_that_was_never_given_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await CaseReader(database).cases(sites=HERE, cursor=cursor)


async def test_a_case_tells_everything_that_was_decided_on(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")
    await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")
    reserve = Reserve(site=SITE, item="VALVE", order="SO-1", line="10", quantity=Decimal(50))
    await CaseRecord(database).plan_effect(case_id, f"{case_id}/1", reserve)

    case = await CaseReader(database).case(case_id, HERE, NOW)

    assert (case.state, case.owner, case.requester.id, case.reason) == (
        "committing", "lockstep", "anna", "CUSTOMER_REQUEST",
    )  # fmt: skip
    assert (case.request["quantity"], case.before.fact.quantity) == ("50", Decimal(40))
    assert (case.evidence, case.evidence_digest) == ((evidence(),), pack_digest((evidence(),)))
    assert case.proposal is not None
    assert [ruled.option.name for ruled in case.proposal.options] == ["accept_as_asked", "accept_later"]
    assert case.chosen_option is not None
    assert case.chosen == case.chosen_option.name == "accept_as_asked"
    assert [(question.id, question.choice) for question in case.questions] == [
        (question_of(case_id), "accept_as_asked")
    ]
    assert [(kept.effect, kept.state) for kept in case.effects] == [(reserve, EffectState.PLANNED)]
    assert (case.workflow_id, case.allowed_commands) == ("order_change/north/SO-1:10", ())


async def test_a_case_tells_what_may_be_done_with_it_and_what_took_over(database: Database) -> None:
    case_id = await asked_to_decide(database)
    newer = await ask(database, more_valves(60), at=minutes(5))
    reader = CaseReader(database)

    older, waiting = await reader.case(case_id, HERE, NOW), await reader.case(newer.case_id, HERE, NOW)

    assert (older.allowed_commands, older.superseded_by, older.supersedes) == (
        ("withdraw", "look_again"),
        newer.case_id,
        None,
    )
    assert (waiting.supersedes, waiting.queued) == (case_id, True)


async def test_the_trail_can_be_read_on_from_any_line(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "accept_as_asked", "boris", reason="There is enough.")
    reader = CaseReader(database)

    first = await reader.trail(case_id, HERE, limit=2)
    rest = await reader.trail(case_id, HERE, after=int(first.next or 0))

    entries = (*first.items, *rest.items)
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4]
    assert [entry.action for entry in entries] == ["opened", "entered", "entered", "answered"]
    assert rest.next is None
    assert (entries[3].by.id, entries[3].by.kind, entries[3].role) == (
        "boris", PrincipalKind.PERSON, Role.PLANNER,
    )  # fmt: skip
    assert (entries[3].reason, entries[3].at) == ("There is enough.", NOW)


async def test_who_reads_does_not_wait_for_who_writes(database: Database) -> None:
    await ask(database)

    async with database.transaction() as session:
        await session.exec(update(CaseRow).values(owner="somebody"))
        (seen,) = (await CaseReader(database).cases(sites=HERE)).items

    assert seen.owner == "lockstep"


def ids(page: Page[CaseSummary]) -> list[str]:
    """Which cases are on the page."""
    return [case.id for case in page.items]
