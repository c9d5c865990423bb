"""Histories, played again against the workflows as they are now."""

from __future__ import annotations

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from runtime.temporal import workflow_runner
from workflows.catalog import WORKFLOWS


async def replay(history: WorkflowHistory) -> None:
    """Fails if the workflows of today would have done something else."""
    replayer = Replayer(
        workflows=list(WORKFLOWS.values()), data_converter=pydantic_data_converter, workflow_runner=workflow_runner()
    )
    await replayer.replay_workflow(history)


async def histories(client: Client, workflow_ids: set[str]) -> list[WorkflowHistory]:
    """The latest run under each id, as recorded."""
    return [await client.get_workflow_handle(workflow_id).fetch_history() for workflow_id in sorted(workflow_ids)]
