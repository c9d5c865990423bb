"""Facts from files, into the record."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from domain.facts import Lot
from domain.master_data import Customer
from storage.database import Database
from storage.facts import FactStore
from tests.console.conftest import Lockstep

PLANS = Path(__file__).parents[1] / "connectors/frepple/plans"


def kept(kind: type[Customer] | type[Lot]) -> list[tuple[str, str]]:
    """The key and source of every fact of *kind* in the record."""

    async def read() -> list[tuple[str, str]]:
        database = Database(f"sqlite+aiosqlite:///{os.environ['LOCKSTEP_HOME']}/lockstep.db")
        try:
            return [(reading.fact.key, reading.source) for reading in await FactStore(database).find(kind)]
        finally:
            await database.close()

    return asyncio.run(read())


@pytest.fixture
def migrated(lockstep: Lockstep) -> Lockstep:
    """The command line on a database of the right shape."""
    assert lockstep("migrate").exit_code == 0
    return lockstep


def test_takes_the_good_lines_and_names_the_bad_ones_by_number(migrated: Lockstep, tmp_path: Path) -> None:
    file = tmp_path / "customers.ndjson"
    file.write_text(
        '{"kind": "customer", "site": "north", "customer": "C-1", "name": "Waterworks"}\n'
        "not json\n"
        '{"kind": "customer", "site": "north", "customer": "C-2", "source": "crm"}\n'
        '{"kind": "customer", "site": "north"}\n'
    )

    told = migrated("load", file, "--source", "erp")

    assert told.exit_code == 1
    assert f"{file}:2: " in told.stderr
    assert f"{file}:4: customer is missing" in told.stderr
    assert "2 facts read, 2 of them new or different; 2 lines refused." in told.stdout
    assert kept(Customer) == [("C-1", "erp"), ("C-2", "crm")]


def test_loads_the_same_file_again_without_changing_anything(migrated: Lockstep, tmp_path: Path) -> None:
    file = tmp_path / "lot.csv"
    file.write_text("site,item,lot,quantity\nnorth,PUMP,L-1,10\nnorth,PUMP,L-2,5\n")
    migrated("load", file)

    again = migrated("load", file)

    assert again.exit_code == 0
    assert "2 facts read, 0 of them new or different; 0 lines refused." in again.stdout
    assert kept(Lot) == [("PUMP:L-1", "file"), ("PUMP:L-2", "file")]


def test_loads_more_facts_than_one_transaction_takes(migrated: Lockstep, tmp_path: Path) -> None:
    file = tmp_path / "lots.ndjson"
    lots = ({"kind": "lot", "site": "north", "item": "PUMP", "lot": f"L-{n}", "quantity": 1} for n in range(1101))
    file.write_text("\n".join(map(json.dumps, lots)))

    told = migrated("load", file)

    assert told.exit_code == 0
    assert len(kept(Lot)) == 1101


def test_refuses_to_load_into_a_database_that_was_not_prepared(lockstep: Lockstep, tmp_path: Path) -> None:
    file = tmp_path / "lot.csv"
    file.write_text("site,item,lot,quantity\nnorth,PUMP,L-1,10\n")

    told = lockstep("load", file)

    assert told.exit_code == 1
    assert "lockstep migrate" in told.stderr


def test_converts_a_plan_into_a_file_that_can_be_loaded(migrated: Lockstep, tmp_path: Path) -> None:
    facts = tmp_path / "plant.ndjson"

    converted = migrated("convert", "frepple", PLANS / "manufacturing_demo.json", facts)
    loaded = migrated("load", facts)

    assert converted.exit_code == 0, converted.stderr
    assert loaded.exit_code == 0, loaded.stderr
    assert "0 lines refused" in loaded.stdout


def test_refuses_a_plan_that_is_none(lockstep: Lockstep, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text("once upon a time")

    told = lockstep("convert", "frepple", plan, tmp_path / "out.ndjson")

    assert told.exit_code == 1
    assert "cannot be converted" in told.stderr
