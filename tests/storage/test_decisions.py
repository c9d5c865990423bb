"""A question has one answer, whoever gives it, whichever way and at whatever moment."""

from __future__ import annotations

import pytest

from domain.case import CommandKind
from domain.decision import (
    Answer,
    Channel,
    NotAllowed,
    Principal,
    PrincipalKind,
    QuestionClosed,
    SeenMissing,
    StaleEvidence,
)
from domain.evidence import pack_digest
from domain.ports import NotInSystem
from domain.roles import Role
from domain.signalled import SignalledAnswer
from storage.database import Database
from storage.decisions import Answered, Decisions
from storage.record import CaseRecord
from storage.requests import KeyReused, RequestKey
from storage.tables.cases import CaseRow, CommandRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.storage.plant import (
    NOW,
    PLANNERS,
    answer,
    ask,
    asked_to_decide,
    evidence,
    minutes,
    more_valves,
    move,
    person,
    question_of,
    race,
    rows,
)

KEY = RequestKey(caller="boris", key="7f1c", fingerprint="accept")


async def test_of_all_who_answer_in_the_same_instant_exactly_one_decides(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    question = question_of(case_id)

    fared = await race(
        *(
            answer(place, question, choice, by, reason="As I see it.", at=minutes(5))
            for place, by, choice in zip(several, PLANNERS, ["accept_as_asked", "reject"] * 3, strict=False)
        )
    )

    (won,) = [one for one in fared if isinstance(one, Answered)]
    lost = [one for one in fared if isinstance(one, QuestionClosed)]
    (kept,) = await rows(database, QuestionRow, id=question)
    (stands,) = await rows(database, AnswerRow, question_id=question)
    assert len(lost) == len(several) - 1
    assert won.settled == won.choice == kept.choice == stands.choice
    winner = stands.person.title()
    assert kept.closed_by == winner
    assert {str(refusal) for refusal in lost} == {f"{winner} answered {won.choice} at 2026-10-05 08:05:00 UTC."}


async def test_whoever_comes_too_late_is_on_the_trail_with_what_he_said(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)

    await race(
        *(
            answer(place, question_of(case_id), "accept_as_asked", by, reason=f"{by} says yes.")
            for place, by in zip(several, PLANNERS, strict=True)
        )
    )

    trail = await rows(database, TrailRow, case_id=case_id)
    answered = [line for line in trail if line.action == "answered"]
    refused = [line for line in trail if line.action == "answer_refused"]
    assert [line.sequence for line in sorted(trail, key=lambda line: line.sequence)] == list(range(1, len(trail) + 1))
    assert {line.by["id"] for line in (*answered, *refused)} == set(PLANNERS)
    assert len(answered) == 1
    assert all(line.details["said"] == f"{line.by['id']} says yes." for line in refused)
    assert all("answered accept_as_asked" in line.reason for line in refused)


async def test_the_case_is_told_once_however_many_people_answer(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)

    await race(
        *(
            answer(place, question_of(case_id), "accept_as_asked", by)
            for place, by in zip(several, PLANNERS, strict=True)
        )
    )

    assert len(await rows(database, OutboxRow, case_id=case_id, kind="hint")) == 1


async def test_a_repeated_request_gets_the_answer_it_got(database: Database, several: tuple[Database, ...]) -> None:
    case_id = await asked_to_decide(database)
    question = question_of(case_id)

    fared = await race(
        *(answer(place, question, "accept_as_asked", "boris", key=KEY, at=minutes(5)) for place in several)
    )
    later = await answer(database, question, "accept_as_asked", "boris", key=KEY, at=minutes(90))

    assert fared == [later] * len(several)
    assert [line.action for line in await rows(database, TrailRow, case_id=case_id, action="answered")] == ["answered"]
    assert await rows(database, TrailRow, case_id=case_id, action="answer_refused") == []


async def test_a_key_that_was_used_for_something_else_is_refused(database: Database) -> None:
    case_id = await asked_to_decide(database)
    other = RequestKey(caller=KEY.caller, key=KEY.key, fingerprint="reject")
    await answer(database, question_of(case_id), "accept_as_asked", "boris", key=KEY)

    with pytest.raises(KeyReused):
        await answer(database, question_of(case_id), "reject", "boris", reason="No.", key=other)

    (kept,) = await rows(database, QuestionRow, id=question_of(case_id))
    assert kept.choice == "accept_as_asked"


async def test_the_same_key_of_another_caller_is_another_request(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    hers = RequestKey(caller="carla", key=KEY.key, fingerprint=KEY.fingerprint)
    await answer(database, question_of(case_id), "accept_as_asked", "boris", key=KEY)

    settled = await answer(database, question_of(case_id), "accept_as_asked", "carla", key=hers)

    assert settled.settled == "accept_as_asked"


async def test_where_two_roles_must_agree_one_alone_does_not_settle_it(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)

    first = await answer(database, question_of(case_id), "accept_as_asked", "boris")
    second = await answer(database, question_of(case_id), "accept_as_asked", "carla")

    assert (first.role, first.settled) == (Role.PLANNER, None)
    assert (second.role, second.settled) == (Role.PRODUCTION, "accept_as_asked")


async def test_two_of_the_same_role_do_not_stand_for_two_roles(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)

    await answer(database, question_of(case_id), "accept_as_asked", "boris")
    again = await answer(database, question_of(case_id), "accept_as_asked", "petra")

    assert again.settled is None


async def test_two_roles_that_agree_in_the_same_instant_settle_it_once(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    first, second, *_ = several

    fared = await race(
        answer(first, question_of(case_id), "accept_as_asked", "boris"),
        answer(second, question_of(case_id), "accept_as_asked", "carla"),
    )

    answered = [one for one in fared if isinstance(one, Answered)]
    assert sorted(one.settled or "" for one in answered) == ["", "accept_as_asked"]


async def test_nobody_counts_for_two_by_answering_twice(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")

    with pytest.raises(NotAllowed, match="another person"):
        await answer(database, question_of(case_id), "accept_as_asked", "boris")

    assert len(await rows(database, AnswerRow, question_id=question_of(case_id))) == 1


async def test_one_no_of_a_role_with_a_veto_ends_it(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")

    ended = await answer(database, question_of(case_id), "reject", "carla", reason="No crew that week.")

    assert ended.settled == "reject"


async def test_whoever_asked_for_the_change_does_not_decide_it(database: Database) -> None:
    case_id = await asked_to_decide(database, by="boris")

    with pytest.raises(NotAllowed, match="asks for a change"):
        await answer(database, question_of(case_id), "accept_as_asked", "boris")

    (refused,) = await rows(database, TrailRow, case_id=case_id, action="answer_refused")
    assert refused.by["id"] == "boris"
    assert await rows(database, AnswerRow) == []


async def test_whoever_holds_none_of_the_roles_does_not_decide_it(database: Database) -> None:
    case_id = await asked_to_decide(database)

    with pytest.raises(NotAllowed, match="planner"):
        await answer(database, question_of(case_id), "accept_as_asked", "dev")


async def test_a_machine_does_not_decide(database: Database) -> None:
    case_id = await asked_to_decide(database)
    machine = Principal(kind=PrincipalKind.MACHINE, id="boris")

    with pytest.raises(NotAllowed, match="person"):
        await Decisions(database).answer(
            question_of(case_id), Answer(choice="accept_as_asked", seen="any"), machine, Channel.API, NOW
        )


async def test_an_answer_from_a_screen_that_showed_other_evidence_is_refused(database: Database) -> None:
    case_id = await asked_to_decide(database)

    with pytest.raises(StaleEvidence):
        await answer(database, question_of(case_id), "accept_as_asked", "boris", seen="what was so yesterday")
    settled = await answer(database, question_of(case_id), "accept_as_asked", "boris", seen=pack_digest((evidence(),)))

    assert settled.settled == "accept_as_asked"
    assert len(await rows(database, TrailRow, case_id=case_id, action="answer_refused")) == 1


@pytest.mark.parametrize("channel", [Channel.API, Channel.SIGNAL])
async def test_an_answer_that_does_not_say_what_it_was_given_on_is_refused_whatever_way_it_comes(
    database: Database, channel: Channel
) -> None:
    case_id = await asked_to_decide(database)
    if channel is Channel.SIGNAL:
        said = SignalledAnswer(question=question_of(case_id), choice="accept_as_asked", person="boris")
        told = await CaseRecord(database, unsigned_signals_count=True).answer_by_signal(case_id, said, minutes(5))
    else:
        with pytest.raises(SeenMissing) as refused:
            await Decisions(database).answer(
                question_of(case_id), Answer(choice="accept_as_asked"), person("boris"), channel, minutes(5)
            )
        told = str(refused.value)

    assert "evidence digest that OC-1-2-1 shows" in told
    assert await rows(database, AnswerRow) == []
    (question,) = await rows(database, QuestionRow)
    assert (question.choice, question.closed_at) == (None, None)
    (line,) = await rows(database, TrailRow, case_id=case_id, action="answer_refused")
    assert (line.by["id"], line.channel, line.details["refusal"]) == ("boris", channel, "SeenMissing")


async def test_a_signal_with_a_reason_too_long_to_keep_is_refused_and_the_case_goes_on(database: Database) -> None:
    case_id = await asked_to_decide(database)
    said = SignalledAnswer(question=question_of(case_id), choice="reject", reason="x" * 2001, person="boris")

    became = await CaseRecord(database, unsigned_signals_count=True).answer_by_signal(case_id, said, minutes(5))

    assert became == "refused: The reason is longer than 2000 characters."
    (line,) = await rows(database, TrailRow, case_id=case_id, action="answer_refused")
    assert (line.reason, len(line.details["said"])) == ("The reason is longer than 2000 characters.", 2000)


async def test_a_question_that_is_not_there_cannot_be_answered(database: Database) -> None:
    with pytest.raises(NotInSystem):
        await answer(database, "OC-404-2-1", "accept_as_asked", "boris", seen="any")


async def test_a_newer_request_stops_the_case_even_if_it_is_decided_in_the_same_instant(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    first, second, *_ = several

    fared = await race(
        answer(first, question_of(case_id), "accept_as_asked", "boris", at=minutes(5)),
        ask(second, more_valves(60), at=minutes(5)),
    )
    going_on = await move(database, case_id, 3, "committing", at=minutes(6), assessment=1, chosen="accept_as_asked")

    assert [type(one) for one in fared if isinstance(one, BaseException)] == []
    assert going_on.interrupted_by is not None
    assert going_on.interrupted_by.kind is CommandKind.SUPERSEDE
    (case,) = await rows(database, CaseRow, id=case_id)
    assert (case.state, case.chosen) == ("awaiting_decision", None)


async def test_once_the_newer_request_took_over_an_answer_is_too_late(database: Database) -> None:
    case_id = await asked_to_decide(database)
    newer = await ask(database, more_valves(60), at=minutes(5))
    (command,) = await rows(database, CommandRow, case_id=case_id)
    await move(database, case_id, 3, "superseded", at=minutes(6), assessment=1, seen=command.number)

    with pytest.raises(QuestionClosed, match="went on without an answer"):
        await answer(database, question_of(case_id), "accept_as_asked", "boris", at=minutes(7))

    (taking_over,) = await rows(database, CaseRow, id=newer.case_id)
    assert (taking_over.queued, taking_over.supersedes) == (False, case_id)
    assert len(await rows(database, OutboxRow, case_id=newer.case_id, kind="start")) == 1
