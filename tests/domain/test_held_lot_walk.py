"""Whatever is said of a held lot: it is held until those who must have let it go, none is lost, and the case ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import CaseFile
from domain.decision import Principal, PrincipalKind
from domain.effect import (
    BlockLot,
    Effect,
    HoldAgain,
    LiftHold,
    PartLot,
    RegradeLot,
    ReleaseLot,
    ReviseHoldRule,
    UnblockLot,
    WriteOffLot,
)
from domain.fact import Fact, Reading
from domain.facts import Inspection, Lot, LotStatus
from domain.held_lot import findings, where_used
from domain.held_lot.known import other_item
from domain.held_lot.requested import QualityHoldRequest, in_force
from domain.held_lot.untold import founded
from domain.master_data import Item
from domain.processes.quality_hold import QUALITY_HOLD
from domain.release import Hold, HoldRule
from runtime.policies import FOLDER, read_policy
from tests.domain.walking import NOW, Walking, walked_everywhere
from tests.support.small_plant import SITE

POLICY = read_policy(FOLDER / "quality_hold.yaml")
REQUEST = QualityHoldRequest(item="VALVE", lot="V1", defect="It leaks.", reason="OTHER")
WHOLE = Decimal(100)
TOLD = Lot(site=SITE, item="VALVE", lot="V1", quantity=WHOLE)
MADE_OF_IT = Lot(site=SITE, item="PUMP", lot="P1", quantity=Decimal(7), made_from=("VALVE:V1",))
TEST = Inspection(site=SITE, item="VALVE", lot="V1", inspection="burst", result="open")
PROPOSES, NO = ("propose", "false_alarm"), ("reject", "fail", "lapsed")


class HeldLot(Walking):
    """One lot that is stopped: what its case asks is answered, in any order with what happens in the plant."""

    process = QUALITY_HOLD
    been: ClassVar[set[str]] = set()

    def __init__(self, *, told: bool) -> None:
        super().__init__()
        nameless = founded(SITE, REQUEST)
        self.is_told = told
        self.placed_at = NOW
        self.gone = Decimal(0)
        self.keep(TOLD if told else nameless, TEST, Item(site=SITE, item="PUMP"))
        self.keep(*in_force(SITE, REQUEST, nameless, "QH-1"))

    # The plant

    def become(self, **said: Any) -> None:
        """A system says something else of the lot, if it knows it."""
        if self.is_told:
            self.keep(self.lot.model_copy(update=said))

    def tell(self) -> None:
        """A system tells of the lot."""
        if not self.is_told and self.hold.active:
            self.is_told = True
            self.keep(TOLD)

    def test(self, result: str) -> None:
        """What a test of it came to."""
        self.keep(TEST.model_copy(update={"result": result}))

    def find_more(self) -> None:
        """Something else is found, so that it is stopped again, if any of it is there."""
        if self.lot.quantity and self.proposal.settled is None:
            self._place()

    meanwhile = (
        lambda plant: plant.become(status=LotStatus.UNRESTRICTED),
        lambda plant: plant.become(status=LotStatus.REJECTED),
        lambda plant: plant.tell(),
        lambda plant: plant.test("pass"),
        lambda plant: plant.test("fail"),
        lambda plant: plant.find_more(),
        lambda plant: plant.pass_time(timedelta(hours=50)),
    )

    def get_well(self) -> None:
        """It is told of, and no test is bad."""
        self.tell()
        self.test("pass")

    # The laws

    def laws(self) -> None:
        """No piece is made or lost; and what is held here is blocked, or becomes so by itself."""
        super().laws()
        pieces = [fact.quantity for fact in self.facts.values() if isinstance(fact, Lot)]
        assert sum(pieces) + self.gone == (WHOLE if self.is_told else 0)
        if self.hold.active and self.lot.status in (LotStatus.UNRESTRICTED, LotStatus.CONDITIONAL):
            assert self.proposal.automatic == "contain"
        bad = self.one(Inspection, TEST.key).result == "fail"
        if self.lot.status is LotStatus.CONDITIONAL and bad and not self.hold.active:
            assert self.proposal.automatic == "hold_again"
        if self.proposal.settled is not None:
            assert not self.hold.active
            assert self.lot.status is not LotStatus.CONDITIONAL
        assert sum(past.topic == "rework" for past in self.answers) <= 2

    def _somebody_agreed(self) -> None:
        """To what becomes of it now."""
        proposed = max(past.step for past in self.answers if past.choice in PROPOSES and past.topic != "disposition")
        said = [past for past in self.answers if past.topic == "disposition" and past.step > proposed]
        assert said
        assert said[-1].choice not in NO

    # What steps write

    def write(self, effect: Effect) -> None:
        lot, hold = self.lot, self.hold
        if isinstance(effect, BlockLot):
            self.keep(lot.model_copy(update={"status": LotStatus.ON_HOLD}))
        elif isinstance(effect, HoldAgain):
            self._place()
        elif isinstance(effect, LiftHold):
            assert not lot.quantity or lot.status is not LotStatus.ON_HOLD
            self.keep(hold.model_copy(update={"active": False}))
        elif isinstance(effect, UnblockLot):
            self._somebody_agreed()
            self.keep(hold.model_copy(update={"active": False}))
            self.become(status=LotStatus.UNRESTRICTED)
        elif isinstance(effect, ReviseHoldRule):
            rule = self.one(HoldRule, "lot:VALVE:V1")
            assert self.answers[-1].topic == "narrowing"
            self.keep(rule.model_copy(update=effect.scope))
        elif isinstance(effect, WriteOffLot):
            self._somebody_agreed()
            self.gone += effect.quantity
            self._less(effect.quantity)
        elif isinstance(effect, PartLot):
            self._somebody_agreed()
            self._as_another(effect.quantity, {"lot": effect.as_lot, "status": LotStatus.ON_HOLD})
        elif isinstance(effect, RegradeLot):
            self._somebody_agreed()
            named = {"item": effect.as_item, "lot": effect.as_lot, "status": LotStatus.UNRESTRICTED}
            self._as_another(effect.quantity, named)
        elif isinstance(effect, ReleaseLot):
            self._somebody_agreed()
            status = LotStatus.CONDITIONAL if effect.conditional else LotStatus.UNRESTRICTED
            if effect.as_lot == lot.lot:
                assert effect.quantity == lot.quantity
                self.keep(lot.model_copy(update={"status": status}))
            else:
                self._as_another(effect.quantity, {"lot": effect.as_lot, "status": status})

    def _place(self) -> None:
        self.placed_at = self.now
        self.keep(self.hold.model_copy(update={"active": True}))

    def _less(self, quantity: Decimal) -> None:
        assert 0 < quantity <= self.lot.quantity
        self.keep(self.lot.model_copy(update={"quantity": self.lot.quantity - quantity}))

    def _as_another(self, quantity: Decimal, named: Mapping[str, Any]) -> None:
        """So much of it is a lot of its own, of a name that no other has."""
        other = self.lot.model_copy(update={**named, "quantity": quantity})
        assert (Lot.kind, other.key) not in self.facts
        self._less(quantity)
        self.keep(other)

    # How it is looked up

    @property
    def lot(self) -> Lot:
        """What is held."""
        found = self.one(Lot, "VALVE:V1")
        assert isinstance(found, Lot)
        return found

    @property
    def hold(self) -> Hold:
        """That it is."""
        found = self.one(Hold, "VALVE:V1")
        assert isinstance(found, Hold)
        return found

    def told(self, fact: Fact) -> Reading[Any]:
        """A hold since it was placed last, and by ourselves."""
        known = super().told(fact)
        own = {"source": "lockstep", "as_of": self.placed_at}
        return known.model_copy(update=own) if isinstance(fact, Hold) else known

    def look_up(self) -> CaseFile:
        lot = self.told(self.lot)
        file = CaseFile(
            id="QH-1", process=QUALITY_HOLD.name, site=SITE, subject="VALVE:V1", state="assessing", version=1,
            assessment=len(self.answers) + 1, request=REQUEST, before=lot, opened_at=NOW, policy=POLICY,
            requester=Principal(kind=PrincipalKind.PERSON, id="ines"), answers=tuple(self.answers), at=self.now,
        )  # fmt: skip
        other = self.facts.get((Item.kind, other_item(file) or ""))
        found = findings.judge(
            lot,
            self.told(self.hold),
            self.told(Item(site=SITE, item="VALVE", cost=Decimal(6))),
            [self.told(self.one(Inspection, TEST.key))],
            [self.told(self.one(HoldRule, "lot:VALVE:V1"))],
            None if other is None else self.told(other),
            [],
            self.now,
            told=self.is_told,
        )
        use = where_used.judge("VALVE", "V1", [self.told(MADE_OF_IT)], [], [], [], self.now)
        return file.model_copy(update={"evidence": (found, use)})


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=True), st.integers(10, 18))
def walk(by: Random, steps: int) -> None:
    HeldLot(told=by.random() < 0.9).walk(by, steps)


def test_nothing_is_let_go_that_nobody_agreed_to_and_every_case_can_end() -> None:
    # The engine leads to these, or a system that fails.
    walked_everywhere(walk, HeldLot, "received", "assessing", "propagating", "commit_failed")
