"""Who is asked what about a changed order line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile
from domain.effect import CancelSupply, ChangeJob, CreateJob, RequestSupply
from domain.facts import OrderLine
from domain.option import Option
from domain.order_line import past_us, wording
from domain.order_line.effects import effects
from domain.order_line.findings import Findings, findings
from domain.order_line.requested import OrderChangeRequest, is_less, need
from domain.question import QuestionDraft
from domain.roles import Role


def decision(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Which of the options to take, if any."""
    wanted, line, past = need(file), cast(OrderLine, file.before.fact), file.request.already_made
    return (
        asking.which_option(
            file,
            title=f"{wording.change(wanted, line)}: which way?",
            context=wording.context(file, wanted),
            no="Let it be: nothing follows" if past else "Keep the order as it was",
            # What was changed past everybody does not stay so because nobody said a word.
            silence_refuses=not past and not is_less(wanted, line),
            otherwise=Role.PLANNER,
            needed_by=cast(OrderChangeRequest, file.request).needed_by,
        ),
    )


def information(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether what was missing is there now."""
    return (asking.what_is_missing(file, Role.SALES),)


def offer(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What the customer says to something else than he asked for."""
    return (asking.customers_word(file, Role.SALES, context=wording.context(file, need(file))),)


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed."""
    return (asking.how_to_repair(file, Role.PLANNER),)


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who must take the change over, each with the whole context."""
    assert file.chosen is not None
    wanted, found = need(file), findings(file)
    frozen = found.capacity is not None and found.capacity.zone == "frozen"
    within = Duration(working=timedelta(hours=8)) if frozen else Duration(working_days=1)
    change = wording.change(wanted, cast(OrderLine, file.before.fact))
    return tuple(
        asking.handoff(role, title=f"{what}: {change}", context=wording.context(file, wanted), within=within)
        for role, what in _concerned(file, file.chosen, found)
    )


def _concerned(file: CaseFile, chosen: Option, found: Findings) -> Iterator[tuple[Role, str]]:
    if chosen.name == past_us.PUT_BACK:
        yield Role.SALES, "The order book says again what was decided; tell who changed it"
        return
    kinds = effects(file, chosen)
    if chosen.name == "resequence":
        yield Role.PRODUCTION, chosen.title
    elif any(isinstance(effect, ChangeJob | CreateJob) for effect in kinds):
        yield Role.PRODUCTION, "Production orders changed"
    if any(isinstance(effect, RequestSupply) and effect.origin is None for effect in kinds):
        yield Role.BUYER, "Material is asked for"
    if any(isinstance(effect, CancelSupply) for effect in kinds):
        yield Role.BUYER, "Purchases to be cancelled"
    if any(isinstance(effect, RequestSupply) and effect.origin is not None for effect in kinds):
        yield Role.WAREHOUSE, "Goods come from another site"
    if found.dispatch is not None and found.dispatch.shipments:
        yield Role.DISPATCH, "Shipments and documents to be redone"
    if found.work_in_process is not None and found.work_in_process.revision_differs:
        yield Role.QUALITY_ENGINEER, "Inspection plan to be changed"
    if file.proposal is None or file.proposal.automatic != chosen.name:
        yield Role.SALES, "Tell the customer"
