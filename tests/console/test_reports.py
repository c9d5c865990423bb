"""Reports at the command line, through a real API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from domain.decision import Channel
from domain.held_lot.requested import QualityHoldRequest
from domain.processes.quality_hold import QUALITY_HOLD
from storage.cases import Cases
from storage.database import Database
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.relay.record import ERP


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


async def _stopped(database: Database) -> None:
    asked = QualityHoldRequest(item="VALVE", lot="V1", reason="OTHER", defect="It leaks.")
    since = datetime.now(UTC) - timedelta(days=3, hours=1)
    await Cases(database).open(QUALITY_HOLD, "north", asked, ERP, Channel.API, since)


def test_shows_what_is_on_hold_and_what_it_is_worth(lockstep: Lockstep, api: RunningApi) -> None:
    nothing = lockstep("report", "holds", "north", "--as", "boris")
    api.with_record(_stopped)

    shown = lockstep("report", "holds", "north", "--as", "boris")
    as_json = json.loads(lockstep("report", "holds", "north", "--as", "boris", "--json").stdout)
    wrong = lockstep("report", "holds", "south", "--as", "boris")

    assert "Nothing is on hold at north." in nothing.stdout
    assert shown.exit_code == 0, shown.stderr
    assert "VALVE:V1" in shown.stdout
    assert "1 on hold, worth 600, for 3.0 days on average; 0 for so long that it was raised." in shown.stdout
    assert [hold["lot"] for hold in as_json["holds"]] == ["V1"]
    assert wrong.exit_code == 1
