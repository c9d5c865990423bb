"""Everything that is looked at, in the order in which one thing rests on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from runtime.checkup.engine import of_temporal
from runtime.checkup.keys import of_certificate, of_keys
from runtime.checkup.line import Line, broken, ok, warning
from runtime.checkup.plant import of_plant
from runtime.checkup.record import of_record
from runtime.safety import unsafe
from runtime.settings import Profile, Settings
from runtime.surroundings import look_around
from storage.database import Database

if TYPE_CHECKING:
    from runtime.safety import Surroundings


async def check_up(settings: Settings) -> list[Line]:
    """How the installation of *settings* is."""
    found = await look_around(settings)
    return [
        *_settings(settings, found),
        *of_certificate(settings),
        *await _database(settings, found),
        *await of_temporal(settings),
        await _api(settings),
    ]


def _settings(settings: Settings, found: Surroundings) -> list[Line]:
    if settings.profile is Profile.DEVELOPMENT:
        return [ok("settings", "A development system: not looked at for what is unsafe.")]
    findings = [finding for finding in unsafe(settings, found) if finding != found.database]
    if not findings:
        return [ok("settings", "Nothing about them is unsafe.")]
    return [broken("settings", finding.what, finding.mend) for finding in findings]


async def _database(settings: Settings, found: Surroundings) -> list[Line]:
    if found.database is not None:
        return [broken("database", found.database.what, found.database.mend)]
    database = Database(settings.database_url)
    try:
        return [*await of_record(database), *await of_plant(database), *await of_keys(database)]
    finally:
        await database.close()


async def _api(settings: Settings) -> Line:
    """The API, as people reach it."""
    about, url = "API", f"{settings.public_url}/readyz"
    look = "See that it runs, and what stands between: lockstep serve api"
    try:
        async with httpx2.AsyncClient(timeout=5) as client:
            answer = await client.get(url)
    except httpx2.TransportError as problem:
        return warning(about, f"It cannot be reached from here at {url}: {problem}", look)
    if answer.is_success:
        return ok(about, f"It answers at {settings.public_url}.")
    return broken(about, f"{url} answers {answer.status_code}.", look)
