"""Events as they may be spelled, and what is wrong with those that may not."""

from __future__ import annotations

from typing import Any

import pytest

from api.cloud_events import BATCH, STRUCTURED, Refused, sent
from api.problems import Problem
from storage.intake import IncomingEvent
from tests.api.told import TOLD, changed, only, structured


def places(events: tuple[IncomingEvent | Refused, ...]) -> list[str]:
    (event,) = events
    assert isinstance(event, Refused)
    return [flaw.pointer for flaw in event.flaws]


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
    assert only(sent([*TOLD, ("content-type", "image/png")], b"\0\xff").events).data == {"data_base64": "AP8="}
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
    "a bell in the source": ({"source": "/erp\a"}, "/source"),
    "an escape in an extension": ({"plant": "\x1b[2J"}, "/plant"),
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
