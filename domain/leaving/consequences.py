"""What follows in other cases from a shipment that leaves late, or with less."""

from __future__ import annotations

from domain.case import CaseFile
from domain.leaving.known import leaving, untold_slip
from domain.leaving.missed import later_promises
from domain.leaving.rest import rest_promises
from domain.process import Successor


def broken_promises(file: CaseFile) -> tuple[Successor, ...]:
    """Each promise that breaks, because its departure was missed or less leaves, is proposed for later."""
    slip = untold_slip(file)
    return (*(() if slip is None else later_promises(file, slip)), *of_the_rest(file))


def of_the_rest(file: CaseFile) -> tuple[Successor, ...]:
    """What follows from what was left behind."""
    found = leaving(file)
    return () if found is None else tuple(rest_promises(file, found.rest))
