"""Lists that are read page by page."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from api.services import Services
from storage.paging import LARGEST_PAGE

Cursor = Annotated[
    str | None,
    Query(max_length=300, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before."),
]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many entries a page has at most.")]

Word = Annotated[str, Query(max_length=64, pattern=r"^[a-z_]+$")]
"""The name of a process, state or role."""


def link_next(services: Services, request: Request, response: Response, cursor: str | None) -> None:
    """Lead to the next page of a list, if there is one (RFC 8288)."""
    if cursor is not None:
        wanted = urlencode({**request.query_params, "cursor": cursor})
        response.headers["Link"] = f'<{services.public_url}{request.url.path}?{wanted}>; rel="next"'
