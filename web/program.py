"""The API as a program: on the database and the engine that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from api.services import Services
from domain.attachment import AttachmentRules
from domain.ports import SystemUnavailable
from runtime.garbage import spare_what_is_loaded
from runtime.measures import Measures, measure
from runtime.openid import OpenIdTokens
from runtime.openid_login import OpenIdLogin
from runtime.settings import Profile, Settings, read_settings
from runtime.telemetry import set_up_telemetry, trace_database
from runtime.temporal import connect
from storage.database import Database
from storage.groups import WordOfProvider
from storage.sessions import SessionLife
from web.app import create_app

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def new_api() -> FastAPI:
    """The API of this installation. Nothing is connected before it starts. Raises SettingsWrong."""
    settings = read_settings()
    database = Database(settings.database_url)
    engine = Engine()

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        set_up_telemetry(settings, "api")
        trace_database(database.engine)
        measure(database, Measures())
        spare_what_is_loaded()
        async with engine.sought():
            yield
        await database.close()

    return create_app(services_on(database, engine, settings), running)


def services_on(database: Database, engine: Engine, settings: Settings) -> Services:
    """Everything the API needs, as the settings have it."""
    openid = None if settings.oidc is None else OpenIdTokens(settings.oidc)
    return Services(
        database=database,
        temporal=engine.client,
        public_url=settings.public_url,
        temporal_ui_url=settings.temporal_ui_url,
        signatures=settings.signatures,
        openid=openid,
        openid_login=OpenIdLogin(openid, f"{settings.public_url}/login/back")
        if openid is not None and openid.provider.client_id
        else None,
        tokens_sign=settings.profile is Profile.DEVELOPMENT,
        session_life=SessionLife(settings.session_idle, settings.session_longest),
        word_of_provider=WordOfProvider(settings.groups_interval, settings.groups_longest),
        senders=settings.senders,
        attachment_rules=AttachmentRules(settings.attachment_limit, settings.attachment_kinds),
        namespace=ClientConfig.load_client_connect_config().get("namespace") or "default",
        further_hosts=(settings.api_host, *_LOOPBACK, *settings.further_hosts),
    )


class Engine:
    """The engine's client, as soon as there is one. The API does its work before, too."""

    def __init__(self) -> None:
        self._connecting: asyncio.Task[Client] | None = None

    @asynccontextmanager
    async def sought(self) -> AsyncIterator[None]:
        """While this is open, the engine is looked for until it is found."""
        self._connecting = asyncio.create_task(connect())
        try:
            yield
        finally:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting

    async def client(self) -> Client:
        """The client. Raises SystemUnavailable while the engine has not been found."""
        if self._connecting is None or not self._connecting.done():
            raise SystemUnavailable("Temporal cannot be reached.")
        return self._connecting.result()
