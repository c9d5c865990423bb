"""The command line as somebody uses it, in a folder of his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.commands import app
from tests.console.running_api import RunningApi, running_api

Lockstep = Callable[..., Result]


@pytest.fixture
def lockstep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lockstep:
    """Calls ``lockstep`` with arguments, on the data in an empty folder."""
    monkeypatch.setenv("LOCKSTEP_HOME", str(tmp_path / "home"))
    for name in ("LOCKSTEP_TOKEN", "LOCKSTEP_API_URL", "LOCKSTEP_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """The API that the command line finds in its folder."""
    (tmp_path / "home").mkdir()
    with running_api(tmp_path / "home") as running:
        yield running
