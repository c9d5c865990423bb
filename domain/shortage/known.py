"""What a case about a short item knows: what was asked, and what was found."""

from __future__ import annotations

from domain.case import CaseFile
from domain.shortage.findings import ShortageFound, Suspicion
from domain.shortage.requested import ShortageRequest


def suspicion(file: CaseFile) -> Suspicion:
    """What everybody who asked says of it."""
    asked = [one for one in (file.request, *file.further) if isinstance(one, ShortageRequest)]
    return Suspicion(
        line_stopped=any(one.line_stopped for one in asked),
        needed_by=min((one.needed_by for one in asked if one.needed_by is not None), default=None),
    )


def known(file: CaseFile) -> ShortageFound | None:
    """What is known of the item; nothing if that cannot be found out."""
    return file.finding("shortage", ShortageFound)


def found_out(file: CaseFile) -> ShortageFound:
    """The same, where it has been found out."""
    found = known(file)
    assert found is not None
    return found
