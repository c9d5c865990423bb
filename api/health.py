"""Whether the process lives, and whether it can do its work."""

from datetime import timedelta
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from api.calling import Serving
from api.services import Services
from domain.ports import SystemUnavailable

router = APIRouter(tags=["health"])

Reach = Literal["ok", "unavailable"]


class Readiness(BaseModel):
    """What can be reached."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    database: Reach
    temporal: Reach
    """Not needed to be ready: events, requests and answers are kept and the engine hears of them later."""


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process runs and answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Readiness, "description": "The database is out of reach"}})
async def ready(services: Serving, response: Response) -> Readiness:
    """Whether requests can be taken, and what of the surroundings answers."""
    readiness = Readiness(database=await _database(services), temporal=await _temporal(services))
    if readiness.database != "ok":
        response.status_code = 503
    return readiness


async def _database(services: Services) -> Reach:
    try:
        async with services.database.reading() as session:
            connection = await session.connection()
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return "unavailable"
    return "ok"


async def _temporal(services: Services) -> Reach:
    try:
        client = await services.temporal()
        await client.service_client.check_health(timeout=timedelta(seconds=1))
    except (SystemUnavailable, RPCError, RuntimeError):  # the last is how a connection fails that was put off
        return "unavailable"
    return "ok"
