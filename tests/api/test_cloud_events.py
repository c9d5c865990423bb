"""Events of other systems, as CloudEvents 1.0 over HTTP has them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import yaml
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from sqlmodel import select

from api.cloud_events import BATCH, STRUCTURED, Refused, sent
from api.problems import Problem
from api.services import Services
from storage.intake import IncomingEvent
from storage.tables import EventRow
from tests.api.conftest import Tokens

CASES = Path(__file__).parent / "conformance"
SAMPLES = Path(os.environ.get("LOCKSTEP_EVENT_SAMPLES", Path(__file__).parents[3] / "shared/data/events"))


def changed(**members: Any) -> dict[str, Any]:
    """A changed sales order, told as SAP S/4HANA tells it: with its key alone."""
    return {
        "specversion": "1.0",
        "id": "0a1b2c3d-4e5f-1ede-b9a6-000000004711",
        "source": "/default/sap.s4.beh/100",
        "type": "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1",
        "time": "2026-11-20T09:15:00Z",
        "datacontenttype": "application/json",
        "data": {"SalesOrder": "4711"},
    } | members


# The same in headers, without its data.
TOLD = [(f"ce-{name}", str(changed()[name])) for name in ("specversion", "id", "source", "type")]


def structured(event: Any, kind: str = STRUCTURED) -> tuple[IncomingEvent | Refused, ...]:
    return sent([("content-type", kind)], json.dumps(event).encode()).events


def only(events: tuple[IncomingEvent | Refused, ...]) -> IncomingEvent:
    (event,) = events
    assert isinstance(event, IncomingEvent)
    return event


def places(events: tuple[IncomingEvent | Refused, ...]) -> list[str]:
    (event,) = events
    assert isinstance(event, Refused)
    return [flaw.pointer for flaw in event.flaws]


def feature_requests() -> Iterator[Any]:
    """The requests of the conformance feature, with every content type it names."""
    outlines = (
        (CASES / "http-protocol-binding.feature").read_text(encoding="utf-8").split("Scenario Outline")[1:]
    )
    for outline in outlines:
        raw = re.search(r'an HTTP request\s+"""\n(.*?)\n\s+"""', outline, re.DOTALL)
        assert raw is not None
        head, body = re.sub(r"^ {8}", "", raw[1], flags=re.MULTILINE).split("\n\n", 1)
        for kind in re.findall(r"\|\s*(application/\S.*?)\s*\|", outline.split("Examples:")[1]):
            lines = [line.split(": ", 1) for line in head.replace("<contentType>", kind).splitlines()[1:]]
            headers = [(name.lower(), value) for name, value in lines]
            yield pytest.param(headers, body.encode(), id=f"{outline.split('(')[0].strip(': ')}, {kind}")


@pytest.mark.parametrize(("headers", "body"), list(feature_requests()))
def test_reads_the_requests_of_the_conformance_feature(headers: list[tuple[str, str]], body: bytes) -> None:
    event = only(sent(headers, body).events)

    assert (event.id, event.type, event.source) == (
        "1234-1234-1234", "com.example.someevent", "/mycontext/subcontext",
    )  # fmt: skip
    assert str(event.time) == "2018-04-05 03:56:24+00:00"
    assert event.data == {"message": "Hello World!"}


def conformance_events() -> Iterator[Any]:
    """The events of the conformance suite, in both modes."""
    for file in ("v1.yaml", "v1_minimum.yaml"):
        for case in yaml.safe_load_all((CASES / file).read_text(encoding="utf-8")):
            attributes = {
                name: str(value) for name, value in case["ContextAttributes"].items() if name != "Extensions"
            }
            attributes["specversion"] = "1.0"
            if "time" in attributes:
                attributes["time"] = case["ContextAttributes"]["time"].isoformat()
            extensions = {
                name: str(value).strip()
                for name, value in case["ContextAttributes"].get("Extensions", {}).items()
            }
            mode = case.get("Mode", "binary")
            yield pytest.param(attributes | extensions, case["Data"].strip(), id=f"{attributes['id']} {mode}")


@pytest.mark.parametrize(("attributes", "data"), list(conformance_events()))
def test_reads_the_events_of_the_conformance_suite_as_headers(attributes: dict[str, str], data: str) -> None:
    kind = attributes.get("datacontenttype", "application/json")
    headers = [
        (f"ce-{name}", quote(value, safe=" /:+;="))
        for name, value in attributes.items()
        if name != "datacontenttype"
    ]

    event = only(sent([*headers, ("content-type", kind)], data.encode()).events)

    assert (event.id, event.source, event.type) == (
        attributes["id"],
        attributes["source"],
        attributes["type"],
    )
    assert event.data == (json.loads(data) if "json" in kind else data)


@pytest.mark.parametrize(("attributes", "data"), list(conformance_events()))
def test_reads_the_events_of_the_conformance_suite_as_json(attributes: dict[str, str], data: str) -> None:
    value = json.loads(data) if "json" in attributes.get("datacontenttype", "json") else data

    event = only(structured(attributes | {"data": value}))

    assert (event.id, event.source, event.type) == (
        attributes["id"],
        attributes["source"],
        attributes["type"],
    )
    assert event.data == value


@pytest.mark.parametrize("write", [to_structured_event, to_binary_event])
def test_reads_what_the_sdk_writes(write: Any) -> None:
    written = CloudEvent({"id": 'Größe "1" 100%', "source": "/ein werk/€", "type": "t"}, {"größe": 1.5})
    message = write(written)

    event = only(
        sent([(name.lower(), value) for name, value in message.headers.items()], message.body).events
    )

    assert (event.id, event.source, event.data) == ('Größe "1" 100%', "/ein werk/€", {"größe": 1.5})
    assert event.time == written.get_time()


def test_takes_a_header_out_of_its_quotes() -> None:
    headers = [("ce-specversion", "1.0"), ("ce-id", '"a \\"b\\""'), ("ce-source", "/x"), ("ce-type", "t")]

    assert only(sent(headers, b"").events).id == 'a "b"'


@pytest.mark.parametrize("kind", [STRUCTURED, "application/json", "application/json; charset=UTF-8"])
def test_takes_a_structured_event_under_either_type(kind: str) -> None:
    event = only(structured(changed(), kind))

    assert event.data == {"SalesOrder": "4711"}


def test_an_event_without_a_time_has_none() -> None:
    assert only(structured(changed(time=None))).time is None


def test_takes_a_time_with_another_offset_and_nanoseconds() -> None:
    event = only(structured(changed(time="2026-11-20T10:15:00.123456789+01:00")))

    assert str(event.time) == "2026-11-20 09:15:00.123456+00:00"


def test_keeps_what_is_no_text_in_base64() -> None:
    assert only(structured(changed(data=None, data_base64="AP8="))).data == {"data_base64": "AP8="}
    assert only(sent([*TOLD, ("content-type", "image/png")], b"\0\xff").events).data == {
        "data_base64": "AP8="
    }
    assert only(sent([*TOLD, ("content-type", "text/plain")], b"a\0").events).data == {"data_base64": "YQA="}


WRONG = {
    "the published misprint": ({" datacontenttype": "application/json"}, "/ datacontenttype"),
    "a capital letter": ({"traceParent": "x"}, "/traceParent"),
    "no id": ({"id": None}, "/id"),
    "an empty source": ({"source": ""}, "/source"),
    "no type": ({"type": None}, "/type"),
    "a later version": ({"specversion": "2.0"}, "/specversion"),
    "a number as id": ({"id": 4711}, "/id"),
    "a NUL in the id": ({"id": "a\0b"}, "/id"),
    "half a surrogate pair in the data": ({"data": {"text": "\ud800"}}, "/data/text"),
    "an id too long to be found again": ({"id": "x" * 201}, "/id"),
    "an empty subject": ({"subject": ""}, "/subject"),
    "a local time": ({"time": "2026-10-25T02:30:00"}, "/time"),
    "a day": ({"time": "2026-10-25"}, "/time"),
    "seconds since 1970": ({"time": "1790000000"}, "/time"),
    "a time before all times": ({"time": "0001-01-01T00:00:00+14:00"}, "/time"),
    "a list as attribute": ({"sites": ["north"]}, "/sites"),
    "a fraction as attribute": ({"weight": 1.5}, "/weight"),
    "an attribute beyond 32 bits": ({"sequence": 2**31}, "/sequence"),
    "data twice": ({"data_base64": "AA=="}, "/data_base64"),
    "data in no base64": ({"data": None, "data_base64": "%"}, "/data_base64"),
}


@pytest.mark.parametrize(("members", "place"), WRONG.values(), ids=WRONG.keys())
def test_names_what_is_wrong_with_an_event(members: dict[str, Any], place: str) -> None:
    assert places(structured(changed(**members))) == [place]


def test_an_attribute_may_come_in_one_header_only() -> None:
    headers = [
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("ce-id", "2"),
        ("ce-source", "/x"),
        ("ce-type", "t"),
    ]

    assert places(sent(headers, b"").events) == ["header"]


def test_a_header_cannot_smuggle_nul_in() -> None:
    headers = [("ce-specversion", "1.0"), ("ce-id", "a%00b"), ("ce-source", "/x"), ("ce-type", "t")]

    assert places(sent(headers, b"").events) == ["header/id"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([("content-type", "application/cloudevents+xml")], b"<event/>", 415),
        ([("content-type", "text/plain")], b"{}", 415),
        ([], b"{}", 415),
        ([("content-type", "application/cloudevents+json; charset=utf-16")], b"{}", 415),
        ([("content-type", BATCH)], b"{}", 400),
        ([("content-type", STRUCTURED)], b"{", 400),
        ([*TOLD, ("content-type", "application/json")], b"{", 400),
    ],
)  # fmt: skip
def test_refuses_what_is_no_event_at_all(headers: list[tuple[str, str]], body: bytes, status: int) -> None:
    with pytest.raises(Problem) as refused:
        sent(headers, body)

    assert refused.value.status_code == status


async def post(
    api: httpx2.AsyncClient, token: dict[str, str], body: Any, kind: str = STRUCTURED
) -> httpx2.Response:
    return await api.post(
        "/v1/events", content=json.dumps(body).encode(), headers={**token, "Content-Type": kind}
    )


async def kept(services: Services) -> list[str]:
    async with services.database.reading() as session:
        return [row.event_id for row in (await session.exec(select(EventRow).order_by("number"))).all()]


async def test_keeps_an_event_once_and_knows_it_again(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    erp = await tokens.of_machine("events")

    first = await post(api, erp, changed())
    again = await post(api, erp, changed(), "application/json")

    assert (first.status_code, first.json()["events"][0]["state"]) == (202, "received")
    assert (again.status_code, again.json()["events"][0]["state"]) == (200, "known")
    assert await kept(services) == [changed()["id"]]


async def test_says_when_an_id_comes_again_with_another_content(
    api: httpx2.AsyncClient, tokens: Tokens
) -> None:
    erp = await tokens.of_machine("events")
    await post(api, erp, changed())

    answer = await post(api, erp, changed(data={"SalesOrder": "4712"}))

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/event-conflict"


async def test_of_a_batch_only_what_is_wrong_is_refused(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    erp = await tokens.of_machine("events")
    await post(api, erp, changed(id="known"))
    misprint = changed(id="misprint") | {" datacontenttype": "application/json"}

    answer = await post(api, erp, [changed(id="a"), misprint, changed(id="known"), 5, changed(id="b")], BATCH)

    assert answer.status_code == 202
    outcomes = answer.json()["events"]
    assert [(outcome["index"], outcome["status"], outcome["state"]) for outcome in outcomes] == [
        (0, 202, "received"),
        (1, 400, "refused"),
        (2, 200, "known"),
        (3, 400, "refused"),
        (4, 202, "received"),
    ]
    assert outcomes[1]["errors"][0]["pointer"] == "/ datacontenttype"
    assert await kept(services) == ["known", "a", "b"]


async def test_an_ambiguous_event_in_a_batch_is_refused_alone(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    erp = await tokens.of_machine("events")
    good = json.dumps(changed(id="good"))
    twice = '{"specversion":"1.0","id":"x","id":"y","source":"/s","type":"t"}'

    answer = await api.post("/v1/events", content=f"[{twice},{good}]", headers={**erp, "Content-Type": BATCH})

    assert [outcome["state"] for outcome in answer.json()["events"]] == ["refused", "received"]
    assert await kept(services) == ["good"]


async def test_a_batch_of_nothing_good_is_refused_as_a_whole(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    erp = await tokens.of_machine("events")

    answer = await post(api, erp, [changed(id=""), changed(type="")], BATCH)

    assert answer.status_code == 400
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == ["/0/id", "/1/type"]


async def test_an_empty_batch_brings_nothing(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    answer = await post(api, await tokens.of_machine("events"), [], BATCH)

    assert (answer.status_code, answer.json()) == (200, {"events": []})


def recorded() -> dict[str, Any]:
    """The CloudEvents among the recorded requests of real systems."""
    requests = {
        file.stem: json.loads(file.read_text(encoding="utf-8")) for file in SAMPLES.glob("sap-*.json")
    }
    bodies = {name: sample["request"]["body"] for name, sample in requests.items() if "request" in sample}
    return {name: body for name, body in bodies.items() if isinstance(body, dict) and "specversion" in body}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="LOCKSTEP_EVENT_SAMPLES names no folder of recorded events")
async def test_takes_the_recorded_events_of_real_systems(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    erp = await tokens.of_machine("events")

    statuses = {
        name: [(await post(api, erp, body, kind)).status_code for kind in (STRUCTURED, "application/json")]
        for name, body in recorded().items()
    }

    assert statuses.pop("sap-bp-changed-bad-attribute") == [400, 400]
    assert set(map(tuple, statuses.values())) == {(202, 200)}
    assert len(await kept(services)) == len(statuses) == 5
