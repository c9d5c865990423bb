"""The plant that the stories are told in."""

from __future__ import annotations

from tests.workflows.conftest import plant

__all__ = ["plant"]
