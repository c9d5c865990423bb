"""Every way that the table of a process has was gone by a case that is recorded, but for those that are named here."""

from __future__ import annotations

import pytest

from domain.catalog import PROCESSES
from domain.process import Process
from tests.support.replaying import Way, ways_recorded

ANYWHERE = "anywhere"
STOPPED = ("withdrawn", "superseded")
"""A case is told to stop in the same lines wherever it is: gone once, all of these ways are."""

SAME_ID = "The next case about it runs under the same id, and the latest run is the one that is kept."
TAKING_BACK = "What cannot be taken back is asked in the lines in which an order change does, which went this way."
TRIED_AGAIN = "Only taking back is tried again without a state between; an order change went this way."
SILENT = "Only where the system that a case is about does not answer for ten minutes."
FROM_ELSEWHERE = "The same question with the same answers as in the state beside it, which was gone from."
OWN_POLICY = "No shipped policy takes this step by itself."

NOT_GONE: dict[tuple[str, Way], str] = {
    ("order_change", (ANYWHERE, "superseded")): SAME_ID,
    ("order_change", ("assessing", "needs_information")): SILENT,
    ("order_change", ("assessing", "let_be")): FROM_ELSEWHERE,
    ("order_change", ("awaiting_customer", "let_be")): FROM_ELSEWHERE,
    ("schedule_adjustment", ("propagating", "commit_failed")): TAKING_BACK,
    ("schedule_adjustment", ("commit_failed", "assessing")): TAKING_BACK,
    ("schedule_adjustment", ("commit_failed", "commit_failed")): TRIED_AGAIN,
    ("shortage", ("assessing", "needs_information")): SILENT,
    ("shortage", ("needs_information", "assessing")): SILENT,
    ("shortage", ("assessing", "committing")): OWN_POLICY,
    ("shortage", ("assessing", "below_safety_stock")): SAME_ID,
    ("shortage", ("commit_failed", "unresolved")): FROM_ELSEWHERE,
    ("shortage", ("commit_failed", "commit_failed")): TRIED_AGAIN,
    ("quality_hold", ("awaiting_second", "assessing")): FROM_ELSEWHERE,
    ("quality_hold", ("commit_failed", "commit_failed")): TRIED_AGAIN,
    ("quality_alert", ("commit_failed", "commit_failed")): TRIED_AGAIN,
    ("dispatch_release", ("slot_missed", "committing")): FROM_ELSEWHERE,
    ("dispatch_release", ("commit_failed", "commit_failed")): TRIED_AGAIN,
}
"""Ways that no recorded case has gone, each with why that is enough. Whoever tells a story of one takes it out."""


@pytest.mark.parametrize("process", PROCESSES.values(), ids=lambda process: process.name)
def test_every_way_was_gone(process: Process) -> None:
    ways = {_told((state.name, to)) for state in process.states for to in state.next}
    gone = set(map(_told, ways_recorded(process.name)))

    assert gone <= ways
    assert ways - gone == {way for name, way in NOT_GONE if name == process.name}


def _told(way: Way) -> Way:
    return (ANYWHERE, way[1]) if way[1] in STOPPED else way
