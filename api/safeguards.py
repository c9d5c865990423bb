"""What protects people's browsers: headers on every answer, and no writes that another web page started."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem_kinds import Kind
from api.problems import Problem, told

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SecurityHeaders:
    """Every answer tells browsers to show nothing of it anywhere else, and to guess nothing about it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer of the app, with the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


class AnnouncedBodies:
    """
    Keeps what a request announces of its body for whoever wants to know (``request.state.announced``).

    The framework would refuse by it in words of its own, past whatever tells of problems; so it counts what comes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer of the app."""
        if scope["type"] == "http":
            announced = Headers(scope=scope).get("content-length", "")
            headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
            scope = {**scope, "headers": headers, "state": {**scope.get("state", {}), "announced": announced}}
        await self._app(scope, receive, send)


def refuse_unless_from_our_page(request: Request) -> None:
    """
    Nothing, if a page of ours made the browser send *request*, or it changes nothing. Raises Problem.

    Where browsers send a cookie by themselves, it is not enough that no other page is named.
    """
    told = "origin" in request.headers or request.headers.get("sec-fetch-site") == "same-origin"
    if request.method not in _SAFE_METHODS and not told:
        raise Problem(Kind.UNTRUSTED_ADDRESS, "The browser does not say that a page of this installation sent it.")


class OwnAddressOnly:
    """
    Refuses writes that come by a host name that is not ours, or from a page that is not ours.

    The first is how DNS rebinding looks, the second cross-site request forgery.
    """

    def __init__(self, app: ASGIApp, public_url: str, further_hosts: tuple[str, ...] = ()) -> None:
        self._app = app
        self._hosts = {urlsplit(public_url).hostname, *further_hosts}
        self._origin = urlsplit(public_url)[:2]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer of the app, or a refusal."""
        if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS:
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if _host(headers.get("host", "")) not in self._hosts:
                return await _refuse("The Host is not one this installation is reached by.", scope, receive, send)
            if origin is not None and urlsplit(origin)[:2] != self._origin:
                return await _refuse("The Origin is not this installation.", scope, receive, send)
            if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
                return await _refuse("Another web page started this.", scope, receive, send)
        await self._app(scope, receive, send)
        return None


async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    await told(scope, Problem(Kind.UNTRUSTED_ADDRESS, why))(scope, receive, send)


def _host(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None
