"""Force: an administrator moves a stuck case by hand."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.acting import acting
from api.calling import CallersRoute, Calling, Serving, permits
from api.cases import CaseId
from api.idempotency import OptionalKey
from api.lists import Word
from api.problem_kinds import OF_WRITERS, Kind
from api.problems import documented
from api.strict_json import Strict
from domain.authorisation import Action
from domain.decision import LONGEST_REASON
from domain.force import SHORTEST_REASON, ForcedMove

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["cases"], route_class=CallersRoute)


class ForceCase(BaseModel):
    """Where a case is moved by hand, and why."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    to: Word
    """A state; the case says in ``can_be_forced_to`` which it may be."""
    reason: Annotated[str, Field(min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]
    """Why there is no other way; the plant manager reads it, and it is kept on the trail."""


@router.post("/force", status_code=201, responses=documented(*OF_WRITERS, Kind.DECISION_REFUSED))
@permits(Action.FORCE)
async def force_case(
    case_id: CaseId,
    told: Annotated[ForceCase, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> ForcedMove:
    """
    Move a stuck case by hand. It holds at once.

    The plant manager is asked whether it stands; without his word within 30 minutes, or with his no, it is put back.
    """
    asked = acting(caller, services, key, "force", case_id, told.model_dump(mode="json"))
    return await services.force.move(case_id, told.to, told.reason, asked)
