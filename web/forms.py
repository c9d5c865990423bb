"""What forms of our pages send, before anything believes it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import ImmutableMultiDict

from api.problem_kinds import Kind
from api.problems import Problem
from api.strict_json import LARGEST_BODY, UNSPEAKABLE, media_type

Said = ImmutableMultiDict[str, str]
"""What was filled in, by the name of the field."""

MOST_FIELDS = 300
"""In one form: those of a choice, and each attachment that goes with it."""

_KEY = re.compile("[0-9a-f]{32}")

Meant = TypeVar("Meant", bound=BaseModel)


async def said_in(request: Request) -> Said:
    """What was filled in on a page, all of which may be kept. Raises Problem."""
    return spoken((await fields_in(request, MOST_FIELDS)).multi_items())


def spoken(pairs: Sequence[tuple[str, str]]) -> Said:
    """What fields say, all of which may be kept. Raises Problem."""
    # Browsers end lines as mail does.
    said = ImmutableMultiDict([(name, value.replace("\r\n", "\n")) for name, value in pairs])
    if any(UNSPEAKABLE.search(name) or UNSPEAKABLE.search(value) for name, value in said.multi_items()):
        raise Problem(Kind.MALFORMED, "A field contains NUL or half a surrogate pair.")
    return said


async def fields_in(request: Request, most: int) -> Said:
    """The fields that a form sent, *most* of them. Raises Problem."""
    if form_type(request) != "application/x-www-form-urlencoded":
        raise Problem(Kind.MEDIA_TYPE, "Send what a form sends.")
    try:
        text = (await _body(request)).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=most, errors="strict")
    except ValueError:
        raise not_ours() from None
    return ImmutableMultiDict(pairs)


async def _body(request: Request) -> bytes:
    """All that was sent. Where a file may come as well, the framework lets more through than fields need."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise Problem(Kind.TOO_LARGE, "This is more than a form of ours sends.")
    return bytes(body)


def form_type(request: Request) -> str:
    """As what a form was sent."""
    return media_type(request.headers.get("content-type", ""))[0]


def not_ours() -> Problem:
    """What is told of what no form of ours could have sent."""
    return Problem(Kind.MALFORMED, "This is not what a form of ours sends.")


def key_in(said: Said) -> str:
    """The key that the page gave the form, by which it counts once. Raises Problem."""
    key = said.get("key", "")
    if not _KEY.fullmatch(key):
        raise not_ours()
    return key


def meant(kind: type[Meant], said: dict[str, Any]) -> Meant:
    """What was *said* as a body of the API would have it. Raises RequestValidationError."""
    try:
        return kind.model_validate(said)
    except ValidationError as wrong:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in wrong.errors()]
        raise RequestValidationError(errors, body=said) from None


def by_the_clock(text: str, zone: str) -> str:
    """A moment that was chosen by the plant's clocks, with its offset; anything else as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)).isoformat()
