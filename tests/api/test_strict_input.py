"""Bodies that no orderly system sends, and that attackers and bugs do."""

from __future__ import annotations

import json
import math
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any, Literal

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, Field

from api.problems import Problem
from api.refusals import tell_of_refusals
from api.strict_json import LARGEST_BODY, Strict, StrictRoute, parse
from domain.fact import Quantity
from domain.subject import Identifier

FULL = LARGEST_BODY - 10


class MoreOfIt(BaseModel):
    kind: Literal["quantity"]
    quantity: Quantity


class AnotherDay(BaseModel):
    kind: Literal["date"]
    at: AwareDatetime


class Wish(BaseModel):
    order: Identifier
    change: Annotated[MoreOfIt | AnotherDay, Field(discriminator="kind")] | None = None
    quantities: tuple[Quantity, ...] = ()
    comment: str = ""


@pytest.fixture
async def door() -> AsyncIterator[httpx2.AsyncClient]:
    """A route that takes wishes."""
    app = FastAPI(max_body_size=LARGEST_BODY)
    app.router.route_class = StrictRoute
    tell_of_refusals(app)

    @app.post("/wishes")
    async def wish(wish: Annotated[Wish, Strict()]) -> Wish:
        return wish

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://plant.example") as client:
        yield client


async def send(door: httpx2.AsyncClient, body: bytes, kind: str = "application/json") -> httpx2.Response:
    return await door.post("/wishes", content=body, headers={"Content-Type": kind})


NOT_JSON = {
    "nothing but a space": b" ",
    "half of it": b'{"order":',
    "two of it": b"{} {}",
    "single quotes": b"{'order': 1}",
    "a control character in a text": b'{"order":"\x01"}',
    "UTF-16": '{"order":"S"}'.encode("utf-16"),
    "Latin-1": b'{"comment":"\xe9"}',
    "an encoded surrogate": b'{"comment":"\xed\xa0\x80"}',
    "an overlong NUL": b'{"comment":"\xc0\x80"}',
    "brackets without end": b"[" * FULL,
    "objects without end": b'{"a":' * (FULL // 5),
    "pairs of brackets without end": b"[]," * (FULL // 3),
    "a text without end": b'"' + b'\\"' * (FULL // 2),
    "quotes without end": b'\\"' * (FULL // 2),
    "one value too deep": b"[" * 33 + b"]" * 33,
    "too many values": b"[" + b"0," * (FULL // 2 - 1) + b"0]",
    "too many constants": b"[" + b"NaN," * (FULL // 4 - 1) + b"0]",
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_refuses_what_cannot_be_read(door: httpx2.AsyncClient, body: bytes) -> None:
    answer = await send(door, body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/malformed"


AMBIGUOUS = {
    "a name twice": (b'{"order":"A","order":"B"}', "/order"),
    "a name twice, far inside": (
        b'{"change":{"kind":"quantity","quantity":1,"quantity":2}}',
        "/change/quantity",
    ),
    "a name twice, once escaped": (b'{"order":"A","\\u006frder":"B"}', "/order"),
    "not a number": (b'{"quantities":[1,NaN]}', "/quantities/1"),
    "endless": (b'{"quantities":[-Infinity]}', "/quantities/0"),
    "an exponent beyond a double": (b'{"quantities":[1e999]}', "/quantities/0"),
    "an exponent that keeps a processor busy": (b'{"quantities":[1e9999999]}', "/quantities/0"),
    "an exponent that vanishes": (b'{"quantities":[1e-999]}', "/quantities/0"),
    "five thousand digits": (b'{"quantities":[' + b"9" * 5000 + b"]}", "/quantities/0"),
    "five thousand decimals": (b'{"quantities":[0.' + b"9" * 5000 + b"]}", "/quantities/0"),
    "more decimals than a double keeps": (b'{"quantities":[10.000000000000000000001]}', "/quantities/0"),
    "half a surrogate pair": (b'{"comment":"\\ud800"}', "/comment"),
    "half a surrogate pair as a name": (b'{"\\udfff":1}', ""),
    "NUL": (b'{"comment":"\\u0000"}', "/comment"),
    "NUL in a name with a slash": (b'{"a/b":{"c~d":"\\u0000"}}', "/a~1b/c~0d"),
}


@pytest.mark.parametrize(("body", "pointer"), AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
async def test_names_the_place_of_what_has_no_one_meaning(door: httpx2.AsyncClient, body: bytes, pointer: str) -> None:
    answer = await send(door, body)

    assert answer.status_code == 400
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [pointer]


WRONG = {
    "yes for a quantity": ({"order": "S", "quantities": [True]}, "/quantities/0"),
    "less than nothing": ({"order": "S", "quantities": [-5]}, "/quantities/0"),
    "not a number, as text": ({"order": "S", "quantities": ["NaN"]}, "/quantities/0"),
    "an enormous number, as text": ({"order": "S", "quantities": ["1e9999999"]}, "/quantities/0"),
    "five thousand digits, as text": ({"order": "S", "quantities": ["9" * 5000]}, "/quantities/0"),
    "a fifth decimal": ({"order": "S", "quantities": ["0.00001"]}, "/quantities/0"),
    "a local time": (
        {"order": "S", "change": {"kind": "date", "at": "2026-10-25T02:30:00"}}, "/change/at"
    ),
    "seconds since 1970": ({"order": "S", "change": {"kind": "date", "at": 1790000000}}, "/change/at"),
    "a day as SAP writes it": ({"order": "S", "change": {"kind": "date", "at": "20261125"}}, "/change/at"),
    "a time before all times": (
        {"order": "S", "change": {"kind": "date", "at": "0001-01-01T00:00:00+14:00"}}, "/change/at"
    ),
    "yes for a time": ({"order": "S", "change": {"kind": "date", "at": True}}, "/change/at"),
    "the thirtieth of February": (
        {"order": "S", "change": {"kind": "date", "at": "2026-02-30T00:00:00Z"}}, "/change/at"
    ),
    "a number for an order": ({"order": 4711}, "/order"),
    "no order": ({}, "/order"),
    "a misspelt field": ({"order": "S", "quantitys": []}, "/quantitys"),
    "a misspelt field inside": (
        {"order": "S", "change": {"kind": "quantity", "quantity": 1, "unit": "kg"}}, "/change/unit"
    ),
    "a missing field inside": ({"order": "S", "change": {"kind": "quantity"}}, "/change/quantity"),
    "an unknown kind": ({"order": "S", "change": {"kind": "<script>"}}, "/change"),
    "a path for an order": ({"order": "../../etc/passwd"}, "/order"),
    "a query for an order": ({"order": "S' OR 1=1 --"}, "/order"),
    "a part of a workflow id for an order": ({"order": "SO-1:10"}, "/order"),
    "an order that reads backwards": ({"order": "SO-\u202e1001"}, "/order"),
    "an order in letters that look alike": ({"order": "\u0405\u041e-1001"}, "/order"),
    "an order with a new line at its end": ({"order": "SO-1001\n"}, "/order"),
    "a list": ([], ""),
    "a text": ("order", ""),
    "nothing": (None, ""),
}  # fmt: skip


@pytest.mark.parametrize(("body", "pointer"), WRONG.values(), ids=WRONG.keys())
async def test_names_the_field_that_is_wrong(door: httpx2.AsyncClient, body: Any, pointer: str) -> None:
    answer = await send(door, json.dumps(body).encode())

    assert answer.status_code == 422
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [pointer]


async def test_never_repeats_what_was_sent(door: httpx2.AsyncClient) -> None:
    payload = "<img src=x onerror=alert(1)>"

    answer = await send(door, json.dumps({"order": payload, "change": {"kind": payload}}).encode())

    assert payload not in answer.text


async def test_names_made_up_by_the_sender_come_back_harmless(door: httpx2.AsyncClient) -> None:
    answer = await send(door, json.dumps({"order": "S", "a\u202eb" * 1000: 1}).encode())

    assert answer.content.isascii()
    assert len(answer.content) < 2000


async def test_lists_at_most_twenty_mistakes(door: httpx2.AsyncClient) -> None:
    answer = await send(door, json.dumps({f"field {n}": n for n in range(1000)}).encode())

    assert len(answer.json()["errors"]) == 20


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
)
async def test_takes_only_json_in_utf_8(door: httpx2.AsyncClient, kind: str) -> None:
    answer = await send(door, b'{"order":"S"}', kind)

    assert answer.status_code == 415


async def test_a_body_without_a_type_is_not_read_as_json(door: httpx2.AsyncClient) -> None:
    answer = await door.post("/wishes", content=b'{"order":"S"}')

    assert answer.status_code == 415


async def test_counts_a_body_as_it_comes_in_whatever_it_announces(door: httpx2.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b" " * 1000

    answer = await door.post("/wishes", content=endless(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too-large"


async def test_takes_numbers_and_texts_for_quantities_alike(door: httpx2.AsyncClient) -> None:
    answer = await send(door, b'\xef\xbb\xbf{"order":"S","quantities":[10,10.0,1e1,"10.000",0.1]}')

    assert answer.json()["quantities"] == ["10", "10", "10", "10", "0.1"]


EXPENSIVE = NOT_JSON | {
    "many names": b"{" + b",".join(b'"%d":0' % n for n in range(2000)) + b"}",
    "the same name again and again": b"{" + b",".join(b'"":0' for _ in range(2000)) + b"}",
    "many fractions": b"[" + b"0.1," * 1999 + b"0]",
    "many wrong quantities": b'{"order":"S","quantities":[' + b"true," * 1998 + b"0]}",
}


@pytest.mark.parametrize("body", EXPENSIVE.values(), ids=EXPENSIVE.keys())
async def test_no_body_keeps_the_others_waiting(door: httpx2.AsyncClient, body: bytes) -> None:
    took = []
    for _ in range(3):
        started = time.process_time()
        await send(door, body)
        took.append(time.process_time() - started)

    assert min(took) < 0.1


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | FINITE | TEXTS,
    lambda inside: st.lists(inside) | st.dictionaries(TEXTS, inside),
    max_leaves=30,
)


@given(JSON, st.booleans())
def test_everything_orderly_is_read_as_it_was_meant(value: Any, escaped: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_no_number_changes_on_its_way_in(number: Decimal) -> None:
    spelled = f"{number:e}"

    try:
        value = parse(spelled.encode())
    except Problem:
        return

    assert Decimal(repr(value)) == number
    assert math.isfinite(value)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0d89eE+-.Na tfnrl', max_size=60).map(str.encode))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    try:
        value = parse(body)
    except Problem:
        return

    assert parse(json.dumps(value).encode()) == value
