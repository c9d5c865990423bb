"""Pages: made on the server from templates, without scripts, each with what browsers are told about it."""

from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.problem_kinds import Kind
from api.problems import NOTHING_HERE, Problem, ProblemResponse
from api.services import Services
from web import wording
from web.sent import sentence

# What looks the same whoever asks; all else is for those who are known.
router = APIRouter(include_in_schema=False)

_HERE = Path(__file__).parent
_CSS = (_HERE / "static" / "lockstep.css").read_bytes()
_ETAG = f'"{sha256(_CSS).hexdigest()[:16]}"'

_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {
    "in_words": wording.in_words,
    "listed": wording.listed,
    "plain": wording.plain,
    "amount": wording.amount,
    "size": wording.size,
    "who": wording.who,
}
_templates.globals["moment"] = wording.moment
_templates.globals["how_late"] = wording.how_late
_templates.globals["how_old"] = wording.how_old


def page(template: str, services: Services, status: int = 200, **shown: Any) -> HTMLResponse:
    """The page that *template* makes of what is *shown*."""
    text = _templates.get_template(template).render(now=services.now(), **shown)
    return HTMLResponse(text, status, _headers(services))


def trouble_page(services: Services, trouble: str, status: int, title: str = "This did not work") -> HTMLResponse:
    """What went wrong, and the way back."""
    return page("trouble.html", services, status, title=title, trouble=trouble)


@router.get("/lockstep.css")
async def style(request: Request) -> Response:
    """How all pages look."""
    headers = {"ETag": _ETAG, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == _ETAG:
        return Response(status_code=304, headers=headers)
    return Response(_CSS, media_type="text/css", headers=headers)


def tell(request: Request, problem: Problem) -> Response:
    """What went wrong with *request*: as a page where a browser looks at pages, else as problem details."""
    # The path as it came: a Host that is none makes no address to take it from.
    if request.scope["path"].startswith("/v1/") or "text/html" not in request.headers.get("accept", ""):
        return ProblemResponse(problem)
    services: Services = request.app.state.services
    if problem.kind is Kind.UNAUTHENTICATED:
        return RedirectResponse(f"/login?{urlencode({'onward': _place(request)})}", 303)
    if problem.kind is Kind.NOT_FOUND or any(flaw.pointer.startswith("path/") for flaw in problem.flaws):
        # Neither a name that could be none nor one that is somebody else's looks otherwise than one that is not there.
        return trouble_page(services, NOTHING_HERE, 404, "There is nothing here")
    told = trouble_page(services, sentence(problem), problem.status_code, problem.kind.value.title)
    told.headers.update(problem.headers or {})
    return told


def _place(request: Request) -> str:
    """Where somebody wanted to go; of what he wanted to send, the page it belongs to."""
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        return quote(request.url.path) + query
    parts = request.url.path.split("/")
    return quote("/".join(parts[:3]))


def _headers(services: Services) -> dict[str, str]:
    # Browsers hold a form also to where the answer to it leads: to the identity provider, where there is one.
    provider = "" if services.openid is None else f" https: {_origin(services.openid.provider.issuer)}"
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"form-action 'self'{provider}; frame-ancestors 'none'",
        # Without a referrer browsers would name no origin either, and what the page sends would not be known as ours.
        "Referrer-Policy": "same-origin",
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
