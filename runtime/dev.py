"""The whole system on one machine, for trying it out: started in order, watched, stopped together."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import httpx2
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from connectors.plant.sample import SOURCE, sample_plant
from connectors.plant.sample_release import readiness_policies
from domain.decision import PrincipalKind
from domain.fact import Reading
from domain.master_data import Person
from runtime.children import ChildEnded, Children, StopAsked
from runtime.dev_server import DevServer, HttpApiOpen, PortsTaken, dev_server, is_free, until_ready
from runtime.development import DevCredentials, DevelopmentFileWrong, development_credentials, login_link
from runtime.policies import PolicyWrong, publish_defaults
from runtime.settings import PREFIX, Profile
from runtime.signatures import development_signing_key
from storage.credentials import Credentials
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from storage.readiness_policies import ReadinessPolicies
from storage.tickets import TicketKind, Tickets

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence
    from pathlib import Path

    from temporalio.client import Client

    from runtime.settings import Settings

T = TypeVar("T")

STARTS_WITHIN = timedelta(seconds=60)
"""A part of the system that is not ready by then never will be."""

_STOPS_WITHIN = 10.0
# In seconds, for each child. Whatever work is cut off then is done at the next start.
_PAUSE = 0.1
# In seconds, between looks at a child that is starting.
_TEMPORAL_WARNINGS = re.compile(r"level=(ERROR|FATAL)|^Error")
# What Temporal warns of while it starts and stops is of no use to anybody.


class AlreadyRunning(Exception):
    """The same development system runs already."""


class TooSlow(Exception):
    """A part of the system did not become ready."""


async def develop(settings: Settings, say: Callable[[str], None]) -> int:
    """
    The exit code, once somebody stopped the system or a part of it ended: 0 or 1.

    Raises AlreadyRunning, PortsTaken, TemporalCommandMissing before anything is started.
    """
    with _only_one(settings.home):
        if not is_free(settings.api_port, settings.api_host):
            raise PortsTaken(
                f"Port {settings.api_port} is in use. Stop the program that uses it, or choose another port: "
                f"{PREFIX}API_PORT={settings.api_port + 1} lockstep dev"
            )
        server = dev_server(settings.home)
        children = Children(settings.home / "logs", say)
        children.obey_signals()
        try:
            credentials = await _start(settings, server, children, say)
            say(_banner(settings, server, credentials, await _login_links(settings, credentials)))
            await children.until_one_ends()
        except StopAsked:
            say("Stopping.")
            return 0
        except (ChildEnded, TooSlow, HttpApiOpen, DevelopmentFileWrong, PolicyWrong) as trouble:
            say(f"{trouble}\nStopping the rest.")
        finally:
            await children.stop(_STOPS_WITHIN)
            # Temporal's client may still be handing back threads; leaving before it has can crash.
            await asyncio.sleep(0.3)
        return 1


async def _start(
    settings: Settings, server: DevServer, children: Children, say: Callable[[str], None]
) -> DevCredentials:
    environment = _environment(settings, server)
    for sentence in server.moved:
        say(sentence)

    with _telling(say, "Temporal"):
        await children.start("temporal", server.command, shown=_TEMPORAL_WARNINGS)
        temporal = await children.during(_in_time("Temporal", until_ready(server)))
    with _telling(say, "The database"):
        credentials = await children.during(_prepare_database(settings))
    # The API needs nothing of the worker to start, and most of either's start is loading Python.
    await children.start("worker", (sys.executable, "-m", "worker"), environment)
    await children.start("api", (sys.executable, "-m", "lockstep", "api"), environment)
    with _telling(say, "The worker"):
        await children.during(_in_time("The worker", _until_polled(temporal, settings.task_queue)))
    with _telling(say, "The API"):
        await children.during(_in_time("The API", _until_answered(settings)))
    return credentials


def _environment(settings: Settings, server: DevServer) -> dict[str, str]:
    """What children are told: to use our server, wherever else this machine's Temporal settings point."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "TEMPORAL_ADDRESS": server.address,
        "TEMPORAL_NAMESPACE": "default",
        "TEMPORAL_CONFIG_FILE": os.devnull,
        f"{PREFIX}PROFILE": Profile.DEVELOPMENT,
        f"{PREFIX}SIGNING_KEY_FILE": str(development_signing_key(settings.home)),
        f"{PREFIX}HOME": str(settings.home),
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}API_HOST": settings.api_host,
        f"{PREFIX}API_PORT": str(settings.api_port),
        f"{PREFIX}PUBLIC_URL": settings.public_url,
        f"{PREFIX}TEMPORAL_UI_URL": server.ui_url,
    }


async def _prepare_database(settings: Settings) -> DevCredentials:
    await asyncio.to_thread(upgrade, settings.database_url)
    database = Database(settings.database_url)
    try:
        await publish_defaults(database)
        store = FactStore(database)
        if not await store.find(Person):
            now = datetime.now(UTC)
            await store.keep([Reading(fact=fact, source=SOURCE, version="1", as_of=now) for fact in sample_plant(now)])
            for policy in readiness_policies(now):
                await ReadinessPolicies(database).publish_shipped(policy, now)
        people = [reading.fact for reading in await store.find(Person)]
        credentials = development_credentials(people, settings.home, settings.public_url)
        for known in credentials.credentials:
            await Credentials(database).keep(known, datetime.now(UTC))
        return credentials
    finally:
        await database.close()


async def _login_links(settings: Settings, credentials: DevCredentials) -> list[str]:
    """A line for each person, with a link that lets him in once."""
    people = [known.principal for known in credentials.credentials if known.principal.kind is PrincipalKind.PERSON]
    database = Database(settings.database_url)
    try:
        tickets = [
            await Tickets(database).give(TicketKind.LINK, person.model_dump(mode="json"), datetime.now(UTC))
            for person in people
        ]
    finally:
        await database.close()
    return [
        f"  {person.id:<20} {login_link(settings.public_url, ticket)}"
        for person, ticket in zip(people, tickets, strict=True)
    ]


async def _until_polled(temporal: Client, task_queue: str) -> None:
    asked = DescribeTaskQueueRequest(
        namespace=temporal.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    while True:
        if (await temporal.workflow_service.describe_task_queue(asked)).pollers:
            return
        await asyncio.sleep(_PAUSE)


async def _until_answered(settings: Settings) -> None:
    url = f"http://{settings.api_host}:{settings.api_port}/readyz"
    async with httpx2.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(url)).status_code == HTTPStatus.OK:
                    return
            except httpx2.TransportError:
                pass
            await asyncio.sleep(_PAUSE)


async def _in_time(what: str, ready: Coroutine[None, None, T]) -> T:
    try:
        async with asyncio.timeout(STARTS_WITHIN.total_seconds()):
            return await ready
    except TimeoutError:
        seconds = STARTS_WITHIN.total_seconds()
        raise TooSlow(f"{what} was not ready within {seconds:.0f} seconds. Its log tells more.") from None


@contextmanager
def _telling(say: Callable[[str], None], what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"{what} is ready ({time.monotonic() - began:.1f} s)")


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Nobody else starts a system in *home* meanwhile: two servers on one database file would destroy it."""
    import fcntl  # noqa: PLC0415 - Windows has none, and imports this with all other commands

    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "dev.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"Lockstep runs already on the data in {home}. Stop it there, or choose another folder: "
                f"{PREFIX}HOME=other lockstep dev"
            ) from None
        yield


def _banner(settings: Settings, server: DevServer, credentials: DevCredentials, links: Sequence[str]) -> str:
    listed = "\n".join(links)
    return f"""
To log in with a browser, once and within ten minutes (later: lockstep account link NAME):

{listed}

Lockstep is running, for trying it out on this machine only.

  What waits for you   {settings.public_url}
  API                  {settings.public_url}/v1
  Its description      {settings.public_url}/openapi.json
  Temporal             {server.ui_url}
  Keys and tokens      {credentials.path}
  Logs                 {settings.home / "logs"}

  lockstep story order-change    a customer wants more, and the plant decides
  lockstep questions             what waits for an answer
  lockstep --help                everything else

Ctrl-C stops it. What was begun goes on at the next start.
"""
