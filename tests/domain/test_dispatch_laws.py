"""Whatever people do and whatever happens meanwhile, nothing leaves that is held, and every case can end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.effect import ApproveDispatch, IssueGoods, MoveShipment, RevokeDispatch
from domain.fact import Fact, Reading
from domain.facts import OrderLine, Shipment, ShipmentStatus
from domain.leaving import findings
from domain.leaving.effects import effects
from domain.leaving.known import DispatchReleaseRequest
from domain.option import Option, Proposal
from domain.processes.dispatch_release import DISPATCH_RELEASE, propose
from domain.readiness.judgement import Known
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.shipments import ready_for_release
from domain.release import DispatchApproval, Hold, Slot
from runtime.policies import FOLDER, read_policy
from tests.support.ready_shipment import PAPERS, ready_shipment
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
        self.facts: dict[tuple[str, str], Fact] = {(f.kind, f.key): f for f in ready_shipment(NOW)}
        self.answers: list[PastAnswer] = []
        self.left_held = False
        self.left_unapproved = False

    # The plant

    @rule(active=st.booleans())
    def hold(self, active: bool) -> None:
        """Quality stops the lot, or lets it go."""
        self._keep(Hold(site=SITE, item="VALVE", lot="V1", active=active, case="QH-1"))

    @rule(hours=st.integers(0, 5))
    def wait(self, hours: int) -> None:
        """Time goes by."""
        self.now += timedelta(hours=hours)

    @rule(carrier=st.sampled_from(["CARRIER-1", None]))
    def carrier(self, carrier: str | None) -> None:
        """The carrier comes, or does not."""
        slot = self.facts["slot", "SH-9"].model_copy(update={"carrier": carrier, "ends_at": self.now + _HOURS})
        self._keep(slot)

    # The people

    @precondition(lambda self: self._proposal().options)
    @rule(no=st.booleans())
    def answer(self, no: bool) -> None:
        """Whoever is asked takes the step, or refuses to release."""
        offered = self._proposal().options[0].option
        may_refuse = offered.name == "release"
        self._said(offered.name if not (no and may_refuse) else "reject", topic=offered.name)
        if not (no and may_refuse):
            self._carry_out(offered)

    @precondition(lambda self: self._proposal().stage == "gathering")
    @rule()
    def mended(self) -> None:
        """Somebody says that it is mended, whether it is so or not."""
        self._said("look_again", topic="dispatch")

    # The laws

    @invariant()
    def nothing_held_leaves(self) -> None:
        """However it came about."""
        assert not self.left_held
        assert not self.left_unapproved

    @invariant()
    def somebody_has_the_next_word(self) -> None:
        """In every state the case is over, goes on by itself, or asks somebody."""
        proposal = self._proposal()
        state = None if not proposal.stage else DISPATCH_RELEASE.state(proposal.stage)
        assert proposal.settled or proposal.automatic or (state is not None and state.questions is not None)
        if state is not None and state.questions is not None and proposal.automatic is None:
            file = self._file().model_copy(update={"proposal": proposal, "decided_because": proposal.because})
            assert all(draft.roles for draft in state.questions(file))

    # How it is done

    def _keep(self, fact: Fact) -> None:
        self.facts[fact.kind, fact.key] = fact

    def _said(self, choice: str, topic: str) -> None:
        step = len(self.answers) + 1
        self.answers.append(
            PastAnswer(step=step, state="", topic=topic, choice=choice, people=("sven",), reason="So.", at=self.now)
        )

    def _carry_out(self, option: Option) -> None:
        file = self._file()
        shipment = self._one(Shipment, "SH-9")
        for effect in effects(file, option):
            if isinstance(effect, ApproveDispatch):
                self._keep(DispatchApproval(**effect.model_dump(exclude={"kind"})))
            elif isinstance(effect, RevokeDispatch):
                self._keep(self._one(DispatchApproval, "SH-9").model_copy(update={"revoked": True}))
            elif isinstance(effect, MoveShipment):
                assert shipment.status == effect.expected
                self._keep(shipment.model_copy(update={"status": effect.status}))
            elif isinstance(effect, IssueGoods):
                held = self.facts.get(("hold", "VALVE:V1"))
                self.left_held = isinstance(held, Hold) and held.active
                self.left_unapproved = self._one(DispatchApproval, "SH-9").revoked
                self._keep(shipment.model_copy(update={"status": ShipmentStatus.DISPATCHED}))

    def _proposal(self) -> Proposal:
        return propose(self._file())

    def _one(self, kind: type[Any], key: str) -> Any:
        return self.facts[kind.kind, key]

    def _reading(self, fact: Fact) -> Reading[Any]:
        return Reading[Any](fact=fact, source="erp", version="1", as_of=self.now)

    def _file(self) -> CaseFile:
        shipment = self._reading(self._one(Shipment, "SH-9"))
        approval = self.facts.get((DispatchApproval.kind, "SH-9"))
        known = Known(now=self.now, readings=tuple(map(self._reading, self.facts.values())), policy=FIGURES)
        found = findings.judge(
            shipment,
            [self._reading(self._one(OrderLine, "SO-1:10"))],
            None if approval is None else self._reading(approval),
            self._reading(self._one(Slot, "SH-9")),
            self.now,
        )
        ready = findings.judge_readiness(ready_for_release(SITE, "SH-9", known), (), self.now)
        return CaseFile(
            id="DR-1", process=DISPATCH_RELEASE.name, site=SITE, subject="SH-9", state="assessing", version=1,
            assessment=1, request=DispatchReleaseRequest(shipment="SH-9", reason="PLANNED"), before=shipment,
            requester=Principal(kind=PrincipalKind.PERSON, id="emma"), opened_at=NOW, policy=POLICY,
            evidence=(found, ready), answers=tuple(self.answers), at=self.now,
        )  # fmt: skip


_HOURS = timedelta(hours=2)

TestLeaving = Leaving.TestCase
TestLeaving.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
