"""What people could not be told is seen, sent again, and tried, at the command line."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.contact import MAIL, Contact
from domain.decision import Channel
from storage.addressing import Addressing
from storage.contacts import Contacts
from storage.database import Database
from storage.migration import upgrade
from storage.notices import Notices
from storage.trail import LOCKSTEP
from tests.console.conftest import Lockstep
from tests.relay.receiver import receiving
from tests.storage.plant import asked_to_decide, keep_the_plant
from tests.support.mail_server import MailBox, mail_server

NOW = datetime.now(UTC)


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The database that the command line finds in its folder."""
    (tmp_path / "home").mkdir()
    url = f"sqlite+aiosqlite:///{tmp_path}/home/lockstep.db"
    upgrade(url)
    return url


@contextmanager
def serving_mail() -> Iterator[MailBox]:
    """A mail server in a loop of its own: commands have theirs."""
    begun: list[MailBox] = []
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with mail_server() as box:
            begun.append(box)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=[serve()])
    thread.start()
    ready.wait()
    try:
        yield begun[0]
    finally:
        over.set()
        thread.join()


async def one_given_up(url: str) -> None:
    """Boris and Petra could not be told of a question, he for good."""
    database = Database(url)
    await keep_the_plant(database)
    for person in ("boris", "petra"):
        contact = Contact(mail=f"{person}@plant.example")
        await Contacts(database).keep(person, contact, LOCKSTEP, Channel.COMMAND_LINE, NOW)
    await asked_to_decide(database, at=NOW)
    notices = Notices(database)
    await Addressing(database, [MAIL]).spread(NOW)
    for _ in range(2):
        taken = await notices.take(MAIL, NOW, NOW)
        assert taken is not None
        if taken.to == "boris@plant.example":
            await notices.give_up(taken.number, NOW, "550 No such user")
        else:
            await notices.later(taken.number, NOW, "451 Later")
    await database.close()


def test_shows_what_did_not_arrive_and_sends_it_again(lockstep: Lockstep, database_url: str) -> None:
    asyncio.run(one_given_up(database_url))

    before = lockstep("notices", "list").stdout
    wrong = lockstep("notices", "again", "7")
    sent = lockstep("notices", "again")
    after = lockstep("notices", "list").stdout

    lines = {line.split()[1]: line for line in before.splitlines() if "OC-1" in line}
    assert "given up" in lines["boris"]
    assert "550 No such user" in lines["boris"]
    assert "given up" not in lines["petra"]
    assert (wrong.exit_code, wrong.stderr.strip()) == (1, "Not given up, so not sent again: 7.")
    assert "On their way again: 1." in sent.stdout
    assert "given up" not in after


def test_tries_whether_a_notice_arrives(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_mail() as box:
        server = {"host": "localhost", "port": box.port, "security": "none", "sender": "lockstep@plant.example"}
        monkeypatch.setenv("LOCKSTEP_MAIL", json.dumps(server))
        taken = lockstep("notices", "try", "--to", "boris@plant.example")
        box.to_recipients = ["550 5.1.1 No such user"]
        refused = lockstep("notices", "try", "--to", "boris@plant.example")

    assert "A test has been taken by mail for boris@plant.example." in taken.stdout
    assert [message["Subject"] for message in box.taken] == ["[Lockstep] Test: notices arrive here"]
    assert (refused.exit_code, refused.stderr.strip()) == (1, "The mail server answered 550 5.1.1 No such user")


def test_tries_a_room_of_a_chat(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as server:
        chats = [{"name": "planners", "url": f"json://127.0.0.1:{server.server_port}/room"}]
        monkeypatch.setenv("LOCKSTEP_CHATS", json.dumps(chats))
        taken = lockstep("notices", "try", "--by", "planners")
        monkeypatch.setenv("LOCKSTEP_CHATS", '[{"name": "planners", "url": "slack://hush"}]')
        wrong = lockstep("notices", "try", "--by", "planners")

    assert "A test has been taken by planners." in taken.stdout
    assert server.sent[0].event["title"] == "[Lockstep] Test: notices arrive here"
    assert (wrong.exit_code, "LOCKSTEP_CHATS: planners: The URL names no service" in wrong.stderr) == (1, True)
    assert "hush" not in wrong.output


def test_says_what_is_missing_for_a_try(lockstep: Lockstep, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = lockstep("notices", "try", "--to", "boris@plant.example")
    monkeypatch.setenv("LOCKSTEP_MAIL", '{"host": "localhost", "sender": "lockstep@plant.example"}')
    nobody = lockstep("notices", "try", "--to", "boris")
    monkeypatch.setenv("LOCKSTEP_MAIL", '{"host": "m", "sender": "l@p", "security": "none", "user": "l"}')
    open_password = lockstep("notices", "try", "--to", "boris@plant.example")

    assert "Nobody is told by mail here." in nothing.stderr
    assert "boris is no address for mail." in nobody.stderr
    assert "a password is never sent in the open" in open_password.stderr
