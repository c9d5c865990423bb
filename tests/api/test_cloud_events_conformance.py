"""Events of the CloudEvents conformance suite, of its SDK, and of real systems."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from api.cloud_events import Refused, sent
from tests.api.told import only, structured

CASES = Path(__file__).parent / "conformance"
SAMPLES = Path(os.environ.get("LOCKSTEP_EVENT_SAMPLES", Path(__file__).parents[3] / "shared/data/events"))


def feature_requests() -> Iterator[Any]:
    """The requests of the conformance feature, with every content type it names."""
    outlines = (CASES / "http-protocol-binding.feature").read_text(encoding="utf-8").split("Scenario Outline")[1:]
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
            attributes = {name: str(value) for name, value in case["ContextAttributes"].items() if name != "Extensions"}
            attributes["specversion"] = "1.0"
            if "time" in attributes:
                attributes["time"] = case["ContextAttributes"]["time"].isoformat()
            extensions = {
                name: str(value).strip() for name, value in case["ContextAttributes"].get("Extensions", {}).items()
            }
            mode = case.get("Mode", "binary")
            yield pytest.param(attributes | extensions, case["Data"].strip(), id=f"{attributes['id']} {mode}")


@pytest.mark.parametrize(("attributes", "data"), list(conformance_events()))
def test_reads_the_events_of_the_conformance_suite_as_headers(attributes: dict[str, str], data: str) -> None:
    kind = attributes.get("datacontenttype", "application/json")
    headers = [
        (f"ce-{name}", quote(value, safe=" /:+;=")) for name, value in attributes.items() if name != "datacontenttype"
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

    event = only(sent([(name.lower(), value) for name, value in message.headers.items()], message.body).events)

    assert (event.id, event.source, event.data) == ('Größe "1" 100%', "/ein werk/€", {"größe": 1.5})
    assert event.time == written.get_time()


def recorded() -> dict[str, Any]:
    """The CloudEvents among the recorded requests of real systems."""
    requests = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in SAMPLES.glob("sap-*.json")}
    bodies = {name: sample["request"]["body"] for name, sample in requests.items() if "request" in sample}
    return {name: body for name, body in bodies.items() if isinstance(body, dict) and "specversion" in body}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="LOCKSTEP_EVENT_SAMPLES names no folder of recorded events")
@pytest.mark.parametrize("kind", ["application/cloudevents+json", "application/json"])
def test_takes_the_recorded_events_of_real_systems(kind: str) -> None:
    events = {name: structured(body, kind) for name, body in recorded().items()}

    (misprint,) = events.pop("sap-bp-changed-bad-attribute")
    assert isinstance(misprint, Refused)
    assert misprint.flaws[0].pointer == "/ datacontenttype"
    assert len(events) == 5
    for sent_by_sap in events.values():
        assert only(sent_by_sap).type.startswith("sap.s4.beh.")
