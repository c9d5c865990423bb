"""Claims in the record: taken on, let go of, given by a lead and lapsed, with a line on the trail for each."""

from __future__ import annotations

import pytest

from domain.claim import ClaimStands, NothingClaimed
from domain.decision import NotAllowed
from domain.master_data import Person
from domain.ports import NotInSystem
from domain.question import RungKind
from domain.roles import Role
from domain.views import QuestionSummary
from storage.claims import Claims
from storage.database import Database
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from storage.requests import KeyReused, RequestKey
from storage.tables.cases import TrailRow
from tests.storage.plant import (
    PLANNERS,
    acting,
    answer,
    asked_to_decide,
    minutes,
    question_of,
    race,
    rows,
    rung,
    tell,
)
from tests.support.small_plant import SITE

# Four hours are given, so a claim stands for two.


async def test_who_claims_a_question_is_shown_until_half_of_the_time_is_over(database: Database) -> None:
    question = question_of(await asked_to_decide(database))

    claimed = await Claims(database).claim(question, acting("boris", 10))

    assert claimed.claim is not None
    assert (claimed.claim.person, claimed.claim.until) == ("boris", minutes(130))
    reader = QuestionReader(database)
    assert (await reader.question(question, acting("boris").caller, minutes(129))).claim == claimed.claim
    assert (await reader.question(question, acting("boris").caller, minutes(130))).claim is None


async def test_another_may_answer_what_somebody_has_claimed_and_that_ends_it(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await Claims(database).claim(question_of(case_id), acting("boris", 1))

    answered = await answer(database, question_of(case_id), "accept_as_asked", "petra", at=minutes(2))

    assert answered.settled == "accept_as_asked"
    assert (
        await QuestionReader(database).question(question_of(case_id), acting("boris").caller, minutes(3))
    ).claim is None


async def test_a_claim_stops_no_reminder_and_no_escalation(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await Claims(database).claim(question_of(case_id), acting("boris", 119))

    await CaseRecord(database).climb(case_id, minutes(240))

    assert [line.action for line in await rows(database, TrailRow, case_id=case_id)][-3:] == [
        "reminded", "reminded", "escalated",
    ]  # fmt: skip


async def test_a_claim_that_lapsed_is_told_of_where_the_ladder_is_climbed(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await Claims(database).claim(question_of(case_id), acting("boris", 0))

    await CaseRecord(database).escalate(rung(case_id, RungKind.REMIND, 50))
    await CaseRecord(database).escalate(rung(case_id, RungKind.REMIND, 80))

    (lapsed,) = await rows(database, TrailRow, case_id=case_id, action="claim_lapsed")
    assert (lapsed.by["id"], lapsed.details["person"]) == ("clock", "boris")
    assert lapsed.details["since"] == minutes(120).isoformat()


async def test_what_lapsed_anybody_may_claim_and_the_trail_says_both(database: Database) -> None:
    case_id = await asked_to_decide(database)
    claims = Claims(database)
    await claims.claim(question_of(case_id), acting("boris", 0))

    claimed = await claims.claim(question_of(case_id), acting("petra", 120))

    assert claimed.claim is not None
    assert claimed.claim.person == "petra"
    told = [line for line in await rows(database, TrailRow, case_id=case_id) if "claim" in line.action]
    assert [(line.action, line.by["id"]) for line in told] == [
        ("claimed", "boris"), ("claim_lapsed", "clock"), ("claimed", "petra"),
    ]  # fmt: skip


async def test_who_claims_again_has_as_long_again(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    await Claims(database).claim(question, acting("boris", 0))

    again = await Claims(database).claim(question, acting("boris", 60))

    assert again.claim is not None
    assert again.claim.until == minutes(180)


async def test_of_those_who_claim_in_the_same_instant_one_has_it(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)

    fared = await race(
        *(
            Claims(place).claim(question_of(case_id), acting(name, 1))
            for place, name in zip(several, PLANNERS, strict=True)
        )
    )

    assert len([one for one in fared if isinstance(one, QuestionSummary)]) == 1
    assert len([one for one in fared if isinstance(one, ClaimStands)]) == len(fared) - 1
    assert len(await rows(database, TrailRow, case_id=case_id, action="claimed")) == 1
    assert len(await rows(database, TrailRow, case_id=case_id, action="claim_refused")) == len(fared) - 1


async def test_a_refused_claim_changes_nothing_and_is_on_the_trail(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await Claims(database).claim(question_of(case_id), acting("boris", 0))

    with pytest.raises(ClaimStands):
        await Claims(database).claim(question_of(case_id), acting("petra", 1))
    with pytest.raises(NotAllowed):
        await Claims(database).claim(question_of(case_id), acting("dev", 1))

    refused = await rows(database, TrailRow, case_id=case_id, action="claim_refused")
    assert [line.by["id"] for line in refused] == ["petra", "dev"]
    shown = await QuestionReader(database).question(question_of(case_id), acting("boris").caller, minutes(2))
    assert shown.claim is not None
    assert shown.claim.person == "boris"


async def test_who_claimed_it_lets_go_of_it_or_his_lead(database: Database) -> None:
    case_id = await asked_to_decide(database)
    claims = Claims(database)

    for by in ("boris", "paul"):
        await claims.claim(question_of(case_id), acting("boris", 0))
        with pytest.raises(NotAllowed, match="boris has claimed this"):
            await claims.release(question_of(case_id), acting("petra", 1))
        assert (await claims.release(question_of(case_id), acting(by, 2))).claim is None
    with pytest.raises(NothingClaimed):
        await claims.release(question_of(case_id), acting("boris", 3))

    released = await rows(database, TrailRow, case_id=case_id, action="claim_released")
    assert [(line.by["id"], line.details["person"]) for line in released] == [("boris", "boris"), ("paul", "boris")]
    assert len(await rows(database, TrailRow, case_id=case_id, action="release_refused")) == 3


async def test_a_lead_gives_it_to_somebody_else_whoever_had_it(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await Claims(database).claim(question_of(case_id), acting("boris", 0))

    given = await Claims(database).assign(question_of(case_id), "petra", "Boris is in a meeting.", acting("paul", 1))

    assert given.claim is not None
    assert (given.claim.person, given.claim.assigned_by) == ("petra", "paul")
    (line,) = await rows(database, TrailRow, case_id=case_id, action="assigned")
    assert (line.by["id"], line.details["person"], line.details["instead_of"]) == ("paul", "petra", "boris")
    assert line.reason == "Boris is in a meeting."


async def test_nobody_is_given_what_he_does_not_hold_now_nor_by_whom_leads_nothing_of_it(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await tell(database, Person(site=SITE, person="petra", name="Petra", roles=(Role.BUYER,)), at=minutes(1))

    for to, by in (("petra", "paul"), ("dev", "paul"), ("nobody", "paul"), ("boris", "fritz"), ("boris", "boris")):
        with pytest.raises(NotAllowed):
            await Claims(database).assign(question_of(case_id), to, "", acting(by, 2))

    assert len(await rows(database, TrailRow, case_id=case_id, action="assignment_refused")) == 5
    assert (
        await QuestionReader(database).question(question_of(case_id), acting("boris").caller, minutes(3))
    ).claim is None


async def test_a_request_that_is_repeated_claims_once(database: Database) -> None:
    case_id = await asked_to_decide(database)
    claims, key = Claims(database), RequestKey(caller="person:boris", key="k", fingerprint="1")

    first = await claims.claim(question_of(case_id), acting("boris", 1, key=key))
    again = await claims.claim(question_of(case_id), acting("boris", 5, key=key))

    assert first == again
    assert len(await rows(database, TrailRow, case_id=case_id, action="claimed")) == 1
    other = RequestKey(caller="person:boris", key="k", fingerprint="2")
    with pytest.raises(KeyReused):
        await claims.release(question_of(case_id), acting("boris", 6, key=other))


async def test_a_question_elsewhere_or_nowhere_is_not_there(database: Database) -> None:
    question = question_of(await asked_to_decide(database))

    for name, site in ((question, "south"), ("OC-404-1-1", SITE)):
        with pytest.raises(NotInSystem):
            await Claims(database).claim(name, acting("boris", 1, site=site))
