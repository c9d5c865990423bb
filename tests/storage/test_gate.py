"""Whoever lets a shipment go is refused the moment that it is stopped, before any case has looked at that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.decision import Channel, StoppedMeanwhile
from domain.facts import Shipment, ShipmentStatus
from domain.held_lot.requested import QualityHoldRequest
from domain.leaving.findings import LeavingFound
from domain.leaving.requested import DispatchReleaseRequest
from domain.option import Option, Proposal, RuledOption
from domain.order_line.requested import OrderChangeRequest
from domain.policy import Requirement, Ruling
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.processes.order_change import ORDER_CHANGE
from domain.processes.quality_hold import QUALITY_HOLD
from domain.readiness.shipments import content_of
from domain.roles import Role
from storage.cases import Cases
from storage.database import Database
from storage.record import CaseRecord
from storage.shipment_holds import ShipmentHolds
from storage.tables.cases import TrailRow
from storage.tables.questions import QuestionRow
from tests.storage.plant import FOUR_HOURS, NOW, answer, evidence, minutes, move, person, rows, tell
from tests.support.ready_shipment import being_loaded
from tests.support.small_plant import SITE


async def at_the_gate(database: Database) -> str:
    """The question whether SH-9, which takes valves of V1, leaves; nothing looks at its case meanwhile."""
    *others, loading = being_loaded(NOW)
    assert isinstance(loading, Shipment)
    loaded = loading.model_copy(update={"status": ShipmentStatus.LOADED})
    await tell(database, *others, loaded)
    found = LeavingFound(
        shipment=loaded, content=content_of(loaded), customers=("ACME",), approval=None, approved=True,
        slot_ends_at=None,
    )  # fmt: skip
    seen = evidence().model_copy(update={"check": "shipment", "values": found.model_dump(mode="json")})
    asked = DispatchReleaseRequest(shipment="SH-9", reason="DUE")
    case = (await Cases(database).open(DISPATCH_RELEASE, SITE, asked, person("emma"), Channel.API, NOW)).case_id
    ruling = Ruling(rules=("any",), automatic=False, require=(Requirement(role=Role.DISPATCH),), within=FOUR_HOURS)
    leave = Option(name="depart", title="Let it leave", expires_at=NOW + timedelta(hours=1))
    proposal = Proposal(stage="ready_to_depart", options=(RuledOption(option=leave, ruling=ruling),))
    await move(database, case, 1, "assessing", assessment=1)
    await CaseRecord(database).keep_evidence(case, 1, seen)
    await CaseRecord(database).keep_proposal(case, 1, proposal)
    await move(database, case, 2, "ready_to_depart", assessment=1)
    return f"{case}-2-1"


async def test_what_nothing_stops_leaves(database: Database) -> None:
    question = await at_the_gate(database)

    answered = await answer(database, question, "depart", "emma", at=minutes(1))

    assert answered.settled == "depart"


async def test_a_lot_on_hold_keeps_the_gate_shut_before_the_case_has_looked(database: Database) -> None:
    question = await at_the_gate(database)
    asked = QualityHoldRequest(item="VALVE", lot="V1", reason="TEST_FAILED", defect="It leaks.")
    await Cases(database).open(QUALITY_HOLD, SITE, asked, person("ida"), Channel.API, minutes(1))

    with pytest.raises(StoppedMeanwhile, match=r"SH-9 is stopped: Lot V1 is on hold \(functional\): It leaks\."):
        await answer(database, question, "depart", "emma", at=minutes(2))

    (kept,) = await rows(database, QuestionRow, id=question)
    (refused,) = await rows(database, TrailRow, case_id=kept.case_id, action="answer_refused")
    assert kept.choice is None
    assert (refused.by["id"], refused.details["refusal"]) == ("emma", "StoppedMeanwhile")


async def test_so_does_somebody_who_stopped_it_and_an_order_that_is_being_changed(database: Database) -> None:
    question = await at_the_gate(database)
    asked = OrderChangeRequest(order="SO-1", line="10", cancel=True, reason="CUSTOMER_REQUEST")
    opened = await Cases(database).open(ORDER_CHANGE, SITE, asked, person("anna"), Channel.API, minutes(1))
    await move(database, opened.case_id, 1, "assessing", assessment=1)
    await move(database, opened.case_id, 2, "committing", assessment=1)
    await ShipmentHolds(database).place(SITE, "SH-9", "Wait.", person("anna"), Channel.API, minutes(2))

    with pytest.raises(StoppedMeanwhile) as refused:
        await answer(database, question, "depart", "emma", at=minutes(3))

    assert f"SO-1:10 is just being changed: {opened.case_id}." in str(refused.value)
    assert "anna stopped SH-9 as sales: Wait." in str(refused.value)
