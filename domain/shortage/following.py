"""What was decided about a shortage and has still to happen."""

from __future__ import annotations

from collections.abc import Iterator

from domain.case import CaseFile
from domain.evidence import Reason
from domain.fact import plain_number
from domain.option import Gap
from domain.roles import Role
from domain.shortage.balance import Balance, Change, Coming
from domain.shortage.wording import missing


def awaited(file: CaseFile, balance: Balance) -> tuple[Coming, ...]:
    """What the case has asked for, or asked for sooner, and has not come."""
    hurried = {step.source for step in file.chosen.supply if step.kind == "expedite"} if file.chosen else set()
    known = (*balance.coming, *balance.overdue)
    return tuple(some for some in known if some.source in hurried or some.source.startswith(f"{file.id}-"))


def unused(file: CaseFile, balance: Balance) -> frozenset[str]:
    """What does not lie there yet to be used: what is awaited, and what waits for its inspection."""
    inspected = {some.source for some in balance.coming if some.kind == "inspection"}
    return frozenset({some.source for some in awaited(file, balance)} | inspected)


def unforeseen(file: CaseFile, balance: Balance) -> Gap | None:
    """What is missing beyond what was decided and written; nothing as long as all goes as it was."""
    if file.chosen is None or file.state == "committing":
        return balance.gap()
    released = (step for step in file.chosen.supply if step.kind == "release" and step.at > balance.now)
    gap = balance.gap(*(Change(step.at, step.quantity) for step in released if _held(step.source, balance)))
    known = file.chosen.residual
    if gap is None or known is None:
        return gap
    longer = known.until is not None and (gap.until is None or gap.until > known.until)
    return gap if gap.quantity > known.quantity or gap.since < known.since or longer else None


def outstanding(file: CaseFile, balance: Balance) -> Iterator[Reason]:
    """Everything that has still to happen, each with who sees to it."""
    item = file.subject
    for some in awaited(file, balance):
        owner = Role.BUYER if some.supplier else Role.PRODUCTION if some.kind == "job" else Role.WAREHOUSE
        should = "should have come" if some in balance.overdue else "are to come"
        text = f"{plain_number(some.quantity)} {item} by {some.source} {should} {some.at:%Y-%m-%d %H:%M} UTC."
        yield Reason(code="awaited", thing=some.source, owner=owner, text=text)
    for some in balance.coming:
        if some.kind == "inspection":
            text = f"{plain_number(some.quantity)} {item} of lot {some.source} wait for their inspection."
            yield Reason(code="in_inspection", thing=some.source, owner=Role.QUALITY_INSPECTOR, text=text)
    for step in file.chosen.supply if file.chosen else ():
        if step.kind == "release" and _held(step.source, balance):
            text = (
                f"Lot {step.source} is waited for: {plain_number(step.quantity)} {item}, {step.at:%Y-%m-%d %H:%M} UTC."
            )
            yield Reason(code="held", thing=step.source, owner=Role.QUALITY_ENGINEER, text=text)
    if file.chosen is not None and file.chosen.residual is not None and (gap := balance.gap()) is not None:
        yield Reason(code="short", thing=item, owner=Role.PLANNER, text=missing(item, gap))


def _held(lot: str, balance: Balance) -> bool:
    return lot in balance.held
