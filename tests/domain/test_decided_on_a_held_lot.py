"""What is decided about a held lot is for the lot as it was shown, and dies with that."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.facts import Inspection, Lot, LotStatus
from domain.held_lot import findings
from domain.held_lot.consequences import apart
from domain.held_lot.disposition import CUSTOMER_CONSENT
from domain.held_lot.known import disposition, part_lots
from domain.held_lot.requested import QualityHoldRequest
from domain.option import Option, Proposal, still_stands
from domain.processes.quality_hold import QUALITY_HOLD, propose
from domain.release import Hold
from runtime.policies import FOLDER, read_policy
from tests.domain.test_held_lot_laws import NOW, agreed, reading, said
from tests.support.small_plant import SITE

POLICY = read_policy(FOLDER / "quality_hold.yaml")
GOOD = Inspection(site=SITE, item="VALVE", lot="V1", inspection="final", result="pass", covered=Decimal(100))
FAILED = GOOD.model_copy(update={"result": "fail"})
FALSE_ALARM = said("segregation", "false_alarm", 2, instructions="Ten tested.")
REWORKED = (*agreed({"rework": 100}), said("rework", "done", 4, good="90"), said("reinspection", "pass", 5))


def option(name: str, *answers: PastAnswer, **but: Any) -> Option:
    """What is proposed by *name* of 100 valves on hold that passed, *but* for what is otherwise."""
    return looked_at(*answers, **but).option(name)


def looked_at(*answers: PastAnswer, **but: Any) -> Proposal:
    """What is proposed by these *answers*."""
    return propose(case(*answers, **but))


def case(
    *answers: PastAnswer,
    told: tuple[Inspection, ...] = (GOOD,),
    further: tuple[str, ...] = (),
    held: bool = True,
    chosen: Option | None = None,
    **of_lot: Any,
) -> CaseFile:
    """The case about the lot, with these *answers*, after what was *chosen*."""
    usual = {"quantity": Decimal(100), "status": LotStatus.ON_HOLD, "revision": "B"}
    lot = Lot(site=SITE, item="VALVE", lot="V1", **{**usual, **of_lot})
    hold = Hold(site=SITE, item="VALVE", lot="V1", case="QH-1", active=held)
    inspections = [reading(inspection) for inspection in told]
    found = findings.judge(reading(lot), reading(hold), None, inspections, (), None, (), NOW)  # type: ignore[arg-type]
    asked = QualityHoldRequest(item="VALVE", lot="V1", defect="It leaks.", reason="OTHER")
    return CaseFile(
        id="QH-1", process=QUALITY_HOLD.name, site=SITE, subject="VALVE:V1", state="assessing", version=1,
        assessment=1, request=asked, before=reading(lot), policy=POLICY, opened_at=NOW, at=NOW, evidence=(found,),
        requester=Principal(kind=PrincipalKind.PERSON, id="ines"),
        further=tuple(asked.model_copy(update={"defect": defect}) for defect in further),
        answers=(said("segregation", "done", 1), *answers), chosen=chosen,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "because"),
    [
        ({}, ()),
        # Nobody decides on that: it is not of this lot, or says again what was known.
        ({"told": (GOOD, GOOD.model_copy(update={"item": "PUMP", "result": "fail"}))}, ()),
        ({"further": ("It leaks.",)}, ()),
        ({"status": LotStatus.REJECTED}, ()),
        (
            {"told": (FAILED,)},
            ("Inspections: final pass of 100; now final fail of 100.",),
        ),
        (
            {"told": (GOOD, GOOD.model_copy(update={"inspection": "burst", "result": "open"}))},
            ("Inspections: final pass of 100; now burst open, final pass of 100.",),
        ),
        ({"told": ()}, ("Inspections: final pass of 100; now none.",)),
        ({"revision": "C"}, ("Revision: B; now C.",)),
        ({"expires_at": NOW + timedelta(days=3)}, ("Good through: no end; now 2026-10-08 09:00 UTC.",)),
        # Whatever clock its source goes by.
        (
            {"expires_at": datetime(2026, 10, 8, 11, tzinfo=timezone(timedelta(hours=2)))},
            ("Good through: no end; now 2026-10-08 09:00 UTC.",),
        ),
        ({"owner": "ACME"}, ("Owner: the plant; now ACME.",)),
        ({"further": ("It is cracked.",)}, ("Suspected: It leaks; now It leaks, It is cracked.",)),
    ],
)
def test_what_was_agreed_of_it_stands_as_long_as_the_lot_is_as_it_was_shown(
    now: dict[str, Any], because: tuple[str, ...]
) -> None:
    proposed, _ = agreed({"release": 100})

    assert still_stands(option("disposition", proposed), option("disposition", proposed, **now)) == because


@pytest.mark.parametrize("there", [(), (said(CUSTOMER_CONSENT, "given", 4),)], ids=["waiting", "consent is there"])
def test_no_consent_releases_what_is_judged_otherwise_since_it_was_agreed_to(there: tuple[PastAnswer, ...]) -> None:
    answers = (*agreed({"use_as_is": 80, "release": 20}, "yes"), *there)
    chosen = option("disposition", *answers[:1])
    waits: dict[str, Any] = {"quantity": Decimal(80), "chosen": chosen}

    before = looked_at(*answers, **waits)
    now = looked_at(*answers, told=(FAILED,), **waits)

    assert before.stage == ("ready_to_release" if there else "awaiting_consent")
    assert (before.automatic, now.automatic) == ("as_agreed" if there else None, None)
    assert (now.stage, now.because) == (
        "investigating",
        "Since it was agreed to: Inspections: final pass of 100; now final fail of 100.",
    )


def test_a_part_that_waits_for_a_consent_of_its_own_is_judged_by_what_the_whole_was() -> None:
    proposed, vote = agreed({"rework": 20, "use_as_is": 80}, "yes")
    chosen = option("disposition", proposed)
    whole = case(proposed, vote, chosen=chosen, quantity=Decimal(20), further=("It is cracked.",))
    (name,) = [name for part, name in part_lots(whole, disposition(whole)) if part.code == "use_as_is"]
    held_with = {**whole.evidence[0].values, "held_with": [f"VALVE:{name}"]}
    found = whole.evidence[0].model_copy(update={"values": held_with})

    (opened,) = apart(whole.model_copy(update={"evidence": (found,)}))

    request = QualityHoldRequest.model_validate(opened.request)
    own = case(quantity=Decimal(80)).model_copy(update={"request": request, "caused_by": "QH-1", "id": "QH-2"})
    failed = case(quantity=Decimal(80), told=(FAILED,)).evidence
    assert propose(own).stage == "awaiting_consent"
    assert propose(own.model_copy(update={"evidence": failed})).because == (
        "Since it was agreed to: Inspections: final pass of 100; now final fail of 100."
    )


def test_all_of_a_lot_is_not_let_go_where_there_is_more_of_it_than_was_shown() -> None:
    shown, now = option("false_alarm", FALSE_ALARM), option("false_alarm", FALSE_ALARM, quantity=Decimal(120))

    assert still_stands(shown, now) == ("Quantity: 100; now 120.",)


@pytest.mark.parametrize(
    ("name", "answers", "of"),
    [
        ("scrapped", agreed({"scrap": 100}), {"quantity": "100", "owner": "the plant"}),
        ("release_reworked", REWORKED, {"good": "90", "quantity": "100", "inspections": "final pass of 100"}),
        ("lift", (), {"quantity": "0"}),
        ("contain", (), {}),
    ],
)
def test_whoever_decides_is_shown_how_much_it_is_about(
    name: str, answers: tuple[PastAnswer, ...], of: dict[str, str]
) -> None:
    quantity = Decimal(0 if name == "lift" else 100)
    status = LotStatus.UNRESTRICTED if name == "contain" else LotStatus.ON_HOLD

    assert of.items() <= option(name, *answers, quantity=quantity, status=status).rests_on.items()


def test_that_it_was_scrapped_is_no_less_so_for_what_is_found_of_it_later() -> None:
    done = agreed({"scrap": 100})
    now = option("scrapped", *done, told=(FAILED,), further=("It is cracked.",))

    assert still_stands(option("scrapped", *done), now) == ()


def test_what_is_used_meanwhile_does_not_keep_the_rest_from_being_released_without_conditions() -> None:
    passed = (*agreed({"conditional": 100}), said("tests", "pass", 4))
    lot: dict[str, Any] = {"held": False, "status": LotStatus.CONDITIONAL}

    shown = option("confirm", *passed, **lot)

    assert still_stands(shown, option("confirm", *passed, quantity=Decimal(60), **lot)) == ()
    assert still_stands(shown, option("confirm", *passed, revision="C", **lot)) == ("Revision: B; now C.",)


def test_what_only_stops_the_lot_waits_for_no_news_of_it() -> None:
    shown = option("contain", status=LotStatus.UNRESTRICTED)

    assert still_stands(shown, option("contain", status=LotStatus.UNRESTRICTED, quantity=Decimal(90), told=())) == ()
