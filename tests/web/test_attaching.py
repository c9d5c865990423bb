"""Attaching on the page, by itself and with an answer: what is kept and what is refused, and nothing typed is lost."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from api.services import Services
from domain.attachment import AttachmentRules
from domain.roles import Role
from storage.tables.attachments import AttachmentRow
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow
from tests.api.answering import seen_by
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, move, question_of, rows, with_a_picture
from tests.support.documents import HOSTILE, JPEG, PDF

KEY = "0" * 32
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
async def services(services: Services) -> Services:
    """The API's services; what is attached has 2 kB at most."""
    return replace(services, attachment_rules=AttachmentRules(largest=2000))


@pytest.fixture
async def boris(api: httpx2.AsyncClient, tokens: Tokens) -> httpx2.AsyncClient:
    """The browser of Boris, who plans."""
    api.headers.update(await tokens.of_person("boris", Role.PLANNER) | {"Accept": "text/html", "Origin": PUBLIC_URL})
    return api


@pytest.fixture
async def case_id(services: Services) -> str:
    """A case that asks for a picture with the first of its answers."""
    case = await asked_to_decide(services.database, at=NOON)
    await with_a_picture(services.database, question_of(case))
    return case


async def send(browser: httpx2.AsyncClient, case_id: str, content: bytes | None, **said: Any) -> httpx2.Response:
    """Answer, with a picture that has this *content*; nothing where none is chosen."""
    file = ("", b"") if content is None else ("C:\\fakepath\\seal.jpg", content)
    seen = await seen_by(browser, {}, question_of(case_id))
    form = {"key": KEY, "choice": "accept_as_asked", "reason": "Seen <b>.", "seen": seen, **said}
    return await browser.post(
        f"/questions/{question_of(case_id)}/answers", data=form, files={"upload/values/picture": file}
    )


async def attached(services: Services) -> list[str]:
    return [row.name for row in await rows(services.database, AttachmentRow)]


async def test_an_answer_takes_its_picture_along_once_however_often_it_is_sent(
    boris: httpx2.AsyncClient, services: Services, case_id: str
) -> None:
    asked = (await boris.get(f"/questions/{question_of(case_id)}")).text
    sent = [await send(boris, case_id, JPEG) for _ in range(2)]
    page = (await boris.get(sent[0].headers["Location"])).text

    assert re.search(r'<form[^>]*answers"[^>]*multipart/form-data.*?type="file"', asked, re.DOTALL)
    assert [one.status_code for one in sent] == [303, 303]
    (kept,) = await rows(services.database, AttachmentRow)
    (answer,) = await rows(services.database, AnswerRow)
    assert (kept.name, kept.by["id"]) == ("seal.jpg", "boris")
    assert (answer.values, answer.attachments) == ({"picture": kept.digest}, [kept.digest])
    assert f'With <a href="/v1/cases/{case_id}/attachments/{kept.digest}"><bdi>seal.jpg</bdi></a>' in page
    assert [line.action for line in await rows(services.database, TrailRow, case_id=case_id)][-2:] == [
        "attached", "answered",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (bytes(2001), 413, "An attachment may have 0.002 MB here."),
        (b"12;5\n" * 500_000, 413, "An attachment may have 0.002 MB here."),
        (HOSTILE["a page with a script"], 415, "could carry a script. These may be attached: PDF, PNG"),
        (b"", 422, "There is nothing in it."),
        (None, 409, "Please fill in: Picture."),
    ],
)
async def test_what_is_refused_is_told_beside_its_field_and_keeps_what_was_typed(
    boris: httpx2.AsyncClient, services: Services, case_id: str, content: bytes | None, status: int, why: str
) -> None:
    refused = await send(boris, case_id, content)

    assert refused.status_code == status
    assert re.search(rf'type="file"[^>]*aria-invalid="true".*?class="wrong"[^>]*><bdi>[^<]*{re.escape(why)}',
                     refused.text, re.DOTALL)  # fmt: skip
    assert "Seen &lt;b&gt;.</textarea>" in refused.text
    assert "Nothing was changed." in refused.text
    assert await attached(services) == []
    assert await rows(services.database, AnswerRow) == []


async def test_a_refused_answer_keeps_its_file_which_is_then_chosen(
    boris: httpx2.AsyncClient, services: Services, case_id: str
) -> None:
    refused = await send(boris, case_id, JPEG, seen="0" * 64)
    (kept,) = await rows(services.database, AttachmentRow)
    again = await send(boris, case_id, None, **{"values/picture": kept.digest})

    assert refused.status_code == 409
    assert f'<option value="{kept.digest}" selected>seal.jpg</option>' in refused.text
    assert "<bdi>seal.jpg</bdi> is with the case and need not be sent again." in refused.text
    assert "Nothing was changed." not in refused.text
    assert again.status_code == 303
    (answer,) = await rows(services.database, AnswerRow)
    assert answer.attachments == [kept.digest]


@pytest.mark.parametrize("place", ["/cases/{}", "/questions/{}-2-1"])
async def test_a_case_is_given_a_document_on_its_page_and_on_that_of_its_question(
    boris: httpx2.AsyncClient, services: Services, case_id: str, place: str
) -> None:
    page = place.format(case_id)
    no_file, one = {"upload/attachment": ("", b"")}, {"upload/attachment": ('a "report" ü.pdf', PDF)}

    missing = await boris.post(f"{page}/attachments", data={"key": KEY}, files=no_file)
    sent = await boris.post(f"{page}/attachments", data={"key": KEY}, files=one)
    shown = (await boris.get(page)).text
    (kept,) = await rows(services.database, AttachmentRow)
    link = f"/v1/cases/{case_id}/attachments/{kept.digest}"
    saved = await boris.get(link)

    assert (missing.status_code, "Choose a file first." in missing.text) == (422, True)
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{page}#attachments")
    assert f'<a href="{link}"><bdi>{kept.name}</bdi></a>' in shown
    assert saved.content == PDF
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert saved.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_no_form_of_ours_sends_is_refused_and_nothing_kept(
    boris: httpx2.AsyncClient, services: Services, tokens: Tokens, case_id: str
) -> None:
    page, file = f"/cases/{case_id}/attachments", {"upload/attachment": ("a.pdf", PDF)}
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    half = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n' + KEY.encode()
    elsewhere = await tokens.of_person("stranger", Role.PLANNER, site="south")

    refused = [
        await boris.post(page, data={"key": KEY}, files=file, headers={"Origin": "http://elsewhere.example"}),
        await boris.post(page, data={"key": "none"}, files=file),
        await boris.post(page, data={"key": KEY}, files={"another": ("a.pdf", PDF)}),
        await boris.post(page, data={"key": KEY, "more": "x" * 300_000}, files=file),
        await boris.post(page, content=half, headers=kind),
        await boris.post(page, content=half, headers={"Content-Type": "multipart/form-data"}),
        await boris.post(page, content=b"key=" + b"0" * 300_000, headers={"Content-Type": FORM}),
        await boris.post(page, data={"key": KEY}, files=file, headers=elsewhere),
    ]
    await move(services.database, case_id, 3, "rejected", at=NOON)
    over = await boris.post(page, data={"key": KEY}, files=file)

    assert [one.status_code for one in refused] == [400, 400, 400, 400, 400, 400, 413, 404]
    assert "The Origin is not this installation." in refused[0].text
    assert (over.status_code, "rejected" in over.text) == (409, True)
    assert await attached(services) == []
