"""The escalation ladder as data: at which share of the time given somebody is reminded, and who is brought in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.roles import Role, lead_of


class LadderStep(BaseModel):
    """What happens once a share of the time has passed and nobody has answered: a reminder at least."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    percent: Annotated[int, Field(ge=1, le=1000)]
    """Of the time the question was given."""
    to: Literal["lead"] | Role | None = None
    """Who may answer from then on as well: the lead of each role that is waited for, or a role."""
    red: bool = False
    """Whether the question counts as out of hand from then on, for boards and reports."""


def _ascending(steps: tuple[LadderStep, ...]) -> tuple[LadderStep, ...]:
    if not steps:
        raise ValueError("A ladder has at least one step.")
    if any(later.percent <= earlier.percent for earlier, later in pairwise(steps)):
        raise ValueError("Each step of a ladder comes later than the one before.")
    return steps


Ladder: TypeAlias = Annotated[tuple[LadderStep, ...], AfterValidator(_ascending)]

USUAL: Final[Ladder] = (
    LadderStep(percent=50),
    LadderStep(percent=80),
    LadderStep(percent=100, to="lead"),
    LadderStep(percent=150, to=Role.PLANT_MANAGER),
    LadderStep(percent=200, to=Role.DUTY_MANAGER, red=True),
)
"""Where neither a policy nor a question says otherwise (processes 1.0.7)."""


def brought_in(steps: Ladder, waited_for: Iterable[Role], known: Iterable[Role]) -> Iterator[tuple[Role, ...]]:
    """
    Whom each of *steps* brings in, when *waited_for* do not answer; nobody where it only reminds.

    Nobody is brought in twice, nor who is *known* to be asked anyway: then whoever was to come later comes sooner. The
    plant manager is the lead of most roles, so that at one and a half times the time the duty manager is brought in.
    """
    named = set(known)
    groups: list[tuple[Role, ...]] = []
    for step in steps:
        if step.to is not None:
            people = map(lead_of, waited_for) if step.to == "lead" else (step.to,)
            fresh = tuple(dict.fromkeys(role for role in people if role not in named))
            named.update(fresh)
            groups += [fresh] if fresh else []
    coming = iter(groups)
    for step in steps:
        yield () if step.to is None else next(coming, ())
