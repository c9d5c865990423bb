"""Before something becomes of a held lot it may be repaired or sorted; or it goes on as another item."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.decision import FormRefused, NotAllowed
from domain.facts import Lot, LotStatus
from domain.release import Hold
from tests.support.running_plant import CONCESSION, RunningPlant


async def agreed(plant: RunningPlant, **said: str) -> str:
    """The case about lot V1, with what Quin proposes agreed."""
    opened = await plant.open("quality_hold", by="emma", item="VALVE", lot="V1", defect="It leaks.")
    await plant.say(opened.case_id, "contained", "done", by="willa", counted="100", place="quarantine")
    await divide(plant, opened.case_id, **said)
    return opened.case_id


async def divide(plant: RunningPlant, case: str, **said: str) -> None:
    """Quin proposes, and everybody whom the parts need agrees."""
    await plant.say(case, "investigating", "propose", by="quin", **{"instructions": "See drawing.", **said})
    await plant.agree(case, "awaiting_disposition", "disposition")


async def lots(plant: RunningPlant, item: str) -> dict[str, Decimal]:
    """How many of which lots there are that may be used."""
    free = (LotStatus.UNRESTRICTED, LotStatus.CONDITIONAL)
    return {lot.lot: lot.quantity for lot in await plant.facts(Lot, item) if lot.quantity and lot.status in free}


async def test_repairs_has_it_inspected_and_engineering_agree_to_what_is_not_as_specified(plant: RunningPlant) -> None:
    case = await agreed(plant, repair="100", concession_for="ACME", **CONCESSION)
    await plant.say(case, "reworking", "done", by="carla", good="95", bad="5", work_order="W-7")
    await plant.say(case, "reinspection", "pass", by="ines")
    with pytest.raises(NotAllowed, match="quality engineer"):
        await plant.say(case, "ready_to_release", "release_repaired", by="boris")

    await plant.agree(case, "ready_to_release", "release_repaired")
    await plant.until(case, "investigating")

    (part,) = [lot for lot in await plant.facts(Lot, "VALVE") if lot.lot != "V1"]
    assert (part.quantity, part.status, part.allowed_for) == (Decimal(95), LotStatus.CONDITIONAL, ("ACME",))
    held = await plant.fact(Lot, "VALVE:V1")
    assert (held.quantity, held.status) == (Decimal(5), LotStatus.ON_HOLD)


async def test_sorts_and_has_all_of_it_divided_anew(plant: RunningPlant) -> None:
    case = await agreed(plant, sort="90", scrap="10")
    await plant.say(case, "reworking", "done", by="carla", good="70", bad="20")
    assert "Sorted: 70 good, 20 bad." in (await plant.until(case, "investigating")).because
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD

    await divide(plant, case, release="70", scrap="20")
    await plant.scrap(case)
    await plant.take_over(case)
    await plant.until(case, "released")

    assert list((await lots(plant, "VALVE")).values()) == [Decimal(70)]
    assert not (await plant.fact(Hold, "VALVE:V1")).active


async def test_what_is_downgraded_is_another_item_and_those_who_counted_on_it_are_told(plant: RunningPlant) -> None:
    case = await agreed(plant, downgrade="60", use_as_is="40", other_item="HOUSING", **CONCESSION)
    await plant.until(case, "propagating")

    asked = {question.draft["topic"]: question.draft["context"] for question in await plant.questions(case)}
    await plant.take_over(case)
    await plant.until(case, "released")

    assert await lots(plant, "VALVE") == {"V1": Decimal(40)}
    assert sorted((await lots(plant, "HOUSING")).values()) == [Decimal(17), Decimal(60)]
    assert set(asked) == {"planner", "sales"}
    assert "HOUSING from now on" in asked["planner"]


async def test_refuses_another_item_that_is_none(plant: RunningPlant) -> None:
    opened = await plant.open("quality_hold", by="emma", item="VALVE", lot="V1", defect="It leaks.")
    case = opened.case_id
    await plant.say(case, "contained", "done", by="willa", counted="100", place="quarantine")
    with pytest.raises(FormRefused, match="Please fill in: Which other item"):
        await plant.say(case, "investigating", "propose", by="quin", instructions="So.", downgrade="100")

    await plant.say(
        case, "investigating", "propose", by="quin", instructions="So.", downgrade="100", other_item="VOLVE"
    )

    await plant.when(lambda: because(plant, case, "It cannot become VOLVE"))
    assert (await plant.fact(Lot, "VALVE:V1")).quantity == Decimal(100)


async def because(plant: RunningPlant, case: str, why: str) -> bool:
    """Whether the case is where it is for that reason."""
    return why in (await plant.case(case)).because


async def test_works_on_it_twice_at_most(plant: RunningPlant) -> None:
    case = await agreed(plant, rework="100")
    for code in ("rework", "repair"):
        await plant.say(case, "reworking", "done", by="carla", good="100")
        await plant.say(case, "reinspection", "fail", by="ines", reason="It still leaks.")
        if code == "rework":
            await divide(plant, case, repair="100", **CONCESSION)

    with pytest.raises(FormRefused, match="The form has no rework"):
        await plant.say(case, "investigating", "propose", by="quin", instructions="Again.", rework="100")
    with pytest.raises(FormRefused, match="The form has no repair"):
        await plant.say(case, "investigating", "propose", by="quin", instructions="Again.", repair="100")
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD
