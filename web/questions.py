"""The page of one question: all that is needed to answer it, and the forms to do so. Looking at it decides nothing."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from starlette.datastructures import ImmutableMultiDict

from api.calling import CallersRoute, Calling, Serving, permits
from api.problem_kinds import Kind
from api.problems import Problem
from api.questions import QuestionId
from api.refusals import problem_of
from api.services import Services
from domain.authorisation import Action
from domain.decision import FormRefused
from domain.evidence import Difference
from domain.parking import Cause
from domain.views import QuestionDetail, QuestionSummary, SignalToSend
from storage.calendars import zones
from storage.identity import Caller
from web.drafts import draft_of
from web.forms import Said
from web.pages import page

router = APIRouter(prefix="/questions", include_in_schema=False, route_class=CallersRoute)

LAST_LINES = 10
"""Of the trail."""


@dataclass(frozen=True)
class Sent:
    """What a form of the page sent and was not taken yet, and why; nothing, as long as none was."""

    form: str = ""
    """Which one, such as ``answer/expedite``."""
    said: Said = field(default_factory=ImmutableMultiDict)
    trouble: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    """What is wrong with a field, by its name."""
    changed: tuple[Difference, ...] = ()
    """What is found otherwise than he saw it."""
    signs_until: datetime | None = None
    """Until when the answer is signed once he gives it: he came back from proving who he is."""
    status: int = 200

    @classmethod
    def refused(cls, form: str, said: Said, refusal: Exception) -> "Sent":
        """What was *said* in *form*, and is not taken because of *refusal*. Raises Problem where no form helps."""
        problem = problem_of(refusal)
        if problem.kind in (Kind.NOT_FOUND, Kind.UNAUTHENTICATED, Kind.UNTRUSTED_ADDRESS):
            raise problem
        wrong = {flaw.pointer.removeprefix("/"): flaw.detail for flaw in problem.flaws}
        if isinstance(refusal, FormRefused):
            wrong |= {f"values/{name}": problem.detail for name in refusal.fields}
        if problem.kind is Kind.SIGNATURE_NEEDED:
            wrong["password"] = problem.detail
        return cls(form, said, _sentence(problem), wrong, _changed(problem), status=problem.status_code)

    def typed(self, form: str, name: str) -> str:
        """What was typed into a field."""
        return self.said.get(name, "") if form == self.form else ""

    def ticked(self, form: str, name: str) -> list[str]:
        """What was chosen of several."""
        return self.said.getlist(name) if form == self.form else []

    def wrong_with(self, form: str, name: str) -> str:
        """What is wrong with a field; nothing if it is right."""
        return self.wrong.get(name, "") if form == self.form else ""


@router.get("/{question_id}")
@permits(Action.READ)
async def show_question(question_id: QuestionId, request: Request, caller: Calling, services: Serving) -> Response:
    """A question, its evidence, what was said, and the forms to answer."""
    draft = await draft_of(request, services, question_id, caller)
    sent = None if draft is None else Sent(draft.form, draft.said, signs_until=draft.good_until)
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
        zone=await zone_at(services, question),
        why_not=await services.question_reader.why_not(question_id, caller),
        titles={choice.name: choice.title for choice in question.choices},
        comments=await services.comments.of_case(question.case_id, caller),
        trail=await services.case_reader.last_lines(question.case_id, caller.sites, LAST_LINES),
        asked_now=await _asked_now(question, caller, services),
        causes=tuple(Cause),
        sent=sent,
        with_provider=services.openid_login is not None,
        signal=signal,
        key=uuid4().hex,
    )


async def zone_at(services: Services, question: QuestionDetail) -> str:
    """The time zone of the clocks where the question is asked."""
    return (await zones(services.database, (question.site,)))[question.site]


async def _asked_now(question: QuestionDetail, caller: Caller, services: Services) -> tuple[QuestionSummary, ...]:
    """What its case asks, where the question itself is no longer open: it may have been asked anew."""
    if question.closed_at is None:
        return ()
    case = await services.case_reader.case(question.case_id, caller.sites, services.now())
    return tuple(one for one in case.questions if one.closed_at is None)


def _sentence(problem: Problem) -> str:
    if problem.kind is Kind.VALIDATION and problem.flaws:
        return " ".join(dict.fromkeys(flaw.detail for flaw in problem.flaws))
    return str(problem.detail)


def _changed(problem: Problem) -> tuple[Difference, ...]:
    return tuple(Difference.model_validate(change) for change in problem.more.get("changed") or ())
