"""What goes wrong, told the same way everywhere: problem details (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api.problem_kinds import Kind, Sort

PROBLEM_JSON = "application/problem+json"
MOST_FLAWS = 20
LONGEST_DETAIL = 300

NOTHING_HERE = "There is no such thing, or not for you."
"""The one sentence for both, so that nobody learns from it which it is."""


class Flaw(BaseModel):
    """One thing that is wrong with what was sent."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    pointer: str
    """JSON pointer (RFC 6901) into the body, or into what precedes it: ``query``, ``path`` or ``header``."""
    detail: str


class ProblemDetails(BaseModel):
    """A problem as it is sent; some kinds say more."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    type: str
    """Names the kind of problem, and is where it is explained."""
    title: str
    status: int
    detail: str
    """What happened this time."""
    errors: tuple[Flaw, ...] = ()


class Problem(HTTPException):
    """Something that ends the request, with what its caller is told."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        flaws: Iterable[Flaw] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(int(kind.value.status), detail, headers)
        self.kind = kind
        self.flaws = tuple(islice(flaws, MOST_FLAWS))
        self.more = more

    @property
    def body(self) -> dict[str, Any]:
        """The members of the problem details."""
        sort = self.kind.value
        body = {
            "type": sort.type,
            "title": sort.title,
            "status": int(sort.status),
            "detail": _short(self.detail),
        }
        if self.flaws:
            body["errors"] = [flaw.model_dump() for flaw in self.flaws]
        return body | self.more


class ProblemResponse(JSONResponse):
    """A problem on the wire."""

    media_type = PROBLEM_JSON

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.body, problem.status_code, problem.headers)

    def render(self, content: Any) -> bytes:
        """ASCII only, so that no name a caller made up fails to be encoded or turns a line of text around."""
        return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def told(scope: Scope, problem: Problem) -> Response:
    """*problem* as the application tells of problems, for what is refused before it finds a route."""
    answer: Response = scope["app"].state.tell(Request(scope), problem)
    return answer


def not_found() -> Problem:
    """What is told of a thing that does not exist, and of one that does not exist for the caller."""
    return Problem(Kind.NOT_FOUND, NOTHING_HERE)


def unavailable(detail: str) -> Problem:
    """What is told while something needed is out of reach for a while."""
    return Problem(Kind.UNAVAILABLE, detail, headers={"Retry-After": "5"})


def by_status(error: HTTPException) -> Problem:
    """The problem for a refusal that came from the framework."""
    if isinstance(error, Problem):
        return error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return not_found()
    kind = next((kind for kind in Kind if kind.value.status == error.status_code), None)
    if kind is None:
        kind = Kind.INTERNAL if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else Kind.MALFORMED
    return Problem(kind, f"{error.detail}.", headers=error.headers)


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may end in *kinds*, for OpenAPI."""
    by_number: dict[int | str, list[Sort]] = {}
    for kind in kinds:
        by_number.setdefault(int(kind.value.status), []).append(kind.value)
    return {
        number: {
            "description": " · ".join(sort.title for sort in sorts),
            "content": {
                PROBLEM_JSON: {
                    "schema": {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"},
                    "examples": {sort.name: {"value": _example(sort)} for sort in sorts},
                }
            },
        }
        for number, sorts in by_number.items()
    }


def pointer(place: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) to *place*, shortened where a name is absurdly long."""
    return "".join("/" + str(part)[:80].replace("~", "~0").replace("/", "~1") for part in place)


def flaws_of(errors: Iterable[Mapping[str, Any]], body: Any = None) -> tuple[Flaw, ...]:
    """The first of Pydantic's *errors*, with none of the values that were sent."""
    return tuple(Flaw(pointer=_where(error, body), detail=_what(error)) for error in islice(errors, MOST_FLAWS))


def _where(error: Mapping[str, Any], body: Any) -> str:
    part, *rest = error["loc"] or ("body",)
    if part != "body":
        return str(part) + pointer(rest)
    # Pydantic also names the branch of a union it tried, which may be called as a field in it is: of the ways
    # to leave such names out, the one that ends at what it looked at.
    lacking = rest.pop() if error["type"] == "missing" else None
    for place, value in _places(body, rest):
        if value == error["input"]:
            return pointer(place if lacking is None else [*place, lacking])
    return ""


def _places(value: Any, names: Sequence[str | int]) -> Iterator[tuple[list[str | int], Any]]:
    """Where *names* may lead within *value*, fewest left out first, and what is there."""
    if not names:
        yield [], value
        return
    name, *further = names
    if _has(value, name):
        for place, found in _places(value[name], further):
            yield [name, *place], found
    yield from _places(value, further)


def _has(value: Any, name: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(name, int) and name < len(value)
    return isinstance(value, dict) and name in value


def _what(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "There is no such field."
        case "missing":
            return "The field is required."
        case "union_tag_invalid":
            return f"Must be one of {error['ctx']['expected_tags']}."
        case "string_pattern_mismatch":
            return "Contains characters that are not allowed here."
        case _:
            return _short(str(error["msg"]).removeprefix("Value error, "))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1] + "…"


def _example(sort: Sort) -> dict[str, Any]:
    return {"type": sort.type, "title": sort.title, "status": int(sort.status), "detail": sort.help}
