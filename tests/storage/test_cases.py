"""Whoever asks for a change, however often, by however many channels: one case at a time about one thing."""

from __future__ import annotations

import pytest

from domain.decision import Channel
from domain.facts import OrderLine
from domain.ports import NotInSystem
from storage.cases import Cases, CommandNotAllowed, CommandTaken, OpenedCase
from storage.database import Database
from storage.facts import FactStore
from storage.requests import KeyReused, RequestKey
from storage.tables.cases import CaseRow, CommandRow, TrailRow
from storage.tables.messages import OutboxRow
from tests.storage.plant import ask, asked_to_decide, minutes, more_valves, move, person, race, rows
from tests.support.small_plant import SITE

KEY = RequestKey(caller="anna", key="a-1", fingerprint="fifty")


async def test_a_request_opens_a_case_that_the_engine_hears_of(database: Database) -> None:
    opened = await ask(database)

    (case,) = await rows(database, CaseRow)
    (message,) = await rows(database, OutboxRow)
    (line,) = await rows(database, TrailRow)
    assert opened == OpenedCase(case_id=case.id, result="opened")
    assert (case.id, case.state, case.subject, case.queued) == ("OC-1", "received", "SO-1:10", False)
    assert (message.kind, message.target) == ("start", "order_change/north/SO-1:10")
    assert (line.action, line.by["id"], line.details["policy"]) == ("opened", "anna", case.policy)


async def test_a_case_keeps_what_the_line_said_before_the_change(database: Database) -> None:
    await ask(database)

    line = await FactStore(database).read(OrderLine, SITE, "SO-1:10")
    (case,) = await rows(database, CaseRow)
    assert case.before == line.model_dump(mode="json")


async def test_the_same_change_asked_for_again_is_the_same_case(database: Database) -> None:
    first = await ask(database)

    again = await ask(database, by="fritz", at=minutes(1))

    assert again == OpenedCase(case_id=first.case_id, result="known")
    assert [line.action for line in await rows(database, TrailRow)] == ["opened", "requested_again"]
    assert len(await rows(database, OutboxRow)) == 1


async def test_who_goes_back_to_what_was_asked_first_is_taken_at_the_last_word(database: Database) -> None:
    first = await ask(database, more_valves(50))
    second = await ask(database, more_valves(60), at=minutes(1))

    third = await ask(database, more_valves(50), at=minutes(2))

    assert third.result == "superseding"
    assert third.case_id not in {first.case_id, second.case_id}


async def test_the_same_change_asked_for_in_the_same_instant_is_one_case(
    database: Database, several: tuple[Database, ...]
) -> None:
    fared = await race(*(ask(place) for place in several))

    (case,) = await rows(database, CaseRow)
    opened = [one for one in fared if isinstance(one, OpenedCase)]
    assert sorted(one.result for one in opened) == ["known"] * (len(several) - 1) + ["opened"]
    assert {one.case_id for one in opened} == {case.id}
    assert len(await rows(database, OutboxRow, kind="start")) == 1


async def test_changes_of_different_lines_do_not_wait_for_one_another(database: Database) -> None:
    valves = await ask(database)

    pumps = await ask(database, more_valves(12, "SO-2"))

    assert (valves.result, pumps.result) == ("opened", "opened")


async def test_a_newer_request_takes_over_from_a_case_that_can_still_be_stopped(database: Database) -> None:
    case_id = await asked_to_decide(database)

    newer = await ask(database, more_valves(60), at=minutes(5))

    (told,) = await rows(database, CommandRow)
    assert (newer.result, newer.behind) == ("superseding", case_id)
    assert (told.case_id, told.kind) == (case_id, "supersede")
    assert [case.id for case in await rows(database, CaseRow, queued=True)] == [newer.case_id]


async def test_a_newer_request_waits_for_a_case_that_can_no_longer_be_stopped(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")

    newer = await ask(database, more_valves(60), at=minutes(5))

    assert (newer.result, newer.behind) == ("queued", case_id)
    assert await rows(database, CommandRow) == []
    assert await rows(database, OutboxRow, case_id=newer.case_id) == []


async def test_the_case_that_waited_starts_when_the_one_before_it_ends(database: Database) -> None:
    case_id = await asked_to_decide(database)
    newer = await ask(database, more_valves(60), at=minutes(5))

    await move(database, case_id, 3, "rejected", assessment=1, at=minutes(6))

    (case,) = await rows(database, CaseRow, id=newer.case_id)
    assert (case.queued, case.closed_at) == (False, None)
    assert len(await rows(database, OutboxRow, case_id=newer.case_id, kind="start")) == 1


async def test_only_the_newest_of_the_requests_that_wait_is_kept(database: Database) -> None:
    await asked_to_decide(database)
    overtaken = await ask(database, more_valves(60), at=minutes(5))

    newest = await ask(database, more_valves(70), at=minutes(6))

    (case,) = await rows(database, CaseRow, id=overtaken.case_id)
    assert (case.state, case.closed_at, case.queued) == ("superseded", minutes(6), False)
    assert [case.id for case in await rows(database, CaseRow, queued=True)] == [newest.case_id]


async def test_different_changes_in_the_same_instant_leave_one_running_and_one_waiting(
    database: Database, several: tuple[Database, ...]
) -> None:
    fared = await race(*(ask(place, more_valves(50 + number)) for number, place in enumerate(several)))

    cases = await rows(database, CaseRow)
    running = [case for case in cases if case.closed_at is None and not case.queued]
    waiting = [case for case in cases if case.closed_at is None and case.queued]
    assert [type(one) for one in fared] == [OpenedCase] * len(several)
    assert (len(cases), len(running), len(waiting)) == (len(several), 1, 1)
    assert waiting[0].supersedes == running[0].id
    assert len(await rows(database, OutboxRow, kind="start")) == 1


async def test_requests_that_come_while_the_case_before_them_ends_start_one_case(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    await ask(database, more_valves(60), at=minutes(5))
    first, second, third, *_ = several

    fared = await race(
        ask(first, more_valves(70), at=minutes(6)),
        move(second, case_id, 3, "rejected", assessment=1, at=minutes(6)),
        ask(third, more_valves(80), at=minutes(6)),
    )

    cases = await rows(database, CaseRow)
    assert [one for one in fared if isinstance(one, BaseException)] == []
    assert len([case for case in cases if case.closed_at is None and not case.queued]) == 1
    assert len([case for case in cases if case.closed_at is None and case.queued]) <= 1


async def test_a_repeated_request_gets_the_answer_it_got(database: Database, several: tuple[Database, ...]) -> None:
    fared = await race(*(ask(place, key=KEY) for place in several))

    again = await ask(database, key=KEY, at=minutes(90))

    assert again.result == "opened"
    assert fared == [again] * len(several)
    assert len(await rows(database, TrailRow)) == 1


async def test_a_key_that_was_used_for_something_else_is_refused(database: Database) -> None:
    await ask(database, key=KEY)

    with pytest.raises(KeyReused):
        await ask(database, more_valves(60), key=RequestKey(KEY.caller, KEY.key, "sixty"))

    assert len(await rows(database, CaseRow)) == 1


async def test_a_line_that_nobody_knows_cannot_be_changed(database: Database) -> None:
    with pytest.raises(NotInSystem, match="SO-404:10"):
        await ask(database, more_valves(order="SO-404"))

    assert await rows(database, CaseRow) == []


async def test_a_request_can_be_taken_back_until_it_is_carried_out(database: Database) -> None:
    case_id = await asked_to_decide(database)

    taken = await withdraw(database, case_id)

    (told,) = await rows(database, CommandRow)
    assert taken == CommandTaken(case_id=case_id, command="withdraw")
    assert (told.kind, told.reason, told.by) == ("withdraw", "He changed his mind.", "Anna")
    assert len(await rows(database, OutboxRow, case_id=case_id, kind="hint")) == 1


@pytest.mark.parametrize("state", ["committing", "rejected"])
async def test_a_request_that_is_carried_out_or_over_cannot_be_taken_back(database: Database, state: str) -> None:
    case_id = await asked_to_decide(database)
    chosen = "accept_as_asked" if state == "committing" else None
    await move(database, case_id, 3, state, assessment=1, chosen=chosen)

    with pytest.raises(CommandNotAllowed, match=state):
        await withdraw(database, case_id)

    assert await rows(database, CommandRow) == []


async def test_taking_back_twice_by_the_same_request_is_taking_back_once(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)

    fared = await race(*(withdraw(place, case_id, key=KEY) for place in several))

    assert fared == [CommandTaken(case_id=case_id, command="withdraw")] * len(several)
    assert len(await rows(database, CommandRow)) == 1


async def test_a_case_that_is_not_there_cannot_be_taken_back(database: Database) -> None:
    with pytest.raises(NotInSystem):
        await withdraw(database, "OC-404")


async def withdraw(database: Database, case_id: str, key: RequestKey | None = None) -> CommandTaken:
    """Take the request back."""
    return await Cases(database).withdraw(case_id, "He changed his mind.", person("anna"), Channel.API, minutes(5), key)
