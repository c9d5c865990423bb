"""Shipments at the command line, through a real API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.decision import Channel
from domain.fact import Fact
from domain.leaving.requested import DispatchReleaseRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE
from storage.cases import Cases
from storage.database import Database
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import tell
from tests.support.ready_shipment import being_loaded, has_left, ready_shipment
from tests.support.running_plant import person


def told(api: RunningApi, *facts: Fact) -> None:
    """It is so in the plant."""
    api.with_record(lambda database: tell(database, *facts, at=datetime.now(UTC)))


def loading(api: RunningApi) -> None:
    """SH-9 is being loaded, and a case is about it."""

    async def work(database: Database) -> None:
        await tell(database, *being_loaded(datetime.now(UTC)), at=datetime.now(UTC))
        asked = DispatchReleaseRequest(shipment="SH-9", reason="PLANNED")
        await Cases(database).open(DISPATCH_RELEASE, "north", asked, person("emma"), Channel.API, datetime.now(UTC))

    api.with_record(work)


def test_says_what_was_scanned_so_far_and_why_something_is_not_taken(api: RunningApi, lockstep: Lockstep) -> None:
    loading(api)

    taken = lockstep("shipment", "scan", "north", "SH-9", "P-1", "VALVE", "V1", "--quantity", "30", "--as", "willa")
    more = ("P-2", "VALVE", "V1", "--quantity", "11", "--for", "SO-1:10")
    refused = lockstep("shipment", "scan", "north", "SH-9", *more, "--as", "willa")
    wrong = lockstep("shipment", "scan", "north", "SH-9", "P-2", "VALVE", "V1", "--quantity", "ten", "--as", "willa")

    assert taken.exit_code == 0, taken.stderr
    assert taken.stdout.splitlines() == [
        "P-1 may leave. 1 scanned so far, 0 refused.", "SO-1:10 has 30 of 40 from lot V1.",
    ]  # fmt: skip
    assert (refused.exit_code, "30 are on the vehicle: 11 more are too many" in refused.stderr) == (1, True)
    assert wrong.exit_code != 0


def test_stops_a_shipment_and_says_whether_its_vehicle_came(api: RunningApi, lockstep: Lockstep) -> None:
    told(api, *ready_shipment(datetime.now(UTC) - timedelta(minutes=1)))

    stopped = lockstep("shipment", "stop", "north", "SH-9", "--reason", "Wait for the customer.", "--as", "emma")
    comes = lockstep("shipment", "vehicle", "north", "SH-9", "confirmed", "--as", "emma")
    came = lockstep("shipment", "vehicle", "north", "SH-9", "came", "--as", "willa")
    no_show = lockstep("shipment", "vehicle", "north", "SH-9", "no_show", "--as", "emma")
    sales = lockstep("shipment", "vehicle", "north", "SH-9", "came", "--as", "anna")

    assert stopped.stdout.startswith("SH-9 is stopped, until dispatch lets it go on")
    assert comes.stdout.startswith("The slot of SH-9 is confirmed, last at 20")
    assert "Its vehicle came at 20" in came.stdout
    assert (no_show.exit_code, "The vehicle of SH-9 came at" in no_show.stderr) == (1, True)
    assert sales.exit_code == 1


def test_says_what_became_of_it_and_what_is_on_hold_for_that(api: RunningApi, lockstep: Lockstep) -> None:
    told(api, *has_left(datetime.now(UTC) - timedelta(minutes=1)))

    vague = lockstep("shipment", "arrival", "north", "SH-9", "refused", "--as", "anna")
    back = ("--reason", "Wet.", "--back", "VALVE:V1")
    refused = lockstep("shipment", "arrival", "north", "SH-9", "refused", *back, "--as", "anna")
    no_lot = lockstep("shipment", "arrival", "north", "SH-9", "damaged", *back[:3], "V1", "--as", "anna")
    delivered = lockstep("shipment", "arrival", "north", "SH-9", "delivered", "--as", "anna")

    assert (vague.exit_code, "Please say why SH-9 was refused." in vague.stderr) == (1, True)
    assert refused.stdout.startswith("SH-9 is dispatched. On hold: QH-")
    assert no_lot.exit_code != 0
    assert delivered.stdout.strip() == "SH-9 is delivered."
