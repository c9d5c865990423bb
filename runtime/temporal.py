"""The connection to Temporal, and workers on it."""

from __future__ import annotations

import asyncio
import os
import socket
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from runtime.traces import CaseTraces, traced_calls
from workflows.search_attributes import SEARCH_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from temporalio.common import SearchAttributeKey

    from runtime.settings import Settings

log = structlog.stdlib.get_logger(__name__)

DEFAULT_ADDRESS = "localhost:7233"
"""Where Temporal is looked for if its own environment variables and configuration file say nothing."""

IDENTITY = "lockstep "
"""Begins the name by which Temporal knows a worker of ours; its version comes next."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
# In seconds, between attempts to reach a server that is not up yet.


class SearchAttributesMissing(Exception):
    """Temporal does not know what cases are searched by. Cases would stop for good, so nothing is run."""


class TemporalAway(Exception):
    """Temporal does not answer."""


async def connect() -> Client:
    """
    The client for the server and namespace that Temporal's own environment variables name.

    Waits for as long as the server is not up or the namespace not there, and says so in the log.
    """
    config = _connecting()
    pause = _FIRST_PAUSE
    while True:
        try:
            client = await _connected()
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
            return client
        # A server that cannot be reached is a bare RuntimeError.
        except (RPCError, RuntimeError) as problem:
            log.warning(
                "Temporal is not ready yet",
                address=config["target_host"],
                namespace=config.get("namespace", "default"),
                problem=str(problem),
            )
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


async def connect_now(within: timedelta = timedelta(seconds=5)) -> Client:
    """The client of a server that answers; whether the namespace is there is not looked at. Raises TemporalAway."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await _connected()
    # A server that cannot be reached is a bare RuntimeError.
    except (RPCError, RuntimeError, TimeoutError) as problem:
        why = str(problem) or f"nothing within {within.total_seconds():g} seconds"
        raise TemporalAway(f"Temporal does not answer at {_connecting()['target_host']}: {why}") from None


def named_address() -> str | None:
    """Where Temporal's own environment variables say that it is; nothing if they do not."""
    return ClientConfig.load_client_connect_config().get("target_host")


def _connecting() -> dict[str, Any]:
    return {"target_host": DEFAULT_ADDRESS} | dict(ClientConfig.load_client_connect_config())


async def _connected() -> Client:
    return await Client.connect(**_connecting(), data_converter=pydantic_data_converter, plugins=[traced_calls()])


async def register_search_attributes(client: Client, within: timedelta = timedelta(seconds=30)) -> None:
    """
    Make known to Temporal what cases are searched by, whatever of it is known already, and wait until it is.

    Raises SearchAttributesMissing if that is not so in time.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            while missing := await missing_search_attributes(client):
                await _add(client, missing)
                await asyncio.sleep(_FIRST_PAUSE)
    except TimeoutError:
        await check_search_attributes(client)


async def check_search_attributes(client: Client) -> None:
    """Nothing, if cases can be searched. Raises SearchAttributesMissing with the command that mends it."""
    if missing := await missing_search_attributes(client):
        wanted = " ".join(f"--name {key.name} --type {key.indexed_value_type.name.title()}" for key in missing)
        raise SearchAttributesMissing(
            f"Temporal's namespace {client.namespace} lacks search attributes or has them with another type. "
            "Create them with:\n"
            f"temporal operator search-attribute create --namespace {client.namespace} {wanted}"
        )


async def missing_search_attributes(client: Client) -> tuple[SearchAttributeKey[Any], ...]:
    """What cases are searched by and the namespace does not know, or with another type."""
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    kinds = known.custom_attributes
    return tuple(key for key in SEARCH_ATTRIBUTES if kinds.get(key.name) != key.indexed_value_type.value)


async def _add(client: Client, missing: tuple[SearchAttributeKey[Any], ...]) -> None:
    kinds = {key.name: IndexedValueType.ValueType(key.indexed_value_type) for key in missing}
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=kinds)
        )
    except RPCError as problem:
        # Another process may have been quicker, and a new namespace is not found for some seconds.
        if problem.status not in {RPCStatusCode.ALREADY_EXISTS, RPCStatusCode.NOT_FOUND}:
            raise


def workflow_runner() -> SandboxedWorkflowRunner:
    """
    What runs workflows: each in its own sandbox, so that a look at the clock or the network is refused.

    The domain and the activities are shared between sandboxes: they are pure or only named there, and loading
    them anew for each case would cost more than all else a case does.
    """
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules("domain", "activities")
    )


def new_worker(
    client: Client,
    settings: Settings,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    *,
    max_cached_workflows: int | None = None,
) -> Worker:
    """
    A worker that is ready to run.

    A mistake in a workflow does not end its case: the step is tried again until a mended program is deployed.
    """
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=workflow_runner(),
        interceptors=[CaseTraces()],
        max_cached_workflows=(settings.max_cached_workflows if max_cached_workflows is None else max_cached_workflows),
        # Hundreds wake at once when Temporal is back. A step has ten seconds; begun together, none would keep them.
        max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
        sticky_queue_schedule_to_start_timeout=settings.sticky_timeout,
        graceful_shutdown_timeout=timedelta(seconds=30),
        identity=f"{IDENTITY}{version('lockstep')} {os.getpid()}@{socket.gethostname()}",
    )
