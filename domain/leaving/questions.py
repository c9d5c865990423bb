"""Who is asked what about a shipment that is to leave."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile
from domain.facts import Shipment
from domain.form import FieldKind, Form, FormField
from domain.leaving.known import AT_THE_RAMP, BUFFER, in_the_way, leaving
from domain.question import QuestionDraft
from domain.roles import Role


def tasks(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What each owner has to mend."""
    shipment = cast(Shipment, file.before.fact)
    left = shipment.ship_by - BUFFER - file.at
    within = Duration(clock=max(left, timedelta(minutes=30)))
    return asking.what_to_mend(file, in_the_way(file), otherwise=Role.DISPATCH, within=within)


def approval(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether the shipment may leave; whoever picked it is not asked."""
    pickers = cast(Shipment, file.before.fact).picked_by
    return (
        asking.next_step(
            file, "release", title=f"Release {file.subject} for dispatch?", no="Not yet",
            excluded=dict.fromkeys(pickers, f"picked {file.subject} and cannot approve it"),
        ),
    )  # fmt: skip


def loading(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That loading begins, while the approval is good."""
    found = leaving(file)
    assert found is not None
    assert found.approval is not None
    return (
        asking.next_step(
            file, "load", title=f"Load {file.subject}", forms={"load": _VEHICLE},
            lapses_after=Duration(clock=max(found.approval.valid_until - file.at, timedelta(minutes=1))),
        ),
    )  # fmt: skip


_VEHICLE = Form(
    fields=(
        FormField(name="vehicle", title="Vehicle", kind=FieldKind.TEXT),
        FormField(name="vehicle_fit", title="Clean, dry and as required", kind=FieldKind.WORD, words=("yes",)),
        FormField(name="seal", title="Seal number", kind=FieldKind.TEXT, required=False),
    )
)


def loaded(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That all is on the vehicle."""
    return (asking.next_step(file, "loaded", title=f"Is all of {file.subject} loaded?"),)


def stopped(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What becomes of a shipment that must not leave as it stands on the ramp."""
    return (asking.next_step(file, "stopped", title=f"Stop loading {file.subject}", again="Mended: go on"),)


def departure(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That it leaves."""
    return (asking.next_step(file, "departure", title=f"Let {file.subject} leave?"),)


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who must know that it has left."""
    told = f"{file.subject} has left with what was approved."
    title, within = f"Tell the customer: {file.subject} has left", Duration(working_days=1)
    return (asking.handoff(Role.SALES, title=title, context=told, within=within, may_refuse=False),)


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed; what stands on the vehicle is not put back by writing so."""
    found = leaving(file)
    at_the_ramp = found is not None and found.shipment.status in AT_THE_RAMP
    return (asking.how_to_repair(file, Role.DISPATCH, may_abandon=not at_the_ramp),)
