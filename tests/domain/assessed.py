"""Changes of the small plant's orders, looked at by every check without anything running."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.case import CaseFile
from domain.checks import availability, capacity, dispatch, order, pegging, quality, work_in_process
from domain.checks.finding import unknown
from domain.decision import Principal, PrincipalKind
from domain.evidence import Evidence
from domain.fact import F, Fact, Reading
from domain.facts import Inspection, Job, Lot, OrderLine, Receipt, Shipment
from domain.master_data import Customer, Item, Site
from domain.option import Option, Proposal
from domain.order_line.requested import OrderChangeRequest, need
from domain.processes.order_change import ORDER_CHANGE
from domain.release import Hold
from domain.sequencing import Sequencer
from domain.supply import SupplyPicture
from runtime.policies import FOLDER, read_policy
from tests.support.small_plant import SITE, small_plant

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
POLICY = read_policy(FOLDER / "order_change.yaml")

CHECKS = tuple(check.name for check in ORDER_CHANGE.checks)


def day(number: float) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=number)


class Told:
    """The small plant as its systems tell of it, with *others* in place of what they speak of."""

    def __init__(self, *others: Fact) -> None:
        known = {(fact.kind, fact.key): fact for fact in (*small_plant(NOW), *others)}
        self.facts = tuple(known.values())

    def every(self, kind: type[F]) -> list[Reading[F]]:
        """All facts of *kind*."""
        return [reading(fact) for fact in self.facts if isinstance(fact, kind)]

    def one(self, kind: type[F], key: str) -> Reading[F]:
        """The fact of *kind* about *key*."""
        return next(told for told in self.every(kind) if told.fact.key == key)


def line(order: str, **said: Any) -> OrderLine:
    """Line 10 of an order of the small plant, as it usually is except for what is *said*."""
    return Told().one(OrderLine, f"{order}:10").fact.model_copy(update=said)


def job(name: str, **said: Any) -> Job:
    """A job of the small plant, as it usually is except for what is *said*."""
    return Told().one(Job, name).fact.model_copy(update=said)


def reading(fact: F) -> Reading[F]:
    """The fact as the ERP tells it now."""
    return Reading[Any](fact=fact, source="erp", version="1", as_of=NOW)


def case(name: str, *others: Fact, before: OrderLine | None = None, **wanted: Any) -> CaseFile:
    """A change of line 10 of the order *name*, not looked at yet; the requester saw the line as *before*."""
    told = Told(*others)
    request = OrderChangeRequest(order=name, line="10", reason="CUSTOMER_REQUEST", **wanted)
    line = told.one(OrderLine, request.subject_key)
    return CaseFile(
        at=NOW,
        id="OC-1",
        process=ORDER_CHANGE.name,
        site=SITE,
        subject=request.subject_key,
        state="assessing",
        version=1,
        assessment=1,
        request=request,
        before=line if before is None else reading(before),
        requester=Principal(kind=PrincipalKind.PERSON, id="anna", name="Anna"),
        opened_at=NOW,
        policy=POLICY,
    )


def assessed(
    name: str, *others: Fact, silent: Collection[str] = (), before: OrderLine | None = None, **wanted: Any
) -> CaseFile:
    """The change with what every check found, and its proposal; of the checks *silent* nothing is known."""
    file = case(name, *others, before=before, **wanted)
    evidence = look(file, Told(*others))
    kept = tuple(
        unknown(found.check, "It does not answer.", file.subject, NOW) if found.check in silent else found
        for found in evidence
    )
    file = file.model_copy(update={"evidence": kept})
    return file.model_copy(update={"proposal": ORDER_CHANGE.propose(file)})


def look(file: CaseFile, told: Told) -> Sequence[Evidence]:
    """What each check finds."""
    wanted = need(file)
    line = told.one(OrderLine, file.subject)
    customer = told.one(Customer, line.fact.customer)
    item = told.one(Item, wanted.item)
    picture = SupplyPicture(NOW, told.facts)
    jobs = [job for job in told.every(Job) if job.fact.order == wanted.order]
    lots = [lot for lot in told.every(Lot) if lot.fact.item == wanted.item]
    site = told.one(Site, SITE).fact
    return (
        order.judge(wanted, file.before.fact, line, customer, NOW),
        availability.judge(wanted, line.fact, picture, lots, NOW),
        capacity.judge(wanted, line.fact, site, picture, lots, Sequencer(), NOW),
        quality.judge(wanted, lots, told.every(Hold), told.every(Inspection), NOW),
        work_in_process.judge(wanted, item, jobs, told.every(Receipt), NOW),
        dispatch.judge(wanted, told.every(Shipment), NOW),
        pegging.judge(wanted, line.fact, picture, lots, NOW),
    )


def proposal(file: CaseFile) -> Proposal:
    """What the change came to."""
    assert file.proposal is not None
    return file.proposal


def options(file: CaseFile) -> dict[str, Option]:
    """The ways the proposal shows."""
    return {ruled.option.name: ruled.option for ruled in proposal(file).options}


def taken(file: CaseFile, option: str) -> CaseFile:
    """The change with *option* decided."""
    return file.model_copy(update={"chosen": options(file)[option], "decided_because": "Boris decided."})
