"""Delegations: having somebody answer one question for you, and having it back."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

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

router = APIRouter(prefix="/v1/questions/{question_id}/delegation", tags=["questions"], route_class=CallersRoute)

_RESPONSES = documented(*OF_WRITERS, Kind.QUESTION_CLOSED, Kind.DECISION_REFUSED)


class DelegateQuestion(BaseModel):
    """Who is to answer a question for you."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    person: Identifier
    """He has to hold a role himself in which you could answer."""
    until: AwareDatetime | None = None
    """When it returns to you by itself; nothing means when one of you says so."""
    reason: Annotated[str, Field(min_length=3, max_length=LONGEST_REASON)]
    """Why; it is kept on the trail."""


@router.post("", responses=_RESPONSES)
@permits(Action.ANSWER)
async def delegate_question(
    question_id: QuestionId,
    told: Annotated[DelegateQuestion, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> QuestionSummary:
    """
    Have somebody answer a question for you. Both names are kept with his answer, and you two are one.

    Nobody delegates what he could not answer himself, and what was delegated to him he does not delegate on.
    """
    asked = acting(caller, services, key, "delegate", question_id, told.model_dump(mode="json"))
    return await services.delegations.delegate(question_id, told.person, told.until, told.reason, asked)


@router.post("/return", responses=_RESPONSES)
@permits(Action.ANSWER)
async def return_question(
    question_id: QuestionId, caller: Calling, services: Serving, key: OptionalKey = None
) -> QuestionSummary:
    """Take back what you delegated, or give back what was delegated to you."""
    return await services.delegations.give_back(question_id, acting(caller, services, key, "return", question_id))
