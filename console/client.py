"""The API as a command uses it: called by somebody, answered with what he asked for or with why not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, BinaryIO, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx2
import typer
from pydantic import BaseModel, ValidationError

from console.output import refuse, refusing
from console.settings import our_settings
from runtime.development import DevelopmentFile, DevelopmentFileWrong, read_development_file
from runtime.settings import PREFIX

M = TypeVar("M", bound=BaseModel)

As = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSON", help="Who calls: somebody in .lockstep/dev.json."),
]

_PATIENCE = 30.0
# In seconds, for one answer.


class ApiRefusal(Exception):
    """The API said no, or nothing. The text is for the person who called."""

    def __init__(self, text: str, status: int = 0, kind: str = "") -> None:
        super().__init__(text)
        self.status = status
        """Of the HTTP answer; 0 where there was none."""
        self.kind = kind
        """The ``type`` of the problem, such as ``/problems/signature-needed``; empty where none was told."""


class Client:
    """The API at an address, for one caller."""

    def __init__(self, url: str, token: str, transport: httpx2.BaseTransport | None = None) -> None:
        self._url = url
        self._http = httpx2.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=_PATIENCE,
            trust_env=False,
            transport=transport,
        )

    def get(self, kind: type[M], /, *path: str, **query: Any) -> M:
        """What is at *path*, whose parts may be anything; parts of *query* that are None are left out."""
        return _understood(kind, self._send("GET", path, params=_given(query)))

    def post(self, kind: type[M], *path: str, body: Mapping[str, Any]) -> M:
        """The answer to *body*. Under a key of its own it counts once, however often it arrives."""
        headers = {"Idempotency-Key": str(uuid4())}
        return _understood(kind, self._send("POST", path, json=_given(body), headers=headers))

    def put(self, kind: type[M], *path: str, body: Mapping[str, Any]) -> M:
        """What is at *path* now that *body* has taken the place of what was there."""
        return _understood(kind, self._send("PUT", path, json=_given(body)))

    def send(self, kind: type[M], *path: str, content: BinaryIO, **query: Any) -> M:
        """The answer to *content* as it is. It is read as it is sent, and may be sent again without harm."""
        return _understood(kind, self._send("POST", path, content=content, params=_given(query)))

    def save(self, file: BinaryIO, *path: str) -> None:
        """Write what is at *path* into *file*, as it comes."""
        try:
            with self._http.stream("GET", _address(path)) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                for part in answer.iter_bytes():
                    file.write(part)
        except httpx2.HTTPError as problem:
            raise self._no_answer(problem) from None

    def tell(self, *path: str, body: Mapping[str, Any]) -> None:
        """Send *body*, to which there is nothing to answer. It may be sent again without harm."""
        self._send("POST", path, json=_given(body))

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def _send(self, method: str, path: tuple[str, ...], **more: Any) -> httpx2.Response:
        try:
            answer = self._http.request(method, _address(path), **more)
        except httpx2.HTTPError as problem:
            raise self._no_answer(problem) from None
        if answer.is_error:
            raise _refusal(answer)
        return answer

    def _no_answer(self, problem: httpx2.HTTPError) -> ApiRefusal:
        return ApiRefusal(
            f"The API at {self._url} does not answer ({problem}). Start it with: lockstep dev, "
            f"or say where it is in {PREFIX}API_URL."
        )


@contextmanager
def calling(person: str | None) -> Iterator[Client]:
    """The API for *person*, or for whose token is set. What it refuses ends the command."""
    client = Client(*_address_and_token(person))
    try:
        with refusing(ApiRefusal):
            yield client
    finally:
        client.close()


def known_people() -> DevelopmentFile | None:
    """Who may call the development system of this folder; nothing where there is none."""
    with refusing(DevelopmentFileWrong):
        return read_development_file(our_settings().home)


def _address(path: tuple[str, ...]) -> str:
    return "/v1/" + "/".join(quote(part, safe="") for part in path)


def _address_and_token(person: str | None) -> tuple[str, str]:
    url, token = os.environ.get(f"{PREFIX}API_URL"), os.environ.get(f"{PREFIX}TOKEN")
    development = known_people() if person is not None or not token else None
    people = development.people if development else {}
    if person is not None:
        if person not in people:
            known = f"; there are {', '.join(sorted(people))}" if people else ". Start it with: lockstep dev"
            refuse(f"The development system here knows nobody called {person}{known}.")
        token = people[person].token
    if not token:
        refuse(
            f"Say who you are: set {PREFIX}TOKEN"
            + (f", or be one of the sample plant with --as: {', '.join(sorted(people))}." if people else ".")
        )
    return url or (development.api_url if development else our_settings().public_url), token


def _understood(kind: type[M], answer: httpx2.Response) -> M:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as problem:
        wrong = problem.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"]) or "the answer"
        raise ApiRefusal(f"This version does not understand the API: {where}: {wrong['msg']}.") from None


def _refusal(answer: httpx2.Response) -> ApiRefusal:
    """Problem details (RFC 9457) as sentences; whatever else came, by its status."""
    try:
        problem = answer.json()
        kind, lines = str(problem["type"]), [f"{problem['title']}: {problem['detail']}"]
        lines += [f"  {_place(flaw['pointer'])}: {flaw['detail']}" for flaw in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        said = f"The API answered {answer.status_code} {answer.reason_phrase}."
        return ApiRefusal(said, answer.status_code)
    return ApiRefusal("\n".join(lines), answer.status_code, kind)


def _place(pointer: str) -> str:
    return pointer.lstrip("/") or "the request"


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
