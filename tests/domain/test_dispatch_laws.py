"""Whatever people do and whatever happens meanwhile, nothing leaves that is held, and every case can end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import WorkingCalendar
from domain.case import CaseFile
from domain.decision import Principal, PrincipalKind
from domain.effect import Effect
from domain.facts import AT_THE_RAMP, GONE, LineStatus, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.leaving import findings
from domain.leaving.cancelled import PUT_AWAY, PutAway
from domain.leaving.hold import HOLDERS
from domain.leaving.known import LOADED, LOADED_LESS, SEAL, UNAPPROVED
from domain.leaving.requested import DispatchReleaseRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.readiness.judgement import Known
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.replacement import replacements
from domain.readiness.shipments import content_of, ready_for_release
from domain.release import DispatchApproval, Hold, ShipmentHold, Slot
from domain.roles import Role
from domain.shipment_effect import (
    AddShipment,
    ApproveDispatch,
    CancelShipment,
    IssueGoods,
    LeaveShort,
    LiftShipmentHold,
    MoveShipment,
    MoveSlot,
    ReviseShipment,
    RevokeDispatch,
)
from runtime.policies import FOLDER, read_policy
from tests.domain.walking import NOW, Walking, the_first, walked_everywhere
from tests.support.ready_shipment import PAPERS, other_lot, papers, ready_shipment
from tests.support.small_plant import SITE

POLICY = read_policy(FOLDER / "dispatch_release.yaml")
FIGURES = ReadinessPolicy(
    site=SITE, effective_from=NOW, time_to_live={}, documents=tuple(Paper(document=name) for name in PAPERS)
)


class Leaving(Walking):
    """One shipment: what its case asks is answered, in any order with what happens in the plant."""

    process = DISPATCH_RELEASE
    been: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.keep(*ready_shipment(NOW), *other_lot("V2", 60))
        self.stays_open = Decimal(0)
        self.put_aways: list[PutAway] = []

    # The plant

    def hold(self, lot: str, active: bool) -> None:
        """Quality stops a lot, or lets it go."""
        self.keep(Hold(site=SITE, item="VALVE", lot=lot, active=active, case="QH-1"))

    def stop(self, role: Role) -> None:
        """Somebody stops the shipment by hand."""
        self.keep(ShipmentHold(site=SITE, shipment="SH-9", role=role, placed_by="emma"))

    def order_book(self, status: LineStatus) -> None:
        """The order is cancelled, or put back."""
        self.keep(self.one(OrderLine, "SO-1:10").model_copy(update={"status": status}))

    def get_ready(self) -> None:
        """What was planned is picked, and papers are written for what leaves now."""
        if self.shipment.status is ShipmentStatus.PLANNED:
            self.keep(self.shipment.model_copy(update={"status": ShipmentStatus.PICKED}))
        self.keep(*papers(content_of(self.shipment)))

    def carrier(self, name: str | None) -> None:
        """The carrier comes, or does not."""
        found = {"carrier": name, "status": "confirmed", "confirmed_at": self.now}
        ends_at = self.now + timedelta(hours=2)
        self.keep(self.one(Slot, "SH-9").model_copy(update={**found, "ends_at": ends_at}))

    def take_from(self, lot: str) -> None:
        """Another lot is picked than was to be, without a word to anybody."""
        lines = tuple(line.model_copy(update={"lots": (lot,)}) for line in self.shipment.lines)
        if self.shipment.status not in GONE:
            self.keep(self.shipment.model_copy(update={"lines": lines}))

    meanwhile = (
        lambda plant: plant.hold("V1", active=True),
        lambda plant: plant.hold("V1", active=False),
        lambda plant: plant.hold("V2", active=True),
        lambda plant: plant.hold("V2", active=False),
        *(lambda plant, role=role: plant.stop(role) for role in HOLDERS),
        lambda plant: plant.order_book(LineStatus.CANCELLED),
        lambda plant: plant.order_book(LineStatus.CANCELLED),
        lambda plant: plant.order_book(LineStatus.OPEN),
        lambda plant: plant.get_ready(),
        lambda plant: plant.get_ready(),
        lambda plant: plant.pass_time(timedelta(hours=3)),
        lambda plant: plant.pass_time(timedelta(hours=30)),
        lambda plant: plant.pass_time(timedelta(hours=60)),
        lambda plant: plant.carrier("CARRIER-1"),
        lambda plant: plant.carrier(None),
        lambda plant: plant.take_from("V1"),
        lambda plant: plant.take_from("V2"),
    )

    def get_well(self) -> None:
        """Nobody stops it, what it lacks comes, and it is to leave later."""
        self.hold("V1", active=False)
        self.hold("V2", active=False)
        for stopped in self.stopped:
            self.keep(stopped.model_copy(update={"active": False}))
        if not self.put_aways:
            self.order_book(LineStatus.OPEN)
        self.keep(self.shipment.model_copy(update={"ship_by": self.now + timedelta(days=2)}))
        self.carrier("CARRIER-1")
        self.get_ready()

    # The laws

    def laws(self) -> None:
        """What is to leave, in this shipment or another, or stays open, is what was ordered; what is held stops."""
        super().laws()
        shipments = [fact for fact in self.facts.values() if isinstance(fact, Shipment)]
        assert sum(_quantity(shipment.lines) for shipment in shipments) + self.stays_open == 40
        if self.shipment.status in AT_THE_RAMP and (self.held or self.stopped):
            assert self.proposal.stage == "load_stopped"

    def _nothing_leaves_that_must_not(self) -> None:
        """However it came about."""
        approval = self.one(DispatchApproval, "SH-9")
        assert not self.held
        assert not self.stopped
        assert self.one(OrderLine, "SO-1:10").status is not LineStatus.CANCELLED
        assert self.shipment.lines
        assert self.shipment.status is ShipmentStatus.LOADED
        assert not approval.revoked
        assert approval.describes == content_of(self.shipment)
        loaded, left = (next(said for said in reversed(self.answers) if said.choice == step) for step in _SEALED)
        assert left.values.get(SEAL) == loaded.values.get(SEAL)

    # What steps write

    def write(self, effect: Effect) -> None:
        shipment = self.shipment
        if isinstance(effect, ApproveDispatch):
            self.keep(DispatchApproval(**effect.model_dump(exclude={"kind"})))
        elif isinstance(effect, RevokeDispatch):
            self.keep(self.one(DispatchApproval, "SH-9").model_copy(update={"revoked": True}))
        elif isinstance(effect, MoveShipment):
            assert shipment.status == effect.expected
            self.keep(shipment.model_copy(update={"status": effect.status}))
        elif isinstance(effect, CancelShipment):
            assert shipment.status == effect.expected
            assert shipment.status not in AT_THE_RAMP
            self.keep(shipment.model_copy(update={"status": ShipmentStatus.CANCELLED}))
            if effect.put_away:
                self.put_aways.append(PutAway(topic=f"{PUT_AWAY}_1", lines=effect.put_away))
        elif isinstance(effect, ReviseShipment):
            assert content_of(shipment) == effect.expected
            self.keep(shipment.model_copy(update={"lines": effect.lines, "status": effect.status}))
            self.stays_open += _quantity(effect.rest)
        elif isinstance(effect, MoveSlot):
            asked = {"starts_at": effect.starts_at, "ends_at": effect.ends_at, "status": "requested"}
            self.keep(self.one(Slot, "SH-9").model_copy(update=asked))
        elif isinstance(effect, AddShipment):
            self.keep(shipment.model_copy(update={"shipment": effect.shipment, "lines": effect.lines}))
            self.stays_open -= _quantity(effect.lines)
        elif isinstance(effect, LeaveShort):
            assert content_of(shipment) == effect.expected
            self.keep(shipment.model_copy(update={"lines": effect.lines, "status": ShipmentStatus.LOADED}))
            approval = self.one(DispatchApproval, "SH-9")
            self.keep(approval.model_copy(update={"describes": effect.describes}))
            self.stays_open += _quantity(effect.rest)
        elif isinstance(effect, LiftShipmentHold):
            hold = self.one(ShipmentHold, f"SH-9:{effect.role}")
            self.keep(hold.model_copy(update={"active": False}))
        elif isinstance(effect, IssueGoods):
            self._nothing_leaves_that_must_not()
            self.keep(shipment.model_copy(update={"status": ShipmentStatus.DISPATCHED}))

    # How it is looked up

    @property
    def shipment(self) -> Shipment:
        """What leaves."""
        found = self.one(Shipment, "SH-9")
        assert isinstance(found, Shipment)
        return found

    @property
    def held(self) -> list[str]:
        """The lots in it that quality has stopped."""
        lots = {lot for line in self.shipment.lines for lot in line.lots}
        return [lot for lot in sorted(lots) if getattr(self.facts.get((Hold.kind, f"VALVE:{lot}")), "active", False)]

    @property
    def stopped(self) -> list[ShipmentHold]:
        """Who has stopped it by hand."""
        return [fact for fact in self.facts.values() if isinstance(fact, ShipmentHold) and fact.active]

    def look_up(self) -> CaseFile:
        shipment = self.told(self.shipment)
        approval = self.facts.get((DispatchApproval.kind, "SH-9"))
        known = Known(now=self.now, readings=tuple(map(self.told, self.facts.values())), policy=FIGURES)
        found = findings.judge(
            shipment,
            [self.told(self.one(OrderLine, "SO-1:10"))],
            None if approval is None else self.told(approval),
            self.told(self.one(Slot, "SH-9")),
            [self.told(fact) for fact in self.stopped],
            replacements(SITE, "SH-9", known),
            WorkingCalendar.always(),
            self.now,
            put_aways=tuple(self.put_aways),
        )
        ready = findings.judge_readiness(ready_for_release(SITE, "SH-9", known), (), self.now)
        return CaseFile(
            id="DR-1", process=DISPATCH_RELEASE.name, site=SITE, subject="SH-9", state="assessing", version=1,
            assessment=len(self.answers) + 1, before=shipment,
            request=DispatchReleaseRequest(shipment="SH-9", reason="PLANNED"),
            requester=Principal(kind=PrincipalKind.PERSON, id="emma"), opened_at=NOW, policy=POLICY,
            evidence=(found, ready), answers=tuple(self.answers), at=self.now,
        )  # fmt: skip


_SEALED = ("load", "depart")
# When the number of the seal is said.


def _quantity(lines: tuple[ShipmentLine, ...]) -> Decimal:
    return sum((line.quantity for line in lines), Decimal(0))


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=True), st.integers(10, 16))
def walk(by: Random, steps: int) -> None:
    Leaving().walk(by, steps)


def test_nothing_leaves_that_must_not_and_every_case_can_end() -> None:
    # The engine leads to these, or a system that fails, or whoever drives off without asking.
    elsewhere = ("received", "assessing", "propagating", "commit_failed", "abandoned", "withdrawn")
    walked_everywhere(walk, Leaving, *elsewhere, UNAPPROVED, "dispatched_unapproved")


def test_nobody_can_let_an_empty_vehicle_leave() -> None:
    plant = Leaving()
    for _ in range(2):
        plant.go_on(the_first)
    (draft,) = plant.asked()

    plant.say(draft, draft.choices[-1], lambda among: among[0] if True in among else among[1])

    assert (draft.topic, draft.choices[-1].name) == (LOADED, LOADED_LESS)
    assert plant.answers[-1].values == {"SO-1:10:V1": "0"}
    assert plant.proposal.stage == "loaded_short"
    assert [choice.name for asked in plant.asked() for choice in asked.choices] == ["unload", "look_again"]
