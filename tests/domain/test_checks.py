"""What each check makes of the facts it is given."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.catalog import PROCESSES
from domain.checks.finding import FRESH, unknown
from domain.evidence import Evidence, Verdict, pack_digest, worst
from domain.fact import Fact
from domain.facts import (
    Inspection,
    Job,
    JobStatus,
    LineStatus,
    Lot,
    LotStatus,
    OrderLine,
    Receipt,
    Reservation,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from domain.master_data import Customer, Item
from domain.promise import Enquiry, capable
from domain.release import Hold
from domain.roles import Role
from domain.supply import SupplyPicture
from tests.domain.assessed import CHECKS, NOW, Told, case, day, job, line, look
from tests.support.small_plant import SITE

PASS, WARN, FAIL, UNKNOWN = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN


def found(check: str, order: str, *others: Fact, before: OrderLine | None = None, **wanted: Any) -> Evidence:
    """What *check* says of a change of line 10 of *order*."""
    file = case(order, *others, before=before, **wanted)
    return next(evidence for evidence in look(file, Told(*others)) if evidence.check == check)


def codes(evidence: Evidence) -> list[tuple[str, str]]:
    """What is wrong with which thing."""
    return [(reason.code, reason.thing) for reason in evidence.reasons]


# The order book


def test_an_open_line_may_be_changed() -> None:
    evidence = found("order", "SO-1", quantity="41")

    assert (evidence.verdict, evidence.reasons) == (PASS, ())


@pytest.mark.parametrize("status", [LineStatus.CLOSED, LineStatus.CANCELLED, LineStatus.DELIVERED])
def test_a_line_that_is_over_may_not(status: LineStatus) -> None:
    evidence = found("order", "SO-1", line("SO-1", status=status), quantity="41")

    assert (evidence.verdict, codes(evidence)) == (FAIL, [("order_closed", "SO-1:10")])


@pytest.mark.parametrize(("quantity", "verdict"), [("12", PASS), ("11.9", FAIL)])
def test_no_line_becomes_less_than_is_shipped(quantity: str, verdict: Verdict) -> None:
    assert found("order", "SO-1", line("SO-1", shipped=Decimal(12)), quantity=quantity).verdict is verdict


def test_a_line_that_changed_since_the_requester_saw_it_is_worth_a_warning() -> None:
    evidence = found("order", "SO-1", before=line("SO-1", quantity=Decimal(35)), quantity="41")

    assert (evidence.verdict, codes(evidence)) == (WARN, [("changed_since", "SO-1:10")])


@pytest.mark.parametrize(
    ("said", "verdict", "over"),
    [
        ({"credit_limit": Decimal(1000), "exposure": Decimal(990)}, PASS, False),
        ({"credit_limit": Decimal(1000), "exposure": Decimal("990.01")}, WARN, True),
        ({"credit_limit": None, "exposure": Decimal(10**6)}, PASS, False),
        ({"blocked": True}, WARN, True),
    ],
)
def test_a_customer_may_owe_just_as_much_as_he_is_good_for(said: dict[str, Any], verdict: Verdict, over: bool) -> None:
    # One valve more, at 10.
    evidence = found("order", "SO-1", Customer(site=SITE, customer="ACME", **said), quantity="41")

    assert (evidence.verdict, evidence.values["over_credit_limit"]) == (verdict, over)


# The inventory


@pytest.mark.parametrize(("quantity", "short"), [("80", "0"), ("81", "1")])
def test_what_others_were_promised_cannot_be_promised_again(quantity: str, short: str) -> None:
    # Of 100 valves 20 are for SO-4.
    evidence = found("availability", "SO-1", quantity=quantity)

    assert (evidence.verdict, evidence.values["short"]) == (PASS if short == "0" else WARN, short)


def test_a_line_does_not_stand_in_its_own_way() -> None:
    reserved = Reservation(site=SITE, item="VALVE", order="SO-1", line="10", quantity=Decimal(40))

    assert found("availability", "SO-1", reserved, quantity="80").verdict is PASS


def test_what_is_shipped_already_is_not_wanted_again() -> None:
    evidence = found("availability", "SO-1", line("SO-1", shipped=Decimal(10)), quantity="90")

    assert evidence.verdict is PASS


def test_says_who_holds_the_rest_and_when_all_of_it_can_be_there() -> None:
    coming = Receipt(site=SITE, receipt="PO-1", item="VALVE", quantity=Decimal(50), expected_at=day(70))
    evidence = found("availability", "SO-1", coming, quantity="90")

    assert [holder["owner"] for holder in evidence.values["held_by"]] == ["SO-4:10"]
    assert evidence.values["earliest"] == "2026-12-14T09:00:00Z"


# The schedule


def test_what_can_be_ready_in_time_needs_no_word() -> None:
    evidence = found("capacity", "SO-2", quantity="12")

    assert (evidence.verdict, evidence.values["expedited"], evidence.values["on_time"]) == (PASS, None, None)


def test_what_comes_late_says_what_decides_it_and_how_to_do_better() -> None:
    evidence = found("capacity", "SO-2", quantity="14")

    assert (evidence.verdict, codes(evidence)) == (WARN, [("late", "PUMP")])
    assert evidence.reasons[0].owner is Role.BUYER
    assert "What decides it: buy HOUSING at Foundry." in evidence.reasons[0].text
    assert evidence.values["expedited"]["cost"] == "450"
    assert (evidence.values["on_time"]["quantity"], evidence.values["rest"]["quantity"]) == ("12", "2")


@pytest.mark.parametrize("quantity", ["12", "13", "14", "40"])
def test_names_the_date_that_is_promised(quantity: str) -> None:
    evidence = found("capacity", "SO-2", quantity=quantity)

    enquiry = Enquiry(SITE, "PUMP", Decimal(quantity), by=day(12), customer="ACME", excluding=line("SO-2"))
    promised = capable(SupplyPicture(NOW, Told().facts), enquiry).at
    assert promised is not None
    assert datetime.fromisoformat(evidence.values["as_asked"]["at"]) == promised


def test_what_nobody_supplies_is_never_ready() -> None:
    spare = Item(site=SITE, item="SPARE")
    evidence = found("capacity", "SO-1", spare, line("SO-1", item="SPARE"), quantity="41")

    assert (evidence.verdict, codes(evidence)) == (WARN, [("no_supply", "SPARE")])
    assert evidence.values["as_asked"]["at"] is None


@pytest.mark.parametrize(
    ("order", "wanted", "zone"),
    [
        ("SO-1", {"quantity": "41"}, "liquid"),
        ("SO-1", {"requested_at": day(4)}, "frozen"),
        ("SO-1", {"requested_at": day(5)}, "slushy"),
        ("SO-1", {"requested_at": day(20)}, "liquid"),
        # The job of SO-2 starts in eight days, though the line is due in twelve and wanted even later.
        ("SO-2", {"requested_at": day(40)}, "slushy"),
    ],
)
def test_a_change_is_as_near_as_the_first_work_or_date_it_touches(
    order: str, wanted: dict[str, Any], zone: str
) -> None:
    assert found("capacity", order, **wanted).values["zone"] == zone


def test_tries_substitutes_only_where_the_customer_takes_them() -> None:
    newer = Item(site=SITE, item="PUMP-2")
    pump = Told().one(Item, "PUMP").fact.model_copy(update={"substitutes": ("PUMP-2", "NOWHERE")})
    stock = Lot(site=SITE, item="PUMP-2", lot="N1", quantity=Decimal(20))

    takes, leaves = (
        found("capacity", "SO-2", newer, pump, stock, quantity="14", substitute_allowed=allowed)
        for allowed in (True, False)
    )

    assert [way["item"] for way in takes.values["substitutes"]] == ["PUMP-2"]
    assert leaves.values["substitutes"] == []


# Quality


def lot(number: str, quantity: int, status: LotStatus = LotStatus.UNRESTRICTED, **said: Any) -> Lot:
    return Lot(site=SITE, item="VALVE", lot=number, quantity=Decimal(quantity), status=status, **said)


def test_good_stock_that_is_enough_passes_whatever_else_is_held() -> None:
    evidence = found("quality", "SO-1", lot("V2", 10, LotStatus.ON_HOLD), quantity="60")

    assert (evidence.verdict, evidence.values["held_lots"]) == (PASS, ["V2"])


@pytest.mark.parametrize(
    "status", [LotStatus.ON_HOLD, LotStatus.REJECTED, LotStatus.IN_INSPECTION, LotStatus.CONDITIONAL]
)
def test_stock_that_may_not_be_used_is_worth_a_warning_where_it_would_be_needed(status: LotStatus) -> None:
    evidence = found("quality", "SO-1", lot("V1", 100, status), quantity="60")

    assert (evidence.verdict, codes(evidence)) == (WARN, [(status, "V1")])
    assert (evidence.values["usable"], evidence.values["held"]) == ("0", "100")


def test_stock_counts_as_held_as_soon_as_somebody_has_stopped_it() -> None:
    hold = Hold(site=SITE, item="VALVE", lot="V1", case="QH-1")
    evidence = found("quality", "SO-1", hold, quantity="60")

    assert (evidence.verdict, codes(evidence)) == (WARN, [(LotStatus.ON_HOLD, "V1")])


def test_a_conditional_lot_may_go_to_whom_it_is_allowed_for() -> None:
    evidence = found("quality", "SO-1", lot("V1", 100, LotStatus.CONDITIONAL, allowed_for=("ACME",)), quantity="60")

    assert (evidence.verdict, evidence.values["usable"]) == (PASS, "100")


@pytest.mark.parametrize(("expires", "verdict"), [(60, PASS), (59.99, WARN)])
def test_a_lot_is_good_through_the_instant_it_expires(expires: float, verdict: Verdict) -> None:
    # The line is due in sixty days.
    evidence = found("quality", "SO-1", lot("V1", 100, expires_at=day(expires)), quantity="60")

    assert evidence.verdict is verdict


def test_a_result_that_is_owed_on_good_stock_is_told_but_does_not_make_it_less() -> None:
    owed = Inspection(site=SITE, item="VALVE", lot="V1", inspection="FINAL")
    evidence = found("quality", "SO-1", owed, quantity="60")

    assert (evidence.verdict, codes(evidence)) == (PASS, [("inspection_open", "V1")])


# The shop floor


def test_work_that_has_not_begun_stands_in_nobodys_way() -> None:
    evidence = found("work_in_process", "SO-5", cancel=True)

    assert (evidence.verdict, evidence.values["started"], evidence.values["in_the_making"]) == (PASS, False, "5")


def begun(name: str, step: str) -> Job:
    known = job(name)
    return known.model_copy(
        update={"operations": tuple(each.model_copy(update={"status": step}) for each in known.operations)}
    )


@pytest.mark.parametrize(
    "started", [job("J-5", status=JobStatus.RUNNING), begun("J-5", "running"), begun("J-5", "done")]
)
def test_work_that_has_begun_is_worth_a_warning_and_has_its_price(started: Job) -> None:
    evidence = found("work_in_process", "SO-5", started, cancel=True)

    assert (evidence.verdict, codes(evidence)) == (WARN, [("started", "J-5")])
    assert evidence.values["value"] == "2000"


@pytest.mark.parametrize("status", [JobStatus.COMPLETE, JobStatus.CLOSED])
def test_work_that_is_over_is_no_work_in_process(status: JobStatus) -> None:
    evidence = found("work_in_process", "SO-5", job("J-5", status=status), cancel=True)

    assert (evidence.verdict, evidence.values["jobs"]) == (PASS, [])


def test_says_when_another_revision_is_being_made_than_is_wanted() -> None:
    evidence = found("work_in_process", "SO-5", job("J-5", status=JobStatus.RUNNING), revision="B")

    assert codes(evidence) == [("started", "J-5"), ("revision", "J-5")]
    assert evidence.values["revision_differs"]


def test_a_revision_that_is_not_begun_yet_can_still_be_changed() -> None:
    assert not found("work_in_process", "SO-5", revision="B").values["revision_differs"]


# Dispatch


@pytest.mark.parametrize(
    ("status", "verdict", "reasons"),
    [
        (ShipmentStatus.PLANNED, PASS, []),
        (ShipmentStatus.PICKED, WARN, [("picked", "SH-4")]),
        (ShipmentStatus.APPROVED, WARN, [("picked", "SH-4")]),
        (ShipmentStatus.LOADING, FAIL, [("shipment_in_progress", "SH-4")]),
        (ShipmentStatus.CANCELLED, PASS, []),
    ],
)
def test_the_farther_a_shipment_has_come_the_harder_it_is_to_change(
    status: ShipmentStatus, verdict: Verdict, reasons: list[tuple[str, str]]
) -> None:
    shipment = Told().one(Shipment, "SH-4").fact.model_copy(update={"status": status})

    evidence = found("dispatch", "SO-4", shipment, quantity="25")

    assert (evidence.verdict, codes(evidence)) == (verdict, reasons)


def test_shipments_of_other_lines_do_not_matter() -> None:
    other = Shipment(
        site=SITE, shipment="SH-9", status=ShipmentStatus.LOADING, ship_by=day(1),
        lines=(ShipmentLine(order="SO-1", line="20", quantity=Decimal(1)),),
    )  # fmt: skip

    evidence = found("dispatch", "SO-1", other, quantity="41")

    assert (evidence.verdict, evidence.values["shipments"]) == (PASS, [])


# Who else wants the item


def test_names_the_least_important_line_whose_giving_way_would_help() -> None:
    evidence = found("pegging", "SO-2", quantity="14")

    giver = evidence.values["giver"]["line"]
    assert (evidence.verdict, giver["order"], giver["customer"]) == (PASS, "SO-3", "BOLT")
    assert datetime.fromisoformat(giver["new_at"]) > datetime.fromisoformat(giver["promised_at"])


@pytest.mark.parametrize("priority", [10, 5])
def test_nobody_gives_way_to_a_line_that_matters_no_more(priority: int) -> None:
    evidence = found("pegging", "SO-2", line("SO-3", priority=priority), quantity="14")

    assert evidence.values["giver"] is None


def test_nobody_is_asked_to_give_way_where_there_is_enough() -> None:
    evidence = found("pegging", "SO-2", quantity="12")

    assert (evidence.values["giver"], evidence.values["others"]) == (None, ["SO-3:10", "SO-5:10"])


# Evidence


@pytest.mark.parametrize("check", CHECKS)
def test_evidence_says_where_it_comes_from_and_how_long_it_may_be_relied_on(check: str) -> None:
    evidence = found(check, "SO-4", quantity="25")

    assert (evidence.source, evidence.as_of) == ("erp", NOW)
    assert evidence.valid_until == NOW + FRESH[check]
    assert evidence.source_version


def test_every_check_of_every_process_has_a_time_for_which_it_holds() -> None:
    assert {check.name for process in PROCESSES.values() for check in process.checks} == set(FRESH)


def test_what_is_unknown_holds_for_no_time_and_says_why() -> None:
    evidence = unknown("dispatch", "Dispatch does not answer.", "SO-1:10", NOW)

    assert (evidence.verdict, evidence.valid_until, evidence.values) == (UNKNOWN, NOW, {})
    assert evidence.reasons[0].text == "Dispatch does not answer."


def test_a_decision_is_bound_to_what_was_found_and_not_to_when() -> None:
    first = found("availability", "SO-1", quantity="41")
    later = first.model_copy(update={"as_of": day(1), "valid_until": day(2), "source_version": "9"})
    other = found("availability", "SO-1", quantity="90")

    assert pack_digest((first,)) == pack_digest((later,))
    assert pack_digest((first,)) != pack_digest((other,))


def test_the_order_of_the_evidence_does_not_matter_to_what_a_decision_is_bound_to() -> None:
    pack = look(case("SO-1", quantity="41"), Told())

    assert pack_digest(tuple(pack)) == pack_digest(tuple(pack[::-1]))


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        ((), PASS),
        ((PASS, PASS), PASS),
        ((PASS, WARN), WARN),
        ((WARN, UNKNOWN), UNKNOWN),
        ((UNKNOWN, FAIL, PASS), FAIL),
    ],
)
def test_checks_together_say_the_worst_that_any_of_them_says(verdicts: tuple[Verdict, ...], together: Verdict) -> None:
    assert worst(verdicts) is together
