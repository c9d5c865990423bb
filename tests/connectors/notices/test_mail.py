"""Letters reach a real mail server, or it is said why not."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from connectors.notices.mail import Mail, MailServer, Security
from domain.letter import Letter, Paragraph
from domain.ports import NotDeliverable, SystemUnavailable
from tests.support.mail_server import PASSWORD, SILENT, USER, MailBox, mail_server, new_certificate

LETTER = Letter(
    id="notice-7-1790000000",
    written_at=datetime(2026, 10, 5, 8, tzinfo=UTC),
    subject="[Süd] SO-1:10 until Mon 5 Oct 14:00: which way?",
    paragraphs=(
        Paragraph("Which way?", ("Answers: <b>yes</b>; “no”.",), "https://lockstep.plant.example/questions/OC-1-2-1"),
    ),
    closing="You are told as planner at Süd.",
    case_id="OC-1",
)  # fmt: skip
BORIS = "boris@plant.example"


@pytest.fixture
async def box() -> AsyncIterator[MailBox]:
    """What an open mail server gets."""
    async with mail_server() as box:
        yield box


def mail(box: MailBox, security: Security = Security.NONE, timeout: float = 5, **more: str) -> Mail:
    server = MailServer(box.host, box.port, security, "lockstep@plant.example", **more)
    return Mail(server, "lockstep.plant.example", timeout=timedelta(seconds=timeout))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


async def test_a_letter_arrives_with_all_that_mail_programs_need_to_keep_it_with_its_like(box: MailBox) -> None:
    await mail(box).carry(LETTER, BORIS)

    (message,) = box.taken
    assert box.recipients == [BORIS]
    assert {name: str(message[name]) for name in ("From", "To", "Subject", "Message-ID", "In-Reply-To", "References",
                                                  "List-Id", "Auto-Submitted", "Date")} == {
        "From": "Lockstep <lockstep@plant.example>",
        "To": BORIS,
        "Subject": "[Süd] SO-1:10 until Mon 5 Oct 14:00: which way?",
        "Message-ID": "<notice-7-1790000000@lockstep.plant.example>",
        "In-Reply-To": "<OC-1@lockstep.plant.example>",
        "References": "<OC-1@lockstep.plant.example>",
        "List-Id": "Lockstep <notices.lockstep.plant.example>",
        "Auto-Submitted": "auto-generated",
        "Date": "Mon, 05 Oct 2026 08:00:00 +0000",
    }  # fmt: skip


async def test_says_the_same_in_plain_text_and_in_html_where_nothing_is_markup_but_ours(box: MailBox) -> None:
    await mail(box).carry(LETTER, BORIS)

    plain, html = body(box.taken[0], "plain"), body(box.taken[0], "html")
    assert plain == (
        "Which way?\nAnswers: <b>yes</b>; “no”.\nhttps://lockstep.plant.example/questions/OC-1-2-1\n\n"
        "You are told as planner at Süd.\n"
    )
    assert "Answers: &lt;b&gt;yes&lt;/b&gt;; “no”." in html
    assert re.findall(r'href="([^"]*)"', html) == ["https://lockstep.plant.example/questions/OC-1-2-1"]


async def test_a_letter_carried_twice_has_the_same_id(box: MailBox) -> None:
    await mail(box).carry(LETTER, BORIS)
    await mail(box).carry(LETTER, BORIS)

    first, second = box.taken
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user boris@plant.example", "553 5.1.3 Bad address"])
async def test_an_address_that_is_refused_for_good_is_not_asked_again(box: MailBox, answer: str) -> None:
    box.to_recipients = [answer]

    with pytest.raises(NotDeliverable, match=answer[:3]) as refused:
        await mail(box).carry(LETTER, BORIS)

    assert BORIS not in str(refused.value)


async def test_a_letter_that_is_refused_for_good_is_not_sent_again(box: MailBox) -> None:
    box.to_letters = ["554 5.7.1 Not wanted"]

    with pytest.raises(NotDeliverable, match=r"554 5.7.1 Not wanted"):
        await mail(box).carry(LETTER, BORIS)


async def test_what_is_refused_for_now_may_be_taken_later(box: MailBox) -> None:
    box.to_recipients = ["451 4.7.1 Greylisted", "250 OK"]
    box.to_letters = ["452 4.3.1 No room", "250 OK"]

    with pytest.raises(SystemUnavailable, match=r"451 4.7.1 Greylisted"):
        await mail(box).carry(LETTER, BORIS)
    with pytest.raises(SystemUnavailable, match=r"452 4.3.1 No room"):
        await mail(box).carry(LETTER, BORIS)
    await mail(box).carry(LETTER, BORIS)

    assert len(box.taken) == 1


async def test_a_server_that_is_gone_or_hangs_keeps_nobody_waiting(box: MailBox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        nobody = MailBox(port=unused.getsockname()[1])
    box.to_letters = [SILENT]

    for server in (nobody, box):
        with pytest.raises(SystemUnavailable, match="could not be spoken to"):
            await mail(server, timeout=0.3).carry(LETTER, BORIS)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_logs_in_over_an_encrypted_connection_only(security: Security, tmp_path: Path) -> None:
    certificate = new_certificate(tmp_path)
    async with mail_server(certificate=certificate, from_the_first_byte=security is Security.TLS) as box:
        await mail(box, security, certificates=str(certificate), user=USER, password=PASSWORD).carry(LETTER, BORIS)

        with pytest.raises(SystemUnavailable):
            await mail(box, security, user=USER, password=PASSWORD).carry(LETTER, BORIS)

    assert box.logged_in == [USER]
    assert len(box.taken) == 1


async def test_a_server_without_encryption_is_not_spoken_to_where_it_is_wanted(box: MailBox) -> None:
    with pytest.raises(SystemUnavailable):
        await mail(box, Security.STARTTLS, user=USER, password=PASSWORD).carry(LETTER, BORIS)

    assert (box.taken, box.logged_in) == ([], [])


async def test_a_wrong_password_gives_up_no_letter(tmp_path: Path) -> None:
    certificate = new_certificate(tmp_path)
    async with mail_server(certificate=certificate) as box:
        with pytest.raises(SystemUnavailable, match=r"535"):
            await mail(
                box, Security.STARTTLS, certificates=str(certificate), user=USER, password=USER
            ).carry(LETTER, BORIS)  # fmt: skip
