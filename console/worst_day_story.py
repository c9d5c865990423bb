"""Everything on one day: a bad lot on a lorry, a test bench without people, missing kits, and a customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.plant.sample import SHORT, SITUATIONS
from console.cases import ShownCase, show_chain
from console.cast import Cast
from console.changes import Opened
from console.narrator import Narrator
from console.output import heading, say
from domain.roles import Role
from domain.views import Chain
from domain.words import in_words
from runtime.development import DevelopmentFile
from storage.scans import Scanned

_SHIPMENT, _ITEM, _LOT = "SH-4002", "PUMP-100", "L-1002"
# What stands at the ramp, and the lot it takes.
_BENCH = "TEST"
_AT_THE_RAMP = ("loading", "load_stopped", "gathering", "ready_to_depart")


def worst_day(file: DevelopmentFile) -> None:
    """Plays it to its end. Raises StoryStuck, NobodyThere, ApiRefusal."""
    site = SHORT[0]
    day = _Day(Cast(file, site), site)

    heading("A lorry is being loaded")
    lorry = day.begins("dispatch_release", Role.DISPATCH, shipment=_SHIPMENT, reason="DUE")
    day.stands(lorry, *_AT_THE_RAMP)

    heading("A lot on it turns out to be bad")
    hold = day.begins(
        "quality_hold", Role.PRODUCTION, item=_ITEM, lot=_LOT, severity="functional",
        defect="The bearings run loud.", reason="TEST_FAILED",
    )  # fmt: skip
    stopped = day.stands(lorry, "load_stopped", "gathering")
    if stopped.closed_at is None:
        say(f"{lorry} is {in_words(stopped.state)}: {stopped.because}", "red")
    else:
        say(f"{_SHIPMENT} left when this day was played before; the rest goes on without it.", "yellow")

    heading("Nobody is left to run the test bench")
    bench = day.begins("schedule_adjustment", Role.PRODUCTION, work_center=_BENCH, reason="LABOUR")

    heading("Repair kits are missing")
    kits = day.begins("shortage", Role.WAREHOUSE, item=SHORT[1], reason="REPORT")

    heading("And a customer wants more")
    _, order, line = SITUATIONS["short_in_slushy"]
    change = day.begins("order_change", Role.SALES, order=order, line=line, quantity="70", reason="CUSTOMER_REQUEST")

    heading("What becomes of the lot")
    day.goes_on(hold)
    if day.stands(lorry, "loading").closed_at is None:
        day.loads(_SHIPMENT, handling_unit="P-17", item=_ITEM, lot=_LOT, quantity="15")

    for what, case, until in (
        ("The lorry leaves after all", lorry, ()),
        ("The test bench", bench, ()),
        ("The kits", kits, ("monitoring",)),
        ("The customer", change, ()),
    ):
        heading(what)
        day.goes_on(case, until=until)

    heading("How one thing led to another")
    for case in (hold, bench, kits):
        show_chain(day.reader.get(Chain, "cases", case, "chain").cases)
    heading("How the day ended")
    for case in (lorry, hold, bench, kits, change):
        ended = day.reader.get(ShownCase, "cases", case)
        say(f"{case}: {in_words(ended.state)}. {ended.because}")


class _Day:
    """The people of one site, and the cases of one day."""

    def __init__(self, cast: Cast, site: str) -> None:
        self._cast = cast
        self._site = site
        self._reader = cast.somebody(Role.PLANNER)
        self.reader = cast.client(self._reader)

    def begins(self, process: str, role: Role, **asked: Any) -> str:
        """The case that somebody in *role* opens, or finds open."""
        person = self._cast.somebody(role)
        opened = self._cast.client(person).post(
            Opened, "processes", process, "cases", body={"site": self._site, **asked}
        )
        say(f"{self._cast.name(person)} ({in_words(role)}): {opened.case_id} is {opened.result}.")
        return opened.case_id

    def loads(self, shipment: str, **unit: str) -> None:
        """The warehouse scans another handling unit onto the vehicle."""
        person = self._cast.somebody(Role.WAREHOUSE)
        so_far = self._cast.client(person).post(Scanned, "sites", self._site, "shipments", shipment, "scans", body=unit)
        say(f"{self._cast.name(person)} (warehouse): {unit['handling_unit']} is loaded, {so_far.loaded} so far.")

    def stands(self, case: str, *states: str) -> ShownCase:
        """The case once it is in one of *states*, without anybody saying anything."""
        return Narrator(self._cast, self._reader).watch(case, states)

    def goes_on(self, case: str, until: tuple[str, ...] = ()) -> ShownCase:
        """The case at its end, or once it is in one of *until*."""
        again = (datetime.now(UTC) + timedelta(days=4)).replace(microsecond=0)
        return Narrator(self._cast, self._reader, said={"until": again.isoformat()}).play(case, until=until)
