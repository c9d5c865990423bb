"""Histories, played again against the workflows as they are now."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from domain.catalog import PROCESSES
from runtime.temporal import workflow_runner
from workflows.catalog import WORKFLOWS

RECORDED = Path(__file__).parent.parent / "histories"
"""What earlier versions of the workflows did. Never changed: cases like these may still be running somewhere."""

Way = tuple[str, str]


def record(history: WorkflowHistory) -> None:
    """
    Keep *history* under the name of its story, if ``RECORD_HISTORIES`` asks for that and none is kept.

    Beside the one that is kept, if it goes a way from state to state that no case kept has gone.
    """
    story = re.search(r"::test_(\w+)", os.environ.get("PYTEST_CURRENT_TEST", ""))
    if not os.environ.get("RECORD_HISTORIES") or story is None:
        return
    process, *_, subject = history.workflow_id.split("/")
    name, known = f"{process}-{story[1]}-{subject.replace(':', '-')}", json.loads(history.to_json())
    path = RECORDED / f"{name}.json"
    if path.exists():
        if ways_gone(known) <= ways_recorded(process):
            return
        path = next(free for n in count(2) if not (free := RECORDED / f"{name}-{n}.json").exists())
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(known, indent=1, sort_keys=True)
    # Where this machine keeps its files says nothing about the case.
    path.write_text(re.sub(r'"stackTrace": "[^\n]*"', '"stackTrace": ""', text) + "\n", encoding="utf-8")


def ways_recorded(process: str) -> set[Way]:
    """Every way from state to state that a recorded case of *process* has gone."""
    paths = RECORDED.glob(f"{process}-*.json")
    return {way for path in paths for way in ways_gone(json.loads(path.read_text(encoding="utf-8")))}


def ways_gone(history: dict[str, Any]) -> set[Way]:
    """The ways from state to state that the case has gone."""
    return set(pairwise(_states_of(history)))


def _states_of(history: dict[str, Any]) -> Iterator[str]:
    started = history["events"][0]["workflowExecutionStartedEventAttributes"]
    if not _read(started["input"]["payloads"][0]).get("sequence"):  # else it went on from where another run was
        yield PROCESSES[started["workflowType"]["name"]].first.name
    for event in history["events"]:
        marker, summary = event.get("markerRecordedEventAttributes"), event.get("userMetadata", {}).get("summary")
        if marker is None or summary is None or not (name := _read(summary)).startswith("enter "):
            continue
        entered = marker["details"].get("result")
        if entered is not None and _read(entered["payloads"][0])["interrupted_by"] is None:
            yield name.removeprefix("enter ")


def _read(payload: dict[str, str]) -> Any:
    return json.loads(base64.b64decode(payload["data"]))


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
