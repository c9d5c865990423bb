"""Questions: finding one's own, and answering them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.calling import Calling, Serving
from api.idempotency import OptionalKey, request_key
from api.lists import Cursor, Limit, Word, link_next
from api.problem_kinds import Kind
from api.problems import Problem, documented
from api.strict_json import Strict, StrictRoute
from domain.decision import Answer, Channel, StaleEvidence
from domain.subject import Identifier
from domain.views import Page, QuestionDetail, QuestionSummary
from storage.decisions import Answered

router = APIRouter(prefix="/v1/questions", tags=["questions"], route_class=StrictRoute)

QuestionId = Annotated[str, Path(max_length=60, pattern=r"^[A-Za-z0-9-]+$")]


class GivenAnswer(BaseModel):
    """What a person says to a question."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    choice: Annotated[str, Field(min_length=1, max_length=64)]
    """The name of one of the question's choices."""
    reason: Annotated[str, Field(max_length=2000)] = ""
    """Why; some choices need one."""
    seen: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """The ``evidence_digest`` of the question as it was read: the answer counts only while that still holds."""


@router.get(
    "", responses=documented(Kind.UNAUTHENTICATED, Kind.VALIDATION, Kind.RATE_LIMIT, Kind.UNAVAILABLE)
)
async def list_questions(
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
    process: Word | None = None,
    site: Identifier | None = None,
    mine: Annotated[
        bool, Query(description="Only those that wait for somebody in one of your roles.")
    ] = True,
    is_open: Annotated[bool | None, Query(alias="open")] = True,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[QuestionSummary]:
    """Questions, the one due first first; of those that are open, the ones you may answer."""
    page = await services.question_reader.questions(
        caller, site=site, process=process, mine=mine, is_open=is_open, cursor=cursor, limit=limit
    )
    link_next(services, request, response, page.next)
    return page


@router.get(
    "/{question_id}",
    responses=documented(
        Kind.UNAUTHENTICATED, Kind.NOT_FOUND, Kind.VALIDATION, Kind.RATE_LIMIT, Kind.UNAVAILABLE
    ),
)
async def show_question(question_id: QuestionId, caller: Calling, services: Serving) -> QuestionDetail:
    """A question with all that is needed to answer it: choices, options, evidence and its digest."""
    return await services.question_reader.question(question_id, caller.sites)


@router.post(
    "/{question_id}/answers",
    responses=documented(
        Kind.MALFORMED, Kind.UNAUTHENTICATED, Kind.NOT_ALLOWED, Kind.NOT_FOUND, Kind.QUESTION_CLOSED,
        Kind.STALE_EVIDENCE, Kind.DECISION_REFUSED, Kind.REQUEST_IN_FLIGHT, Kind.TOO_LARGE, Kind.MEDIA_TYPE,
        Kind.VALIDATION, Kind.KEY_REUSED, Kind.RATE_LIMIT, Kind.UNAVAILABLE,
    ),
)  # fmt: skip
async def answer_question(
    question_id: QuestionId,
    given: Annotated[GivenAnswer, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Answered:
    """
    Answer a question. Counts once it is answered here, also while the engine is down.

    Of those who answer at once the first decides; the others are told who did.
    """
    question = await services.question_reader.question(question_id, caller.sites)
    try:
        return await services.decisions.answer(
            question_id,
            Answer(choice=given.choice, reason=given.reason, seen=given.seen),
            caller.principal,
            Channel.API,
            services.now(),
            request_key(caller, key, "answer", question_id, given.model_dump()),
        )
    except StaleEvidence as stale:
        raise Problem(
            Kind.STALE_EVIDENCE,
            str(stale),
            seen=given.seen,
            evidence_digest=question.evidence_digest,
            evidence=[
                evidence.model_dump(mode="json", include={"check", "verdict", "reasons", "as_of"})
                for evidence in question.evidence
            ],
        ) from None
