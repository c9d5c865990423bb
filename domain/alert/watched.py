"""What a case about a rule waits for."""

from __future__ import annotations

from typing import cast

from domain.case import CaseFile
from domain.release import Hold, HoldRule
from domain.watching import Watched


def rule(file: CaseFile) -> tuple[Watched, ...]:
    """The rule, and every lot that it stops from now on."""
    of = cast(HoldRule, file.before.fact).of
    return Watched(HoldRule, file.site, "of", of), Watched(Hold, file.site, "case", file.id)
