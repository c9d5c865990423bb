"""The page of a case: where it is, what was asked, and what is said about it."""

from __future__ import annotations

import re

import httpx2

from api.services import Services
from domain.roles import Role
from domain.signalled import SignalledAnswer
from storage.record import CaseRecord
from storage.tables.cases import TrailRow
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import answer, asked_to_decide, question_of, rows

PAGE = {"Accept": "text/html"}


async def test_says_where_it_is_and_why_and_leads_to_what_was_asked(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    case = await asked_to_decide(services.database, at=NOON)
    boris = await tokens.of_person("boris", Role.PLANNER) | PAGE

    opened = await api.get(f"/cases/{case}", headers=boris)
    await answer(services.database, question_of(case), "reject", "petra", reason="No room.", at=NOON)
    settled = await api.get(f"/cases/{case}", headers=boris)

    assert f'href="/questions/{question_of(case)}"' in opened.text
    for said in ("SO-1:10: awaiting decision", "On to awaiting_decision.", "Anna", "availability", "in 4 hours"):
        assert said in opened.text
    assert "<bdi>Petra</bdi> answered reject" in settled.text
    assert "answered. <bdi>No room.</bdi>" in settled.text


async def test_names_nobody_as_who_sent_what_only_bears_a_name(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    case = await asked_to_decide(services.database, at=NOON)
    said = SignalledAnswer(question=question_of(case), choice="accept_as_asked", person="mira.vogt")
    await CaseRecord(services.database).answer_by_signal(case, said, NOON)

    page = await api.get(f"/cases/{case}", headers=await tokens.of_person("boris", Role.PLANNER) | PAGE)

    assert "<bdi>Unknown</bdi>, as from <bdi>mira.vogt</bdi>: answer refused" in page.text


async def test_a_comment_is_taken_once_or_stays_in_its_form(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    case = await asked_to_decide(services.database, at=NOON)
    boris = await tokens.of_person("boris", Role.PLANNER) | PAGE
    form = {"text": "The customer rang.", "key": "0" * 32}

    sent = [await api.post(f"/cases/{case}/comments", data=form, headers=boris) for _ in range(2)]
    wrong = {"text": "@nobody.here <b>", "key": "1" * 32}
    refused = await api.post(f"/cases/{case}/comments", data=wrong, headers=boris)
    elsewhere = await tokens.of_person("stranger", Role.PLANNER, site="south") | PAGE
    hidden = [
        await api.get("/cases/OC-9", headers=elsewhere), await api.get(f"/cases/{case}", headers=elsewhere),
        await api.post(f"/cases/{case}/comments", data=form, headers=elsewhere),
    ]  # fmt: skip

    assert [one.headers["Location"] for one in sent] == [f"/cases/{case}#comments"] * 2
    assert len(await rows(services.database, TrailRow, case_id=case, action="commented")) == 1
    assert refused.status_code == 422
    assert re.search(r'aria-invalid="true".*@nobody.here &lt;b&gt;</textarea>', refused.text, re.DOTALL)
    assert {one.status_code for one in hidden} == {404}
    assert len({one.text for one in hidden}) == 1
