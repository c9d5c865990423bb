"""Lists that are read page by page."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.services import Services
from storage.paging import LARGEST_PAGE

Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE)]
Word = Annotated[str, Field(max_length=64, pattern=r"^[a-z_]+$")]
"""The name of a process, state or role."""


class WantedPage(BaseModel):
    """Which page of a list is wanted. A parameter that does not exist is refused, not overlooked."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    cursor: Annotated[str, Field(max_length=300, pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    """``next`` of the page before."""
    limit: Limit = 50
    """How many entries the page has at most."""


def link_next(services: Services, request: Request, response: Response, cursor: str | None) -> None:
    """Lead to the next page of a list, if there is one (RFC 8288)."""
    if cursor is not None:
        wanted = urlencode({**request.query_params, "cursor": cursor})
        response.headers["Link"] = f'<{services.public_url}{request.url.path}?{wanted}>; rel="next"'
