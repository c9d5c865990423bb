"""How things are where Lockstep is to run: what its settings alone do not say."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.workflowservice.v1 import GetClusterInfoRequest
from temporalio.service import RPCError

from connectors.plant.sample import SOURCE
from domain.decision import PrincipalKind
from runtime.development import development_file
from runtime.safety import Finding, Surroundings
from runtime.settings import PREFIX
from runtime.signatures import signing_key_file
from runtime.temporal import TemporalAway, connect_now, named_address
from storage.accounts import Accounts
from storage.credentials import Credentials
from storage.database import Database
from storage.facts import FactStore
from storage.migration import current, latest

if TYPE_CHECKING:
    from pathlib import Path

    from runtime.settings import Settings


async def look_around(settings: Settings) -> Surroundings:
    """What is found now."""
    problem = await database_problem(settings.database_url)
    tokens, accounts, sample = (0, 0, False) if problem else await _in_the_database(settings.database_url)
    return Surroundings(
        temporal_address=named_address(),
        temporal_store=await _temporal_store(),
        database_password=os.environ.get("PGPASSWORD", ""),
        database=problem,
        sample_plant=sample,
        tokens_of_people=tokens,
        accounts=accounts,
        development_files=_development_files(settings.home),
    )


async def _temporal_store() -> str | None:
    if named_address() is None:
        return None
    try:
        client = await connect_now()
        return (await client.workflow_service.get_cluster_info(GetClusterInfoRequest())).persistence_store
    except (TemporalAway, RPCError):
        return None


async def database_problem(url: str) -> Finding | None:
    """Why the database at *url* cannot be used by this version; nothing if it can."""
    try:
        shape = await asyncio.to_thread(current, url)
    except (SQLAlchemyError, OSError) as problem:
        return Finding(
            f"The database cannot be reached: {getattr(problem, 'orig', None) or problem}",
            f"Start it, or mend its address in {PREFIX}DATABASE_URL.",
        )
    if shape == latest():
        return None
    return Finding(
        "The database is empty." if shape is None else f"The database has the shape {shape}; {latest()} is needed.",
        "Bring it there with: lockstep migrate",
    )


async def _in_the_database(url: str) -> tuple[int, int, bool]:
    """How many people have tokens and passwords of ours, and whether the sample plant is there."""
    database = Database(url)
    try:
        known = await Credentials(database).in_force(datetime.now(UTC))
        people = {one.principal.id for one in known if one.principal.kind is PrincipalKind.PERSON}
        accounts = await Accounts(database).how_many_in_use()
        return len(people), accounts, await FactStore(database).has_any_from(SOURCE)
    finally:
        await database.close()


def _development_files(home: Path) -> tuple[str, ...]:
    return tuple(file.name for file in (development_file(home), signing_key_file(home)) if file.exists())
