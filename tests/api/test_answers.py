"""Several answers in one request: each is taken or refused by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import structlog

from api.services import Services
from api.strict_json import LARGEST_BODY
from domain.evidence import digest
from domain.roles import Role
from storage.tables.access import RequestRow
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow
from tests.api.answering import seen_by
from tests.api.conftest import Tokens
from tests.api.test_questions import assessed_anew
from tests.storage.plant import answer, asked_to_decide, question_of, rows


@pytest.fixture
async def boris(tokens: Tokens) -> dict[str, str]:
    """A planner."""
    return await tokens.of_person("boris", Role.PLANNER)


@pytest.fixture
async def questions(services: Services) -> list[str]:
    """What planners are asked about three lines."""
    lines = (("SO-1", 50), ("SO-2", 14), ("SO-3", 7))
    return [question_of(await asked_to_decide(services.database, order=name, quantity=many)) for name, many in lines]


async def test_a_key_names_the_same_request_as_before_answers_could_say_more(
    api: httpx2.AsyncClient, boris: dict[str, str], questions: list[str], services: Services
) -> None:
    (one,) = await yes(api, boris, questions[0])

    await say(api, boris | {"Idempotency-Key": "k"}, one)

    said = {"choice": "accept_as_asked", "reason": "", "seen": one["seen"], "on_behalf_of": None, "values": {}}
    (kept,) = await rows(services.database, RequestRow)
    assert kept.fingerprint == digest(["answer several", questions[0], said])


async def say(api: httpx2.AsyncClient, caller: dict[str, str], *answers: dict[str, Any]) -> httpx2.Response:
    return await api.post("/v1/answers", json={"answers": answers}, headers=caller)


async def yes(api: httpx2.AsyncClient, caller: dict[str, str], *questions: str) -> list[dict[str, Any]]:
    """A yes to each of *questions*, as it is read."""
    return [
        {"question": question, "choice": "accept_as_asked", "seen": await seen_by(api, caller, question)}
        for question in questions
    ]


async def test_what_is_refused_takes_nothing_from_the_others(
    api: httpx2.AsyncClient, boris: dict[str, str], questions: list[str], services: Services
) -> None:
    await answer(services.database, questions[1], "accept_as_asked", "petra")
    first, second, missing, third = await yes(api, boris, *questions[:2], "OC-404-1-1", questions[2])

    with structlog.testing.capture_logs() as lines:
        told = await say(api, boris, first, second, missing, third | {"choice": "reject"}, third)

    assert told.status_code == 200, told.text
    outcomes = told.json()["outcomes"]
    assert [outcome["question"] for outcome in outcomes] == [
        questions[0], questions[1], "OC-404-1-1", questions[2], questions[2],
    ]  # fmt: skip
    assert [outcome["problem"] and outcome["problem"]["type"] for outcome in outcomes] == [
        None, "/problems/question-closed", "/problems/not-found", "/problems/validation", None,
    ]  # fmt: skip
    assert [(line["kind"], line["why"]) for line in lines if line["event"] == "access.refused"] == [
        ("not-found", "There is no question OC-404-1-1.")
    ]
    assert outcomes[0]["answered"]["settled"] == outcomes[4]["answered"]["settled"] == "accept_as_asked"
    assert "Petra answered" in outcomes[1]["problem"]["detail"]
    assert outcomes[3]["problem"]["errors"][0]["pointer"] == "/reason"
    by_boris = [row.question_id for row in await rows(services.database, AnswerRow, person="boris")]
    assert sorted(by_boris) == sorted([questions[0], questions[2]])
    assert len(await rows(services.database, TrailRow, action="answer_refused")) == 2


async def test_repeated_under_its_key_each_gets_its_first_answer_again(
    api: httpx2.AsyncClient, boris: dict[str, str], questions: list[str], services: Services
) -> None:
    caller = boris | {"Idempotency-Key": "k"}
    first, second, third = await yes(api, boris, *questions)

    # As where the request broke off after the first.
    begun = await say(api, caller, first)
    whole = await say(api, caller, first, second, third)
    again = await say(api, caller, first, second, third | {"choice": "accept_later"})

    assert whole.json()["outcomes"][0] == begun.json()["outcomes"][0]
    assert again.json()["outcomes"][:2] == whole.json()["outcomes"][:2]
    assert again.json()["outcomes"][2]["problem"]["type"] == "/problems/key-reused"
    assert len(await rows(services.database, AnswerRow)) == 3


async def test_each_says_what_it_was_given_on_and_what_is_otherwise_now_is_told_with_it(
    api: httpx2.AsyncClient, boris: dict[str, str], questions: list[str], services: Services
) -> None:
    first, second = await yes(api, boris, *questions[:2])
    again = await assessed_anew(services.database, questions[1].removesuffix("-2-1"))

    told = await say(api, boris, first | {"seen": None}, second | {"question": again}, first)

    unseen, stale, stands = told.json()["outcomes"]
    assert (unseen["problem"]["type"], unseen["problem"]["question"]) == (
        "/problems/seen-missing", f"/v1/questions/{questions[0]}",
    )  # fmt: skip
    assert (stale["problem"]["type"], stale["problem"]["seen"]) == ("/problems/stale-evidence", second["seen"])
    assert [change["now"]["values"] for change in stale["problem"]["changed"]] == [{"available": "7"}]
    assert stands["problem"] is None
    refusals = await rows(services.database, TrailRow, action="answer_refused")
    assert [line.details["refusal"] for line in refusals] == ["SeenMissing", "StaleEvidence"]


@pytest.mark.parametrize("count", [0, 51])
async def test_none_or_too_many_are_no_request(api: httpx2.AsyncClient, boris: dict[str, str], count: int) -> None:
    said = {"question": "OC-1-2-1", "choice": "accept_as_asked"}

    refused = await say(api, boris, *([said] * count))

    assert refused.status_code == 422
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == ["/answers"]


async def test_whoever_may_answer_nothing_is_on_the_trail_of_each_question_that_he_names(
    api: httpx2.AsyncClient, tokens: Tokens, questions: list[str], services: Services
) -> None:
    mes = await tokens.of_machine("events", "cases", name="mes", sites=("north",))
    ada = await tokens.of_person("ada", Role.AUDITOR)
    named = [{"question": name} for name in (*questions[:2], questions[0], "OC-404-1-1")]
    unfit: list[Any] = [{"answers": named * 20}, {"answers": [{"question": "OC-1\x00"}]}, ["OC-1-2-1"], {}]

    told = [await api.post("/v1/answers", json={"answers": named}, headers=who) for who in (mes, ada)]
    told += [await api.post("/v1/answers", json=body, headers=ada) for body in unfit]

    async def too_much() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b" " * 1000

    told += [await api.post("/v1/answers", content=raw, headers=ada) for raw in (b"{", too_much())]

    assert {one.status_code for one in told} == {403}
    lines = await rows(services.database, TrailRow, action="answer_refused")
    assert [(line.by["id"], line.details["question"], line.details["wanted"]) for line in lines] == [
        (who, question, "/v1/answers") for who in ("mes", "ada") for question in questions[:2]
    ]
    assert await rows(services.database, AnswerRow) == []
