"""The daily report at the command line, through a real API."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi


def test_somebody_reads_what_happened_today_and_asks_to_be_sent_it(lockstep: Lockstep, api: RunningApi) -> None:
    case = api.asked_to_decide()
    lockstep("force", case, "--to", "withdrawn", "--reason", "Nobody is in the house.", "--as", "adam")

    today = lockstep("report", "daily", "north", "--date", f"{datetime.now(UTC):%Y-%m-%d}", "--as", "boris")
    yesterday = lockstep("report", "daily", "north", "--as", "boris")
    to_come = lockstep("report", "daily", "north", "--date", "2999-01-01", "--as", "boris")
    elsewhere = lockstep("report", "daily", "south", "--as", "boris")
    followed = lockstep("report", "follow", "north", "--as", "boris")
    ended = lockstep("report", "unfollow", "north", "--as", "boris")

    assert "Moved by force: 1." in today.stdout, today.stderr
    assert f"- {case} (SO-1:10) from awaiting decision to withdrawn, by Adam" in " ".join(today.stdout.split())
    assert "Moved by force: none." in yesterday.stdout
    assert (to_come.exit_code, elsewhere.exit_code) == (1, 1)
    assert "has not begun at north" in to_come.stderr
    assert "each working morning" in followed.stdout, followed.stderr
    assert "--without report" in " ".join(ended.stdout.split())
