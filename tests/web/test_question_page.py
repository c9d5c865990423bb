"""The page of a question: what it shows and of whom, and that looking at it changes nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import httpx2
import pytest

from api.services import Services
from domain.attachment import AttachmentKind
from domain.calendar import Duration
from domain.decision import Channel
from domain.evidence import Reason, Verdict
from domain.policy import Requirement
from domain.roles import Role
from domain.substitution import SubstitutionDraft
from storage.acting import Acting
from storage.identity import Caller
from storage.record import CaseRecord
from storage.tables.cases import TrailRow
from tests.api.conftest import NOON, Tokens
from tests.api.test_questions import assessed_anew
from tests.storage.plant import (
    acting,
    answer,
    asked_to_decide,
    evidence,
    person,
    proposal,
    question_of,
    resting_on,
    rows,
)
from tests.support.documents import upload

PAGE = {"Accept": "text/html"}
HOSTILE = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(2)> \u202etxt.exe {{ 7*7 }}'


@pytest.fixture
async def case_id(services: Services) -> str:
    """A case that waits for a planner's decision."""
    return await asked_to_decide(services.database, at=NOON)


@pytest.fixture
async def boris(tokens: Tokens) -> dict[str, str]:
    """The browser of Boris, who plans."""
    return await tokens.of_person("boris", Role.PLANNER) | PAGE


async def shown(api: httpx2.AsyncClient, case_id: str, headers: dict[str, str]) -> str:
    """What the page says."""
    page = await api.get(f"/questions/{question_of(case_id)}", headers=headers)
    assert page.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


async def test_shows_what_is_asked_of_whom_why_until_when_and_what_may_be_said(
    api: httpx2.AsyncClient, case_id: str, boris: dict[str, str]
) -> None:
    text = await shown(api, case_id, boris)

    for said in (
        "SO-1:10 VALVE, 40 to 50: which way?", "of planner", "Mon 23 Nov 16:00 UTC , in 4 hours",
        "customer request, asked by Anna", "pass availability", "From erp , from just now",
        "Answer: As asked", "Answer: Keep the order as it was", "plant manager may answer as well",
        "anna , who does not decide it", "entered, awaiting decision",
    ):  # fmt: skip
        assert said in text


async def test_shows_what_each_way_rests_on(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    ways = resting_on(proposal((Role.PLANNER,), NOON), quantity="50", good_through="no end")
    await CaseRecord(services.database).keep_proposal(case_id, 1, ways)

    assert "As asked Quantity 50 Good through no end Costs" in await shown(api, case_id, boris)


async def test_says_how_late_it_is_how_old_evidence_is_and_which_is_no_pass(
    api: httpx2.AsyncClient, services: Services, boris: dict[str, str]
) -> None:
    asked = NOON - timedelta(hours=6)
    case = await asked_to_decide(services.database, at=asked)
    bad = Reason(code="short", thing="VALVE", owner=Role.BUYER, text="Ten are missing.")
    found = evidence(asked).model_copy(update={"check": "supply", "verdict": Verdict.FAIL, "reasons": (bad,)})
    await CaseRecord(services.database).keep_evidence(case, 1, found)

    text = await shown(api, case, boris)

    assert "2 hours late" in text
    assert "fail supply Ten are missing. (buyer) From erp , 6 hours old; good until Mon 23 Nov 06:15 UTC (over)" in text


async def test_shows_whose_turn_it_is_and_until_when_the_time_runs_that_is_his(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    hour = Duration(clock=timedelta(hours=1))
    needs = Requirement(role=Role.BUYER), Requirement(role=Role.FINANCE, stage=2, within=hour)
    case = await asked_to_decide(services.database, *needs, at=NOON - timedelta(hours=3))
    await answer(services.database, question_of(case), "accept_as_asked", "dev", at=NOON - timedelta(minutes=30))
    headers = await tokens.of_person("fay", Role.FINANCE) | PAGE

    text = await shown(api, case, headers)
    listed = await api.get("/v1/questions", headers=headers | {"Accept": "application/json"})

    assert "Waits for finance, Mon 23 Nov 11:30 UTC: others have agreed" in text
    assert "Mon 23 Nov 12:30 UTC , in 30 minutes" in text
    (found,) = listed.json()["items"]
    assert (found["waited_for"], found["due_at"]) == (["finance"], "2026-11-23T12:30:00Z")


async def test_shows_who_said_what_and_who_came_first(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    await answer(services.database, question_of(case_id), "reject", "petra", reason="No room.", at=NOON)

    text = await shown(api, case_id, boris)

    assert "Petra answered Keep the order as it was at Mon 23 Nov 12:00 UTC" in text
    assert "petra as planner: Keep the order as it was , Mon 23 Nov 12:00 UTC No room." in text
    assert "Answer: As asked" not in text


async def test_leads_from_what_is_no_longer_asked_to_what_is(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    anew = await assessed_anew(services.database, case_id)

    page = await api.get(f"/questions/{question_of(case_id)}", headers=boris)

    assert "The case went on without an answer" in page.text
    assert f'href="/questions/{anew}"' in page.text


async def test_has_no_form_for_whom_it_is_not_and_says_whose_it_is(
    api: httpx2.AsyncClient, tokens: Tokens, case_id: str
) -> None:
    anna = await tokens.of_person("anna", Role.PLANNER)
    buyer = await tokens.of_person("dev", Role.BUYER)

    hers, his = await shown(api, case_id, anna), await shown(api, case_id, buyer)

    assert "Whoever asks for a change does not decide it" in hers
    assert "Only planner can answer this." in his
    assert "Answer: As asked" not in hers + his


async def test_who_stands_in_chooses_for_whom_he_answers(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens, case_id: str
) -> None:
    today = NOON.date()
    away = SubstitutionDraft(
        site="north", absent="boris", substitute="petra", first_day=today, last_day=today, reason="Away."
    )
    await services.substitutions.give(away, person("boris"), Channel.API, NOON)

    page = await api.get(f"/questions/{question_of(case_id)}", headers=await tokens.of_person("petra", Role.PLANNER))

    assert '<option value="">For yourself</option>' in page.text
    assert '<option value="boris">boris</option>' in page.text


async def test_shows_attachments_and_comments(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    by = Acting(Caller(person("petra"), ("north",), ()), Channel.API, NOON)
    kept, _ = await services.attachments.attach(case_id, upload(), by)
    await services.comments.comment(case_id, "The customer rang.", by)

    page = await api.get(f"/questions/{question_of(case_id)}", headers=boris)

    assert f'href="/v1/cases/{case_id}/attachments/{kept.digest}"' in page.text
    assert "The customer rang." in page.text
    assert kept.kind in set(AttachmentKind)


async def test_looking_changes_nothing(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    before = len(await rows(services.database, TrailRow))

    for _ in range(3):
        await shown(api, case_id, boris)

    assert len(await rows(services.database, TrailRow)) == before


async def test_what_is_elsewhere_looks_exactly_like_nothing(
    api: httpx2.AsyncClient, tokens: Tokens, case_id: str
) -> None:
    stranger = await tokens.of_person("stranger", Role.PLANNER, site="south") | PAGE
    paths = [f"/questions/{question_of(case_id)}", "/questions/OC-999999-2-1", "/questions/it’s", "/nothing"]

    for method, rest in (("GET", ""), ("POST", "/answers"), ("POST", "/comments")):
        form = {"choice": "reject", "text": "x", "key": "0" * 32} if method == "POST" else None
        pages = [await api.request(method, f"{path}{rest}", headers=stranger, data=form) for path in paths]

        assert {page.status_code for page in pages} == {404}
        assert len({page.text for page in pages}) == 1
        assert "There is nothing here" in pages[0].text


async def test_programs_are_told_problems_where_people_see_pages(
    api: httpx2.AsyncClient, boris: dict[str, str]
) -> None:
    program = await api.get("/questions/OC-9", headers={"Authorization": boris["Authorization"]})
    of_the_api = await api.get("/v1/questions/OC-9", headers=boris)

    assert program.headers["Content-Type"] == of_the_api.headers["Content-Type"] == "application/problem+json"


async def test_who_is_not_in_logs_in_first_and_comes_back(api: httpx2.AsyncClient, case_id: str) -> None:
    wanted = f"/questions/{question_of(case_id)}"

    opened = await api.get(wanted, headers=PAGE)
    sent = await api.post(f"{wanted}/answers", data={"choice": "reject"}, headers=PAGE)

    for led in (opened, sent):
        assert (led.status_code, led.headers["Location"]) == (303, f"/login?onward={wanted.replace('/', '%2F')}")


async def test_browsers_run_nothing_and_frame_nothing(
    api: httpx2.AsyncClient, case_id: str, boris: dict[str, str]
) -> None:
    for path in (f"/questions/{question_of(case_id)}", "/", "/login", "/login/link", "/nothing"):
        page = await api.get(path, headers=boris)

        policy = page.headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'"):
            assert rule in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert not re.search(r"<script|<style| style=| on\w+=|javascript:", page.text)


async def test_hostile_words_are_words(
    api: httpx2.AsyncClient, services: Services, case_id: str, boris: dict[str, str]
) -> None:
    await services.comments.comment(case_id, HOSTILE, acting("petra"))
    bad = Reason(code="x", thing=HOSTILE, text=HOSTILE)
    found = evidence(NOON).model_copy(update={"check": "supply", "source": HOSTILE, "reasons": (bad,)})
    await CaseRecord(services.database).keep_evidence(case_id, 1, found)
    form = {"choice": "reject", "reason": HOSTILE + "\n" + "long " * 2000, "key": "0" * 32}

    page = await api.post(f"/questions/{question_of(case_id)}/answers", data=form, headers=boris)

    assert page.status_code == 422
    assert "at most 2000 characters" in page.text
    assert not re.search(r"<script|<img", page.text)
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5
    assert "long long" in page.text
    assert "{{ 7*7 }}" in page.text


async def test_the_style_is_kept_by_browsers_until_it_is_another(api: httpx2.AsyncClient) -> None:
    style = await api.get("/lockstep.css")
    again = await api.get("/lockstep.css", headers={"If-None-Match": style.headers["ETag"]})

    assert style.headers["Content-Type"].startswith("text/css")
    assert again.status_code == 304


async def test_the_first_page_lists_what_waits_for_him_the_first_due_first(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens, boris: dict[str, str]
) -> None:
    later = await asked_to_decide(services.database, order="SO-2", at=NOON)
    sooner = await asked_to_decide(services.database, at=NOON - timedelta(hours=5))
    buyer = await tokens.of_person("dev", Role.BUYER)

    page = await api.get("/", headers=boris)
    nothing = await api.get("/", headers=buyer)

    assert re.findall(r'href="/questions/([^"]+)"', page.text) == [question_of(sooner), question_of(later)]
    assert "1 hour late" in page.text
    assert "Nothing waits for you." in nothing.text
