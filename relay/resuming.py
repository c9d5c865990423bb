"""A run that the engine has closed before its case was over, and how it goes on from where it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyExcludeType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

ANSWER_WITHIN = timedelta(seconds=10)
"""How long the engine is given for one answer."""

_FIRST_TASK = 3
# In every history the run is started by the first event, and its first task is scheduled by the second.


async def run_of(client: Client, workflow_id: str, case_id: str, forced: int) -> WorkflowExecutionDescription | None:
    """
    The latest run under *workflow_id* if it is about the case; nothing if the engine knows of none.

    One that began before the case was moved by force for the time *forced* is none of it any more.
    """
    run = await _latest_run(client, workflow_id)
    return run if run is not None and await _about(run) == (case_id, forced) else None


async def stop_earlier_run(client: Client, workflow_id: str, case_id: str, forced: int | None) -> None:
    """End the run of the case that goes on although it was moved by force; any run, without *forced*."""
    run = await _latest_run(client, workflow_id)
    if run is None or not is_running(run):
        return
    about, began = await _about(run)
    if about == case_id and (forced is None or began < forced):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        await handle.terminate("Lockstep: the case was moved by force.", rpc_timeout=ANSWER_WITHIN)


async def _latest_run(client: Client, workflow_id: str) -> WorkflowExecutionDescription | None:
    """The latest run under *workflow_id*, whatever it is about; nothing if there is none."""
    try:
        return await client.get_workflow_handle(workflow_id).describe(rpc_timeout=ANSWER_WITHIN)
    except RPCError as failure:
        if failure.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _about(run: WorkflowExecutionDescription) -> tuple[str | None, int]:
    """The case of the run, and how often that had been moved by force when the run began."""
    memo = await run.memo()
    return memo.get("case_id"), memo.get("forced", 0)


def is_running(run: WorkflowExecutionDescription | None) -> bool:
    """Whether the engine still runs it."""
    return run is not None and run.status is WorkflowExecutionStatus.RUNNING


async def go_on(client: Client, run: WorkflowExecutionDescription) -> None:
    """Have a new run go on where *run* was stopped, with all it knew."""
    point = await _last_good_task(client, run)
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=run.id, run_id=run.run_id),
            reason="Lockstep: the case is still open.",
            workflow_task_finish_event_id=point,
            # Asked twice for the same run, the engine makes one.
            request_id=f"lockstep/{run.run_id}",
            reset_reapply_exclude_types=[ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_CANCEL_REQUEST],
        ),
        timeout=ANSWER_WITHIN,
    )


async def _last_good_task(client: Client, run: WorkflowExecutionDescription) -> int:
    """The last task that was completed before anybody asked the run to cancel itself, else its first one."""
    last = _FIRST_TASK
    async for event in _backwards(client, run):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
            last = _FIRST_TASK
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED and last == _FIRST_TASK:
            last = event.event_id
            if run.status is not WorkflowExecutionStatus.CANCELED:
                break
    return last


async def _backwards(client: Client, run: WorkflowExecutionDescription) -> AsyncIterator[HistoryEvent]:
    asked = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=run.id, run_id=run.run_id),
        maximum_page_size=200,
    )
    while True:
        service = client.workflow_service
        page = await service.get_workflow_execution_history_reverse(asked, timeout=ANSWER_WITHIN)
        for event in page.history.events:
            yield event
        if not page.next_page_token:
            return
        asked.next_page_token = page.next_page_token
