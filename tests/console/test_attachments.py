"""Attachments at the command line, through a real API."""

from __future__ import annotations

import hashlib
import json
import socket
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import update

from storage.database import Database
from storage.tables.attachments import AttachmentRow, ContentPartRow
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of, rows, with_a_picture
from tests.support.documents import HOSTILE, JPEG, PDF


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A report and a picture."""
    (tmp_path / "report.pdf").write_bytes(PDF)
    (tmp_path / "scratch.jpg").write_bytes(JPEG)
    return [str(tmp_path / "report.pdf"), str(tmp_path / "scratch.jpg")]


def short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def test_files_are_attached_seen_and_saved_again(
    lockstep: Lockstep, api: RunningApi, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = api.asked_to_decide()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    attached = lockstep("attach", case_id, *files, "--as", "boris")
    again = lockstep("attach", case_id, files[0], "--as", "petra")
    listed = lockstep("attachments", case_id, "--as", "petra")
    saved = lockstep("download", case_id, short(JPEG), "--as", "petra")
    twice = lockstep("download", case_id, short(JPEG), "--as", "petra")
    unknown = lockstep("download", case_id, "ffff", "--as", "petra")

    assert f"report.pdf is with {case_id} as {short(PDF)}." in attached.stdout, attached.stderr
    assert short(PDF) in again.stdout
    assert [line.split()[1:3] for line in listed.stdout.splitlines()[2:]] == [
        ["report.pdf", "pdf"], ["scratch.jpg", "jpeg"],
    ]  # fmt: skip
    assert "Saved as scratch.jpg." in saved.stdout, saved.stderr
    assert Path("scratch.jpg").read_bytes() == JPEG
    assert (twice.exit_code, "exists" in twice.stderr) == (1, True)
    assert f"{case_id} has no attachment beginning with ffff." in unknown.stderr
    assert "attached: report.pdf" in lockstep("trail", case_id, "--as", "petra").stdout
    assert "scratch.jpg" in lockstep("case", case_id, "--as", "petra").stdout
    assert "(2 attachments)" in lockstep("chain", case_id, "--as", "petra").stdout


def test_what_may_not_be_attached_is_refused_with_the_reason(
    lockstep: Lockstep, api: RunningApi, tmp_path: Path
) -> None:
    case_id = api.asked_to_decide()
    (tmp_path / "report.pdf").write_bytes(HOSTILE["a page with a script"])

    refused = lockstep("attach", case_id, str(tmp_path / "report.pdf"), "--as", "boris")
    missing = lockstep("attach", case_id, str(tmp_path / "nowhere.pdf"), "--as", "boris")
    (tmp_path / "large.txt").write_bytes(bytes(10_000_001))
    large = lockstep("attach", case_id, str(tmp_path / "large.txt"), "--as", "boris")

    assert (refused.exit_code, missing.exit_code, large.exit_code) == (1, 1, 1)
    assert "An attachment may have 10 MB here." in large.stderr
    assert "could carry a script. These may be attached: PDF, PNG" in refused.stderr
    assert "nowhere.pdf" in missing.stderr
    assert "There are none." in lockstep("attachments", case_id, "--as", "boris").stdout


def test_an_answer_takes_its_files_along(lockstep: Lockstep, api: RunningApi, files: list[str]) -> None:
    case_id = api.asked_to_decide()
    question = question_of(case_id)

    answered = lockstep("answer", question, "accept_as_asked", "--attach", files[0], "--as", "boris")
    shown = lockstep("question", question, "--as", "petra")

    assert "Your answer accept_as_asked stands" in answered.stdout, answered.stderr
    assert "UTC, with report.pdf." in shown.stdout
    assert "accept_as_asked, with report.pdf" in lockstep("trail", case_id, "--as", "petra").stdout


def test_a_field_takes_a_file_or_what_is_attached(lockstep: Lockstep, api: RunningApi, files: list[str]) -> None:
    by_file, by_digest = api.asked_to_decide(), api.asked_to_decide(order="SO-4")
    for case_id in (by_file, by_digest):
        api.with_record(partial(with_a_picture, question=question_of(case_id)))
    lockstep("attach", by_digest, files[1], "--as", "boris")

    shown = lockstep("question", question_of(by_file), "--as", "boris")
    for case_id, value in ((by_file, f"@{files[1]}"), (by_digest, short(JPEG))):
        said = lockstep("answer", question_of(case_id), "accept_as_asked", "--set", f"picture={value}", "--as", "boris")

        assert "Your answer accept_as_asked stands" in said.stdout, said.stderr
        assert "accept_as_asked, with scratch.jpg" in lockstep("trail", case_id, "--as", "petra").stdout
    assert "@file" in shown.stdout


def test_half_of_a_file_is_none(lockstep: Lockstep, api: RunningApi) -> None:
    case_id = api.asked_to_decide()
    token = json.loads((api.home / "dev.json").read_text())["people"]["boris"]["token"]
    head = (
        f"POST /v1/cases/{case_id}/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        "Content-Length: 2000000\r\n\r\n"
    )

    with socket.create_connection(("127.0.0.1", int(api.url.rsplit(":", 1)[1]))) as door:
        door.sendall(head.encode() + b"12,5;18\n" * 100_000)
    listed = lockstep("attachments", case_id, "--as", "boris")

    assert "There are none." in listed.stdout, listed.stderr
    assert api.with_record(lambda database: rows(database, ContentPartRow)) == []


async def _rename(database: Database, name: str) -> None:
    async with database.transaction() as session:
        await session.exec(update(AttachmentRow).values(name=name))


async def _spoil(database: Database) -> None:
    async with database.transaction() as session:
        await session.exec(update(ContentPartRow).values(content=PDF[::-1]))


def test_what_was_changed_in_the_record_is_not_saved(
    lockstep: Lockstep, api: RunningApi, files: list[str], tmp_path: Path
) -> None:
    case_id = api.asked_to_decide()
    lockstep("attach", case_id, files[0], "--as", "boris")
    api.with_record(_spoil)

    saved = lockstep("download", case_id, short(PDF), "--to", str(tmp_path / "saved.pdf"), "--as", "boris")

    assert saved.exit_code == 1
    assert not (tmp_path / "saved.pdf").exists()


def test_a_comment_takes_its_files_along(lockstep: Lockstep, api: RunningApi, files: list[str]) -> None:
    case_id = api.asked_to_decide()

    written = lockstep("comment", case_id, "Look at this.", "--attach", files[1], "--as", "boris")
    read = lockstep("comments", case_id, "--as", "petra")

    assert f"Comment 1 on {case_id} is kept." in written.stdout, written.stderr
    assert f"Look at this. (with {short(JPEG)})" in read.stdout
    assert "commented, with scratch.jpg" in lockstep("trail", case_id, "--as", "petra").stdout


def test_a_name_that_leads_elsewhere_does_not(
    lockstep: Lockstep, api: RunningApi, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = api.asked_to_decide()
    lockstep("attach", case_id, files[0], "--as", "boris")
    api.with_record(lambda database: _rename(database, "../../outside.pdf"))
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")

    saved = lockstep("download", case_id, short(PDF), "--as", "boris")

    assert "Saved as outside.pdf." in saved.stdout, saved.stderr
    assert [path.name for path in tmp_path.rglob("outside.pdf")] == ["outside.pdf"]
    assert Path("outside.pdf").exists()
