"""Answering on the page: what counts, what is refused, and that nothing typed is lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import structlog

from api.services import Services
from domain.form import FieldKind, Form, FormField
from domain.master_data import Site
from domain.question import QuestionDraft
from domain.roles import Role
from runtime.passwords import hashed
from runtime.signatures import AnswerSignatures, new_signing_key
from storage.accounts import Account
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.api.conftest import NOON, PUBLIC_URL, Tokens
from tests.api.test_questions import assessed_anew
from tests.storage.plant import answer, asked_to_decide, person, question_of, rows, tell

PASSWORD = "seven valves by friday"  # noqa: S105 - of nobody
OURS = {"Origin": PUBLIC_URL, "Accept": "text/html"}
MEANING = "I agree to this change"


@pytest.fixture
async def services(services: Services) -> Services:
    """The API's services; Boris, who plans, has an account."""
    await services.accounts.add(Account(person("boris"), hashed(PASSWORD, "boris")), NOON)
    return replace(services, signatures=AnswerSignatures(new_signing_key()))


@pytest.fixture
async def boris(api: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """The browser of Boris, who is in."""
    came = await api.post("/login", data={"person": "boris", "password": PASSWORD}, headers=OURS)
    assert came.headers["Location"] == "/"
    api.headers.update(OURS)
    return api


async def form_of(browser: httpx2.AsyncClient, question: str, choice: str) -> dict[str, str]:
    """The form of a choice, as the page has it."""
    page = (await browser.get(f"/questions/{question}")).text
    (form,) = [one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'value="{choice}"' in one]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


async def send(
    browser: httpx2.AsyncClient, question: str, form: dict[str, Any], to: str = "answers"
) -> httpx2.Response:
    """Send a form of the page."""
    return await browser.post(f"/questions/{question}/{to}", data=form)


def flat(page: httpx2.Response) -> str:
    """The page on one line."""
    return page.text.replace("\n", " ")


async def answers(services: Services) -> list[tuple[str, str, str]]:
    """What stands: who said what, and why."""
    return [(row.person, row.choice, row.reason) for row in await rows(services.database, AnswerRow)]


async def test_an_answer_on_the_page_counts_once_however_often_it_is_sent(
    boris: httpx2.AsyncClient, services: Services
) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    form = await form_of(boris, question, "reject") | {"reason": "No room.\r\nNone."}

    first, second = await send(boris, question, form), await send(boris, question, form)
    page = await boris.get(first.headers["Location"])

    assert (first.status_code, second.status_code) == (303, 303)
    assert await answers(services) == [("boris", "reject", "No room.\nNone.")]
    assert "<bdi>Boris</bdi> answered" in page.text


async def test_a_stale_page_is_refused_with_the_difference_and_keeps_what_was_typed(
    boris: httpx2.AsyncClient, services: Services
) -> None:
    case = await asked_to_decide(services.database, at=NOON)
    form = await form_of(boris, question_of(case), "reject") | {"reason": "As it was at noon."}
    question = await assessed_anew(services.database, case)

    refused = await send(boris, question, form)
    again = await form_of(boris, question, "reject")

    assert refused.status_code == 409
    alert = re.search(r'role="alert">(.*?)</div>', refused.text, re.DOTALL)
    assert alert is not None
    assert "Availability said pass and says fail now." in alert[1]
    assert "43 pieces are missing." in alert[1]
    assert "As it was at noon.</textarea>" in refused.text
    assert again["seen"] != form["seen"]
    assert await answers(services) == []


@pytest.mark.parametrize("to", ["answers", "signatures"])
async def test_a_form_that_does_not_say_what_it_showed_is_refused_and_comes_back_with_it(
    boris: httpx2.AsyncClient, services: Services, to: str
) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    whole = await form_of(boris, question, "reject") | {"reason": "No room."}

    refused = await send(boris, question, {name: said for name, said in whole.items() if name != "seen"}, to)

    assert refused.status_code == 428
    assert f"counts only with the evidence digest that {question} shows." in refused.text
    assert "No room.</textarea>" in refused.text
    assert f'name="seen" value="{whole["seen"]}"' in refused.text
    assert await answers(services) == []


async def test_what_is_missing_is_said_beside_its_field_and_the_rest_is_kept(
    boris: httpx2.AsyncClient, services: Services
) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    await tell(services.database, Site(site="north", name="North", calendar="always", zone="Europe/Berlin"), at=NOON)
    await filled_in(services, question)
    form = await form_of(boris, question, "accept_as_asked")

    no_reason = await send(boris, question, await form_of(boris, question, "reject"))
    wrong = await send(
        boris, question, form | {"values/pieces": "many", "values/when": "2026-12-01T06:00", "reason": "R"}
    )
    lacking = await send(boris, question, form | {"values/pieces": "5"})
    right = await send(boris, question, form | {"values/pieces": "5", "values/when": "2026-12-01T06:00"})

    assert (no_reason.status_code, wrong.status_code, lacking.status_code) == (422, 409, 409)
    assert re.search(
        r'name="reason"[^>]*aria-invalid="true" aria-describedby="(\S+)".*id="\1"', no_reason.text, re.DOTALL
    )
    assert re.search(r'name="values/pieces"[^>]*value="many"[^>]*aria-invalid="true"', wrong.text)
    assert 'value="2026-12-01T06:00"' in wrong.text
    assert "\nR</textarea>" in wrong.text
    assert re.search(r'name="values/when"[^>]*aria-invalid="true"', lacking.text)
    assert right.status_code == 303
    (row,) = await rows(services.database, AnswerRow)
    assert row.values == {"pieces": "5", "when": "2026-12-01T05:00:00+00:00"}


async def filled_in(services: Services, question: str) -> None:
    """The first choice of the question has a form."""
    fields = (
        FormField(name="pieces", title="How many", kind=FieldKind.QUANTITY),
        FormField(name="when", title="From when", kind=FieldKind.TIME),
    )
    async with services.database.transaction() as session:
        row = await session.get_one(QuestionRow, question)
        draft = QuestionDraft.model_validate(row.draft)
        first = draft.choices[0].model_copy(update={"form": Form(fields=fields)})
        row.draft = draft.model_copy(update={"choices": (first, *draft.choices[1:])}).model_dump(mode="json")
        session.add(row)


async def test_who_comes_too_late_reads_who_decided_and_when(boris: httpx2.AsyncClient, services: Services) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    form = await form_of(boris, question, "reject") | {"reason": "Mine."}
    await answer(services.database, question, "accept_as_asked", "petra", at=NOON)

    late = await send(boris, question, form)

    assert late.status_code == 409
    assert "Petra answered accept_as_asked at 2026-11-23 12:00:00 UTC." in late.text
    assert "Mine." in late.text
    assert len(await answers(services)) == 1


async def test_a_signed_answer_needs_his_password_once_more(boris: httpx2.AsyncClient, services: Services) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON, signed=MEANING))
    form = await form_of(boris, question, "accept_as_asked") | {"reason": "Looked at it."}

    page = await boris.get(f"/questions/{question}")
    without = await send(boris, question, form)
    wrong = await send(boris, question, form | {"password": "not it at all"})
    signed = await send(boris, question, form | {"password": PASSWORD})

    assert f"Sign “{MEANING}” and answer: As asked" in page.text
    for refused in (without, wrong):
        assert refused.status_code == 401
        assert re.search(r'name="password"[^>]*aria-invalid="true"', refused.text)
        assert "\nLooked at it.</textarea>" in refused.text
        assert "not it at all" not in refused.text
    assert signed.status_code == 303
    (row,) = await rows(services.database, AnswerRow)
    assert row.signature is not None
    assert row.signature["signature"]["method"] == "password"


async def test_copies_a_signed_decision_that_decides_nothing_yet(boris: httpx2.AsyncClient, services: Services) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))

    page = await send(boris, question, await form_of(boris, question, "accept_as_asked"), "signatures")

    assert page.status_code == 200
    found = re.search(r'id="signed"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found is not None
    sent = json.loads(found[1].replace("&#34;", '"'))
    assert (sent["question"], sent["choice"], sent["person"]) == (question, "accept_as_asked", "boris")
    assert await answers(services) == []


async def test_sees_to_it_parks_it_asks_back_and_comments(boris: httpx2.AsyncClient, services: Services) -> None:
    case = await asked_to_decide(services.database, at=NOON)
    question = question_of(case)
    key = iter(f"{number:032x}" for number in range(20))

    for to, form in (
        ("claim", {}), ("release", {}),
        ("parking", {"cause": "customer", "until": "2026-11-24T08:00", "reason": "He asks his site."}),
        ("resumption", {}), ("comments", {"text": "The customer rang."}),
        ("asking-back", {"wanted": "Would he take the old revision?"}),
    ):  # fmt: skip
        done = await send(boris, question, form | {"key": next(key)}, to)
        assert (done.status_code, done.headers.get("Location")) == (303, f"/questions/{question}"), (to, done.text)

    actions = [row.action for row in await rows(services.database, TrailRow, case_id=case)]
    assert {"claimed", "claim_released", "parked", "resumed", "commented", "asked_back"} <= set(actions)


@pytest.mark.parametrize(
    ("to", "form", "field"),
    [("parking", {"cause": "moon", "until": "2026-11-24T08:00", "reason": "Typed."}, "cause"),
     ("parking", {"cause": "customer", "until": "yesterday", "reason": "Typed."}, "until"),
     ("parking", {"cause": "customer", "until": "2026-11-22T08:00", "reason": "Typed."}, "until"),
     ("asking-back", {"wanted": "x"}, "wanted"),
     ("comments", {"text": "@nobody.here Typed."}, "text")],
)  # fmt: skip
async def test_what_is_wrong_in_the_smaller_forms_is_said_beside_its_field(
    boris: httpx2.AsyncClient, services: Services, to: str, form: dict[str, str], field: str
) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))

    refused = await send(boris, question, form | {"key": "0" * 32}, to)

    assert refused.status_code == 422
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', refused.text)
    assert "Typed." in refused.text or to == "asking-back"


@pytest.mark.parametrize(
    "to", ["answers", "signatures", "signing", "claim", "release", "asking-back", "parking", "comments"]
)
async def test_no_other_page_sends_them(boris: httpx2.AsyncClient, services: Services, to: str) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    form = {"choice": "accept_as_asked", "key": "0" * 32, "text": "x", "wanted": "Who knows?"}
    lines = len(await rows(services.database, TrailRow))

    for origin in ("https://evil.example", "null"):
        refused = await boris.post(f"/questions/{question}/{to}", data=form, headers={"Origin": origin})
        assert refused.status_code == 400

    assert len(await rows(services.database, TrailRow)) == lines


@pytest.mark.parametrize(
    "body", [b"choice=%00&key=" + b"0" * 32, b"choice=%ff", b"a=1&" * 400, b"choice=reject&key=mine"]
)
async def test_what_no_form_of_ours_sends_is_refused(
    boris: httpx2.AsyncClient, services: Services, body: bytes
) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    refused = await boris.post(f"/questions/{question}/answers", content=body, headers=headers)

    assert refused.status_code == 400
    assert await answers(services) == []


async def test_answers_for_whom_he_stands_in(api: httpx2.AsyncClient, services: Services, tokens: Tokens) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    petra = await tokens.of_person("petra", Role.PLANNER) | {"Accept": "text/html"}
    form = {"choice": "accept_as_asked", "on_behalf_of": "boris", "key": "0" * 32}

    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        refused = await api.post(f"/questions/{question}/answers", data=form, headers=petra)

    assert refused.status_code == 403
    assert "You do not stand in for boris here today." in refused.text
    (line,) = [line for line in lines if line["event"] == "access.refused"]
    assert (line["caller"], line["path"], line["kind"], line["why"]) == (
        "petra", f"/questions/{question}/answers", "not-allowed", "You do not stand in for boris here today.",
    )  # fmt: skip
    assert await answers(services) == []
