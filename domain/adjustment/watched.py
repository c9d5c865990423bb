"""What a case about a disturbed work centre waits for."""

from __future__ import annotations

from domain.asking import being_found_out
from domain.case import CaseFile
from domain.facts import Job, OrderLine
from domain.master_data import OutsideCapacity
from domain.release import MachineState
from domain.watching import Watched


def machines(file: CaseFile) -> tuple[Watched, ...]:
    """The machines of the work centre."""
    return (Watched(MachineState, file.site, "work_center", file.subject),)


def schedule(file: CaseFile) -> tuple[Watched, ...]:
    """All machines and all work at the site, and what others offer to do of it."""
    return (
        Watched(MachineState, file.site, "site", file.site),
        Watched(Job, file.site, "site", file.site),
        Watched(OrderLine, file.site, "site", file.site),
        Watched(OutsideCapacity, file.site, "site", file.site),
    )


def missing(file: CaseFile) -> tuple[Watched, ...]:
    """The same, unless somebody finds out what was asked back."""
    return () if being_found_out(file) else schedule(file)
