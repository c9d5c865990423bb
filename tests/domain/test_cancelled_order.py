"""What becomes of a shipment whose order lines are cancelled: all of them, or some."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import WorkingCalendar
from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.effect import EffectState, KeptEffect
from domain.fact import Reading
from domain.facts import LineStatus, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.leaving import findings, questions
from domain.leaving.cancelled import PutAway, put_aways
from domain.leaving.effects import effects
from domain.leaving.known import in_the_way
from domain.leaving.requested import DispatchReleaseRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE, propose
from domain.readiness.judgement import Known
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.shipments import content_of, ready_for_release
from domain.release import DispatchApproval
from domain.roles import Role
from domain.shipment_effect import CancelShipment, PickedLine, ReviseShipment
from runtime.policies import FOLDER, read_policy
from tests.support.ready_shipment import PAPERS, papers, ready_shipment
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
POLICY = read_policy(FOLDER / "dispatch_release.yaml")
FIGURES = ReadinessPolicy(
    site=SITE, effective_from=NOW, time_to_live={}, documents=tuple(Paper(document=name) for name in PAPERS)
)
TAKES = tuple(
    ShipmentLine(order="SO-1", line=line, quantity=Decimal(quantity), lots=("V1",))
    for line, quantity in (("10", 40), ("20", 12))
)
FIRST, SECOND = (
    PickedLine(order="SO-1", line=line, quantity=Decimal(quantity), lots=("V1",), item="VALVE")
    for line, quantity in (("10", 40), ("20", 12))
)
TWELVE = "12 of VALVE from V1, picked for SO-1:20, which is cancelled"


def file_of(
    *cancelled: str, answers: tuple[PastAnswer, ...] = (), back: tuple[PutAway, ...] = (), approved: bool = False,
    **of: Any,
) -> CaseFile:  # fmt: skip
    """The case about 40 valves for one line and 12 for another, some *cancelled*; *of* says where the shipment is."""
    told = (*ready_shipment(NOW), *ready_shipment(NOW, line="20", quantity=12))
    facts = {(fact.kind, fact.key): fact for fact in told}
    shipment = facts[Shipment.kind, "SH-9"].model_copy(update={"lines": TAKES, **of})
    assert isinstance(shipment, Shipment)
    facts |= {(fact.kind, fact.key): fact for fact in (shipment, *papers(content_of(shipment)))}
    for line in cancelled:
        key = (OrderLine.kind, f"SO-1:{line}")
        facts[key] = facts[key].model_copy(update={"status": LineStatus.CANCELLED})
    readings = {key: Reading[Any](fact=fact, source="erp", version="1", as_of=NOW) for key, fact in facts.items()}
    approval = DispatchApproval(
        site=SITE, shipment="SH-9", approved_by="sven", describes=content_of(shipment),
        valid_until=NOW.replace(hour=12),
    )  # fmt: skip
    known = Known(now=NOW, readings=tuple(readings.values()), policy=FIGURES)
    found = findings.judge(
        readings[Shipment.kind, "SH-9"], [readings[OrderLine.kind, f"SO-1:{line}"] for line in ("10", "20")],
        Reading(fact=approval, source="erp", version="1", as_of=NOW) if approved else None,
        readings["slot", "SH-9"], [], (), WorkingCalendar.always(), NOW, put_aways=back,
    )  # fmt: skip
    ready = findings.judge_readiness(ready_for_release(SITE, "SH-9", known), (), NOW)
    file = CaseFile(
        id="DR-1", process=DISPATCH_RELEASE.name, site=SITE, subject="SH-9", state="assessing", version=1,
        assessment=1, before=readings[Shipment.kind, "SH-9"], opened_at=NOW, policy=POLICY,
        request=DispatchReleaseRequest(shipment="SH-9", reason="PLANNED"), evidence=(found, ready), answers=answers,
        requester=Principal(kind=PrincipalKind.PERSON, id="emma"), at=NOW,
    )  # fmt: skip
    return file.model_copy(update={"proposal": (proposal := propose(file)), "decided_because": proposal.because})


def kept(number: int, effect: CancelShipment | ReviseShipment, state: EffectState) -> KeptEffect:
    """What the case has written."""
    return KeptEffect(key=f"DR-1/{number:03d}/1-write-01", effect=effect, state=state)


def without(*back: PickedLine) -> ReviseShipment:
    """That the shipment goes on without these."""
    return ReviseShipment(
        site=SITE, shipment="SH-9", expected="", lines=(), status=ShipmentStatus.PICKED, put_away=back
    )  # fmt: skip


def put_away(topic: str, choice: str = "acknowledge") -> PastAnswer:
    """That the warehouse has taken it over."""
    return PastAnswer(step=1, state="gathering", topic=topic, choice=choice, people=("willa",), at=NOW)


@pytest.mark.parametrize(
    ("status", "back"),
    [
        (ShipmentStatus.PLANNED, ()),
        (ShipmentStatus.PICKED, (FIRST, SECOND)),
        (ShipmentStatus.APPROVED, (FIRST, SECOND)),
    ],
)
def test_nothing_leaves_of_what_is_all_cancelled_and_what_was_picked_goes_back(
    status: ShipmentStatus, back: tuple[PickedLine, ...]
) -> None:
    file = file_of("10", "20", status=status)
    assert file.proposal is not None

    assert file.proposal.automatic == "cancel"
    assert file.proposal.because == "SO-1:10 and SO-1:20 are cancelled: nothing leaves in SH-9."
    assert effects(file, file.proposal.option("cancel")) == (
        CancelShipment(site=SITE, shipment="SH-9", expected=status, put_away=back),
    )


def test_an_approval_dies_first() -> None:
    proposal = file_of("10", "20", approved=True, status=ShipmentStatus.APPROVED).proposal

    assert proposal is not None
    assert proposal.automatic == "revoke"


@pytest.mark.parametrize("status", [ShipmentStatus.LOADING, ShipmentStatus.LOADED])
def test_what_stands_on_the_vehicle_is_unloaded_first(status: ShipmentStatus) -> None:
    proposal = file_of("10", "20", approved=True, status=status).proposal

    assert proposal is not None
    assert (proposal.stage, proposal.automatic) == ("load_stopped", None)
    assert [ruled.option.name for ruled in proposal.options] == ["unload"]


def test_dispatch_takes_out_what_is_cancelled_where_something_else_is_to_leave() -> None:
    file = file_of("20")
    assert file.proposal is not None
    asked = {draft.topic: draft for draft in questions.tasks(file)}

    assert (file.proposal.stage, file.proposal.automatic) == ("gathering", None)
    assert set(asked) == {"take_out", "content"}
    assert asked["take_out"].context == "SO-1:20 is cancelled."
    assert asked["take_out"].roles == (Role.DISPATCH,)
    (revised,) = effects(file, file.proposal.option("take_out"))
    assert isinstance(revised, ReviseShipment)
    assert (revised.lines, revised.put_away, revised.rest) == (TAKES[:1], (SECOND,), ())


def test_it_waits_until_the_warehouse_has_put_away_what_was_picked_of_it() -> None:
    back = (PutAway(topic="put_away_1", lines=(SECOND,)),)
    waits = file_of(lines=TAKES[:1], back=back)
    goes_on = file_of(lines=TAKES[:1], back=back, answers=(put_away("put_away_1"),))

    assert waits.proposal is not None
    assert waits.proposal.stage == "gathering"
    assert [reason.text for reason in in_the_way(waits)] == [f"To be put away: {TWELVE}."]
    (asked,) = [draft for draft in questions.tasks(waits) if draft.topic != "content"]
    assert (asked.topic, asked.context) == ("put_away_1", f"- {TWELVE}")
    assert {choice.name for choice in asked.choices} == {"acknowledge", "waive"}
    assert goes_on.proposal is not None
    assert goes_on.proposal.stage == "awaiting_approval"


@pytest.mark.parametrize("choice", ["acknowledge", "waive"])
def test_it_ends_once_the_warehouse_has_taken_over_all_of_it(choice: str) -> None:
    back = (PutAway(topic="put_away_1", lines=(SECOND,)), PutAway(topic="put_away_4", lines=(FIRST,)))
    first, both = (put_away("put_away_1", choice),), (put_away("put_away_1", choice), put_away("put_away_4", choice))
    waits = file_of("10", "20", status=ShipmentStatus.CANCELLED, back=back, answers=first)
    ended = file_of("10", "20", status=ShipmentStatus.CANCELLED, back=back, answers=both)

    assert waits.proposal is not None
    assert (waits.proposal.stage, waits.proposal.settled) == ("putting_away", None)
    assert [draft.topic for draft in questions.put_away(waits)] == ["put_away_4"]
    assert ended.proposal is not None
    assert (ended.proposal.settled, ended.proposal.because) == ("cancelled", waits.proposal.because)


def test_what_was_refused_or_taken_back_is_not_put_away_and_each_keeps_its_name() -> None:
    written = (
        kept(1, without(SECOND), EffectState.REFUSED),
        kept(2, without(SECOND), EffectState.COMPENSATED),
        kept(3, without(), EffectState.CONFIRMED),
        kept(4, without(SECOND), EffectState.CONFIRMED),
        kept(5, without(FIRST), EffectState.PLANNED),
    )

    assert list(put_aways(written)) == [PutAway(topic="put_away_4", lines=(SECOND,))]
