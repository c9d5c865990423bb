"""The pages one logs in with: plain, without scripts, each made for one answer."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from starlette.responses import HTMLResponse

_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
main { max-width: 22rem; margin: 12vh auto; padding: 0 1rem; }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
input { margin: .25rem 0 1rem; padding: .5rem; }
button { margin: .5rem 0; padding: .6rem; }
[role=alert] { border-left: .3rem solid #c00; padding-left: .7rem; }
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; "
    "base-uri 'none'",
    # Without a referrer browsers would name no origin either, and what the page sends would not be known as ours.
    "Referrer-Policy": "same-origin",
}


def login_page(
    *, onward: str, with_provider: bool, trouble: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """Where one logs in; *trouble* says what did not work before."""
    provider = (
        f'<form method="post" action="/login/provider">{_hidden("onward", onward)}'
        "<button>Log in as at all other systems</button></form>"
        if with_provider
        else ""
    )
    return _page(
        f"""{provider}
<form method="post" action="/login">{_hidden("onward", onward)}
<label for="person">Name</label><input id="person" name="person" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button></form>""",
        trouble,
        status,
        headers,
    )


def link_page(ticket: str) -> HTMLResponse:
    """Where one who has a link says that he is there; a program that looks at links says nothing."""
    return _page(f'<form method="post" action="/login/link">{_hidden("ticket", ticket)}<button>Log in</button></form>')


def trouble_page(trouble: str, status: int) -> HTMLResponse:
    """What went wrong, and the way back."""
    return _page('<p><a href="/login">Log in</a></p>', trouble, status)


def _page(content: str, trouble: str = "", status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    alert = f'<p role="alert">{escape(trouble)}</p>' if trouble else ""
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lockstep</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>
<body><main><h1>Lockstep</h1>{alert}
{content}</main></body></html>
""",
        status,
        {**_HEADERS, **(headers or {})},
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'
