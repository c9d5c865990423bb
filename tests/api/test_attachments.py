"""Documents and pictures come in whole and harmless, or not at all, and go out to those who may see their case."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import unquote

import httpx2
import pytest

from api.app import create_app
from api.services import Services
from api.uploading import HELD_IN_MEMORY
from domain.attachment import AttachmentKind, AttachmentRules
from domain.roles import Role
from storage.tables.attachments import AttachmentRow, ContentPartRow
from storage.tables.cases import TrailRow
from tests.api.answering import answer
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, move, question_of, rows
from tests.support.documents import DOCUMENTS, HOSTILE, PDF, SHEET, TEXT, office
from tests.support.small_plant import SITE

LARGEST = 3_000_000


@pytest.fixture
async def api(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API, which takes attachments of three megabytes."""
    app = create_app(replace(services, attachment_rules=AttachmentRules(largest=LARGEST)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PUBLIC_URL) as client:
        yield client


@pytest.fixture
async def case(services: Services) -> str:
    """A case that waits for a planner's decision."""
    return await asked_to_decide(services.database, at=NOON)


@pytest.fixture
async def boris(tokens: Tokens) -> dict[str, str]:
    """A planner."""
    return await tokens.of_person("boris", Role.PLANNER)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def url(case: str, content: bytes | None = None) -> str:
    return f"/v1/cases/{case}/attachments" + ("" if content is None else f"/{digest(content)}")


async def nothing_is_kept(services: Services) -> bool:
    kept = [await rows(services.database, kind) for kind in (AttachmentRow, ContentPartRow)]
    return kept == [[], []] and await rows(services.database, TrailRow, action="attached") == []


@pytest.mark.parametrize(("kind", "content"), DOCUMENTS.items(), ids=lambda one: str(one)[:5])
async def test_what_was_sent_comes_back_and_cannot_be_taken_for_a_page(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str, kind: AttachmentKind, content: bytes
) -> None:
    sent = await api.post(url(case), params={"name": "Prüf\u202e.html"}, content=content, headers=boris)
    came = await api.get(url(case, content), headers=boris)
    again = await api.get(url(case, content), headers={**boris, "If-None-Match": came.headers["ETag"]})

    assert sent.status_code == 201, sent.text
    assert (sent.json()["kind"], sent.json()["size"], sent.json()["by"]["id"]) == (kind, len(content), "boris")
    assert came.content == content
    assert came.headers["ETag"] == f'"{digest(content)}"'
    assert came.headers["Content-Type"].split(";")[0].split("/")[0] in ("application", "image", "text")
    assert "html" not in came.headers["Content-Type"]
    how, name = came.headers["Content-Disposition"].split("; filename*=UTF-8''")
    assert (how, unquote(name)) == ("attachment", sent.json()["name"])
    assert unquote(name).startswith("Prüf.html.")
    assert came.headers["X-Content-Type-Options"] == "nosniff"
    assert came.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("claims", ["application/pdf", "text/html"])
async def test_what_may_not_be_attached_is_not_kept_whatever_it_is_called(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str, services: Services, content: bytes, claims: str
) -> None:
    sent = await api.post(
        url(case), params={"name": "report.pdf"}, content=content, headers={**boris, "Content-Type": claims}
    )

    assert (sent.status_code, sent.json()["type"]) == (415, "/problems/media-type")
    assert sent.json()["detail"].endswith(".")
    assert await nothing_is_kept(services)


@pytest.mark.parametrize("announced", [True, False])
async def test_too_much_is_refused_by_what_arrives_not_by_what_is_announced(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str, services: Services, announced: bool
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"a" * 65_536

    headers = boris | ({"Content-Length": "50000000"} if announced else {"Content-Length": "10"})
    answer = await api.post(url(case), params={"name": "a.txt"}, content=endless(), headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert "3 MB" in answer.json()["detail"]
    assert sent <= (0 if announced else LARGEST + 2 * 65_536)
    assert await nothing_is_kept(services)


@pytest.mark.parametrize("size", [HELD_IN_MEMORY, HELD_IN_MEMORY + 1, LARGEST, LARGEST + 1])
async def test_the_limit_is_the_last_byte_that_may_come(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str, size: int
) -> None:
    content = b"a" * size

    async def unannounced() -> AsyncIterator[bytes]:
        for begin in range(0, size, 65_536):
            yield content[begin : begin + 65_536]

    sent = await api.post(url(case), params={"name": "a.txt"}, content=unannounced(), headers=boris)

    assert sent.status_code == (201 if size <= LARGEST else 413)
    if size <= LARGEST:
        assert (await api.get(url(case, content), headers=boris)).content == content


async def test_a_sheet_too_large_for_memory_is_looked_at_all_the_same(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str
) -> None:
    noise = random.Random(7).randbytes(2 * HELD_IN_MEMORY)  # noqa: S311 - noise, no secret
    good, bad = office(SHEET, **{"xl/noise.bin": noise}), office(SHEET, **{"xl/vbaProject.bin": noise})

    sent = [
        await api.post(url(case), params={"name": "sheet"}, content=content, headers=boris) for content in (good, bad)
    ]

    assert [answer.status_code for answer in sent] == [201, 415]
    assert sent[0].json()["name"] == "sheet.xlsx"


@pytest.mark.parametrize(
    ("content", "asked", "pointer"),
    [
        (b"", {"name": "a.txt"}, ""),
        (TEXT, {"name": "a.txt", "digest": digest(PDF)}, "query/digest"),
        (TEXT, {"name": "a.txt", "digest": "../../etc/passwd"}, "query/digest"),
        (TEXT, {"name": ""}, "query/name"),
        (TEXT, {"name": "a" * 301}, "query/name"),
    ],
)
async def test_says_what_is_wrong_and_keeps_nothing(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str, services: Services,
    content: bytes, asked: dict[str, str], pointer: str,
) -> None:  # fmt: skip
    sent = await api.post(url(case), params=asked, content=content, headers=boris)

    assert (sent.status_code, [flaw["pointer"] for flaw in sent.json()["errors"]]) == (422, [pointer])
    assert await nothing_is_kept(services)


async def test_the_same_twice_is_the_same(api: httpx2.AsyncClient, boris: dict[str, str], case: str) -> None:
    asked = {"name": "a.pdf", "digest": digest(PDF)}

    first = await api.post(url(case), params=asked, content=PDF, headers=boris)
    again = await api.post(url(case), params={**asked, "name": "b.pdf"}, content=PDF, headers=boris)
    at_once = await asyncio.gather(
        *(api.post(url(case), params={"name": "c.csv"}, content=TEXT, headers=boris) for _ in range(4))
    )

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert sorted(answer.status_code for answer in at_once) == [200, 200, 200, 201]
    assert [one["name"] for one in (await api.get(url(case), headers=boris)).json()] == ["a.pdf", "c.csv"]


async def test_a_case_that_is_over_takes_nothing_more_and_shows_what_it_has(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str, services: Services
) -> None:
    await api.post(url(case), params={"name": "a.pdf"}, content=PDF, headers=boris)
    await move(services.database, case, 3, "rejected", at=NOON)

    sent = await api.post(url(case), params={"name": "a.csv"}, content=TEXT, headers=boris)

    assert (sent.status_code, sent.json()["state"]) == (409, "rejected")
    assert (await api.get(url(case, PDF), headers=boris)).content == PDF


async def test_an_installation_says_what_may_be_attached(services: Services, boris: dict[str, str], case: str) -> None:
    app = create_app(replace(services, attachment_rules=AttachmentRules(kinds=(AttachmentKind.PDF,))))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=PUBLIC_URL) as api:
        sent = await api.post(url(case), params={"name": "a.csv"}, content=TEXT, headers=boris)

    assert (sent.status_code, sent.json()["detail"]) == (
        415, "It is of the kind text, which is not taken here. These may be attached: PDF.",
    )  # fmt: skip


async def test_only_who_may_see_the_case_sees_what_is_attached_and_auditors_only_see(
    api: httpx2.AsyncClient, tokens: Tokens, boris: dict[str, str], case: str, services: Services
) -> None:
    other = await asked_to_decide(services.database, order="SO-4", at=NOON)
    stranger = await tokens.of_person("stranger", Role.PLANNER, site="south")
    auditor = await tokens.of_person("ada", Role.AUDITOR)
    # A planner elsewhere, an auditor here: what he may do elsewhere counts nothing here.
    both = await tokens.of_person("bo", Role.AUDITOR) | await tokens.of_person("bo", Role.PLANNER, site="south")
    camera = await tokens.of_machine("cases", name="camera")
    await api.post(url(case), params={"name": "a.pdf"}, content=PDF, headers=boris)
    asked = {"name": "a.csv"}

    assert (await api.get(url(case, PDF), headers=auditor)).status_code == 200
    assert (await api.get(url(case, PDF), headers=stranger)).status_code == 404
    assert (await api.get(url(other, PDF), headers=boris)).status_code == 404
    assert (await api.get(url(case, PDF))).status_code == 401
    refused = [
        (await api.post(url(case), params=asked, content=TEXT, headers=who)).status_code
        for who in (stranger, auditor, both)
    ]
    assert refused == [404, 403, 403]
    assert (await api.post(url(case), params=asked, content=TEXT, headers=camera)).status_code == 201


async def test_a_comment_names_what_goes_with_it(api: httpx2.AsyncClient, boris: dict[str, str], case: str) -> None:
    await api.post(url(case), params={"name": "a.pdf"}, content=PDF, headers=boris)
    comments = f"/v1/cases/{case}/comments"
    key = {**boris, "Idempotency-Key": "k"}

    kept = [
        await api.post(comments, json={"text": "See this.", "attachments": [digest(PDF)]}, headers=key)
        for _ in range(2)
    ]
    other = await api.post(comments, json={"text": "See this.", "attachments": []}, headers=key)
    unknown = await api.post(comments, json={"text": "See that.", "attachments": [digest(TEXT)]}, headers=boris)

    assert [answer.status_code for answer in kept] == [201, 201]
    assert kept[0].json() == kept[1].json()
    assert kept[0].json()["attachments"] == [digest(PDF)]
    assert (other.status_code, unknown.status_code) == (422, 409)
    assert len((await api.get(comments, headers=boris)).json()["items"]) == 1


async def test_an_answer_names_what_goes_with_it_and_the_question_shows_it(
    api: httpx2.AsyncClient, boris: dict[str, str], case: str
) -> None:
    await api.post(url(case), params={"name": "a.pdf"}, content=PDF, headers=boris)
    question = question_of(case)

    unknown = await answer(api, boris, question, attachments=[digest(TEXT)])
    answered = [await answer(api, boris, question, key="k", attachments=[digest(PDF)]) for _ in range(2)]
    shown = (await api.get(f"/v1/questions/{question}", headers=boris)).json()
    its_case = (await api.get(f"/v1/cases/{case}", headers=boris)).json()

    assert (unknown.status_code, unknown.json()["type"]) == (409, "/problems/decision-refused")
    assert "Attach it first" in unknown.json()["detail"]
    assert [answer.status_code for answer in answered] == [200, 200]
    assert [given["attachments"] for given in shown["answers"]] == [[digest(PDF)]]
    assert [one["name"] for one in shown["attachments"]] == ["a.pdf"]
    assert its_case["attachments"] == shown["attachments"]
    assert its_case["site"] == SITE
