"""Histories, played again against the workflows as they are now."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from runtime.temporal import workflow_runner
from workflows.catalog import WORKFLOWS

RECORDED = Path(__file__).parent.parent / "histories"
"""What earlier versions of the workflows did. Never changed: cases like these may still be running somewhere."""


def record(history: WorkflowHistory) -> None:
    """Keep *history* under the name of its story, if ``RECORD_HISTORIES`` asks for that and none is kept."""
    story = re.search(r"::test_(\w+)", os.environ.get("PYTEST_CURRENT_TEST", ""))
    if not os.environ.get("RECORD_HISTORIES") or story is None:
        return
    process, *_, subject = history.workflow_id.split("/")
    path = RECORDED / f"{process}-{story[1]}-{subject.replace(':', '-')}.json"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        text = json.dumps(json.loads(history.to_json()), indent=1, sort_keys=True)
        # Where this machine keeps its files says nothing about the case.
        path.write_text(re.sub(r'"stackTrace": "[^\n]*"', '"stackTrace": ""', text) + "\n", encoding="utf-8")


async def replay(history: WorkflowHistory) -> None:
    """Fails if the workflows of today would have done something else."""
    process = history.workflow_id.partition("/")[0]
    replayer = Replayer(
        # Each one named is loaded into a sandbox of its own first, which takes longer than playing a case again.
        workflows=[WORKFLOWS[process]],
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
    )
    await replayer.replay_workflow(history)


async def histories(client: Client, workflow_ids: set[str]) -> list[WorkflowHistory]:
    """The latest run under each id, as recorded."""
    return [await client.get_workflow_handle(workflow_id).fetch_history() for workflow_id in sorted(workflow_ids)]
