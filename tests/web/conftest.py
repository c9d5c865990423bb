"""The API with its pages, as tests of the API have it."""

from __future__ import annotations

from tests.api.conftest import api, plant_file, services, tokens

__all__ = ["api", "plant_file", "services", "tokens"]
