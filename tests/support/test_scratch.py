from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.scratch import keep_compiled, keep_it_in_memory


@pytest.fixture
def nobody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    monkeypatch.setenv("TMPDIR", "")
    monkeypatch.delenv("TMPDIR")


@pytest.mark.usefixtures("nobody_chose")
def test_temporary_files_go_where_there_is_room(tmp_path: Path) -> None:
    assert keep_it_in_memory(tmp_path, room=1)

    assert os.environ["TMPDIR"] == tempfile.gettempdir() == str(tmp_path)


@pytest.mark.usefixtures("nobody_chose")
def test_temporary_files_stay_where_they_are_if_there_is_no_such_place_or_too_little_room(tmp_path: Path) -> None:
    assert not keep_it_in_memory(tmp_path / "none", room=1)
    assert not keep_it_in_memory(tmp_path, room=1 << 60)

    assert "TMPDIR" not in os.environ


def test_temporary_files_stay_where_somebody_wants_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "elsewhere")

    assert not keep_it_in_memory(tmp_path, room=1)


def test_what_a_program_compiled_is_there_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    (tmp_path / "imported.py").touch()

    keep_compiled()
    subprocess.run([sys.executable, "-c", "import imported"], cwd=tmp_path, check=True)

    assert not sys.dont_write_bytecode
    assert list(tmp_path.rglob("imported.*.pyc")) != []
