"""What may be done about a question besides answering it: seeing to it, asking back, parking, commenting."""

from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api.asking_back import AskBack, ask_back
from api.attachments import COUNTED_AS_IT_ARRIVES
from api.calling import CallersRoute, Calling, Serving, permits
from api.claims import claim_question, release_question
from api.comments import WriteComment, write_comment
from api.parkings import ParkQuestion, park_question, resume_question
from api.questions import QuestionId
from api.refusals import REFUSALS
from api.services import Services
from domain.authorisation import Action
from storage.calendars import zone_at
from storage.identity import Caller
from web.forms import Said, by_the_clock, key_in, meant, said_in
from web.questions import question_page
from web.sent import Sent
from web.uploading import FileRefused, attach_sent

router = APIRouter(prefix="/questions/{question_id}", include_in_schema=False, route_class=CallersRoute)


@router.post("/claim")
@permits(Action.ANSWER)
async def claim(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """See to it."""
    said = await said_in(request)
    done = claim_question(question_id, caller, services, key_in(said))
    return await _done(done, "claim", said, question_id, caller, services)


@router.post("/release")
@permits(Action.ANSWER)
async def release(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Let go of it."""
    said = await said_in(request)
    done = release_question(question_id, caller, services, key_in(said))
    return await _done(done, "release", said, question_id, caller, services)


@router.post("/asking-back")
@permits(Action.ANSWER)
async def ask(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Have something found out first."""
    said = await said_in(request)

    async def asked() -> object:
        return await ask_back(question_id, meant(AskBack, _only(said, "wanted")), caller, services, key_in(said))

    return await _done(asked(), "asking-back", said, question_id, caller, services)


@router.post("/parking")
@permits(Action.ANSWER)
async def park(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Park it, until a moment by the plant's clocks."""
    said = await said_in(request)

    async def parked() -> object:
        question = await services.question_reader.question(question_id, caller, services.now())
        until = by_the_clock(said.get("until", ""), await zone_at(services.database, question.site))
        told = meant(ParkQuestion, {**_only(said, "cause", "reason"), "until": until})
        return await park_question(question_id, told, caller, services, key_in(said))

    return await _done(parked(), "parking", said, question_id, caller, services)


@router.post("/resumption")
@permits(Action.ANSWER)
async def resume(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Take it up again."""
    said = await said_in(request)
    done = resume_question(question_id, caller, services, key_in(said))
    return await _done(done, "resumption", said, question_id, caller, services)


@router.post("/comments")
@permits(Action.COMMENT)
async def comment(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Say something about its case."""
    said = await said_in(request)

    async def commented() -> object:
        question = await services.question_reader.question(question_id, caller, services.now())
        return await write_comment(
            question.case_id, meant(WriteComment, _only(said, "text")), caller, services, key_in(said)
        )

    return await _done(commented(), "comment", said, question_id, caller, services)


@router.post("/attachments", max_body_size=COUNTED_AS_IT_ARRIVES)
@permits(Action.ATTACH)
async def attach(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Give its case a document or picture."""
    question = await services.question_reader.question(question_id, caller, services.now())
    try:
        await attach_sent(request, question.case_id, caller, services)
    except FileRefused as refused:
        sent = Sent.refused("attachment", refused.said, refused.why, refused.field_name)
        return await question_page(question_id, caller, services, sent)
    return RedirectResponse(f"/questions/{question_id}#attachments", 303)


async def _done(
    doing: Awaitable[object], form: str, said: Said, question_id: str, caller: Caller, services: Services
) -> Response:
    """Back to the page once it is done; what is not taken is shown with the reason, and stays in its form."""
    try:
        await doing
    except REFUSALS as refusal:
        return await question_page(question_id, caller, services, Sent.refused(form, said, refusal))
    return RedirectResponse(f"/questions/{question_id}", 303)


def _only(said: Said, *names: str) -> dict[str, Any]:
    return {name: said.get(name, "") for name in names}
