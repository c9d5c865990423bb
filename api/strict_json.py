"""Bodies as they must be before anything believes them: of one meaning, and of bounded size."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.message import Message
from itertools import islice
from typing import Any, TypeAlias

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema, to_json

from api.problem_kinds import Kind
from api.problems import MOST_FLAWS, Flaw, Problem, pointer

LARGEST_BODY = 256 * 1024
"""Bytes. Counted as they arrive, whatever the headers announce."""
DEEPEST = 32
MOST_VALUES = 2_000
"""In one request; no process asks for nearly as many."""
LONGEST_NUMBER = 40

Json: TypeAlias = Any

# Possessive, and the closing quote optional: a text that never ends is read once, not once per quote.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BESIDES_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Neither has a place in a text: the one is no character, the other no database keeps.
UNSPEAKABLE = re.compile("[\ud800-\udfff\x00]")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True)
class _Unfit:
    """Stands where something was that is not accepted, until its place is known."""

    detail: str


def parse(raw: bytes, most_values: int = MOST_VALUES) -> Json:
    """
    The JSON value that *raw* spells, if it spells exactly one.

    Numbers keep every digit that was sent. Raises Problem with the places of what is wrong.
    """
    value = read(raw, most_values)
    if found := tuple(islice(flaws(value), MOST_FLAWS)):
        raise Problem(Kind.MALFORMED, "The body is JSON of a kind that is not accepted.", flaws=found)
    return value


def read(raw: bytes, most_values: int) -> Json:
    """
    The JSON value that *raw* spells, not to be used before its ``flaws`` are known.

    Raises Problem if it is no JSON at all, or too much of it.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(Kind.MALFORMED, f"The body is not UTF-8: see byte {error.start}.") from None
    _within_limits(_STRING.sub(b"", raw), most_values)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_no_number,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Problem(Kind.MALFORMED, f"The body is not JSON: {error.msg} at {place}.") from None


def flaws(value: Json) -> Iterator[Flaw]:
    """What of *value* is not accepted, outermost first."""
    to_see: deque[tuple[tuple[str | int, ...], Json]] = deque([((), value)])
    while to_see:
        place, here = to_see.popleft()
        if isinstance(here, _Unfit):
            yield Flaw(pointer=pointer(place), detail=here.detail)
        elif isinstance(here, str) and UNSPEAKABLE.search(here):
            yield Flaw(pointer=pointer(place), detail="The text contains NUL or half a surrogate pair.")
        elif isinstance(here, list):
            to_see.extend(((*place, index), part) for index, part in enumerate(here))
        elif isinstance(here, dict):
            for name, part in here.items():
                if UNSPEAKABLE.search(name):
                    yield Flaw(pointer=pointer(place), detail="A name contains NUL or half a surrogate pair.")
                else:
                    to_see.append(((*place, name), part))


def _within_limits(without_strings: bytes, most_values: int) -> None:
    # Before anything is built: what costs time is the number of values, not the number of bytes.
    if without_strings.count(b",") >= most_values:
        raise Problem(Kind.MALFORMED, f"The body holds more than {most_values} values.")
    depth = 0
    for bracket in without_strings.translate(None, _BESIDES_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise Problem(Kind.MALFORMED, f"The body is nested more than {DEEPEST} levels deep.")


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        found[name] = _Unfit("The name is given more than once.") if name in found else value
    return found


def _whole(digits: str) -> int | _Unfit:
    return int(digits) if len(digits) <= LONGEST_NUMBER else _Unfit("The number is too long.")


def _fraction(digits: str) -> float | _Unfit:
    if len(digits) <= LONGEST_NUMBER:
        # Readers of JSON keep numbers as IEEE 754 doubles: what a double cannot hold would change on the way.
        number = float(digits)
        with suppress(InvalidOperation):
            if Decimal(repr(number)) == Decimal(digits):
                return number
    return _Unfit("The number has more digits or a larger exponent than can be kept. Send it as text.")


def _no_number(name: str) -> _Unfit:
    return _Unfit(f"{name} is no number.")


def media_type(content_type: str) -> tuple[str, str]:
    """The type without its parameters, and its charset; in lower case, ``utf-8`` if none is named."""
    message = Message()
    message["content-type"] = content_type
    return message.get_content_type(), (message.get_content_charset() or "utf-8").lower()


def is_json(kind: str) -> bool:
    """Whether the media type is JSON or built on it."""
    return kind in ("application/json", "text/json") or kind.endswith("+json")


class StrictRequest(Request):
    """A request whose body is JSON in the strict sense of this module, or refused."""

    async def json(self) -> Json:
        """The body. Raises Problem."""
        return parse(await self.body())


class StrictRoute(APIRoute):
    """A route that takes JSON strictly, and says so where a body is something else."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler, behind the check of what is sent."""
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            if self.body_field is not None:
                kind, charset = media_type(request.headers.get("content-type", "text/plain"))
                if not is_json(kind) or charset not in ("utf-8", "utf8", "us-ascii"):
                    raise Problem(Kind.MEDIA_TYPE, "Send the body as application/json in UTF-8.")
            response: Response = await handle(StrictRequest(request.scope, request.receive))
            return response

        return strictly


class Strict:
    """
    Marks a model as taken literally: no unknown field at any depth, no number for a time or yes for a number.

    Messages inside the house ignore what they do not know; at the door a misspelt field must not pass for
    one left out.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validation of the source as JSON, so that texts may be times and decimals and nothing else may."""
        adapter: TypeAdapter[Any] = TypeAdapter(source)

        def literally(value: Json, _usual: core_schema.ValidatorFunctionWrapHandler) -> Any:
            meant = adapter.validate_json(to_json(value), strict=True, extra="forbid")
            if odd := list(_odd_times(meant, value)):
                raise ValidationError.from_exception_data(str(source), odd)
            return meant

        return core_schema.no_info_wrap_validator_function(literally, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of the source, which allows no further field."""
        described = handler(schema)
        handler.resolve_ref_schema(described)["additionalProperties"] = False
        return described


def _odd_times(meant: Any, sent: Json, place: tuple[str | int, ...] = ()) -> Iterator[InitErrorDetails]:
    """Times that were not written as such: Pydantic also reads digits, and so 20261125 as a day in 1970."""
    match meant:
        case datetime():
            if not isinstance(sent, str) or moment(sent) is None:
                expected = PydanticCustomError("time", "Must be a time with its offset, as in 2026-11-20T09:15:00Z")
                yield InitErrorDetails(type=expected, loc=place, input=sent)
        case BaseModel():
            for name in meant.model_fields_set:
                yield from _odd_times(getattr(meant, name), sent[name], (*place, name))
        case list() | tuple():
            for index, part in enumerate(meant):
                yield from _odd_times(part, sent[index], (*place, index))


def moment(text: str) -> datetime | None:
    """The time that *text* gives as RFC 3339 has it, in UTC; the seconds may be left out."""
    if _RFC_3339.fullmatch(text):
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    return None
