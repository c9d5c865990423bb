"""Documents say what the program does, or are found out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.plant.files import BadLine, read_file
from console.documents import documents
from console.settings_page import settings_table
from domain.catalog import PROCESSES
from domain.facts import KINDS
from runtime.settings import Settings
from tests.console.conftest import Lockstep


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Every document, as the program has it now."""
    return documents()


@pytest.fixture
def written(pages: dict[str, str], tmp_path: Path) -> Path:
    """A folder with all of them."""
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_has_a_page_for_every_process(pages: dict[str, str]) -> None:
    assert {f"docs/processes/{name}.md" for name in PROCESSES} <= set(pages)


def test_finds_every_document_current_that_was_just_written(lockstep: Lockstep, tmp_path: Path) -> None:
    lockstep("docs", "--into", tmp_path)

    told = lockstep("docs", "--check", "--into", tmp_path)

    assert told.exit_code == 0, told.stderr


def test_names_each_document_that_was_changed_by_hand(lockstep: Lockstep, written: Path) -> None:
    changed = ["docs/processes/order_change.md", "docs/facts.md", "api/openapi.json"]
    for name in changed:
        with (written / name).open("a") as page:
            page.write("and more\n")

    told = lockstep("docs", "--check", "--into", written)

    assert told.exit_code == 1
    complaint = "is not what the program says now. Write it anew: lockstep docs"
    assert told.stderr.splitlines() == [f"{name} {complaint}" for name in changed]


def test_names_a_document_that_is_missing_and_writes_it_anew(lockstep: Lockstep, written: Path) -> None:
    (written / "docs/settings.md").unlink()

    told = lockstep("docs", "--check", "--into", written)
    lockstep("docs", "--into", written)

    assert "docs/settings.md" in told.stderr
    assert lockstep("docs", "--check", "--into", written).exit_code == 0


def test_removes_the_page_of_a_process_that_is_gone(lockstep: Lockstep, written: Path) -> None:
    (written / "docs/processes/yesterdays_way.md").write_text("It was done like this.\n")

    told = lockstep("docs", "--check", "--into", written)
    lockstep("docs", "--into", written)

    assert told.exit_code == 1
    assert "yesterdays_way" in told.stderr
    assert not (written / "docs/processes/yesterdays_way.md").exists()


def test_the_examples_of_facts_can_be_loaded(written: Path, tmp_path: Path) -> None:
    page = (written / "docs/facts.md").read_text()
    file = tmp_path / "examples.ndjson"
    file.write_text("\n".join(line for line in page.splitlines() if line.startswith('{"kind"')))

    read = list(read_file(file, source="page", read_at=datetime.now(UTC)))

    assert [line for line in read if isinstance(line, BadLine)] == []
    assert [reading.fact.kind for reading in read if not isinstance(reading, BadLine)] == list(KINDS)


def test_the_table_explains_every_setting() -> None:
    rows = settings_table().splitlines()[2:]

    assert len(rows) == len(Settings.model_fields)
    for row in rows:
        _, variable, default, meaning, _ = (cell.strip() for cell in row.split("|"))
        assert variable.startswith("`LOCKSTEP_")
        assert default
        assert meaning.endswith(".")
