"""What frePPLe's planner decided for each demand of a plan, and what we promise for it, in the same terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import fromstring

from connectors.frepple.conversion import Plan, convert_file
from connectors.frepple.expectation import Planned
from connectors.frepple.tables import moment
from domain.facts import OrderLine
from domain.promise import Enquiry, Promise, Split, capable, split
from domain.supply import SupplyPicture

PLANS = Path(__file__).parent / "plans"

STOCK, MATERIAL, CAPACITY = "stock", "material", "capacity"


@dataclass(frozen=True)
class Verdict:
    """What was found for one demand."""

    on_time: Decimal
    """How much can leave by the date asked for."""
    complete_at: datetime | None
    """When the last of it leaves, not before the date asked for; None when some of it never can."""
    decided_by: str | None
    """What takes longest: awaited material, or making it; None where the planner had no reason to say."""


def plan_named(name: str) -> Plan:
    found = [path for path in (PLANS / f"{name}.json", PLANS / f"{name}.xml") if path.exists()]
    return convert_file(found[0])


def open_lines(plan: Plan) -> list[OrderLine]:
    """The demands without a promise in netting order."""
    lines = (fact for fact in plan.facts if isinstance(fact, OrderLine))
    waiting = (line for line in lines if line.open_quantity and line.promised_at is None)
    return sorted(waiting, key=lambda line: (line.priority, line.requested_at, line.order))


def promised_in_turn(plan: Plan) -> tuple[dict[str, Split], SupplyPicture]:
    """What each demand is promised after those before it, and the picture with all promises kept."""
    picture = SupplyPicture(plan.now, plan.facts)
    promised: dict[str, Split] = {}
    for line in open_lines(plan):
        enquiry = Enquiry(
            line.site, line.item, line.open_quantity, by=line.requested_at,
            priority=line.priority, customer=line.customer, excluding=line,
        )  # fmt: skip
        whole = capable(picture, enquiry)
        if line.partial_allowed and not whole.on_time:
            promised[line.order] = split(picture, enquiry)
        else:
            promised[line.order] = Split(whole, None) if whole.on_time else Split(None, whole)
        for part, promise in enumerate(filter(None, promised[line.order]), start=1):
            picture = picture.with_facts(promise.kept(line.order, str(part), line.customer))
    return promised, picture


def our_verdict(line: OrderLine, promised: Split) -> Verdict:
    parts = [promise for promise in promised if promise]
    dates = [promise.at for promise in parts]
    return Verdict(
        on_time=promised.on_time.quantity if promised.on_time else Decimal(0),
        complete_at=None if None in dates else max(line.requested_at, *(at for at in dates if at)),
        decided_by=_decided_by(parts[-1]),
    )


def _decided_by(promise: Promise) -> str:
    if promise.at is None:
        return MATERIAL
    if promise.bottleneck is None:
        return STOCK
    return CAPACITY if promise.bottleneck.kind == "make" else MATERIAL


def planner_verdicts(name: str) -> dict[str, Verdict]:
    """The planner's verdict on each open demand of the plan of that name."""
    plan = plan_named(name)
    return _of_workbook(plan, name) if plan.expected else _of_model(plan, name)


def _of_workbook(plan: Plan, name: str) -> dict[str, Verdict]:
    deliveries = [step for step in plan.expected if _delivers(step)]
    verdicts = {}
    for line in open_lines(plan):
        own = [step for step in deliveries if step.operation in _deliveries_of(line, step.batch)]
        taken: list[Planned] = []
        # Where one delivery has the quantity of the demand it is meant for it; else the earliest are.
        for step in [step for step in own if step.quantity == line.quantity][:1] or own:
            if step.quantity <= line.quantity - sum(other.quantity for other in taken):
                taken.append(step)
                deliveries.remove(step)
        complete = sum(step.quantity for step in taken) == line.quantity
        verdicts[line.order] = Verdict(
            on_time=sum((step.quantity for step in taken if step.starts_at <= line.requested_at), Decimal(0)),
            complete_at=max(line.requested_at, *(step.starts_at for step in taken)) if complete else None,
            decided_by=_longest(
                step for step in plan.expected
                if _concerns(step, line, name) and all(step.ends_at <= last.starts_at for last in taken[-1:])
            ),
        )  # fmt: skip
    return verdicts


def _delivers(step: Planned) -> bool:
    return step.operation.startswith("Ship ") and " from " not in step.operation


def _deliveries_of(line: OrderLine, batch: str | None) -> tuple[str, str]:
    item = line.item.removesuffix(f" @ {batch}")
    return f"Ship {item} @ {line.site}", f"Ship {item}"


def _concerns(step: Planned, line: OrderLine, name: str) -> bool:
    """Whether the planner did the step for the item of the line."""
    if name == "make-to-order":
        family, _, batch = line.item.partition(" - ")[0], *line.item.partition(" @ ")[1:]
        return f"{family} - " in step.operation and (not batch or step.batch in (None, batch))
    if name in ("demand-policies", "operation-autofence", "operation-type"):
        return line.item in step.operation
    return True


def _longest(steps: Iterable[Planned]) -> str:
    work = [step for step in steps if step.starts_at < step.ends_at and not _delivers(step)]
    if not work:
        return STOCK
    longest = max(work, key=lambda step: step.ends_at - step.starts_at)
    return MATERIAL if longest.operation.startswith(("Purchase ", "Ship ")) else CAPACITY


def _of_model(plan: Plan, name: str) -> dict[str, Verdict]:
    lines = [line.split("\t") for line in (PLANS / f"{name}.expect").read_text(encoding="utf-8").splitlines()]
    model = fromstring((PLANS / f"{name}.xml").read_text(encoding="utf-8"))  # noqa: S314 - a file of this folder
    due = {demand.get("name"): moment(demand.findtext("due", ""), "UTC") for demand in model.iter("demand")}
    verdicts = {}
    for line in open_lines(plan):
        said = [cells[2:] for cells in lines if cells[:2] == ["DEMAND", line.order]]
        on_the_way = due[line.order] - line.requested_at
        parts = [(moment(cells[0], "UTC") - on_the_way, Decimal(cells[1])) for cells in said if len(cells) > 1]
        short = sum(Decimal(cells[0].split()[1]) for cells in said if len(cells) == 1)
        delivered = sum(quantity for _, quantity in parts)
        # One unit of a demand may be several pieces of the item.
        pieces = line.quantity / (delivered + short)
        verdicts[line.order] = Verdict(
            on_time=sum((quantity for at, quantity in parts if at <= line.requested_at), Decimal(0)) * pieces,
            complete_at=None if short else max(line.requested_at, *(at for at, _ in parts)),
            decided_by=_constraint([cells[2] for cells in lines if cells[:2] == ["DEMAND CONSTRAINT", line.order]]),
        )
    return verdicts


def _constraint(constraints: list[str]) -> str | None:
    if not constraints:
        return None
    return MATERIAL if any("material shortage" in constraint for constraint in constraints) else CAPACITY
