"""Letters reach chats and other services over HTTP, or it is said why not."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest

from connectors.notices.chat import Chat
from domain.ports import NotDeliverable, SystemUnavailable
from tests.connectors.notices.test_mail import LETTER
from tests.relay.receiver import SILENT, ReceivingServer, receiving


@pytest.fixture
def server() -> Iterator[ReceivingServer]:
    """The service."""
    with receiving() as server:
        yield server


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """All that the program would log at its most talkative."""
    text, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


async def test_a_letter_arrives_as_json_for_whoever_it_is_for(server: ReceivingServer) -> None:
    chat = Chat(f"json://127.0.0.1:{server.server_port}/hook/{{to}}?:for={{to}}")

    await chat.carry(LETTER, "@boris")

    (sent,) = server.sent
    assert sent.event["title"] == LETTER.subject
    assert sent.event["message"].strip() == LETTER.text.strip()
    assert sent.event["for"] == "@boris"


async def test_a_letter_arrives_in_mattermost(server: ReceivingServer) -> None:
    server.statuses = [200]
    room = Chat(f"mmost://Lockstep@127.0.0.1:{server.server_port}/3ccdd113474722377935511fc85d3dd4?channel=planning")

    await room.carry(replace(LETTER, subject="[North] which way?"), "")

    (sent,) = server.sent
    assert sent.path == "/hooks/3ccdd113474722377935511fc85d3dd4"
    assert sent.event["username"] == "Lockstep"
    assert sent.event["channel"] == "planning"
    assert "[North] which way?" in sent.event["text"]
    assert "https://lockstep.plant.example/questions/OC-1-2-1" in sent.event["text"]


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_says_what_a_service_answered_that_did_not_take_it(
    server: ReceivingServer, status: int, logged: StringIO
) -> None:
    server.statuses = [status]
    chat = Chat(f"json://user:hush@127.0.0.1:{server.server_port}/hook/{{to}}")

    with pytest.raises(SystemUnavailable, match=f"It answered {status}") as told:
        await chat.carry(LETTER, "boris")

    assert "hush" not in f"{told.value}{logged.getvalue()}"
    assert "boris" not in f"{told.value}{logged.getvalue()}"


async def test_a_redirect_is_not_followed(server: ReceivingServer) -> None:
    server.statuses = [302, 200]

    with pytest.raises(SystemUnavailable):
        await Chat(f"json://127.0.0.1:{server.server_port}/hook").carry(LETTER, "")

    assert [sent.path for sent in server.sent] == ["/hook"]


async def test_a_service_that_hangs_or_is_gone_keeps_nobody_waiting(server: ReceivingServer) -> None:
    server.statuses = [SILENT]
    with receiving() as gone:
        pass
    began = time.monotonic()

    for port in (server.server_port, gone.server_port):
        with pytest.raises(SystemUnavailable, match="could not be reached"):
            await Chat(f"json://127.0.0.1:{port}/hook", timeout=timedelta(seconds=1)).carry(LETTER, "")

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("url", ["nothing://here", "slack://too-little", ""])
def test_a_url_of_no_service_is_refused_before_anybody_relies_on_it(url: str) -> None:
    with pytest.raises(NotDeliverable, match="names no service"):
        Chat(url)
