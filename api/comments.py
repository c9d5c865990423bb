"""Comments: writing one about a case, and reading those there are or that call you."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.acting import acting
from api.calling import CallersRoute, Calling, Serving, may_at, permits
from api.cases import CaseId
from api.idempotency import OptionalKey
from api.lists import WantedPage, link_next
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented
from api.strict_json import Strict
from domain.attachment import MOST_ATTACHMENTS, Digest
from domain.authorisation import Action
from domain.comment import LONGEST_COMMENT, Comment
from domain.views import Page

router = APIRouter(prefix="/v1", tags=["comments"], route_class=CallersRoute)


class WriteComment(BaseModel):
    """What is to be said about a case."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_COMMENT)]
    """It is kept on the trail. Whoever it calls, as in ``@mira.vogt``, finds it among his mentions."""
    attachments: Annotated[tuple[Digest, ...], Field(max_length=MOST_ATTACHMENTS)] = ()
    """Digests of attachments of the case that go with it."""


@router.post("/cases/{case_id}/comments", status_code=201, responses=documented(*OF_WRITERS, Kind.DECISION_REFUSED))
@permits(Action.COMMENT)
async def write_comment(
    case_id: CaseId,
    said: Annotated[WriteComment, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Comment:
    """Write a comment on a case, whether it is open or over. It decides nothing, and is never changed."""
    may_at(caller, await services.case_reader.site_of(case_id, caller.sites), Action.COMMENT)
    # A key that came before comments could name attachments still names the same request.
    asked = acting(caller, services, key, "comment", case_id, said.text, *said.attachments)
    return await services.comments.comment(case_id, said.text, asked, said.attachments)


@router.get("/cases/{case_id}/comments", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_comments(
    case_id: CaseId,
    wanted: Annotated[WantedPage, Query()],
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
) -> Page[Comment]:
    """The comments on a case, oldest first."""
    page = await services.comments.of_case(case_id, caller, **wanted.model_dump())
    link_next(services, request, response, page.next)
    return page


@router.get("/me/mentions", responses=documented(*OF_CALLERS, Kind.VALIDATION))
@permits(Action.READ)
async def list_mentions(
    wanted: Annotated[WantedPage, Query()], caller: Calling, services: Serving, request: Request, response: Response
) -> Page[Comment]:
    """The comments that call you, newest first."""
    page = await services.comments.that_call(caller, **wanted.model_dump())
    link_next(services, request, response, page.next)
    return page
