"""Accounts, sessions and tickets as they are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage.accounts import Account, AccountExists, Accounts, NoSuchAccount
from storage.database import Database
from storage.sessions import SessionLife, Sessions, Way
from storage.tables.access import SessionRow, TicketRow
from storage.tables.cases import TrailRow
from storage.tickets import GOOD_FOR, TicketKind, Tickets
from tests.storage.plant import NOW, minutes, person, race, rows

BORIS = person("boris")
ACCOUNT = Account(BORIS, "the hash of a password")


def sessions(database: Database) -> Sessions:
    return Sessions(database, SessionLife(idle=timedelta(minutes=30), longest=timedelta(hours=12)))


async def test_a_session_is_somebody_s_until_nobody_clicks_any_more(database: Database) -> None:
    here = sessions(database)
    shown = await here.begin(BORIS, Way.PASSWORD, NOW)

    assert await here.whose(shown, minutes(29)) == BORIS
    assert await here.whose(shown, minutes(58)) == BORIS
    assert await here.whose(shown, minutes(88)) is None
    assert await here.whose(shown[:-1] + "_", minutes(58)) is None


async def test_it_ends_after_a_shift_however_often_somebody_clicks(database: Database) -> None:
    here = sessions(database)
    shown = await here.begin(BORIS, Way.PASSWORD, NOW)

    for minute in range(0, 12 * 60, 20):
        assert await here.whose(shown, minutes(minute)) == BORIS

    assert await here.whose(shown, minutes(12 * 60)) is None


async def test_only_its_hash_is_kept_and_what_is_over_is_forgotten(database: Database) -> None:
    here = sessions(database)
    first = await here.begin(BORIS, Way.PASSWORD, NOW)
    second = await here.begin(BORIS, Way.PROVIDER, NOW + timedelta(hours=12))

    (row,) = await rows(database, SessionRow)

    assert row.way == "provider"
    assert first not in row.model_dump_json()
    assert second not in row.model_dump_json()


async def test_whoever_logs_out_is_out_and_nobody_else(database: Database) -> None:
    here = sessions(database)
    desk, tablet = await here.begin(BORIS, Way.PASSWORD, NOW), await here.begin(BORIS, Way.PASSWORD, NOW)

    await here.end(desk)

    assert await here.whose(desk, NOW) is None
    assert await here.whose(tablet, NOW) == BORIS


async def test_another_password_ends_what_was_begun_with_the_old_one(database: Database) -> None:
    accounts, here = Accounts(database), sessions(database)
    await accounts.add(ACCOUNT, NOW)
    shown, petra = await here.begin(BORIS, Way.PASSWORD, NOW), await here.begin(person("petra"), Way.PASSWORD, NOW)

    await accounts.change("boris", "another hash", NOW)

    assert await accounts.in_use("boris") == Account(BORIS, "another hash")
    assert await here.whose(shown, NOW) is None
    assert await here.whose(petra, NOW) is not None


async def test_a_disabled_account_opens_nothing_and_can_be_given_again(database: Database) -> None:
    accounts, here = Accounts(database), sessions(database)
    await accounts.add(ACCOUNT, NOW)
    shown = await here.begin(BORIS, Way.PASSWORD, NOW)

    await accounts.disable("boris", NOW)

    assert await accounts.in_use("boris") is None
    assert await accounts.how_many_in_use() == 0
    assert await here.whose(shown, NOW) is None
    with pytest.raises(NoSuchAccount):
        await accounts.disable("boris", NOW)
    with pytest.raises(NoSuchAccount):
        await accounts.change("boris", "another hash", NOW)
    await accounts.add(ACCOUNT, NOW)
    assert await accounts.in_use("boris") == ACCOUNT
    assert await accounts.how_many_in_use() == 1


async def test_nobody_s_password_is_replaced_by_giving_him_an_account_again(database: Database) -> None:
    accounts = Accounts(database)
    await accounts.add(ACCOUNT, NOW)

    with pytest.raises(AccountExists):
        await accounts.add(Account(BORIS, "another hash"), NOW)

    assert await accounts.in_use("boris") == ACCOUNT


async def test_what_is_done_with_an_account_is_on_the_trail_without_the_hash(database: Database) -> None:
    accounts = Accounts(database)
    await accounts.add(ACCOUNT, NOW)
    await accounts.change("boris", "another hash", NOW)
    await Tickets(database).give(TicketKind.LINK, BORIS.model_dump(mode="json"), NOW)
    await accounts.disable("boris", NOW)

    lines = await rows(database, TrailRow, case_id="account/boris")

    assert [line.action for line in lines] == [
        "account_added", "account_password_changed", "login_link_given", "account_disabled",
    ]  # fmt: skip
    assert not any("hash" in line.model_dump_json() for line in lines)


async def take(database: Database, shown: str, at: datetime = NOW) -> object:
    return await Tickets(database).take(TicketKind.LINK, shown, at)


async def test_a_ticket_is_good_once_for_ten_minutes_and_for_its_kind(database: Database) -> None:
    tickets, body = Tickets(database), BORIS.model_dump(mode="json")
    good, late, another = [await tickets.give(TicketKind.LINK, body, NOW) for _ in range(3)]

    assert await tickets.take(TicketKind.PROVIDER, another, NOW) is None
    assert await take(database, good, NOW + GOOD_FOR - timedelta(seconds=1)) == body
    assert await take(database, good) is None
    assert await take(database, late, NOW + GOOD_FOR) is None
    assert await take(database, another) == body
    assert await take(database, "") is None


async def test_of_many_who_show_one_ticket_at_once_one_gets_in(several: tuple[Database, ...]) -> None:
    body = BORIS.model_dump(mode="json")
    ticket = await Tickets(several[0]).give(TicketKind.LINK, body, NOW)

    taken = await race(*(take(place, ticket) for place in several))

    assert sorted(str(one) for one in taken) == sorted([str(body)] + ["None"] * (len(several) - 1))


async def test_tickets_nobody_showed_are_forgotten(database: Database) -> None:
    tickets = Tickets(database)
    shown = await tickets.give(TicketKind.PROVIDER, {}, NOW)
    await tickets.give(TicketKind.PROVIDER, {}, NOW + GOOD_FOR)

    (row,) = await rows(database, TicketRow)

    assert row.ends_at == NOW + 2 * GOOD_FOR
    assert shown not in row.model_dump_json()
