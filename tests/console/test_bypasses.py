"""What was changed past everybody at the command line, through a real API."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

from domain.facts import Lot, LotStatus
from storage.database import Database
from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import tell

BLOCKED = Lot(site="north", item="VALVE", lot="V1", quantity=Decimal(100), status=LotStatus.ON_HOLD)


def test_says_what_was_changed_and_by_which_system(api: RunningApi, lockstep: Lockstep) -> None:
    nothing = lockstep("bypasses", "north", "--as", "boris")

    async def block(database: Database) -> None:
        await tell(database, BLOCKED, at=datetime.now(UTC))

    api.with_record(block)
    told = lockstep("bypasses", "north", "--as", "boris")
    found = json.loads(lockstep("bypasses", "north", "--as", "boris", "--json").stdout)
    elsewhere = lockstep("bypasses", "south", "--as", "boris")

    assert nothing.stdout == "Nothing that takes a decision changed in the last four weeks.\n"
    assert told.stdout.startswith("1 of 1 changes had no decision behind them: 100%.")
    assert all(word in told.stdout for word in ("lot", "VALVE:V1", "status", "erp"))
    assert [(one["key"], one["fields"], one["became"]) for one in found["newest"]] == [("VALVE:V1", ["status"], "")]
    assert (elsewhere.exit_code, elsewhere.stdout) == (1, "")
