"""A shipment leaves although something is not so: asked for in the case, agreed to by another, for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.decision import Channel, DecisionRefused, FormRefused, UnknownChoice
from domain.release import DispatchApproval, Document
from storage.tables.questions import QuestionRow
from storage.waivers import Waivers
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE
from tests.workflows.conftest import REPLAYED_TOO

THREE_HOURS = timedelta(hours=3)
WHY = "The customer has its copy."


async def lacks_its_packing_list(plant: RunningPlant) -> str:
    """The case about SH-9, whose packing list is a draft."""
    await plant.tell(*ready_shipment(plant.now))
    packing_list = await plant.fact(Document, "SH-9:packing_list")
    await plant.tell(packing_list.model_copy(update={"status": "draft"}))
    # It leaves in two days, so that the clock opens its case; the only moment left is then that of the waiver.
    await plant.look_at_the_clock()
    (case,) = [one.id for one in await plant.cases("dispatch_release") if one.subject == "SH-9"]
    await plant.until(case, "gathering")
    return case


async def ask(plant: RunningPlant, case: str, until: datetime) -> None:
    """Dispatch asks that it leaves without."""
    said = {"predicate": "documents_complete", "until": until.isoformat()}
    await plant.say(case, "gathering", "ask_waiver", by="emma", reason=WHY, **said)


async def asked_of_dispatch(plant: RunningPlant, case: str) -> QuestionRow:
    """What dispatch has to mend."""
    (task,) = [one for one in await plant.questions(case) if one.draft["topic"] == "dispatch"]
    return task


@REPLAYED_TOO
async def test_it_goes_on_once_another_has_agreed_and_is_back_when_the_waiver_ends(plant: RunningPlant) -> None:
    case = await lacks_its_packing_list(plant)
    await ask(plant, case, plant.now + THREE_HOURS)

    async def waits_for_consent() -> bool:
        return "WV-1 asks" in "".join(one.draft["context"] for one in await plant.questions(case))

    await plant.when(waits_for_consent)
    (for_sven,) = [one for one in await plant.questions(case) if one.draft["topic"] == "shipping_manager"]
    task = await asked_of_dispatch(plant, case)
    with pytest.raises(UnknownChoice, match="WV-1 asks that documents complete is waived; shipping manager must agree"):
        await plant.answer(task, "ask_waiver", by="emma", reason=WHY)
    await Waivers(plant.database).agree(SITE, "WV-1", person("sven"), Channel.API, datetime.now(UTC))
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")
    evidence = (await plant.evidence(case))["readiness"]
    await plant.pass_time(case, THREE_HOURS)
    await plant.look_at_the_clock(THREE_HOURS)
    await plant.until(case, "gathering")

    assert "Agree to WV-1, or not: emma asks" in for_sven.draft["context"]
    assert evidence["verdict"] == "warn"
    assert "Documents complete is waived by sven" in evidence["reasons"][0]["text"]
    assert (await plant.fact(DispatchApproval, "SH-9")).revoked
    told = [(line.action, line.by["id"]) for line in await plant.trail(case) if line.action.startswith("waiver")]
    assert told == [("waiver_asked", "emma"), ("waiver_agreed", "sven")]
    lines = await plant.trail(case)
    (answered,) = [line for line in lines if (line.action, line.details.get("choice")) == ("answered", "ask_waiver")]
    assert answered.details["waiver"] == "WV-1"
    assert "ask_waiver" in {choice["name"] for choice in (await asked_of_dispatch(plant, case)).draft["choices"]}


async def test_it_is_back_at_once_when_the_waiver_is_taken_back(plant: RunningPlant) -> None:
    case = await lacks_its_packing_list(plant)
    waivers = Waivers(plant.database)
    await ask(plant, case, plant.now + THREE_HOURS)
    await waivers.agree(SITE, "WV-1", person("sven"), Channel.API, datetime.now(UTC))
    await plant.until(case, "awaiting_approval")

    await waivers.end(SITE, "WV-1", "He wants it on paper.", person("emma"), Channel.API, datetime.now(UTC))
    await plant.until(case, "gathering")

    assert "The paper packing list of SH-9 is a draft" in (await asked_of_dispatch(plant, case)).draft["context"]


async def test_what_is_refused_changes_nothing_and_is_on_the_trail(plant: RunningPlant) -> None:
    case = await lacks_its_packing_list(plant)

    with pytest.raises(FormRefused, match="within 14 days"):
        await ask(plant, case, plant.now + timedelta(days=20))
    await ask(plant, case, plant.now + THREE_HOURS)
    with pytest.raises(DecisionRefused, match="shipping manager"):
        await Waivers(plant.database).agree(SITE, "WV-1", person("emma"), Channel.API, datetime.now(UTC))

    refused = [line for line in await plant.trail(case) if line.action == "answer_refused"]
    assert [(line.by["id"], line.details["choice"]) for line in refused] == [("emma", "ask_waiver")]
    assert [one.id for one in await Waivers(plant.database).at_site(SITE, datetime.now(UTC))] == ["WV-1"]
    assert (await plant.case(case)).state in ("assessing", "gathering")
