"""Answering on the page of a question: the same door as the API's, with a form before it."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr
from starlette.responses import RedirectResponse

from api.attachments import COUNTED_AS_IT_ARRIVES
from api.calling import CallersRoute, Calling, Serving, permits
from api.questions import AnswerToKeep, GivenAnswer, QuestionId, answer_question, sign_answer
from api.reauthentications import ProveWho, prove_who
from api.refusals import REFUSALS
from api.services import Services
from domain.authorisation import Action
from domain.decision import DecisionRefused
from domain.form import FieldKind
from domain.question import Choice
from domain.views import QuestionDetail
from runtime.openid_login import ToSign
from storage.calendars import zone_at
from storage.identity import Caller
from web.drafts import draft_of, forget_draft
from web.forms import Said, by_the_clock, key_in, meant, said_in
from web.login import leave_to_sign
from web.questions import question_page
from web.sent import Sent
from web.uploading import FileRefused, said_with_files

router = APIRouter(prefix="/questions/{question_id}", include_in_schema=False, route_class=CallersRoute)


@router.post("/answers", max_body_size=COUNTED_AS_IT_ARRIVES)
@permits(Action.ANSWER)
async def answer(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Answer. What is not taken is shown with the reason, and nothing that was typed is lost."""
    question = await services.question_reader.question(question_id, caller, services.now())
    try:
        said = await said_with_files(request, question.case_id, caller, services)
    except FileRefused as refused:
        return await _file_not_taken(question_id, refused, caller, services)
    try:
        body = {
            **_body(said),
            "on_behalf_of": said.get("on_behalf_of") or None,
            "values": _values(said, _choice(question, said), await zone_at(services.database, question.site)),
            "attachments": said.getlist("attachments"),
            "reauthentication": await _proven(question, said, request, caller, services),
        }
        await answer_question(question_id, meant(AnswerToKeep, body), caller, services, key_in(said))
    except REFUSALS as refusal:
        return await _not_taken(question_id, said, refusal, caller, services)
    done = RedirectResponse(f"/questions/{question_id}", 303)
    forget_draft(done, question_id)
    return done


@router.post("/signatures")
@permits(Action.ANSWER)
async def copy_signed(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """The answer, signed, as text to be sent as a signal. Nothing is decided by that."""
    said = await said_in(request)
    question = await services.question_reader.question(question_id, caller, services.now())
    try:
        body = {**_body(said), "reauthentication": await _proven(question, said, request, caller, services)}
        signal = await sign_answer(question_id, meant(GivenAnswer, body), caller, services)
    except REFUSALS as refusal:
        return await _not_taken(question_id, said, refusal, caller, services)
    return await question_page(question_id, caller, services, signal=signal)


@router.post("/signing", max_body_size=COUNTED_AS_IT_ARRIVES)
@permits(Action.ANSWER)
async def prove_at_provider(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """Go to the identity provider to prove who one is, and come back to the answer as it was filled in."""
    question = await services.question_reader.question(question_id, caller, services.now())
    try:
        said = await said_with_files(request, question.case_id, caller, services)
    except FileRefused as refused:
        return await _file_not_taken(question_id, refused, caller, services)
    to_sign = ToSign(
        person=caller.principal,
        question=question.id,
        choice=said.get("choice", "")[:64],
        seen=said.get("seen") or None,
        begun_at=services.now(),
        typed=tuple((name, value) for name, value in said.multi_items() if name not in ("key", "password", "seen")),
    )
    try:
        return await leave_to_sign(request, services, to_sign, f"/questions/{question.id}")
    except DecisionRefused as why:
        return await _not_taken(question_id, said, why, caller, services)


async def _not_taken(question_id: str, said: Said, refusal: Exception, caller: Caller, services: Services) -> Response:
    sent = Sent.refused(f"answer/{said.get('choice', '')}", said, refusal)
    return await question_page(question_id, caller, services, sent)


async def _file_not_taken(question_id: str, refused: FileRefused, caller: Caller, services: Services) -> Response:
    sent = Sent.refused(f"answer/{refused.said.get('choice', '')}", refused.said, refused.why, refused.field_name)
    return await question_page(question_id, caller, services, sent)


def _body(said: Said) -> dict[str, Any]:
    return {name: said.get(name, "") for name in ("choice", "reason")} | {"seen": said.get("seen") or None}


def _choice(question: QuestionDetail, said: Said) -> Choice | None:
    return next((choice for choice in question.choices if choice.name == said.get("choice")), None)


def _values(said: Said, choice: Choice | None, zone: str) -> dict[str, str]:
    """What the fields of the choice say. Times are chosen by the plant's clocks."""
    times = {field.name for field in choice.form.fields if field.kind is FieldKind.TIME} if choice else ()
    sent = {name.removeprefix("values/"): value for name, value in said.items() if name.startswith("values/")}
    return {name: by_the_clock(value, zone) if name in times else value for name, value in sent.items()}


async def _proven(
    question: QuestionDetail, said: Said, request: Request, caller: Caller, services: Services
) -> str | None:
    """What he signs with, where the answer is signed: by his password, or by what he came back with."""
    choice = _choice(question, said)
    if choice is None or choice.signed is None:
        return None
    if not said.get("password"):
        draft = await draft_of(request, services, question.id, caller)
        return draft.reauthentication if draft is not None and draft.choice == choice.name else None
    shown = ProveWho(choice=choice.name, seen=said.get("seen") or None, password=SecretStr(said.get("password", "")))
    return (await prove_who(question.id, shown, request, caller, services)).reauthentication
