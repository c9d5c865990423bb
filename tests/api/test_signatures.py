"""Signing an answer that is to be sent as a signal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from api.app import create_app
from api.services import Services
from domain.roles import Role
from domain.signalled import SignalledAnswer
from runtime.signatures import AnswerSignatures, new_signing_key
from storage.record import CaseRecord
from tests.api.answering import answer
from tests.api.conftest import PUBLIC_URL, Tokens
from tests.storage.plant import asked_to_decide, minutes, question_of

SIGNATURES = AnswerSignatures(new_signing_key())


@pytest.fixture
async def signing(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API of an installation that has a key to sign with."""
    transport = httpx2.ASGITransport(create_app(replace(services, signatures=SIGNATURES)))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


async def test_what_is_signed_here_counts_as_a_signal(
    signing: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    case_id = await asked_to_decide(services.database)
    boris = await tokens.of_person("boris", Role.PLANNER)

    signed = await answer(signing, boris, question_of(case_id), to="signatures")

    assert signed.status_code == 200
    told = signed.json()
    assert (told["workflow_id"], told["signal"]) == ("order_change/north/SO-1:10", "decide")
    record = CaseRecord(services.database, signatures=SIGNATURES)
    said = SignalledAnswer.model_validate(told["argument"])
    assert await record.answer_by_signal(case_id, said, minutes(1)) == "accepted: accept_as_asked"


async def test_who_may_not_answer_may_not_sign(signing: httpx2.AsyncClient, services: Services, tokens: Tokens) -> None:
    question = question_of(await asked_to_decide(services.database))
    dev = await tokens.of_person("dev", Role.BUYER)

    refused = await answer(signing, dev, question, to="signatures")

    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")


async def test_one_signs_nothing_on_evidence_that_is_not_there(
    signing: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    question = question_of(await asked_to_decide(services.database))
    boris = await tokens.of_person("boris", Role.PLANNER)

    refused = await answer(signing, boris, question, to="signatures", seen="0" * 64)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stale-evidence")


async def test_says_so_where_no_key_is_set(api: httpx2.AsyncClient, services: Services, tokens: Tokens) -> None:
    question = question_of(await asked_to_decide(services.database))
    boris = await tokens.of_person("boris", Role.PLANNER)

    refused = await answer(api, boris, question, to="signatures")

    assert refused.status_code == 503
    assert "no signing key" in refused.json()["detail"]
