"""Finding one's questions, and answering them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from sqlmodel import update

from api.services import Services
from domain.evidence import Reason, Verdict, digest
from domain.master_data import Person
from domain.roles import Role
from storage.database import Database
from storage.record import CaseRecord
from storage.tables.access import RequestRow
from storage.tables.cases import TrailRow
from tests.api.answering import answer, seen_by
from tests.api.conftest import Tokens
from tests.storage.plant import (
    PLANNERS,
    asked_to_decide,
    evidence,
    minutes,
    move,
    proposal,
    question_of,
    rows,
    tell,
)
from tests.support.small_plant import SITE


@pytest.fixture
async def question(services: Services) -> str:
    """What planners are asked about a change that Anna asked for."""
    return question_of(await asked_to_decide(services.database))


@pytest.fixture
async def boris(tokens: Tokens) -> dict[str, str]:
    """A planner."""
    return await tokens.of_person("boris", Role.PLANNER)


async def mine(api: httpx2.AsyncClient, caller: dict[str, str], parameters: str = "") -> list[str]:
    page = (await api.get(f"/v1/questions?{parameters}", headers=caller)).json()
    return [question["id"] for question in page["items"]]


async def test_one_finds_the_questions_one_may_answer(
    api: httpx2.AsyncClient, tokens: Tokens, boris: dict[str, str], question: str
) -> None:
    dev = await tokens.of_person("dev", Role.BUYER)

    assert await mine(api, boris) == [question]
    assert await mine(api, dev) == []
    assert await mine(api, dev, "mine=false") == [question]
    await answer(api, boris, question)
    assert await mine(api, boris) == []
    assert await mine(api, boris, "open=false&mine=false") == [question]


async def test_shows_all_that_is_needed_to_answer(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str
) -> None:
    shown = (await api.get(f"/v1/questions/{question}", headers=boris)).json()

    assert [choice["name"] for choice in shown["choices"]] == ["accept_as_asked", "accept_later", "reject"]
    assert [ruled["option"]["title"] for ruled in shown["options"]] == ["As asked", "Later"]
    assert [evidence["check"] for evidence in shown["evidence"]] == ["availability"]
    assert len(shown["evidence_digest"]) == 64


async def test_an_answer_counts_while_the_engine_is_down(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str
) -> None:
    seen = await seen_by(api, boris, question)

    answered = await answer(api, boris, question, seen=seen, reason="There is enough.")

    assert (answered.status_code, answered.json()["settled"]) == (200, "accept_as_asked")
    shown = (await api.get(f"/v1/questions/{question}", headers=boris)).json()
    assert (shown["choice"], shown["closed_by"]) == ("accept_as_asked", "Boris")


async def test_an_answer_given_twice_under_one_key_is_one_answer(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str
) -> None:
    first = await answer(api, boris, question, key="k")
    again = await answer(api, boris, question, key="k")
    other = await answer(api, boris, question, key="k", choice="reject", reason="No, sorry.")

    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    assert other.json()["type"] == "/problems/key-reused"


async def test_of_planners_who_answer_at_once_one_decides_and_the_others_are_told(
    api: httpx2.AsyncClient, tokens: Tokens, question: str
) -> None:
    planners = [await tokens.of_person(name, Role.PLANNER) for name in PLANNERS]

    answers = await asyncio.gather(*(answer(api, planner, question) for planner in planners))

    assert sorted(given.status_code for given in answers) == [200] + [409] * (len(PLANNERS) - 1)
    refused = [given.json() for given in answers if given.status_code == 409]
    assert {problem["type"] for problem in refused} == {"/problems/question-closed"}
    assert all("answered accept_as_asked" in problem["detail"] for problem in refused)


@pytest.mark.parametrize("to", ["answers", "signatures", "reauthentications"])
async def test_without_what_it_was_given_on_an_answer_is_refused_and_told_where_that_stands(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str, to: str
) -> None:
    refused = await answer(api, boris, question, to=to, seen=None)

    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (428, "/problems/seen-missing")
    shown = (await api.get(problem["question"], headers=boris)).json()
    assert (shown["id"], shown["choice"], shown["answers"]) == (question, None, [])
    assert (await answer(api, boris, question, seen=shown["evidence_digest"])).status_code == 200


async def test_what_was_answered_before_an_answer_had_to_say_so_is_told_again_under_its_key(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str, services: Services
) -> None:
    first = await answer(api, boris, question, key="k")
    before = {"choice": "accept_as_asked", "reason": "", "seen": None}
    async with services.database.transaction() as session:
        await session.exec(update(RequestRow).values(fingerprint=digest(["answer", question, before])))

    again = await answer(api, boris, question, key="k", seen=None)

    assert (again.status_code, again.json()) == (200, first.json())


async def test_an_answer_to_other_evidence_is_refused_with_what_is_found_now(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str
) -> None:
    refused = await answer(api, boris, question, seen="0" * 64)

    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "/problems/stale-evidence")
    assert (problem["seen"], problem["changed"]) == ("0" * 64, None)
    assert [(found["check"], found["verdict"]) for found in problem["evidence"]] == [("availability", "pass")]
    assert (await answer(api, boris, question, seen=problem["evidence_digest"])).status_code == 200


async def test_who_answers_what_he_saw_before_it_was_assessed_anew_is_told_what_has_changed(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str, services: Services
) -> None:
    seen = await seen_by(api, boris, question)
    again = await assessed_anew(services.database, question.removesuffix("-2-1"))

    refused = await answer(api, boris, again, seen=seen)

    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (409, "/problems/stale-evidence")
    assert "Availability said pass and says fail now." in problem["detail"]
    (changed,) = problem["changed"]
    assert changed["check"] == "availability"
    assert changed["before"] == {"verdict": "pass", "reasons": [], "values": {"available": "100"}}
    assert (changed["now"]["verdict"], changed["now"]["values"]) == ("fail", {"available": "7"})
    assert (await answer(api, boris, again, seen=problem["evidence_digest"])).status_code == 200


async def assessed_anew(database: Database, case_id: str) -> str:
    """The question that the case comes back to because most of the stock was gone when it was to be written."""
    short = Reason(code="SHORT", thing="VALVE", text="43 pieces are missing.")
    found = evidence(minutes(10)).model_copy(
        update={"verdict": Verdict.FAIL, "reasons": (short,), "values": {"available": "7"}}
    )
    await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked", at=minutes(10))
    await move(database, case_id, 4, "assessing", assessment=2, at=minutes(10))
    await CaseRecord(database).keep_evidence(case_id, 2, found)
    await CaseRecord(database).keep_proposal(case_id, 2, proposal([Role.PLANNER], minutes(10)))
    await move(database, case_id, 5, "awaiting_decision", assessment=2, at=minutes(10))
    return f"{case_id}-5-1"


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"choice": "maybe"}, "/choice"),
        ({"choice": "reject"}, "/reason"),
        ({"choice": True}, "/choice"),
        ({"seen": "yesterday"}, "/seen"),
        ({"role": "plant_manager"}, "/role"),
        ({"reason": "x" * 2001}, "/reason"),
    ],
)
async def test_names_what_is_wrong_with_an_answer(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str, said: dict[str, Any], place: str
) -> None:
    refused = await answer(api, boris, question, **said)

    assert refused.status_code == 422
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == [place]
    assert await mine(api, boris) == [question]


async def test_neither_the_wrong_role_nor_the_one_who_asked_nor_a_machine_decides(
    api: httpx2.AsyncClient, tokens: Tokens, question: str
) -> None:
    callers = [
        await tokens.of_person("dev", Role.BUYER),
        await tokens.of_person("anna", Role.SALES, Role.PLANNER),
        await tokens.of_machine("events", "cases"),
    ]

    refused = [await answer(api, caller, question) for caller in callers]

    assert [given.json()["type"] for given in refused] == ["/problems/not-allowed"] * 3


async def test_a_role_that_was_taken_away_since_the_question_was_read_decides_nothing(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str, services: Services
) -> None:
    await api.get(f"/v1/questions/{question}", headers=boris)
    retired = Person(site=SITE, person="boris", name="Boris", roles=(Role.BUYER,))
    await tell(services.database, retired, at=minutes(100_000))

    assert (await answer(api, boris, question)).status_code == 403


async def test_whoever_left_the_plant_is_nobody(
    api: httpx2.AsyncClient, boris: dict[str, str], services: Services
) -> None:
    gone = Person(site=SITE, person="boris", name="Boris", roles=(Role.PLANNER,), active=False)
    await tell(services.database, gone, at=minutes(100_000))

    assert (await api.get("/v1/me", headers=boris)).status_code == 401


async def test_says_who_one_is(api: httpx2.AsyncClient, tokens: Tokens, boris: dict[str, str]) -> None:
    person = (await api.get("/v1/me", headers=boris)).json()
    machine = (await api.get("/v1/me", headers=await tokens.of_machine("events"))).json()

    assert (person["principal"]["id"], person["roles"]) == ("boris", {"north": ["planner"]})
    assert (machine["principal"]["kind"], machine["scopes"], machine["roles"]) == ("machine", ["events"], {})


@pytest.mark.parametrize("route", ["/v1/questions/{}/answers", "/questions/{}/answers"])
async def test_who_may_answer_nothing_is_refused_as_ever_and_the_trail_of_the_case_tells(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services, question: str, route: str
) -> None:
    key = await tokens.of_machine("events", "cases", name="mes", sites=("north",))
    auditor = await tokens.of_person("ada", Role.AUDITOR)
    administrator = await tokens.of_person("adam", Role.ADMINISTRATOR)
    elsewhere = await tokens.of_person("sue", Role.AUDITOR, site="south")
    before = (await api.get(f"/v1/questions/{question}", headers=auditor)).json()

    told = [await api.post(route.format(question), headers=who) for who in (key, auditor, administrator, elsewhere)]
    nowhere = [await api.post(route.format(name), headers=auditor) for name in ("OC-404-1-1", "OC-1%00")]

    assert [(one.status_code, one.json()["type"]) for one in (*told, *nowhere)] == [(403, "/problems/not-allowed")] * 6
    assert {one.json()["detail"] for one in (*told[1:], *nowhere)} == {told[1].json()["detail"]}
    lines = await rows(services.database, TrailRow, action="answer_refused")
    assert [(line.by["kind"], line.by["id"], line.reason) for line in lines] == [
        ("machine", "mes", "Only a person can answer questions."),
        ("person", "ada", told[1].json()["detail"]),
        ("person", "adam", told[2].json()["detail"]),
    ]
    said = {"question": question, "wanted": route.format("{question_id}"), "refusal": "NotAllowed"}
    assert [(line.case_id, line.details) for line in lines] == [(before["case_id"], said)] * 3
    assert (await api.get(f"/v1/questions/{question}", headers=auditor)).json() == before
