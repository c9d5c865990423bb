"""Several answers at once, each taken or refused by itself."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

from api.calling import CallersRoute, Calling, Serving, permits
from api.idempotency import OptionalKey, request_key
from api.problem_kinds import OF_WRITERS
from api.problems import Problem, documented
from api.questions import AnswerToKeep, with_difference
from api.refusals import problem_of
from api.strict_json import Strict, StrictRequest
from domain.authorisation import Action
from domain.decision import Answer, Channel, DecisionRefused, StaleEvidence
from domain.ports import NotInSystem
from storage.decisions import Answered
from storage.requests import KeyReused

MOST_ANSWERS = 50
"""In one request: each is a transaction of its own."""

QuestionName = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9-]+$")]


class _Named(BaseModel):
    question: QuestionName


class _NamedQuestions(BaseModel):
    answers: Annotated[tuple[_Named, ...], Field(max_length=MOST_ANSWERS)]


class SeveralAnswersRoute(CallersRoute):
    """A route whose questions stand in the body: of what is refused nothing else of it is looked at."""

    async def questions_of(self, request: Request) -> tuple[str, ...]:
        """Those it names, each once; none where that cannot be told."""
        try:
            sent = _NamedQuestions.model_validate(await StrictRequest(request.scope, request.receive).json())
        except (Problem, ValidationError, HTTPException):  # the last where it is too much
            return ()
        return tuple(dict.fromkeys(one.question for one in sent.answers))


router = APIRouter(prefix="/v1/answers", tags=["questions"], route_class=SeveralAnswersRoute)


class OneOfSeveral(AnswerToKeep):
    """What a person says to one of several questions."""

    question: QuestionName


class SeveralAnswers(BaseModel):
    """What a person says to several questions."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    answers: Annotated[tuple[OneOfSeveral, ...], Field(min_length=1, max_length=MOST_ANSWERS)]
    """They are taken in this order."""


class Outcome(BaseModel):
    """What became of one answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    question: str
    answered: Answered | None = None
    """As it stands; nothing if it was refused."""
    problem: dict[str, Any] | None = None
    """Problem details (RFC 9457), as the answer by itself would have got; nothing if it stands."""


class Outcomes(BaseModel):
    """What became of each answer, in the order they were sent."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    outcomes: tuple[Outcome, ...]


@router.post("", responses=documented(*OF_WRITERS))
@permits(Action.ANSWER)
async def answer_several(
    given: Annotated[SeveralAnswers, Strict()], caller: Calling, services: Serving, key: OptionalKey = None
) -> Outcomes:
    """
    Answer several questions, each with what was ``seen`` of it. Each counts or is refused by itself, and what became
    of it is told.

    Repeated under its key, each gets its first answer again, also where the request broke off between two.
    """
    return Outcomes(outcomes=tuple([await _outcome(one, caller, services, key) for one in given.answers]))


async def _outcome(one: OneOfSeveral, caller: Calling, services: Serving, key: str | None) -> Outcome:
    said = Answer.model_validate(one.model_dump(exclude={"question"}))
    # A key that came before an answer could name attachments or be signed still names the same request.
    later = ("attachments", "reauthentication")
    asked = said.model_dump(mode="json", exclude={name for name in later if not getattr(said, name)})
    its_key = None if key is None else f"{key}/{one.question}"
    try:
        answered = await services.decisions.answer(
            one.question,
            said,
            caller.principal,
            Channel.API,
            services.now(),
            request_key(caller, its_key, "answer several", one.question, asked),
            caller.sites,
        )
    except StaleEvidence as stale:
        told = await with_difference(stale, one.question, said.seen, caller, services)
        return Outcome(question=one.question, problem=told.body)
    except (DecisionRefused, NotInSystem, KeyReused) as refusal:
        return Outcome(question=one.question, problem=problem_of(refusal).body)
    return Outcome(question=one.question, answered=answered)
