"""Whether a shipment may leave: produced, cleared, papers, slot, customer, and approved as it is now."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from domain.evidence import digest
from domain.facts import Inspection, Job, JobStatus, LineStatus, Lot, OrderLine, Reservation, Shipment, ShipmentStatus
from domain.master_data import Customer
from domain.readiness.judgement import NOTHING, Judgement, Known, Readiness
from domain.readiness.lots import flaw, stopped
from domain.readiness.policy import Paper
from domain.readiness.slots import slot_booked
from domain.release import CustomerClearance, DispatchApproval, Document, ShipmentHold
from domain.roles import Role
from domain.subject import Country
from domain.words import in_words

STOPPED = "stopped_by_hand"
"""The code of the reason that somebody stopped it."""
CANCELLED = "cancelled"
"""The code of the reason that an order line is."""
BEING_CHANGED = "being_changed"
"""The code of the reason that an order line is just becoming something else."""
COUNTRY_UNKNOWN = "country_unknown"
"""The code of the reason that nobody said where a customer is."""


def content_of(shipment: Shipment) -> str:
    """The digest of what leaves: of which line, from which lots, how much; however it is split into entries."""
    taken: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for line in shipment.lines:
        taken[line.order, line.line, *sorted(line.lots)] += line.quantity
    return digest([[*of, format(quantity.normalize(), "f")] for of, quantity in sorted(taken.items()) if quantity])


def production_complete(site: str, line: str, known: Known) -> Readiness:
    """
    Whether the order line, and all that ship with it, are made in full, to their revision.

    *line* is its key, such as ``SO-1:10``.
    """
    judgement = Judgement("production_complete", site, line, known)
    ordered = judgement.one(OrderLine, line, Role.SALES)
    if ordered is not None:
        _made_in_full(judgement, ordered)
        for other in judgement.every(OrderLine, Role.SALES, lambda o: _ship_together(o, ordered)):
            _made_in_full(judgement, other)
    return judgement.given()


def _ship_together(line: OrderLine, with_: OrderLine) -> bool:
    """Whether another *line* of the order, of which something is still wanted, leaves with it or not at all."""
    same = with_.ships_with is not None and (line.order, line.ships_with) == (with_.order, with_.ships_with)
    return same and line.line != with_.line and line.status is LineStatus.OPEN


def _made_in_full(judgement: Judgement, ordered: OrderLine) -> None:
    """What is reserved for the line counts besides what its jobs made: a source reserves other stock only."""
    known, line = judgement.known, ordered.key
    jobs = judgement.every(Job, Role.PRODUCTION, lambda j: j.line_key == line)
    made = sum((_good_of(judgement, job, ordered) for job in jobs), NOTHING)
    aside = judgement.every(Reservation, Role.WAREHOUSE, lambda r: r.line_key == line and r.item == ordered.item)
    kept = sum((r.quantity for r in aside if r.expires_at is None or known.now < r.expires_at), NOTHING)
    needed = ordered.quantity * (1 - known.policy.under_delivery)
    # What has left may be of what the jobs made or was put aside, or have come on top: nobody says which.
    least, most = max(made + kept, ordered.shipped), made + kept + ordered.shipped
    if most < needed:
        missing = f"{(needed - most).normalize():f}"
        text = f"{missing} of {ordered.item} are missing for {line}."
        judgement.false("short", f"{ordered.item}:{missing}", Role.PRODUCTION, text)
    elif least < needed:
        text = (
            f"Nobody said whether the {ordered.shipped:f} that left of {line} count besides what is made and put aside."
        )
        judgement.unknown("shipped_from_unknown", line, Role.WAREHOUSE, text)


def _good_of(judgement: Judgement, job: Job, ordered: OrderLine) -> Decimal:
    if ordered.revision is not None and job.revision != ordered.revision:
        text = f"{job.job} is made to revision {job.revision}, ordered is {ordered.revision}."
        judgement.false("revision_mismatch", job.job, Role.PLANNER, text)
        return NOTHING
    undone = [step for step in job.operations if step.status != "done"]
    if job.status not in (JobStatus.COMPLETE, JobStatus.CLOSED) or undone:
        judgement.false("unfinished", job.job, Role.PRODUCTION, f"{job.job} is not finished.")
    if not job.operations:
        judgement.unknown(
            "yield_unknown", job.job, Role.PRODUCTION, f"Nobody said how many pieces of {job.job} are good."
        )
        return NOTHING
    return max(job.operations, key=lambda step: step.operation).good


def qa_cleared(site: str, shipment: str, known: Known) -> Readiness:
    """Whether quality lets go every piece, all that was ever taken from its lot counted together."""
    judgement = Judgement("qa_cleared", site, shipment, known)
    leaving = judgement.one(Shipment, shipment, Role.DISPATCH)
    seen: set[tuple[str, str]] = set()
    for line in leaving.lines if leaving else ():
        ordered = judgement.one(OrderLine, line.line_key, Role.SALES)
        if ordered is None or not line.quantity:
            continue
        if len(line.lots) != 1:
            judgement.unknown("lots_unknown", line.line_key, Role.WAREHOUSE, _UNNAMED.format(line=line))
            continue
        lot = judgement.one(Lot, f"{ordered.item}:{line.lots[0]}", Role.QUALITY_ENGINEER)
        if lot is None or leaving is None:
            # It may be stopped by its name before any system tells of it.
            held = stopped(judgement, ordered.item, line.lots[0])
            judgement.refused(*((held,) if held else ()))
            continue
        until = max(leaving.ship_by, known.now) + known.policy.remaining_life
        whose = ordered.customer
        unfit = flaw(lot, until, (whose,), known.now, customer=whose, order=ordered.order)
        # Who stopped it here has said why; that it is blocked elsewhere by now as well says less.
        if found := stopped(judgement, lot.item, lot.lot) or unfit:
            judgement.refused(found)
        elif (lot.item, lot.lot) not in seen:
            seen.add((lot.item, lot.lot))
            _inspected(judgement, lot)
    if leaving is not None and not any(line.quantity for line in leaving.lines):
        judgement.unknown("empty", shipment, Role.DISPATCH, f"Nobody said what leaves in {shipment}.")
    return judgement.given()


_UNNAMED = "Nobody said from which one lot the {line.quantity} of {line.order}:{line.line} come."


def _inspected(judgement: Judgement, lot: Lot) -> None:
    """Holds all that was taken from *lot* against what each inspection speaks for."""
    thing, owner = lot.lot, Role.QUALITY_INSPECTOR
    taken = _taken_from(judgement, lot)
    required = judgement.every(Inspection, owner, lambda i: i.required and (i.item, i.lot) == (lot.item, lot.lot))
    if not required:
        judgement.unknown("inspection_unknown", thing, owner, f"Nobody said what was inspected of {thing}.")
    for inspection in required:
        name = inspection.inspection
        if inspection.result == "open":
            judgement.false("inspection_open", thing, owner, f"{name} of {thing} has no result.")
        elif inspection.result == "fail":
            judgement.false("inspection_failed", thing, Role.QUALITY_ENGINEER, f"{thing} failed {name}.")
        elif inspection.covered < taken:
            text = f"{taken} are taken from {thing}, and {name} speaks for {inspection.covered}."
            judgement.false("not_covered", thing, owner, text)


def _taken_from(judgement: Judgement, lot: Lot) -> Decimal:
    """What all shipments took and take from *lot*; an entry that names several lots may take all from it."""
    live = judgement.every(Shipment, Role.DISPATCH, lambda s: _live(s) and any(lot.lot in e.lots for e in s.lines))
    entries = [(e.line_key, e.quantity) for s in live for e in s.lines if lot.lot in e.lots]
    keys = {key for key, _ in entries}
    # A lot of another item may have the same name; an entry of which nobody knows the item counts.
    others = {o.key for o in judgement.noted(OrderLine, lambda o: o.key in keys and o.item != lot.item)}
    return sum((quantity for key, quantity in entries if key not in others), NOTHING)


def _live(shipment: Shipment) -> bool:
    return shipment.status is not ShipmentStatus.CANCELLED


def documents_complete(site: str, shipment: str, known: Known) -> Readiness:
    """Whether every paper is final, describes what leaves now, and is valid when it leaves."""
    judgement = Judgement("documents_complete", site, shipment, known)
    leaving = judgement.one(Shipment, shipment, Role.DISPATCH)
    if leaving is None:
        return judgement.given()
    judgement.is_about(content_of(leaving))
    departure = max(leaving.ship_by, known.now)
    concessions = _concessions(judgement, leaving)
    conformity = (_CONFORMITY,) if concessions else ()
    for name in dict.fromkeys((*_papers(judgement, leaving), *leaving.documents, *conformity)):
        paper = judgement.one(Document, f"{shipment}:{name}", Role.DISPATCH)
        if paper is None:
            continue
        owner = Role.QUALITY_ENGINEER if name in _OF_QUALITY else Role.DISPATCH
        words = f"The paper {in_words(name)} of {shipment}"
        if paper.status != "final":
            judgement.false("document_draft", name, owner, f"{words} is a draft.")
        elif paper.describes != content_of(leaving):
            judgement.false("document_outdated", name, owner, f"{words} describes other goods than leave now.")
        elif paper.valid_until is not None and paper.valid_until < departure:
            judgement.false("document_expired", name, owner, f"{words} is no longer valid when it leaves.")
        elif name == _CONFORMITY and (unsaid := [one for one in concessions if one not in paper.concessions]):
            judgement.false("concession_unsaid", name, owner, f"{words} does not say: {'; '.join(unsaid)}")
    return judgement.given()


def _papers(judgement: Judgement, leaving: Shipment) -> list[str]:
    """What the plant wants to go with the goods, whatever the shipment itself asks for."""
    profile = judgement.known.policy.documents
    by_customer = leaving.country is None and any(paper.countries for paper in profile)
    goods: list[OrderLine] = []
    if by_customer or any(paper.selective for paper in profile):
        goods = [
            ordered for key in leaving.line_keys if (ordered := judgement.one(OrderLine, key, Role.SALES)) is not None
        ]
    where = {one.customer: _country_of(judgement, one.customer) if by_customer else leaving.country for one in goods}
    wanted: list[str] = []
    unsure: list[tuple[Paper, dict[str, Country | None]]] = []
    for paper in profile:
        to = {one.customer: where[one.customer] for one in goods if paper.goes_with(one.customer, one.item)}
        if paper.selective and not to:
            continue
        goes = paper.goes_in(list(to.values()) or [leaving.country], leaving.mode)
        if goes:
            wanted.append(paper.document)
        elif goes is None:
            unsure.append((paper, to))
    for paper, to in unsure:
        # Where it is wanted either way, nobody has to say where it all goes.
        if paper.document not in {*wanted, *leaving.documents}:
            _way_unknown(judgement, leaving, paper, to)
    return wanted


def _country_of(judgement: Judgement, customer: str) -> Country | None:
    """Where *customer* is: as told of him, else as the plant says of whomever nobody told it."""
    told = judgement.every(Customer, Role.SALES, lambda one: one.customer == customer)
    return next((one.country for one in told), None) or judgement.known.policy.country


def _way_unknown(judgement: Judgement, leaving: Shipment, paper: Paper, to: dict[str, Country | None]) -> None:
    """Nobody can tell whether *paper* goes with it: each who has to say what is asked."""
    may = f"The paper {in_words(paper.document)} may have to go with {leaving.shipment}."
    if paper.modes and leaving.mode is None:
        text = f"Nobody said how {leaving.shipment} goes; dispatch has to: {may}"
        judgement.unknown("mode_unknown", leaving.shipment, Role.DISPATCH, text)
    if paper.countries and not {*to.values(), leaving.country} & set(paper.countries):
        for customer in sorted(name for name, country in to.items() if country is None):
            text = f"Nobody said in which country {customer} is; sales has to: {may}"
            judgement.unknown(COUNTRY_UNKNOWN, customer, Role.SALES, text)


def _concessions(judgement: Judgement, leaving: Shipment) -> list[str]:
    """By which concessions lots leave, each once."""
    keys = {line.line_key for line in leaving.lines}
    ordered = {line.key: line.item for line in judgement.noted(OrderLine, lambda line: line.key in keys)}
    taken = {(ordered.get(line.line_key), lot) for line in leaving.lines for lot in line.lots}
    lots = judgement.noted(Lot, lambda lot: bool(lot.concession) and (lot.item, lot.lot) in taken)
    return list(dict.fromkeys(lot.concession for lot in lots))


_CONFORMITY = "certificate_of_conformity"
_OF_QUALITY = ("certificate_of_analysis", _CONFORMITY)


def customer_clear(site: str, shipment: str, known: Known) -> Readiness:
    """Whether goods may go to each customer: credit, screening, no stop by hand, and the order stands as it is."""
    judgement = Judgement("customer_clear", site, shipment, known)
    leaving = judgement.one(Shipment, shipment, Role.DISPATCH)
    customers: set[str] = set()
    for key in leaving.line_keys if leaving else ():
        ordered = judgement.one(OrderLine, key, Role.SALES)
        if ordered is None:
            continue
        customers.add(ordered.customer)
        if ordered.status is LineStatus.CANCELLED:
            judgement.false(CANCELLED, key, Role.SALES, f"{key} is cancelled.")
        if (case := judgement.changing(key)) is not None:
            judgement.false(BEING_CHANGED, key, Role.SALES, f"{key} is just being changed: {case}.")
    for customer in sorted(customers):
        said = judgement.one(CustomerClearance, customer, Role.FINANCE)
        for what, found in (("credit", said.credit), ("screening", said.screening)) if said else ():
            if found == "blocked":
                judgement.false(
                    f"{what}_blocked", customer, Role.FINANCE, f"{what.capitalize()} of {customer} is blocked."
                )
            elif found == "unknown":
                judgement.unknown(
                    f"{what}_unknown", customer, Role.FINANCE, f"Nobody said how {what} of {customer} is."
                )
        if said is not None and said.held:
            judgement.false("held", customer, Role.FINANCE, f"Deliveries to {customer} were stopped by hand.")
    return judgement.given()


def _not_too_much(judgement: Judgement, line: str) -> None:
    """Holds all that leaves of the order line, in whichever shipment, against what was ordered."""
    ordered = judgement.one(OrderLine, line, Role.SALES)
    if ordered is None:
        return
    live = judgement.every(Shipment, Role.DISPATCH, lambda s: _live(s) and any(e.line_key == line for e in s.lines))
    leaves = sum((e.quantity for s in live for e in s.lines if e.line_key == line), NOTHING)
    most = ordered.quantity * (1 + judgement.known.policy.over_delivery)
    if leaves > most:
        text = f"{leaves:f} leave of {line}, and no more than {most.normalize():f} may."
        judgement.false("over_delivery", line, Role.DISPATCH, text)


def ready_for_release(site: str, shipment: str, known: Known) -> Readiness:
    """Whether all of the above is so or waived now, and the goods are picked: nothing is missing but a word."""
    judgement = Judgement("ready_for_release", site, shipment, known)
    leaving = judgement.one(Shipment, shipment, Role.DISPATCH)
    for line in leaving.line_keys if leaving else ():
        ordered = known.one(OrderLine, site, line)
        if ordered is None or ordered.fact.status is not LineStatus.CANCELLED:  # of which nothing is made any more
            judgement.rests_on(production_complete(site, line, known))
        _not_too_much(judgement, line)
    for part in (qa_cleared, documents_complete, slot_booked, customer_clear):
        judgement.rests_on(part(site, shipment, known))
    if leaving is None:
        return judgement.given()
    by_hand = judgement.every(ShipmentHold, Role.DISPATCH, lambda h: h.active and h.shipment == shipment)
    for hold in by_hand:
        why = hold.because.rstrip(".") or "no reason was given"
        text = f"{hold.placed_by} stopped {shipment} as {in_words(hold.role)}: {why}."
        judgement.false(STOPPED, f"{shipment}:{hold.role}", hold.role, text)
    if not leaving.picked_by:
        judgement.unknown("picker_unknown", shipment, Role.WAREHOUSE, f"Nobody said who picked {shipment}.")
    if leaving.status in (ShipmentStatus.PLANNED, ShipmentStatus.CANCELLED):
        judgement.false("not_picked", shipment, Role.WAREHOUSE, f"{shipment} is {leaving.status}, not picked.")
    return judgement.given()


def dispatch_approved(site: str, shipment: str, known: Known) -> Readiness:
    """Whether all of the above is so now, and another than the picker approved exactly what leaves."""
    judgement = Judgement("dispatch_approved", site, shipment, known)
    judgement.rests_on(ready_for_release(site, shipment, known))
    leaving = judgement.one(Shipment, shipment, Role.DISPATCH)
    approval = judgement.one(DispatchApproval, shipment, Role.SHIPPING_MANAGER)
    if leaving is None or approval is None:
        return judgement.given()
    owner = Role.SHIPPING_MANAGER
    if approval.approved_by in leaving.picked_by:
        judgement.false(
            "four_eyes", shipment, owner, f"{approval.approved_by} picked {shipment} and cannot approve it."
        )
    if approval.revoked:
        judgement.false("approval_revoked", shipment, owner, f"The approval of {shipment} was revoked.")
    if approval.describes != content_of(leaving):
        judgement.false("approval_outdated", shipment, owner, f"Other goods were approved than leave in {shipment}.")
    if known.now >= approval.valid_until:
        judgement.false("approval_over", shipment, owner, f"The approval of {shipment} is no longer valid.")
    return judgement.given()
