"""A promise that cannot be kept: a case about its order line is set going, whichever case found that out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.case import CaseFile
from domain.process import Successor


def later_promise(
    file: CaseFile, order: str, line: str, at: datetime, *, reason: str, why: str, once: str = "", **terms: Any
) -> Successor:
    """The change of an order line to *at*, when it can be kept, and to whatever *terms* it takes; see Successor."""
    asked = {"order": order, "line": line, "requested_at": at, "reason": reason, "reference": file.id, **terms}
    return Successor("order_change", asked | {"comment": why[:2000]}, once)
