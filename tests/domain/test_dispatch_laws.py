"""Whatever people do and whatever happens meanwhile, nothing leaves that is held, and every case can end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.calendar import WorkingCalendar
from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.fact import Fact, Reading
from domain.facts import LineStatus, OrderLine, Shipment, ShipmentStatus
from domain.form import FieldKind, Form, FormField, filled, total_of
from domain.leaving import findings
from domain.leaving.content import CHANGES, CONTENT
from domain.leaving.effects import effects
from domain.leaving.hold import HOLDERS
from domain.leaving.known import AT_THE_RAMP, LOADED, LOADED_LESS, SHORT
from domain.leaving.requested import DispatchReleaseRequest
from domain.leaving.rest import LEAVE_SHORT, PARTIAL
from domain.option import Option, Proposal
from domain.processes.dispatch_release import DISPATCH_RELEASE, propose
from domain.question import Choice, QuestionDraft
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
from tests.support.ready_shipment import PAPERS, other_lot, papers, ready_shipment
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
POLICY = read_policy(FOLDER / "dispatch_release.yaml")
FIGURES = ReadinessPolicy(
    site=SITE, effective_from=NOW, time_to_live={}, documents=tuple(Paper(document=name) for name in PAPERS)
)


class Leaving(RuleBasedStateMachine):
    """One shipment: steps that its case offers, in any order with what happens in the plant."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        told = (*ready_shipment(NOW), *other_lot("V2", 60))
        self.facts: dict[tuple[str, str], Fact] = {(f.kind, f.key): f for f in told}
        self.answers: list[PastAnswer] = []
        self.looked: CaseFile | None = None
        self.stays_open = Decimal(0)
        self.left_held = False
        self.left_unapproved = False
        self.left_cancelled = False
        self.left_empty = False

    # The plant

    @rule(lot=st.sampled_from(["V1", "V2"]), active=st.booleans())
    def hold(self, lot: str, active: bool) -> None:
        """Quality stops a lot, or lets it go."""
        self._keep(Hold(site=SITE, item="VALVE", lot=lot, active=active, case="QH-1"))

    @rule(role=st.sampled_from(HOLDERS))
    def stop(self, role: Role) -> None:
        """Somebody stops the shipment by hand."""
        self._keep(ShipmentHold(site=SITE, shipment="SH-9", role=role, placed_by="emma"))

    @rule(cancelled=st.booleans())
    def order_book(self, cancelled: bool) -> None:
        """The order is cancelled, or put back."""
        status = LineStatus.CANCELLED if cancelled else LineStatus.OPEN
        self._keep(self._one(OrderLine, "SO-1:10").model_copy(update={"status": status}))

    @rule()
    def get_ready(self) -> None:
        """What was planned is picked, and papers are written for what leaves now."""
        shipment = self._one(Shipment, "SH-9")
        if shipment.status is ShipmentStatus.PLANNED:
            self._keep(shipment.model_copy(update={"status": ShipmentStatus.PICKED}))
        for paper in papers(content_of(shipment)):
            self._keep(paper)

    @rule(hours=st.integers(0, 5))
    def wait(self, hours: int) -> None:
        """Time goes by."""
        self.now += timedelta(hours=hours)
        self.looked = None

    @rule(carrier=st.sampled_from(["CARRIER-1", None]))
    def carrier(self, carrier: str | None) -> None:
        """The carrier comes, or does not."""
        slot = self.facts["slot", "SH-9"].model_copy(
            update={
                "carrier": carrier,
                "status": "confirmed",
                "ends_at": self.now + _HOURS,
                "confirmed_at": self.now,
            }
        )
        self._keep(slot)

    # The people

    @precondition(lambda self: self._proposal().options)
    @rule(no=st.booleans(), data=st.data())
    def answer(self, no: bool, data: st.DataObject) -> None:
        """Whoever is asked takes a step, filling in its form, or refuses to release."""
        options = self._proposal().options
        offered = data.draw(st.sampled_from([ruled.option for ruled in options]), label="option")
        if offered.name == "release" and no:
            self._said("reject", topic="release")
            return
        form = next((choice.form for choice in self._choices() if choice.name == offered.name), Form())
        values = {field.name: data.draw(_filled_in(field, self.now), label=field.name) for field in form.fields}
        if form.below is not None and not 0 < total_of(form, values) < form.below:
            return
        topic = CONTENT if offered.name in CHANGES else _TOPICS.get(offered.name, offered.name)
        self._said(offered.name, topic=topic, **filled(form, values, self.now))
        if self._still_possible(offered.name):
            taken = self._taken()
            self._carry_out(offered)
            if offered.name in (PARTIAL, LEAVE_SHORT):
                self.stays_open += taken - self._taken()

    @precondition(lambda self: self._proposal().stage == "loading")
    @rule(data=st.data())
    def loaded_less(self, data: st.DataObject) -> None:
        """Not all of it can be loaded."""
        (draft,) = self._drafts()
        form = draft.choices[-1].form
        values = {field.name: data.draw(_filled_in(field, self.now), label=field.name) for field in form.fields}
        if form.below is not None and total_of(form, values) < form.below:
            self._said(LOADED_LESS, topic=LOADED, **filled(form, values, self.now))

    @precondition(lambda self: self._proposal().stage == "loaded_short")
    @rule()
    def go_on_loading(self) -> None:
        """What was missing comes after all."""
        self._said("look_again", topic=SHORT)

    @precondition(lambda self: self._proposal().stage == "gathering")
    @rule()
    def mended(self) -> None:
        """Somebody says that it is mended, whether it is so or not."""
        self._said("look_again", topic="dispatch")

    # The laws

    @invariant()
    def nothing_held_cancelled_or_empty_leaves(self) -> None:
        """However it came about."""
        assert not self.left_held
        assert not self.left_unapproved
        assert not self.left_cancelled
        assert not self.left_empty

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        """What is to leave, in this shipment or another, is what was ordered."""
        assert self._taken() + self.stays_open == 40

    @invariant()
    def somebody_has_the_next_word(self) -> None:
        """In every state the case is over, goes on by itself, or asks somebody."""
        proposal = self._proposal()
        state = None if not proposal.stage else DISPATCH_RELEASE.state(proposal.stage)
        assert proposal.settled or proposal.automatic or (state is not None and state.questions is not None)
        if state is not None and state.questions is not None and proposal.automatic is None:
            assert all(draft.roles for draft in self._drafts())

    # How it is done

    def _keep(self, fact: Fact) -> None:
        self.facts[fact.kind, fact.key] = fact
        self.looked = None

    def _said(self, choice: str, topic: str, **values: str) -> None:
        past = PastAnswer(
            step=len(self.answers) + 1, state="", topic=topic, choice=choice, people=("sven",), reason="So.",
            values=values, at=self.now,
        )  # fmt: skip
        self.answers.append(past)
        self.looked = None

    def _drafts(self) -> tuple[QuestionDraft, ...]:
        proposal = self._proposal()
        state = DISPATCH_RELEASE.state(proposal.stage)
        assert state.questions is not None
        return state.questions(self._file(proposal=proposal, decided_because=proposal.because))

    def _choices(self) -> list[Choice]:
        if not self._proposal().stage:
            return []
        return [choice for draft in self._drafts() for choice in draft.choices]

    def _still_possible(self, name: str) -> bool:
        """As it is looked at once more before anything is written."""
        proposal = propose(self._file(state="committing"))
        return any(ruled.option.name == name and ruled.option.feasible for ruled in proposal.options)

    def _carry_out(self, option: Option) -> None:
        file = self._file(state="committing")
        shipment = self._one(Shipment, "SH-9")
        for effect in effects(file, option):
            if isinstance(effect, ApproveDispatch):
                self._keep(DispatchApproval(**effect.model_dump(exclude={"kind"})))
            elif isinstance(effect, RevokeDispatch):
                self._keep(self._one(DispatchApproval, "SH-9").model_copy(update={"revoked": True}))
            elif isinstance(effect, MoveShipment):
                assert shipment.status == effect.expected
                self._keep(shipment.model_copy(update={"status": effect.status}))
            elif isinstance(effect, CancelShipment):
                assert shipment.status == effect.expected
                assert shipment.status not in AT_THE_RAMP
                self._keep(shipment.model_copy(update={"status": ShipmentStatus.CANCELLED}))
            elif isinstance(effect, ReviseShipment):
                assert content_of(shipment) == effect.expected
                self._keep(shipment.model_copy(update={"lines": effect.lines, "status": effect.status}))
            elif isinstance(effect, MoveSlot):
                asked = {"starts_at": effect.starts_at, "ends_at": effect.ends_at, "status": "requested"}
                self._keep(self._one(Slot, "SH-9").model_copy(update=asked))
            elif isinstance(effect, AddShipment):
                self._keep(shipment.model_copy(update={"shipment": effect.shipment, "lines": effect.lines}))
            elif isinstance(effect, LeaveShort):
                assert content_of(shipment) == effect.expected
                loaded = {"lines": effect.lines, "status": ShipmentStatus.LOADED}
                self._keep(shipment.model_copy(update=loaded))
                approval = self._one(DispatchApproval, "SH-9")
                self._keep(approval.model_copy(update={"describes": effect.describes}))
            elif isinstance(effect, LiftShipmentHold):
                hold = self._one(ShipmentHold, f"SH-9:{effect.role}")
                self._keep(hold.model_copy(update={"active": False}))
            elif isinstance(effect, IssueGoods):
                self.left_held = bool(self._stopped()) or any(
                    self._held(lot) for line in shipment.lines for lot in line.lots
                )
                self.left_cancelled = self._one(OrderLine, "SO-1:10").status is LineStatus.CANCELLED
                self.left_empty = not shipment.lines
                approval = self._one(DispatchApproval, "SH-9")
                self.left_unapproved = approval.revoked or approval.describes != content_of(shipment)
                self._keep(shipment.model_copy(update={"status": ShipmentStatus.DISPATCHED}))

    def _taken(self) -> Decimal:
        shipments = [fact for fact in self.facts.values() if isinstance(fact, Shipment)]
        return sum((line.quantity for shipment in shipments for line in shipment.lines), Decimal(0))

    def _held(self, lot: str) -> bool:
        held = self.facts.get((Hold.kind, f"VALVE:{lot}"))
        return isinstance(held, Hold) and held.active

    def _stopped(self) -> list[ShipmentHold]:
        return [fact for fact in self.facts.values() if isinstance(fact, ShipmentHold) and fact.active]

    def _proposal(self) -> Proposal:
        return propose(self._file())

    def _one(self, kind: type[Any], key: str) -> Any:
        return self.facts[kind.kind, key]

    def _reading(self, fact: Fact) -> Reading[Any]:
        return Reading[Any](fact=fact, source="erp", version="1", as_of=self.now)

    def _file(self, **as_well: Any) -> CaseFile:
        # Every law looks at it; it takes longest of all, and is the same as long as nothing happens.
        if self.looked is None:
            self.looked = self._looked_up()
        return self.looked.model_copy(update=as_well)

    def _looked_up(self) -> CaseFile:
        shipment = self._reading(self._one(Shipment, "SH-9"))
        approval = self.facts.get((DispatchApproval.kind, "SH-9"))
        known = Known(now=self.now, readings=tuple(map(self._reading, self.facts.values())), policy=FIGURES)
        found = findings.judge(
            shipment,
            [self._reading(self._one(OrderLine, "SO-1:10"))],
            None if approval is None else self._reading(approval),
            self._reading(self._one(Slot, "SH-9")),
            [self._reading(fact) for fact in self._stopped()],
            replacements(SITE, "SH-9", known),
            WorkingCalendar.always(),
            self.now,
        )
        ready = findings.judge_readiness(ready_for_release(SITE, "SH-9", known), (), self.now)
        return CaseFile(
            id="DR-1", process=DISPATCH_RELEASE.name, site=SITE, subject="SH-9", state="assessing", version=1,
            assessment=len(self.answers) + 1, before=shipment,
            request=DispatchReleaseRequest(shipment="SH-9", reason="PLANNED"),
            requester=Principal(kind=PrincipalKind.PERSON, id="emma"), opened_at=NOW, policy=POLICY,
            evidence=(found, ready), answers=tuple(self.answers), at=self.now,
        )  # fmt: skip


def _filled_in(field: FormField, now: datetime) -> st.SearchStrategy[str]:
    if field.kind is FieldKind.TIME:
        return st.integers(1, 60).map(lambda hours: (now + timedelta(hours=hours)).isoformat())
    if field.kind is FieldKind.QUANTITY:
        assert field.most is not None
        return st.integers(0, int(field.most)).map(str)
    if field.kind is FieldKind.ATTACHMENT:
        return st.just("0" * 64)
    return st.sampled_from(field.words) if field.kind is FieldKind.WORD else st.just("M-LK 77")


_TOPICS = {"complete_loading": LOADED, "leave_short": SHORT}
# What is asked under another name than its first answer has.


_HOURS = timedelta(hours=2)

TestLeaving = Leaving.TestCase
TestLeaving.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)


def test_nobody_can_let_an_empty_vehicle_leave() -> None:
    plant = Leaving()
    for name in ("release", "load"):
        (offered,) = (ruled.option for ruled in plant._proposal().options if ruled.option.name == name)
        plant._said(name, topic=name)
        plant._carry_out(offered)
    plant._said(LOADED_LESS, topic=LOADED, **{"SO-1:10:V1": "0"})
    assert plant._proposal().stage == "loaded_short"
    assert [choice.name for choice in plant._choices()] == ["unload", "look_again"]
