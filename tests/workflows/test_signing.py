"""A plant that has shipments let go and lots disposed of by signature: told through the door, with passwords."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
from temporalio.client import Client

from api.services import Services
from domain.facts import Lot, LotStatus, Shipment, ShipmentStatus
from domain.policy import Condition, PolicyTable
from domain.ports import SystemUnavailable
from domain.release import DispatchApproval, Slot
from runtime.passwords import hashed
from runtime.policies import FOLDER, read_policy
from storage.accounts import Account, Accounts
from storage.tables.questions import QuestionRow
from tests.api.answering import seen_by
from tests.support.own_policy import in_force
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import CONCESSION, RunningPlant, person
from web.app import create_app

HERE = "http://plant.example:8000"
PASSWORD = "many words of one's own"  # noqa: S105 - of nobody


def table_of(process: str, rule: str, meaning: str) -> PolicyTable:
    """The table that comes with the program, but *rule* has who agrees sign."""
    table = read_policy(FOLDER / f"{process}.yaml")
    rows = (row.model_copy(update={"signed": meaning}) if row.rule == rule else row for row in table.rows)
    return table.model_copy(update={"rows": tuple(rows)})


@dataclass(frozen=True)
class Desk:
    """Somebody at a browser in which he has logged in."""

    plant: RunningPlant
    browser: httpx2.AsyncClient

    async def prove(self, question: str, choice: str) -> str:
        """What he gets for typing his password once more."""
        body = {"choice": choice, "seen": await seen_by(self.browser, {}, question), "password": PASSWORD}
        given = await self.browser.post(f"/v1/questions/{question}/reauthentications", json=body)
        assert given.status_code == 201, given.text
        shown: str = given.json()["reauthentication"]
        return shown

    async def answer(self, question: str, choice: str, shown: str | None = None) -> httpx2.Response:
        """What he is told when he answers, and signs with what is *shown*."""
        seen = await seen_by(self.browser, {}, question)
        body = {"choice": choice, "reason": "Looked at it.", "seen": seen, "reauthentication": shown}
        told = await self.browser.post(f"/v1/questions/{question}/answers", json=body)
        await self.plant.relay.once()
        return told

    async def signatures(self, case: str) -> list[tuple[str, str, bool]]:
        """In whose name, with what meaning, and whether it is intact."""
        found = (await self.browser.get(f"/v1/cases/{case}/signatures")).json()["items"]
        return [(one["signature"]["name"], one["signature"]["meaning"], one["intact"]) for one in found]


async def _out_of_reach() -> Client:
    raise SystemUnavailable("Nothing here asks the engine.")


@asynccontextmanager
async def desk(plant: RunningPlant, who: str) -> AsyncIterator[Desk]:
    """*who* logs in with the password of his account."""
    await Accounts(plant.database).add(Account(person(who), hashed(PASSWORD, who)), datetime.now(UTC))
    app = create_app(Services(plant.database, _out_of_reach, public_url=HERE, temporal_ui_url="http://ui.example"))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=HERE, headers={"Origin": HERE}) as browser:
        await browser.post("/login", data={"person": who, "password": PASSWORD})
        yield Desk(plant, browser)


async def asked(plant: RunningPlant, case: str, state: str, choice: str) -> QuestionRow:
    """What the case asks in *state* that *choice* is an answer to."""
    await plant.until(case, state)
    (question,) = [
        one for one in await plant.questions(case) if choice in {known["name"] for known in one.draft["choices"]}
    ]
    return question


async def test_nothing_leaves_before_who_lets_it_go_has_signed(plant: RunningPlant) -> None:
    await in_force(plant, table_of("dispatch_release", "release", "released for dispatch"))
    await plant.tell(*ready_shipment(plant.now))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    question = (await asked(plant, case, "awaiting_approval", "release")).id

    async with desk(plant, "sven") as sven:
        inbox = (await sven.browser.get("/v1/questions")).json()["items"]
        refused = await sven.answer(question, "release")
        still = await plant.case(case)
        signed = await sven.answer(question, "release", await sven.prove(question, "release"))
        await plant.say(case, "approved", "load", by="willa", vehicle="M-LK 77", vehicle_fit="yes")
        await plant.say(case, "loading", "complete_loading", by="willa")
        await plant.say(case, "ready_to_depart", "depart", by="emma")
        await plant.take_over(case)
        await plant.until(case, "dispatched")
        found = await sven.signatures(case)

    assert {one["id"]: one["signed"] for one in inbox}[question] == {"release": "released for dispatch"}
    assert (refused.status_code, still.state, signed.status_code) == (401, "awaiting_approval", 200)
    assert found == [("Sven", "released for dispatch", True)]
    assert (await plant.fact(DispatchApproval, "SH-9")).approved_by == "sven"
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.DISPATCHED


async def test_a_lot_is_used_by_concession_once_each_who_must_agree_has_signed(plant: RunningPlant) -> None:
    await in_force(plant, table_of("quality_hold", "concession", "I agree to this disposition"))
    case = (
        await plant.open("quality_hold", by="ines", item="VALVE", lot="V1", defect="It leaks.", severity="functional")
    ).case_id
    await plant.say(case, "contained", "done", by="willa", counted="100", place="quarantine")
    await plant.say(
        case, "investigating", "propose", by="quin", instructions="To 6 bar.", use_as_is="100", **CONCESSION
    )
    question = (await asked(plant, case, "awaiting_disposition", "disposition")).id

    async with desk(plant, "quin") as quin, desk(plant, "eli") as eli:
        proven = await quin.prove(question, "disposition")
        borrowed = await eli.answer(question, "disposition", proven)
        first = await quin.answer(question, "disposition", proven)
        unsigned = await eli.answer(question, "disposition")
        second = await eli.answer(question, "disposition", await eli.prove(question, "disposition"))
        await plant.say(case, "propagating", "acknowledge", by="boris")
        await plant.until(case, "released")
        found = await quin.signatures(case)

    assert [told.status_code for told in (borrowed, first, unsigned, second)] == [403, 200, 401, 200]
    meaning = "I agree to this disposition"
    assert found == [("Quin", meaning, True), ("Eli", meaning, True)]
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.UNRESTRICTED


async def test_what_would_have_to_be_signed_by_now_is_asked_anew(plant: RunningPlant) -> None:
    table = table_of("dispatch_release", "release", "released for dispatch")
    soon = table.rows[-1].model_copy(
        update={"rule": "release_soon", "when": Condition(option=("release",), zone=("slushy", "frozen"))}
    )
    at_leisure = table.rows[-1].model_copy(update={"signed": None})
    await in_force(plant, table.model_copy(update={"rows": (*table.rows[:-1], soon, at_leisure)}))
    await plant.tell(*ready_shipment(plant.now))
    later = plant.now + timedelta(hours=24, minutes=3)
    shipment, slot = await plant.fact(Shipment, "SH-9"), await plant.fact(Slot, "SH-9")
    await plant.tell(shipment.model_copy(update={"ship_by": later}), slot.model_copy(update={"ends_at": later}))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    question = await asked(plant, case, "awaiting_approval", "release")
    await plant.pass_time(case, timedelta(minutes=6))

    await plant.answer(question, "release", by="sven")
    while (still := await plant.case(case)).assessment < 2 or still.state != "awaiting_approval":
        await plant.until(case, "awaiting_approval")

    anew = await asked(plant, case, "awaiting_approval", "release")
    assert {choice["name"]: choice["signed"] for choice in anew.draft["choices"]} == {
        "release": "released for dispatch", "reject": None,
    }  # fmt: skip
    because = [line.reason for line in await plant.trail(case) if line.to_state == "assessing"]
    assert because[-1] == "By the policy, it would have to be signed otherwise now."
