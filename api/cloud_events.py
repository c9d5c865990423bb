"""CloudEvents 1.0 over HTTP, structured, binary and as a batch: what was sent, event by event."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias
from urllib.parse import unquote

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic_core import to_json

from api.problem_kinds import Kind
from api.problems import MOST_FLAWS, Flaw, Problem, pointer
from api.strict_json import UNSPEAKABLE, Json, flaws, is_json, media_type, moment, parse, read
from storage.intake import IncomingEvent

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

MOST_VALUES = 20_000
"""In one request; a batch of about a thousand events."""

_HEADER = "ce-"
_NAME = re.compile(r"[a-z0-9]+")
_REQUIRED = ("id", "source", "type", "specversion")
_LONGEST = {"id": 200, "source": 300, "type": 250, "subject": 500}
# CloudEvents 1.0 keeps control characters and noncharacters out of texts.
_NOT_IN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TEXTS = (*_LONGEST, "specversion", "time", "datacontenttype", "dataschema")
_INTEGERS = range(-(2**31), 2**31)

Headers: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Refused:
    """An event that cannot be taken."""

    flaws: tuple[Flaw, ...]
    source: str | None = None
    id: str | None = None
    status: HTTPStatus = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True)
class Sent:
    """What one request brought, in its order."""

    events: tuple[IncomingEvent | Refused, ...]
    batch: bool = False


def sent(headers: Headers, body: bytes) -> Sent:
    """
    The events in a request; one that is wrong takes none of the others with it.

    Raises Problem if what was sent is no event, nor a batch of them.
    """
    kind, charset = media_type(dict(headers).get("content-type", ""))
    if charset not in ("utf-8", "us-ascii") and is_json(kind):
        raise Problem(Kind.MEDIA_TYPE, "JSON is sent in UTF-8.")
    if kind == BATCH:
        items = read(body, MOST_VALUES)
        if not isinstance(items, list):
            raise Problem(Kind.INVALID_EVENT, "A batch is a list of events.")
        return Sent(tuple(_structured(item) for item in items), batch=True)
    if kind.startswith("application/cloudevents") and kind != STRUCTURED:
        raise Problem(Kind.MEDIA_TYPE, f"Of the event formats, {STRUCTURED} and {BATCH} are understood.")
    if kind != STRUCTURED and any(name.startswith(_HEADER) for name, _ in headers):
        return Sent((_binary(headers, body),))
    if kind not in (STRUCTURED, "application/json"):
        raise Problem(Kind.MEDIA_TYPE, f"Send an event as {STRUCTURED}, or its attributes as ce- headers.")
    return Sent((_structured(read(body, MOST_VALUES)),))


def _structured(item: Json) -> IncomingEvent | Refused:
    if not isinstance(item, dict):
        return Refused((Flaw(pointer="", detail="An event is an object."),))
    # A member that is null counts as left out (CloudEvents JSON format 2.2).
    members = {name: value for name, value in item.items() if value is not None}
    if found := list(flaws(members)):
        return _refused(members, found)
    if found := [*_wrong_data(members), *_wrong_attributes(_without_data(members))]:
        return _refused(members, found)
    try:
        return _incoming(JSONFormat().read(CloudEvent, to_json(members)), members.get("time"))
    except CloudEventValidationError as error:
        return _refused(members, _told_by_library(error))


def _binary(headers: Headers, body: bytes) -> IncomingEvent | Refused:
    named = [(name, _unquoted(value)) for name, value in headers if name.startswith(_HEADER)]
    attributes = {name.removeprefix(_HEADER): unquote(value) for name, value in named}
    if len(attributes) < len(named):
        return Refused((Flaw(pointer="header", detail="An attribute is given in two headers."),))
    if found := tuple(_wrong_attributes(attributes)):
        return _refused(attributes, [Flaw(pointer=f"header{flaw.pointer}", detail=flaw.detail) for flaw in found])
    if content_type := dict(headers).get("content-type"):
        named.append(("content-type", content_type))
        if body and is_json(media_type(content_type)[0]):
            parse(body, MOST_VALUES)
    try:
        event = from_binary(HTTPMessage(dict(named), body), JSONFormat(), CloudEvent)
        return _incoming(event, attributes.get("time"))
    except CloudEventValidationError as error:
        return _refused(attributes, _told_by_library(error))


def _unquoted(value: str) -> str:
    """A header's value, out of its quotes if it has any (HTTP binding 3.1.3.2)."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _without_data(members: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if name not in ("data", "data_base64")}


def _wrong_data(members: Mapping[str, Json]) -> Iterator[Flaw]:
    if "data_base64" not in members:
        return
    if "data" in members:
        yield Flaw(pointer="/data_base64", detail="An event has data or data_base64, not both.")
    try:
        b64decode(members["data_base64"], validate=True)
    except (TypeError, ValueError):
        yield Flaw(pointer="/data_base64", detail="Must be a text in base64.")


def _wrong_attributes(attributes: Mapping[str, Json]) -> Iterator[Flaw]:
    # The library would make up an id that is missing.
    for name in _REQUIRED:
        if not attributes.get(name):
            yield Flaw(pointer=pointer([name]), detail="The attribute is required.")
    for name, value in attributes.items():
        place = pointer([name])
        if not _NAME.fullmatch(name):
            yield Flaw(pointer=place, detail="A name of an attribute has only lower-case letters and digits.")
        elif wrong := _wrong_value(name, value):
            yield Flaw(pointer=place, detail=wrong)


def _wrong_value(name: str, value: Json) -> str | None:
    if not isinstance(value, str):
        if name in _TEXTS:
            return "Must be a text."
        whole = isinstance(value, int) and value in _INTEGERS
        return None if whole else "An attribute is a text, a whole number of 32 bits, or true or false."
    if _NOT_IN_TEXT.search(value):
        return "Contains characters that are none, or that control devices."
    if len(value) > _LONGEST.get(name, len(value)):
        return f"Must not be longer than {_LONGEST[name]} characters."
    if name == "time" and moment(value) is None:
        return "Must be a time with its offset, as in 2026-11-20T09:15:00Z."
    return None


def _incoming(event: BaseCloudEvent, time: str | None) -> IncomingEvent:
    return IncomingEvent(
        source=event.get_source(),
        id=event.get_id(),
        type=event.get_type(),
        subject=event.get_subject(),
        # Not the event's own: the library sets one where none was sent.
        time=None if time is None else moment(time),
        data=_kept(event.get_data()),
    )


def _kept(data: Any) -> Json:
    """The data as our database can keep it: what is not text, and text no database takes, in base64."""
    if isinstance(data, str) and UNSPEAKABLE.search(data):
        data = data.encode()
    return {"data_base64": b64encode(data).decode()} if isinstance(data, bytes) else data


def _refused(attributes: Mapping[str, Json], found: Sequence[Flaw]) -> Refused:
    source, id_ = attributes.get("source"), attributes.get("id")
    return Refused(
        tuple(found[:MOST_FLAWS]),
        source if isinstance(source, str) and not UNSPEAKABLE.search(source) else None,
        id_ if isinstance(id_, str) and not UNSPEAKABLE.search(id_) else None,
    )


def _told_by_library(error: CloudEventValidationError) -> list[Flaw]:
    return [
        Flaw(pointer=pointer([name]), detail=f"{'; '.join(map(str, wrong))}.") for name, wrong in error.errors.items()
    ]
