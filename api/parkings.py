"""Parking: a question that waits for somebody outside, and putting one off for oneself."""

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
from domain.parking import Cause
from domain.views import QuestionSummary

router = APIRouter(prefix="/v1/questions/{question_id}", tags=["questions"], route_class=CallersRoute)

_RESPONSES = documented(*OF_WRITERS, Kind.QUESTION_CLOSED, Kind.DECISION_REFUSED)


class ParkQuestion(BaseModel):
    """What a question waits for."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    cause: Cause
    """Only customer, supplier and carrier stop the clock."""
    until: AwareDatetime
    """When it is taken up again by itself, within 90 days."""
    reason: Annotated[str, Field(min_length=3, max_length=LONGEST_REASON)]
    """What exactly is waited for; it is kept on the trail."""


class SnoozeQuestion(BaseModel):
    """How long a question is not to be in your list."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    until: AwareDatetime | None = None
    """Within 90 days; nothing puts it back into your list."""


@router.post("/parking", responses=_RESPONSES)
@permits(Action.ANSWER)
async def park_question(
    question_id: QuestionId,
    told: Annotated[ParkQuestion, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> QuestionSummary:
    """
    Park a question that waits for something. It may be answered all the same.

    While a customer, supplier or carrier is waited for, its deadlines are put off by as much; for what is internal
    they go on.
    """
    asked = acting(caller, services, key, "park", question_id, told.model_dump(mode="json"))
    return await services.parkings.park(question_id, told.cause, told.until, told.reason, asked)


@router.post("/resumption", responses=_RESPONSES)
@permits(Action.ANSWER)
async def resume_question(
    question_id: QuestionId, caller: Calling, services: Serving, key: OptionalKey = None
) -> QuestionSummary:
    """Take a parked question up again before its time."""
    return await services.parkings.resume(question_id, acting(caller, services, key, "resume", question_id))


@router.post("/snooze", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def snooze_question(
    question_id: QuestionId, told: Annotated[SnoozeQuestion, Strict()], caller: Calling, services: Serving
) -> None:
    """Have a question out of your own list until some time. Nothing changes for anybody else, nor its deadlines."""
    await services.snoozes.put_off(question_id, caller, told.until, services.now())
