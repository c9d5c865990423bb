"""The inbox: what somebody like you can settle, the most urgent first."""

from __future__ import annotations

import base64

import pytest

from domain.evidence import pack_digest
from domain.ports import NotInSystem
from domain.question import QuestionKind, RungKind
from domain.roles import Role
from storage.database import Database
from storage.identity import Caller
from storage.paging import BadCursor
from storage.reading_cases import CaseReader
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from tests.storage.plant import (
    NOW,
    answer,
    asked_to_decide,
    evidence,
    minutes,
    move,
    person,
    question_of,
    rung,
)
from tests.support.small_plant import PEOPLE, SITE

HERE = (SITE,)
ELSEWHERE = ("south",)


def caller(name: str, sites: tuple[str, ...] = HERE, roles: tuple[Role, ...] | None = None) -> Caller:
    """Somebody of the plant, with the roles he holds there."""
    held = frozenset(PEOPLE[name] if roles is None else roles)
    return Caller(person(name), sites, (), dict.fromkeys(sites, held))


async def test_questions_come_in_the_order_they_are_due_page_by_page_each_once(database: Database) -> None:
    orders = ["SO-1", "SO-2", "SO-3"]
    asked = [
        question_of(await asked_to_decide(database, order=order, quantity=99, at=minutes(start)))
        for order, start in zip(orders, (30, 10, 20), strict=True)
    ]
    reader = QuestionReader(database)

    first = await reader.questions(caller("boris"), NOW, limit=2)
    rest = await reader.questions(caller("boris"), NOW, limit=2, cursor=first.next)

    assert [question.id for question in first.items] == [asked[1], asked[2]]
    assert [question.id for question in rest.items] == [asked[0]]
    assert rest.next is None


async def test_questions_due_at_the_same_moment_come_each_once(database: Database) -> None:
    asked = {question_of(await asked_to_decide(database, order=f"SO-{number}", quantity=99)) for number in (1, 2, 3)}
    reader = QuestionReader(database)

    pages = [await reader.questions(caller("boris"), NOW, limit=1)]
    while pages[-1].next is not None:
        pages.append(await reader.questions(caller("boris"), NOW, limit=1, cursor=pages[-1].next))

    found = [question.id for page in pages for question in page.items]
    assert (len(found), set(found)) == (3, asked)


async def test_everybody_finds_the_questions_he_can_settle_and_may_look_at_the_others(
    database: Database,
) -> None:
    question = question_of(await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION))
    reader = QuestionReader(database)

    async def mine(who: Caller) -> list[str]:
        return [found.id for found in (await reader.questions(who, NOW)).items]

    assert await mine(caller("boris")) == await mine(caller("carla")) == [question]
    assert await mine(caller("dev")) == []
    assert [found.id for found in (await reader.questions(caller("dev"), NOW, mine=False)).items] == [question]


async def test_a_question_leaves_the_inbox_of_whoever_answered_it_and_stays_in_the_others(
    database: Database,
) -> None:
    question = question_of(await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION))
    await answer(database, question, "accept_as_asked", "boris")
    reader = QuestionReader(database)

    of_boris, of_carla = await reader.questions(caller("boris"), NOW), await reader.questions(caller("carla"), NOW)

    assert of_boris.items == ()
    assert [found.id for found in of_carla.items] == [question]


async def test_nobody_is_shown_a_decision_on_his_own_request_as_his_to_make(database: Database) -> None:
    question = question_of(await asked_to_decide(database, by="boris"))
    reader = QuestionReader(database)

    of_boris, of_petra = await reader.questions(caller("boris"), NOW), await reader.questions(caller("petra"), NOW)

    assert of_boris.items == ()
    assert [found.id for found in of_petra.items] == [question]


async def test_a_role_counts_only_at_the_site_where_it_is_held(database: Database) -> None:
    await asked_to_decide(database)
    both = Caller(
        person("boris"),
        (SITE, "south"),
        (),
        {SITE: frozenset({Role.SALES}), "south": frozenset({Role.PLANNER})},
    )
    reader = QuestionReader(database)

    assert (await reader.questions(both, NOW)).items == ()
    assert (await reader.questions(caller("boris", ELSEWHERE), NOW)).items == ()
    assert (await reader.questions(caller("boris", ELSEWHERE), NOW, mine=False)).items == ()


async def test_a_question_that_escalated_is_found_by_the_role_above(database: Database) -> None:
    case_id = await asked_to_decide(database)
    reader = QuestionReader(database)
    before = await reader.questions(caller("paul"), NOW)

    await CaseRecord(database).escalate(rung(case_id, RungKind.ESCALATE, 100, Role.PLANT_MANAGER))

    (found,) = (await reader.questions(caller("paul"), NOW)).items
    assert before.items == ()
    assert (found.escalation, found.further_roles) == (100, (Role.PLANT_MANAGER,))


async def test_a_settled_question_is_found_among_the_closed_ones(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    await answer(database, question, "reject", "boris", reason="Too late.", at=minutes(5))
    reader = QuestionReader(database)

    still_open = await reader.questions(caller("petra"), NOW)
    (closed,) = (await reader.questions(caller("petra"), NOW, is_open=False, process="order_change", site=SITE)).items

    assert still_open.items == ()
    assert (closed.choice, closed.reason, closed.closed_by, closed.closed_at) == (
        "reject", "Too late.", "Boris", minutes(5),
    )  # fmt: skip


async def test_a_question_tells_all_that_is_needed_to_answer_it(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")

    question = await QuestionReader(database).question(question_of(case_id), caller("boris"), NOW)

    assert (question.kind, question.roles) == (QuestionKind.DECISION, (Role.PLANNER, Role.PRODUCTION))
    assert [choice.name for choice in question.choices] == ["accept_as_asked", "accept_later", "reject"]
    assert [(given.person, given.choice) for given in question.answers] == [("boris", "accept_as_asked")]
    assert question.evidence == (evidence(),)
    assert question.evidence_digest == pack_digest(question.evidence)
    assert [ruled.option.name for ruled in question.options] == ["accept_as_asked", "accept_later"]
    assert [rung.percent for rung in question.rungs] == [50, 80, 100, 150, 200]
    assert "asked by Anna" in question.context


async def test_an_old_question_shows_the_evidence_it_rested_on_and_not_todays(database: Database) -> None:
    case_id = await asked_to_decide(database)
    old = await QuestionReader(database).question(question_of(case_id), caller("boris"), NOW)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")
    await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")
    await move(database, case_id, 4, "assessing", assessment=2)
    later = evidence(minutes(60)).model_copy(update={"values": {"available": "3"}})
    await CaseRecord(database).keep_evidence(case_id, 2, later)

    shown = await QuestionReader(database).question(question_of(case_id), caller("boris"), NOW)

    assert shown.evidence == old.evidence == (evidence(),)
    assert (await CaseReader(database).case(case_id, HERE, NOW)).evidence == (later,)


async def test_a_question_elsewhere_is_told_of_like_one_that_is_nowhere(database: Database) -> None:
    question = question_of(await asked_to_decide(database))

    with pytest.raises(NotInSystem, match=f"There is no question {question}"):
        await QuestionReader(database).question(question, caller("boris", ELSEWHERE), NOW)
    with pytest.raises(NotInSystem, match="There is no question OC-404-1-1"):
        await QuestionReader(database).question("OC-404-1-1", caller("boris", ELSEWHERE), NOW)


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
        await QuestionReader(database).questions(caller("boris"), NOW, cursor=cursor)
