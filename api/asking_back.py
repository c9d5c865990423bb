"""Asking back: having something found out before a question is answered."""

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
from domain.views import QuestionSummary

router = APIRouter(prefix="/v1/questions/{question_id}/asking-back", tags=["questions"], route_class=CallersRoute)


class AskBack(BaseModel):
    """What is to be found out first."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    wanted: Annotated[str, Field(min_length=3, max_length=LONGEST_REASON)]
    """It is put to whoever knows, and shown with the next question."""


@router.post("", responses=documented(*OF_WRITERS, Kind.QUESTION_CLOSED, Kind.DECISION_REFUSED))
@permits(Action.ANSWER)
async def ask_back(
    question_id: QuestionId,
    told: Annotated[AskBack, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> QuestionSummary:
    """
    Have something found out before a decision: the question is closed, and asked anew on new evidence.

    Twice in a case; the third time the question stays open and the lead of your role may answer it as well.
    """
    asked = acting(caller, services, key, "ask back", question_id, told.wanted)
    return await services.asking_back.ask_back(question_id, told.wanted, asked)
