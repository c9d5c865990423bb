"""Whether Temporal is well, and whether workers of ours are at work there."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import TaskQueueType, WorkerStatus
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    GetSystemInfoRequest,
    ListWorkersRequest,
    PollWorkflowTaskQueueRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from runtime.checkup.clocks import clock
from runtime.checkup.line import Line, broken, ok, warning
from runtime.failing import FailingNotTold, failing_cases
from runtime.temporal import IDENTITY, SearchAttributesMissing, TemporalAway, check_search_attributes, connect_now

if TYPE_CHECKING:
    from temporalio.client import Client

    from runtime.settings import Settings

_POLLS_EVERY = timedelta(seconds=75)
# A poll that found nothing ends after a minute, and the next begins at once.
_BEHIND = timedelta(minutes=1)
_MOST_NAMED = 5
_CLOCK = "-clock"
# Ends the name of a task queue on which nothing is ever put.
_START = "Start one, and see why the others ended: lockstep serve worker"


async def of_temporal(settings: Settings) -> list[Line]:
    """The server, our namespace in it, and who works for us."""
    try:
        client = await connect_now()
        info = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    except TemporalAway as away:
        kept = "Start it, or mend TEMPORAL_ADDRESS. Requests, events and answers are kept meanwhile."
        return [broken("Temporal", str(away), kept)]
    lines = [ok("Temporal", f"Version {info.server_version} answers.")]
    if (missing := await _namespace(client)) is not None:
        return [*lines, missing]
    return [
        *lines,
        await _search_attributes(client),
        await _time(client, f"{settings.task_queue}{_CLOCK}"),
        *await _workers(client, settings.task_queue),
        await _failing(client),
    ]


async def _namespace(client: Client) -> Line | None:
    try:
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as problem:
        if problem.status is not RPCStatusCode.NOT_FOUND:
            return broken(
                "namespace", f"{client.namespace} cannot be looked at: {problem}", "See what we may do there."
            )
        create = f"temporal operator namespace create --namespace {client.namespace} --retention 720h"
        return broken("namespace", f"There is no namespace {client.namespace}.", f"Create it: {create}")
    return None


async def _search_attributes(client: Client) -> Line:
    try:
        await check_search_attributes(client)
    except SearchAttributesMissing as missing:
        what, _, mend = str(missing).partition(" Create them with:\n")
        return broken("search attributes", what, f"Create them: {mend}")
    return ok("search attributes", f"The namespace {client.namespace} knows what cases are searched by.")


async def _time(client: Client, unused: str) -> Line:
    """Its clock, as it notes when somebody asks for work on a task queue that never has any."""
    sent = datetime.now(UTC)
    asking = PollWorkflowTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=unused), identity=sent.isoformat()
    )
    poll = asyncio.create_task(client.workflow_service.poll_workflow_task_queue(asking))
    try:
        for _ in range(20):
            await asyncio.sleep(0.1)
            pollers = await _pollers(client, unused, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
            for poller in pollers:
                if poller.identity == asking.identity:
                    return clock("Temporal's clock", _seen(poller), sent, datetime.now(UTC))
    finally:
        poll.cancel()
        with suppress(asyncio.CancelledError, RPCError):
            await poll
    return warning("Temporal's clock", "It could not be read.", "Look again.")


async def _workers(client: Client, task_queue: str) -> list[Line]:
    kinds = {
        "workflows": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        "activities": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    }
    ended = await _told_to_end(client)
    now = datetime.now(UTC)
    at_work: dict[str, set[str]] = {}
    for name, kind in kinds.items():
        at_work[name] = {
            poller.identity
            for poller in await _pollers(client, task_queue, kind)
            if poller.identity not in ended and now - _seen(poller) < _POLLS_EVERY
        }
    idle = [name for name, workers in at_work.items() if not workers]
    if idle:
        return [broken("workers", f"Nobody takes {' and '.join(idle)} from {task_queue}: cases stand still.", _START)]
    everybody = set.union(*at_work.values())
    return [
        ok("workers", f"{len(everybody)} at {task_queue}."),
        await _backlog(client, task_queue, kinds),
        _versions(everybody),
    ]


async def _backlog(client: Client, task_queue: str, kinds: dict[str, TaskQueueType.ValueType]) -> Line:
    oldest = timedelta(0)
    for kind in kinds.values():
        asked = DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind, report_stats=True
        )
        answer = await client.workflow_service.describe_task_queue(asked)
        oldest = max(oldest, answer.stats.approximate_backlog_age.ToTimedelta())
    if oldest < _BEHIND:
        return ok("backlog", "Workers keep up.")
    waits = f"The oldest step has waited for {oldest.total_seconds():.0f} seconds for a worker."
    return warning("backlog", waits, "If that lasts, start further workers, on other machines.")


async def _failing(client: Client) -> Line:
    about = "workflow tasks"
    try:
        failing = await failing_cases(client)
    except FailingNotTold:
        return warning(about, "This Temporal does not say which fail again and again.", "Upgrade it to 1.30 or newer.")
    if not failing:
        return ok(about, "None fails again and again.")
    named = [f"{one.case_id} ({one.workflow_id})" for one in failing[:_MOST_NAMED]]
    further = [f"{len(failing) - _MOST_NAMED} further"] if len(failing) > _MOST_NAMED else []
    return broken(
        about,
        f"They fail again and again, so that these cases stand still: {', '.join([*named, *further])}.",
        "The worker's log has the reason under that workflow_id: our code is wrong for it, or a worker of another "
        "version took it up. Report it; the case goes on with a mended version, or is moved by lockstep force.",
    )


def _versions(workers: set[str]) -> Line:
    ours = version("lockstep")
    others = sorted({_version(worker) for worker in workers} - {ours})
    if not others:
        return ok("versions", f"All workers are of version {ours}, as we are.")
    told = f"We are of version {ours}; workers of {', '.join(others)} are at work too."
    return warning("versions", told, "Fine while you upgrade; afterwards end those of the other version.")


def _version(worker: str) -> str:
    return worker.removeprefix(IDENTITY).split(" ")[0] if worker.startswith(IDENTITY) else f"unknown ({worker})"


async def _told_to_end(client: Client) -> set[str]:
    """Workers that said themselves that they end; Temporal goes on naming them for minutes."""
    try:
        listed = await client.workflow_service.list_workers(ListWorkersRequest(namespace=client.namespace))
    except RPCError:  # older servers have no such list
        return set()
    beats = [worker.worker_heartbeat for worker in listed.workers_info]
    ending = (WorkerStatus.WORKER_STATUS_SHUTTING_DOWN, WorkerStatus.WORKER_STATUS_SHUTDOWN)
    return {beat.worker_identity for beat in beats if beat.status in ending}


async def _pollers(client: Client, task_queue: str, kind: TaskQueueType.ValueType) -> list[PollerInfo]:
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=task_queue), task_queue_type=kind
    )
    return list((await client.workflow_service.describe_task_queue(asked)).pollers)


def _seen(poller: PollerInfo) -> datetime:
    return poller.last_access_time.ToDatetime(UTC)
