"""The page of one question: all that is needed to answer it, and the forms to do so. Looking at it decides nothing."""

from uuid import uuid4

from fastapi import APIRouter, Request, Response

from api.calling import CallersRoute, Calling, Serving, permits
from api.questions import QuestionId
from api.services import Services
from domain.authorisation import Action
from domain.parking import Cause
from domain.views import QuestionDetail, QuestionSummary, SignalToSend
from storage.calendars import zone_at
from storage.identity import Caller
from storage.paging import LARGEST_PAGE
from web.drafts import draft_of
from web.pages import page
from web.sent import Sent

router = APIRouter(prefix="/questions", include_in_schema=False, route_class=CallersRoute)


@router.get("/{question_id}")
@permits(Action.READ)
async def show_question(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """A question, its evidence, what was said, and the forms to answer."""
    sent = Sent.before_signing(await draft_of(request, services, question_id, caller))
    return await question_page(question_id, caller, services, sent)


async def question_page(
    question_id: str, caller: Caller, services: Services, sent: Sent | None = None, signal: SignalToSend | None = None
) -> Response:
    """The page as it is now, with what was *sent* and not taken. Raises NotInSystem."""
    question = await services.question_reader.question(question_id, caller, services.now())
    sent = sent or Sent()
    return page(
        "question.html",
        services,
        sent.status,
        caller=caller,
        question=question,
        zone=await zone_at(services.database, question.site),
        waivers=await services.waiver_reader.about(question.site, question.subject, services.now()),
        why_not=await services.question_reader.why_not(question_id, caller),
        titles={choice.name: choice.title for choice in question.choices},
        case_id=question.case_id,
        place=f"/questions/{question.id}",
        comments=await services.comments.of_case(question.case_id, caller, limit=LARGEST_PAGE),
        trail=await services.case_reader.last_lines(question.case_id, caller.sites, 10),
        asked_now=await _asked_now(question, caller, services),
        causes=tuple(Cause),
        attached={one.digest: one for one in question.attachments},
        rules=services.attachment_rules,
        sent=sent,
        with_provider=services.openid_login is not None,
        signal=signal,
        key=uuid4().hex,
    )


async def _asked_now(question: QuestionDetail, caller: Caller, services: Services) -> tuple[QuestionSummary, ...]:
    """What its case asks, where the question itself is no longer open: it may have been asked anew."""
    if question.closed_at is None:
        return ()
    case = await services.case_reader.case(question.case_id, caller.sites, services.now())
    return tuple(one for one in case.questions if one.closed_at is None)
