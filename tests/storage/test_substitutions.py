"""Substitutions in the record: given, used in the decision's transaction, ended, and always on the trail."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.decision import Answer, Channel, NotAllowed, Principal
from domain.master_data import Person, Site
from domain.ports import NotInSystem
from domain.roles import Role
from domain.substitution import Substitution, SubstitutionDraft
from storage.database import Database
from storage.decisions import Answered, Decisions
from storage.identity import Caller
from storage.reading_questions import QuestionReader
from storage.requests import KeyReused, RequestKey
from storage.substitutions import Substitutions
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, SubstitutionRow
from tests.storage.plant import (
    NOW,
    acting,
    asked_to_decide,
    minutes,
    person,
    question_of,
    race,
    rows,
    seen_now,
    tell,
)
from tests.support.small_plant import SITE

TODAY = NOW.date()


async def gives(  # noqa: PLR0913 - each is something a test varies
    database: Database,
    absent: str = "boris",
    substitute: str = "petra",
    *,
    by: Principal | None = None,
    process: str | None = None,
    first: int = 0,
    last: int = 4,
    site: str = SITE,
    key: RequestKey | None = None,
) -> Substitution:
    wanted = SubstitutionDraft(
        site=site, process=process, absent=absent, substitute=substitute, first_day=TODAY + timedelta(days=first),
        last_day=TODAY + timedelta(days=last), reason="On leave.",
    )  # fmt: skip
    return await Substitutions(database).give(wanted, by or person(absent), Channel.API, NOW, key)


async def answers(
    database: Database, question: str, by: str, behalf: str | None = None, choice: str = "accept_as_asked", day: int = 0
) -> Answered:
    said = Answer(choice=choice, reason="So.", seen=await seen_now(database, question), on_behalf_of=behalf)
    return await Decisions(database).answer(question, said, person(by), Channel.API, minutes(day * 24 * 60 + 1))


async def test_both_names_are_recorded_with_the_answer(database: Database) -> None:
    given = await gives(database)
    case_id = await asked_to_decide(database)

    answered = await answers(database, question_of(case_id), "petra", "boris")

    assert (answered.settled, answered.on_behalf_of) == ("accept_as_asked", "boris")
    (kept,) = await rows(database, AnswerRow)
    assert (kept.person, kept.on_behalf_of, kept.role) == ("petra", "boris", "planner")
    (line,) = await rows(database, TrailRow, case_id=case_id, action="answered")
    assert line.by["id"] == "petra"
    assert (line.details["on_behalf_of"], line.details["substitutions"]) == ("boris", [given.id])
    shown = await QuestionReader(database).question(question_of(case_id), acting("boris").caller, NOW)
    assert [one.people for one in shown.answers] == [{"boris", "petra"}]
    assert shown.closed_by == "Petra for boris"


async def test_who_gave_it_and_who_ended_it_is_on_the_trail(database: Database) -> None:
    given = await gives(database, by=person("paul"), process="order_change")
    ended = await Substitutions(database).end(SITE, given.id, "Back early.", person("boris"), Channel.API, minutes(9))

    begun, over = await rows(database, TrailRow, case_id=given.id)
    assert (begun.action, begun.by["id"], begun.reason) == ("substitution_given", "paul", "On leave.")
    assert begun.details["absent"] == "boris"
    assert begun.details["roles"] == ["planner"]
    assert (over.action, over.by["id"], over.reason, over.at) == (
        "substitution_ended", "boris", "Back early.", minutes(9),
    )  # fmt: skip
    assert (ended.given_by, ended.ended_by) == ("paul", "boris")


async def test_ending_what_has_ended_changes_nothing(database: Database) -> None:
    given = await gives(database)
    first = await Substitutions(database).end(SITE, given.id, "Back.", person("boris"), Channel.API, minutes(1))
    again = await Substitutions(database).end(SITE, given.id, "Back.", person("petra"), Channel.API, minutes(2))

    assert again == first
    assert len(await rows(database, TrailRow, case_id=given.id)) == 2


@pytest.mark.parametrize(
    ("first", "last", "process", "day"),
    [(1, 3, None, 0), (0, 0, None, 1), (0, 3, "dispatch", 1)],
)
async def test_outside_its_days_and_its_process_it_gives_nothing(
    database: Database, first: int, last: int, process: str | None, day: int
) -> None:
    await gives(database, first=first, last=last, process=process)
    case_id = await asked_to_decide(database)

    with pytest.raises(NotAllowed, match="do not stand in for boris"):
        await answers(database, question_of(case_id), "petra", "boris", day=day)

    (refused,) = await rows(database, TrailRow, case_id=case_id, action="answer_refused")
    assert (refused.by["id"], refused.details["on_behalf_of"]) == ("petra", "boris")
    assert await rows(database, AnswerRow) == []


@pytest.mark.parametrize("who", ["boris", "petra"])
@pytest.mark.parametrize("active", [True, False])
async def test_it_ends_for_open_questions_when_either_loses_the_role_or_leaves(
    database: Database, who: str, active: bool
) -> None:
    await gives(database)
    case_id = await asked_to_decide(database)
    roles = (Role.BUYER,) if active else (Role.PLANNER,)
    await tell(database, Person(site=SITE, person=who, name=who, roles=roles, active=active), at=minutes(1))

    with pytest.raises(NotAllowed):
        await answers(database, question_of(case_id), "petra", "boris")


async def test_once_it_is_ended_it_gives_nothing(database: Database) -> None:
    given = await gives(database)
    case_id = await asked_to_decide(database)
    await Substitutions(database).end(SITE, given.id, "Back early.", person("boris"), Channel.API, NOW)

    with pytest.raises(NotAllowed, match="do not stand in"):
        await answers(database, question_of(case_id), "petra", "boris")


async def test_what_one_has_as_a_substitute_he_does_not_pass_on(database: Database) -> None:
    await gives(database, "boris", "petra")
    await gives(database, "petra", "pia")
    case_id = await asked_to_decide(database, Role.PLANNER)

    with pytest.raises(NotAllowed, match="do not stand in for boris"):
        await answers(database, question_of(case_id), "pia", "boris")
    with pytest.raises(NotAllowed, match="named by himself or by the lead"):
        await gives(database, "boris", "pia", by=person("petra"))


async def test_nobody_decides_by_a_substitute_what_he_asked_for(database: Database) -> None:
    await gives(database, "boris", "petra")
    await gives(database, "petra", "boris")
    case_id = await asked_to_decide(database, by="boris")

    for by, behalf in (("petra", "boris"), ("boris", "petra"), ("boris", None)):
        with pytest.raises(NotAllowed, match="nor does anybody for him"):
            await answers(database, question_of(case_id), by, behalf)
    assert (await answers(database, question_of(case_id), "petra")).settled == "accept_as_asked"


async def test_who_was_answered_for_finds_the_question_no_longer_among_his(database: Database) -> None:
    await gives(database)
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    caller = Caller(person("boris"), (SITE,), (), {SITE: frozenset({Role.PLANNER})})
    before = await QuestionReader(database).questions(caller, NOW)
    await answers(database, question_of(case_id), "petra", "boris")

    assert [one.id for one in before.items] == [question_of(case_id)]
    assert (await QuestionReader(database).questions(caller, NOW)).items == ()
    with pytest.raises(NotAllowed, match="were answered for"):
        await answers(database, question_of(case_id), "boris")


async def test_of_the_absent_one_and_his_substitute_who_answer_in_the_same_instant_one_counts(
    database: Database, several: tuple[Database, ...]
) -> None:
    await gives(database, "boris", "petra")
    await gives(database, "boris", "pia")
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    first, second, third, *_ = several

    fared = await race(
        answers(first, question_of(case_id), "boris"),
        answers(second, question_of(case_id), "petra", "boris"),
        answers(third, question_of(case_id), "pia", "boris"),
    )

    assert len([one for one in fared if isinstance(one, Answered)]) == 1
    assert len([one for one in fared if isinstance(one, NotAllowed)]) == 2
    assert len(await rows(database, AnswerRow)) == 1


async def test_a_day_is_one_of_the_site_not_of_the_server(database: Database) -> None:
    await tell(database, Site(site=SITE, name="North", zone="Pacific/Auckland", calendar="day"), at=minutes(1))
    await gives(database, last=0)
    case_id = await asked_to_decide(database)
    # Summer time has begun there: it is thirteen hours ahead, and the fifth ends at eleven.
    midnight = NOW.replace(hour=11)
    seen = await seen_now(database, question_of(case_id))
    said = Answer(choice="reject", reason="So.", seen=seen, on_behalf_of="boris")

    with pytest.raises(NotAllowed, match="do not stand in"):
        await Decisions(database).answer(question_of(case_id), said, person("petra"), Channel.API, midnight)
    just_before = midnight - timedelta(seconds=1)
    stands = await Decisions(database).answer(question_of(case_id), said, person("petra"), Channel.API, just_before)

    assert stands.on_behalf_of == "boris"
    assert len(await Substitutions(database).at_site(SITE, just_before)) == 1
    assert await Substitutions(database).at_site(SITE, midnight) == ()


async def test_what_is_given_at_one_site_is_nothing_at_another(database: Database) -> None:
    for name in ("boris", "petra"):
        await tell(database, Person(site="south", person=name, name=name, roles=(Role.PLANNER,)))
    await gives(database, site="south")
    case_id = await asked_to_decide(database)

    with pytest.raises(NotAllowed, match="do not stand in"):
        await answers(database, question_of(case_id), "petra", "boris")


async def test_a_request_that_is_repeated_gives_once_and_another_under_its_key_is_refused(database: Database) -> None:
    key = RequestKey(caller="person:boris", key="k", fingerprint="1")

    first = await gives(database, key=key)
    again = await gives(database, key=key)

    assert first == again
    assert len(await rows(database, SubstitutionRow)) == 1
    with pytest.raises(KeyReused):
        await gives(database, key=RequestKey(caller="person:boris", key="k", fingerprint="2"))


async def test_a_refusal_keeps_nothing(database: Database) -> None:
    with pytest.raises(NotAllowed, match="holds none"):
        await gives(database, "boris", "dev")

    assert await rows(database, SubstitutionRow) == []


@pytest.mark.parametrize("name", ["SUB-1", "SUB-99", "SUB-x", "OC-1", "SUB-" + "9" * 12])
async def test_a_substitution_of_another_site_or_none_is_not_there(database: Database, name: str) -> None:
    await gives(database)

    with pytest.raises(NotInSystem):
        await Substitutions(database).end("south", name, "No.", person("boris"), Channel.API, NOW)


async def test_several_that_are_given_at_once_have_names_of_their_own(
    database: Database, several: tuple[Database, ...]
) -> None:
    given = await asyncio.gather(*(gives(one, "boris", "petra") for one in several))

    assert len({one.id for one in given}) == len(several)
    assert len(await rows(database, TrailRow, action="substitution_given")) == len(several)
