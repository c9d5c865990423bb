"""Which shipment a case is asked for."""

from __future__ import annotations

from domain.case import Request
from domain.subject import Identifier


class DispatchReleaseRequest(Request):
    """Which shipment is to be got ready and let go."""

    shipment: Identifier

    @property
    def subject_key(self) -> str:
        """The shipment."""
        return self.shipment
