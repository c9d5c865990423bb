"""People are told by chat, each by himself or in a room of their role."""

from __future__ import annotations

from connectors.notices.chat import Chat
from domain.contact import MAIL
from domain.notice import Room
from domain.roles import Role
from relay.notices import NoticeRelay, NoticeSpreader
from storage.addressing import Addressing
from storage.database import Database
from storage.notices import Notices
from storage.tables.notices import NoticeRow
from tests.relay.receiver import receiving
from tests.relay.record import Clock
from tests.relay.telling import PUBLIC, reached, states
from tests.storage.plant import answer, asked_to_decide, question_of, rows


async def test_is_told_by_every_way_and_in_the_rooms_of_the_role(record: Database) -> None:
    clock = Clock()
    await reached(record, "boris", chat="chat:boris")
    rooms = (Room("planners", roles=(Role.PLANNER,)), Room("buyers", roles=(Role.BUYER,)), Room("south", ("south",)))
    spreader = NoticeSpreader(Addressing(record, (MAIL, "chat"), rooms), now=clock)
    case_id = await asked_to_decide(record, at=clock())

    with receiving() as server:
        by_chat = [
            NoticeRelay(Notices(record), name, Chat(f"json://127.0.0.1:{server.server_port}/{path}"), PUBLIC, now=clock)
            for name, path in (("chat", "to/{to}"), ("planners", "room"))
        ]
        for settled in (False, True):
            if settled:
                await answer(record, question_of(case_id), "accept_as_asked", "petra", at=clock())
            await spreader.once()
            for relay in by_chat:
                while await relay.once():
                    pass

    said = sorted((sent.path, sent.event["title"].split("]")[1].split(":")[0].strip()) for sent in server.sent)
    assert said == [
        ("/room", "Answered"), ("/room", "until Fri 20 Nov 17"), ("/to/boris", "Answered"),
        ("/to/boris", "until Fri 20 Nov 17"),
    ]  # fmt: skip
    assert {row.channel for row in await rows(record, NoticeRow)} == {MAIL, "chat", "planners"}


async def test_what_was_to_go_by_a_way_that_is_no_longer_set_is_shown(record: Database) -> None:
    clock = Clock()
    await reached(record, "boris", chat="chat:boris")
    await asked_to_decide(record, at=clock())
    await NoticeSpreader(Addressing(record, (MAIL, "chat")), now=clock).once()

    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()

    (lost,) = await Notices(record).undelivered()
    assert (lost.channel, lost.again_at, lost.why) == ("chat", None, "This way of telling people is not set any more.")
    assert sorted(await states(record)) == [("boris", "dead"), ("boris", "waiting")]
