"""Questions as they stand, put to planners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.calendar import Duration
from domain.decision import OpenQuestion, Principal, PrincipalKind
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
PLANNER, PRODUCTION, PLANT_MANAGER = Role.PLANNER, Role.PRODUCTION, Role.PLANT_MANAGER
FOUR_HOURS = Duration(clock=timedelta(hours=4))


def person(name: str) -> Principal:
    """Somebody."""
    return Principal(kind=PrincipalKind.PERSON, id=name)


def draft(*roles: Role, within: Duration = FOUR_HOURS, kind: QuestionKind = QuestionKind.DECISION) -> QuestionDraft:
    """Whether to expedite; one of each role must agree."""
    require = tuple(Requirement(role=role) for role in roles or (PLANNER,))
    yes = Choice(name="expedite", title="Expedite", require=require)
    no = Choice(name="reject", title="No", require=require, reason_needed=True, ends=True)
    return QuestionDraft(kind=kind, topic="decision", title="Which way?", choices=(yes, no), within=within)


def question(*roles: Role, **more: Any) -> OpenQuestion:
    """What Anna's change comes to, which nobody has answered."""
    return OpenQuestion.model_validate(
        {"id": "OC-1-2-1", "draft": draft(*roles), "evidence": "shown", "requester": "anna"} | more
    )
