"""The page of a waiver: what it shows and of whom, agreeing, refusing, and that looking at it changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import httpx2
import pytest

from api.services import Services
from domain.decision import Channel
from domain.readiness.waiver import WaiverDraft
from domain.roles import Role
from runtime.passwords import hashed
from storage.accounts import Account
from storage.tables.cases import TrailRow
from storage.tables.readiness import WaiverRow
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import person, rows, sign_waivers, tell
from tests.storage.test_waivers import waits_for_a_paper
from tests.support.small_plant import SITE, small_plant

PAGE = {"Accept": "text/html"}
PASSWORD = "seven valves by friday"  # noqa: S105 - of nobody
PRESSED = {"key": "0" * 32}
WORDS = "They come <b>in an hour</b>."
PROBLEM = {"predicate": "materials_ready", "subject": "J-2"}


@pytest.fixture
async def carla(tokens: Tokens, services: Services) -> dict[str, str]:
    """The browser of Carla, who makes what Anna asks to begin with too little."""
    await tell(services.database, *small_plant(NOON), at=NOON)
    return await tokens.of_person("carla", Role.PRODUCTION) | PAGE


async def asked(services: Services, by: str = "anna", **what: str) -> str:
    """The waiver that somebody asked for, for two hours."""
    draft = WaiverDraft(site=SITE, reason=WORDS, expires_at=NOON + timedelta(hours=2), **PROBLEM | what)
    return (await services.waivers.ask(draft, person(by), Channel.API, NOON)).id


async def consents(services: Services) -> list[tuple[str, ...]]:
    """Who has agreed to each waiver."""
    return [tuple(one["person"] for one in row.waived_by) for row in await rows(services.database, WaiverRow)]


def text_of(page: httpx2.Response) -> str:
    """What the page says."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


async def test_it_is_found_in_the_inbox_agreed_to_once_and_looking_decides_nothing(
    api: httpx2.AsyncClient, services: Services, carla: dict[str, str], tokens: Tokens
) -> None:
    waiver = await asked(services)
    boris = await tokens.of_person("boris", Role.PLANNER) | PAGE
    buyer = await tokens.of_person("bea", Role.BUYER) | PAGE

    inboxes = [(await api.get("/", headers=headers)).text for headers in (carla, boris, buyer)]
    opened = await api.get(f"/waivers/{waiver}", headers=carla)
    before = await consents(services)
    sent = [await api.post(f"/waivers/{waiver}/consents", data=PRESSED, headers=carla) for _ in range(2)]
    again = await api.post(f"/waivers/{waiver}/consents", data={"key": "1" * 32}, headers=carla)

    assert [f'href="/waivers/{waiver}"' in text for text in inboxes] == [True, True, False]
    for words in (
        "Waive materials ready of J-2?", "anna , Mon 23 Nov 12:00 UTC: They come <b>in an hour</b>.", "HOUSING",
        "in 2 hours", "planner and production", "Anna : waiver asked",
    ):  # fmt: skip
        assert words in text_of(opened)
    assert "<b>" not in opened.text
    assert before == [()]
    assert [(one.status_code, one.headers["Location"]) for one in sent] == [(303, f"/waivers/{waiver}")] * 2
    assert (again.status_code, "You have agreed already" in again.text) == (409, True)
    assert await consents(services) == [("carla",)]
    assert waiver not in (await api.get("/", headers=carla)).text
    assert len(await rows(services.database, TrailRow, action="waiver_agreed")) == 1


async def test_it_is_refused_with_a_reason_and_then_nobody_agrees(
    api: httpx2.AsyncClient, services: Services, carla: dict[str, str]
) -> None:
    waiver = await asked(services)

    unsaid = await api.post(f"/waivers/{waiver}/end", data=PRESSED | {"reason": "No"}, headers=carla)
    standing = await rows(services.database, WaiverRow)
    told = await api.post(f"/waivers/{waiver}/end", data=PRESSED | {"reason": "Not on my line."}, headers=carla)
    page = await api.get(f"/waivers/{waiver}", headers=carla)
    late = await api.post(f"/waivers/{waiver}/consents", data={"key": "1" * 32}, headers=carla)

    assert (unsaid.status_code, 'aria-invalid="true"' in unsaid.text) == (422, True)
    assert "\nNo</textarea>" in unsaid.text
    assert standing[0].ended_at is None
    assert (told.status_code, late.status_code) == (303, 409)
    for words in ("the waiver is over", "by carla , Mon 23 Nov 12:00 UTC", "Carla : waiver ended. Not on my line."):
        assert words in text_of(page)
    assert "<form" not in page.text.partition("<main>")[2]
    assert await consents(services) == [()]


async def test_who_may_do_neither_reads_why_and_who_is_elsewhere_finds_nothing(
    api: httpx2.AsyncClient, services: Services, carla: dict[str, str], tokens: Tokens
) -> None:
    waiver = await asked(services)
    buyer = await tokens.of_person("bea", Role.BUYER) | PAGE
    elsewhere = await tokens.of_person("stranger", Role.PLANNER, site="south") | PAGE

    seen = await api.get(f"/waivers/{waiver}", headers=buyer)
    tried = await api.post(f"/waivers/{waiver}/end", data=PRESSED | {"reason": "I do not like it."}, headers=buyer)
    hidden = [
        await api.get("/waivers/WV-99", headers=carla), await api.get(f"/waivers/{waiver}", headers=elsewhere),
        await api.post(f"/waivers/{waiver}/end", data=PRESSED, headers=elsewhere),
    ]  # fmt: skip

    assert "Who can agree is planner or production." in text_of(seen)
    assert "<form" not in seen.text.partition("<main>")[2]
    assert tried.status_code == 403
    assert {one.status_code for one in hidden} == {404}
    assert len({one.text for one in hidden}) == 1
    assert [row.ended_at for row in await rows(services.database, WaiverRow)] == [None]


async def test_it_is_signed_with_the_password_where_the_policy_wants_it(
    api: httpx2.AsyncClient, services: Services, carla: dict[str, str]
) -> None:
    await services.accounts.add(Account(person("carla"), hashed(PASSWORD, "carla")), NOON)
    await sign_waivers(services.database, "at my word", NOON)
    waiver = await asked(services)

    opened = await api.get(f"/waivers/{waiver}", headers=carla)
    unsigned, wrong = [
        await api.post(f"/waivers/{waiver}/consents", data=PRESSED | typed, headers=carla)
        for typed in ({}, {"password": "not it at all, really"})
    ]
    before = await consents(services)
    agreed = await api.post(f"/waivers/{waiver}/consents", data=PRESSED | {"password": PASSWORD}, headers=carla)
    page = await api.get(f"/waivers/{waiver}", headers=carla)

    assert "Sign “at my word” and agree" in opened.text
    assert [(one.status_code, "Prove anew who you are" in one.text) for one in (unsigned, wrong)] == [(401, True)] * 2
    assert "not it at all" not in wrong.text
    assert (before, agreed.status_code) == ([()], 303)
    assert "carla as production, signed: at my word" in text_of(page)
    (kept,) = await services.waiver_signatures.of_waiver(SITE, waiver)
    assert (kept.intact, kept.signature.method) == (True, "password")


async def test_the_case_leads_to_it_and_it_leads_to_the_case(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    case = await waits_for_a_paper(services.database)
    waiver = await asked(services, by="emma", predicate="documents_complete", subject="SH-9")
    emma = await tokens.of_person("emma", Role.DISPATCH) | PAGE

    of_case = await api.get(f"/cases/{case}", headers=emma)
    of_waiver = await api.get(f"/waivers/{waiver}", headers=emma)

    assert f'<a href="/waivers/{waiver}">' in of_case.text
    assert f"{waiver}: documents complete of SH-9 , asked for by emma" in text_of(of_case)
    assert "shipping manager must agree" in text_of(of_case)
    assert f'<a href="/cases/{case}">' in of_waiver.text
