"""The jobs that prepare Temporal, run as the containers run them: with a plain shell."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from runtime.children import Children
from runtime.dev_server import DevServer, dev_server, temporal_command, until_ready
from workflows.search_attributes import SEARCH_ATTRIBUTES

PASSWORD = {"SQL_PASSWORD": "secret"}
SCRIPTS = Path(__file__).parents[2] / "deploy" / "temporal"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    """A Temporal server on ports nobody else uses."""
    home = tmp_path_factory.mktemp("home")
    children = Children(home / "logs", print)
    server = dev_server(home, port=27233, ui_port=28233)
    await children.start("temporal", server.command)
    async with asyncio.timeout(30):
        await children.during(until_ready(server))
    yield server
    await children.stop(5)


async def shell(script: str, tools: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the script comes to, with *tools* before all other programs."""
    known = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PAUSE": "0.2", "TRIES": "20", **environment}
    command = ["sh", str(SCRIPTS / script)]
    return await asyncio.to_thread(subprocess.run, command, env=known, capture_output=True, text=True, check=False)


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with the temporal command."""
    (tmp_path / "temporal").symlink_to(temporal_command())
    return tmp_path


async def test_makes_the_namespace_with_what_cases_are_searched_by_however_often_it_runs(
    server: DevServer, tools: Path
) -> None:
    where = {"TEMPORAL_ADDRESS": server.address, "TEMPORAL_NAMESPACE": "plant"}

    first = await shell("namespace.sh", tools, **where)
    second = await shell("namespace.sh", tools, **where)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    client = await Client.connect(server.address)
    listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="plant"))
    made = {name: kind for name, kind in listed.custom_attributes.items() if name.startswith("Lockstep")}
    assert made == {key.name: key.indexed_value_type.value for key in SEARCH_ATTRIBUTES}


async def test_says_so_at_once_when_an_attribute_has_another_type(server: DevServer, tools: Path) -> None:
    where = {"TEMPORAL_ADDRESS": server.address, "TEMPORAL_NAMESPACE": "other"}
    await shell("namespace.sh", tools, **where)
    for change in (("remove", "--yes"), ("create", "--type", "Text")):
        command = [tools / "temporal", "operator", "search-attribute", *change, "--name", "LockstepDue"]
        there = ("--namespace", "other", "--address", server.address)
        await asyncio.to_thread(subprocess.run, [*command, *there], check=True, capture_output=True)

    said = await shell("namespace.sh", tools, **where)

    assert said.returncode == 1
    assert "LockstepDue already exists and has different type Text" in said.stderr


async def test_gives_up_with_a_sentence_when_temporal_does_not_come_up(tools: Path) -> None:
    nowhere = {"TEMPORAL_ADDRESS": "127.0.0.1:1", "TRIES": "2"}

    said = await shell("namespace.sh", tools, **nowhere)

    assert said.returncode == 1
    assert "Namespace default was not there after 2 tries" in said.stderr


async def test_sets_both_databases_up_before_it_brings_them_to_their_shape(tmp_path: Path) -> None:
    _sql_tool(tmp_path, fails=0)

    said = await shell("schema.sh", tmp_path, **PASSWORD, SCHEMA_FOLDER="/shapes")

    assert said.returncode == 0, said.stderr
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split("--database ")[1] for line in asked] == [
        "temporal setup-schema --version 0.0",
        "temporal update-schema --schema-dir /shapes/temporal/versioned",
        "temporal_visibility setup-schema --version 0.0",
        "temporal_visibility update-schema --schema-dir /shapes/visibility/versioned",
    ]
    assert "secret" not in "".join(asked)


async def test_waits_for_a_database_that_is_not_up_yet(tmp_path: Path) -> None:
    _sql_tool(tmp_path, fails=3)

    said = await shell("schema.sh", tmp_path, **PASSWORD)

    assert said.returncode == 0
    assert len((tmp_path / "asked").read_text().splitlines()) == 3 + 4


async def test_leaves_the_second_database_alone_when_the_first_cannot_be_prepared(tmp_path: Path) -> None:
    _sql_tool(tmp_path, fails=99)

    said = await shell("schema.sh", tmp_path, **PASSWORD, TRIES="2")

    assert said.returncode == 1
    assert "temporal_visibility" not in (tmp_path / "asked").read_text()


async def test_asks_for_the_password_of_the_database(tmp_path: Path) -> None:
    _sql_tool(tmp_path, fails=0)

    said = await shell("schema.sh", tmp_path)

    assert said.returncode != 0
    assert "SQL_PASSWORD" in said.stderr


def _sql_tool(folder: Path, *, fails: int) -> None:
    """Stands in for temporal-sql-tool, which only the container has: notes what is asked, fails at first."""
    tool = folder / "temporal-sql-tool"
    tool.write_text(f'#!/bin/sh\necho "$*" >> {folder}/asked\n[ "$(wc -l < {folder}/asked)" -gt {fails} ] || exit 1\n')
    tool.chmod(0o755)
