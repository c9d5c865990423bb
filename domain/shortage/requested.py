"""Which item a case is asked for."""

from __future__ import annotations

from domain.case import Request
from domain.fact import Time
from domain.subject import Identifier


class ShortageRequest(Request):
    """Which item is short, or may be; the reason says how that was found."""

    item: Identifier
    needed_by: Time | None = None
    """When it is missing, where somebody knows better than the books."""
    line_stopped: bool = False
    """Whether a line stands still for it."""

    @property
    def subject_key(self) -> str:
        """The item."""
        return self.item
