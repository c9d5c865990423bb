"""Claims: seeing to a question, letting go of it, and giving it to somebody."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.acting import acting
from api.calling import CallersRoute, Calling, Serving, permits
from api.idempotency import OptionalKey
from api.problem_kinds import OF_WRITERS, Kind
from api.problems import documented
from api.questions import QuestionId
from api.strict_json import Strict
from domain.authorisation import Action
from domain.decision import LONGEST_REASON
from domain.subject import Identifier
from domain.views import QuestionSummary

router = APIRouter(prefix="/v1/questions/{question_id}", tags=["questions"], route_class=CallersRoute)

_RESPONSES = documented(*OF_WRITERS, Kind.QUESTION_CLOSED, Kind.DECISION_REFUSED)


class AssignQuestion(BaseModel):
    """Who is to see to a question."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    person: Identifier
    """He has to hold a role that is asked and that you lead."""
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""
    """Why; it is kept on the trail."""


@router.post("/claim", responses=_RESPONSES)
@permits(Action.ANSWER)
async def claim_question(
    question_id: QuestionId, caller: Calling, services: Serving, key: OptionalKey = None
) -> QuestionSummary:
    """
    Say that you see to a question. It lapses after half of the time the question was given; claim again for more.

    The others see it and may answer all the same, and the deadlines go on: only an answer ends them.
    """
    return await services.claims.claim(question_id, acting(caller, services, key, "claim", question_id))


@router.post("/release", responses=_RESPONSES)
@permits(Action.ANSWER)
async def release_question(
    question_id: QuestionId, caller: Calling, services: Serving, key: OptionalKey = None
) -> QuestionSummary:
    """Let go of a question: for whoever claimed it, and the lead of a role that is asked."""
    return await services.claims.release(question_id, acting(caller, services, key, "release", question_id))


@router.post("/assignment", responses=_RESPONSES)
@permits(Action.ASSIGN)
async def assign_question(
    question_id: QuestionId,
    told: Annotated[AssignQuestion, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> QuestionSummary:
    """Give a question to somebody in a role you lead, whoever had it before."""
    asked = ("assign", question_id, told.person, told.reason)
    return await services.claims.assign(question_id, told.person, told.reason, acting(caller, services, key, *asked))
