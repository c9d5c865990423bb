"""Files of facts: what is taken, what is refused, and why."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.plant.files import BadLine, count_lines, read_file, write_file
from connectors.plant.lines import LONGEST_LINE
from domain.calendar import DayException, Duration, Shift, WorkingCalendar
from domain.fact import Fact, Reading
from domain.facts import OrderLine
from domain.master_data import Calendar, Component, Customer, Item, Operation, Site, Transfer

READ_AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LINE = {
    "kind": "order_line", "site": "north", "order": "SO-1", "line": "10", "item": "PUMP-40", "quantity": "12",
    "requested_at": "2026-03-09T08:00:00+01:00",
}  # fmt: skip


def taken(path: Path) -> list[Reading[Fact] | BadLine]:
    return list(read_file(path, source="import", read_at=READ_AT))


def refused(path: Path) -> BadLine:
    [bad] = taken(path)
    assert isinstance(bad, BadLine)
    return bad


def ndjson(folder: Path, *lines: str | bytes | dict[str, Any]) -> Path:
    path = folder / "facts.ndjson"
    path.write_bytes(
        b"".join(
            (line if isinstance(line, bytes) else (json.dumps(line) if isinstance(line, dict) else line).encode())
            + b"\n"
            for line in lines
        )
    )
    return path


def table(folder: Path, text: str, name: str = "order_line.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_says_what_and_the_reader_says_from_where_and_when(tmp_path: Path) -> None:
    path = ndjson(tmp_path, LINE)

    [reading] = taken(path)

    assert isinstance(reading, Reading)
    assert isinstance(reading.fact, OrderLine)
    assert (reading.fact.key, reading.fact.quantity) == ("SO-1:10", Decimal(12))
    assert (reading.source, reading.as_of) == ("import", READ_AT)


def test_a_line_that_names_its_own_source_version_and_time_keeps_them(tmp_path: Path) -> None:
    path = ndjson(tmp_path, LINE | {"source": "ERP", "version": "7", "as_of": "2026-03-01T23:00:00Z"})

    [reading] = taken(path)

    assert isinstance(reading, Reading)
    assert (reading.source, reading.version) == ("ERP", "7")
    assert reading.as_of == datetime(2026, 3, 1, 23, tzinfo=UTC)


def test_the_same_content_has_the_same_version_however_it_is_written(tmp_path: Path) -> None:
    other = dict(reversed((LINE | {"quantity": 12.0}).items()))

    one, same, changed = taken(ndjson(tmp_path, LINE, other, LINE | {"quantity": "13"}))

    assert isinstance(one, Reading)
    assert isinstance(same, Reading)
    assert isinstance(changed, Reading)
    assert one.version == same.version != changed.version


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (LINE | {"requested_at": "2026-03-09T08:00:00"}, "requested_at names no time zone"),
        (LINE | {"requested_at": "20260309"}, "requested_at has no time of day"),
        (LINE | {"as_of": "2026-03-09T08:00:00"}, "as_of names no time zone"),
        (LINE | {"kind": "oder_line"}, "'oder_line' is not a kind of fact"),
        (LINE | {"quantity": "-1"}, "quantity is wrong"),
        ({"site": "north"}, "kind is missing"),
        ({"kind": "customer", "site": "north"}, "customer is missing: add it."),
        (
            '{"kind": "customer", "site": "north", "customer": "A", "customer": "B"}',
            "customer is given twice",
        ),
        ('{"kind": "customer", "site": "north", "customer": "A", "exposure": NaN}', "NaN is no number"),
        (
            '{"kind": "customer", "site": "north", "customer": "A", "exposure": 1e9999999}',
            "exposure is wrong",
        ),
        (
            '{"kind": "customer", "site": "north", "customer": "A", "exposure": ' + "9" * 5000 + "}",
            "not JSON",
        ),
        ('{"kind": "order_line"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('["order_line"]', "no object"),
        (b'{"kind": "customer", "customer": "M\xfcller"}', "not UTF-8"),
    ],
)
def test_refuses_the_line_and_says_which_field_and_why(
    tmp_path: Path, line: str | bytes | dict[str, Any], reason: str
) -> None:
    path = ndjson(tmp_path, LINE, line, LINE)

    before, bad, after = taken(path)

    assert isinstance(before, Reading)
    assert isinstance(after, Reading)
    assert isinstance(bad, BadLine)
    assert bad.number == 2
    assert reason in bad.reason
    assert bad.reason.endswith(".")
    assert 0 < len(bad.text) <= 200 * len("\\xff")


def test_a_line_beyond_a_mebibyte_is_refused_and_the_next_one_taken(tmp_path: Path) -> None:
    path = ndjson(tmp_path, "x" * (2 * LONGEST_LINE + 7), LINE)

    bad, reading = taken(path)

    assert isinstance(bad, BadLine)
    assert "longer than 1048576 bytes" in bad.reason
    assert isinstance(reading, Reading)


def test_a_line_of_exactly_a_mebibyte_is_taken(tmp_path: Path) -> None:
    text = json.dumps(LINE)
    path = tmp_path / "facts.ndjson"
    path.write_text(text + " " * (LONGEST_LINE - len(text) - 1) + "\n")

    [reading] = taken(path)

    assert isinstance(reading, Reading)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "facts.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(LINE).encode() + b"\r\n\r\n" + json.dumps(LINE).encode())

    readings = taken(path)

    assert [type(reading) for reading in readings] == [Reading[Fact], Reading[Fact]]
    assert count_lines(path) == 3


def test_a_file_in_utf_16_is_refused_once_and_not_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "facts.ndjson"
    path.write_text(f"{json.dumps(LINE)}\n" * 50, encoding="utf-16")

    bad = refused(path)

    assert "UTF-16" in bad.reason


def test_a_long_file_is_read_a_line_at_a_time(tmp_path: Path) -> None:
    path = ndjson(tmp_path, *[LINE | {"customer": "C", "note": "x" * 1000}] * 5000)
    tracemalloc.start()

    read = sum(isinstance(reading, Reading) for reading in read_file(path, source="import", read_at=READ_AT))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read == count_lines(path) == 5000
    assert most < path.stat().st_size / 4


def test_a_file_that_is_not_there_is_an_error_and_not_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        taken(tmp_path / "nothing.ndjson")


def test_a_table_named_after_its_kind_is_taken_and_its_empty_cells_say_nothing(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "site,order,line,item,quantity,requested_at,promised_at,partial_allowed\n"
        "north,SO-1,10,PUMP-40,12,2026-03-09T08:00:00+01:00,,false\n",
    )

    [reading] = taken(path)

    assert isinstance(reading, Reading)
    assert isinstance(reading.fact, OrderLine)
    assert reading.fact.promised_at is None
    assert not reading.fact.partial_allowed


def test_a_table_may_name_the_kind_in_a_column_and_hold_json_in_a_cell(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "kind,site,item,description,components,name,roles,person\n"
        'item,north,PUMP-40,"[old] pump,\nin two lines","[{""item"": ""ROTOR"", ""per_piece"": ""2""}]",,,\n'
        'person,north,,,,Ida,"[""planner"", ""buyer""]",ida\n',
        "anything.csv",
    )

    item, person = taken(path)

    assert isinstance(item, Reading)
    assert isinstance(item.fact, Item)
    assert item.fact.description == "[old] pump,\nin two lines"
    assert item.fact.components == (Component(item="ROTOR", per_piece=Decimal(2)),)
    assert isinstance(person, Reading)
    assert person.fact.key == "ida"


@pytest.mark.parametrize(
    ("name", "text", "number", "reason"),
    [
        ("order_line.csv", "site,order,lime\nnorth,SO-1,10\n", 1, "column 'lime' is unknown"),
        ("order_line.csv", "site;order;line\nnorth;SO-1;10\n", 1, "with commas between"),
        ("order_line.csv", "site,site\nnorth,north\n", 1, "'site' is there twice"),
        ("orders.csv", "site,order\nnorth,SO-1\n", 1, "there is no column 'kind'"),
        ("customer.csv", "site,customer\nnorth\n", 2, "1 cells and the header 2"),
        ("customer.csv", "site,customer\n\nnorth,A\xa7\n", 3, "customer is wrong"),
        ("item.csv", "site,item,components\nnorth,A,ROTOR\n", 2, "components is not JSON"),
        (
            "all.csv",
            "kind,site,customer,person\ncustomer,north,A,ida\n",
            2,
            "person is no field of the kind customer",
        ),
        ("all.csv", "kind,site,customer\nclient,north,A\n", 2, "'client' is not a kind of fact"),
        ("customer.csv", 'site,customer\nnorth,"A\n', 2, "close every quotation mark"),
        (
            "lot.csv",
            "site,item,lot,quantity,expires_at\nnorth,A,L,1,2026-03-09T08:00:00\n",
            2,
            "names no time zone",
        ),
    ],
)
def test_refuses_the_row_and_says_which_column_and_why(
    tmp_path: Path, name: str, text: str, number: int, reason: str
) -> None:
    path = table(tmp_path, text, name)

    bad = refused(path)

    assert bad.number == number
    assert reason in bad.reason


def test_a_row_in_another_encoding_is_refused_and_the_next_one_taken(tmp_path: Path) -> None:
    path = tmp_path / "customer.csv"
    path.write_bytes(b"site,customer,name\nnorth,A,M\xfcller\nnorth,B,Mai\n")

    bad, reading = taken(path)

    assert isinstance(bad, BadLine)
    assert bad.number == 2
    assert isinstance(reading, Reading)
    assert reading.fact.key == "B"


quantities = st.decimals(0, 10**9, places=4, allow_nan=False, allow_infinity=False)
money = st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False)
identifiers = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ._#+@()&,\-]{0,20}[A-Za-z0-9]", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6))]))
durations = st.one_of(
    st.builds(Duration, working_days=st.integers(0, 100), working=st.none(), clock=st.none()),
    st.builds(
        Duration,
        working=st.timedeltas(timedelta(0), timedelta(days=9)),
        working_days=st.none(),
        clock=st.none(),
    ),
)
calendars = st.builds(
    WorkingCalendar,
    name=texts,
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Chicago"]),
    shifts=st.lists(st.builds(Shift, weekday=st.integers(0, 6), start=st.times(), end=st.times())).map(tuple),
    exceptions=st.lists(st.builds(DayException, date=st.dates(), shifts=st.just(((time(8), time(12)),)))).map(tuple),
)
facts = st.one_of(
    st.builds(
        OrderLine,
        site=identifiers,
        order=identifiers,
        line=identifiers,
        customer=identifiers,
        item=identifiers,
        revision=st.none() | identifiers,
        quantity=quantities,
        shipped=quantities,
        requested_at=moments,
        promised_at=st.none() | moments,
        ordered_at=st.none() | moments,
        priority=st.integers(0, 999),
        price=money,
    ),
    st.builds(
        Item,
        site=identifiers,
        item=identifiers,
        description=texts,
        revision=identifiers,
        price=money,
        cost=money,
        safety_stock=quantities,
        minimum=quantities,
        components=st.lists(
            st.builds(Component, item=identifiers, per_piece=quantities, scrap=st.decimals(0, 10, places=3))
        ).map(tuple),
        operations=st.lists(
            st.builds(
                Operation,
                operation=st.integers(0, 999),
                work_center=identifiers,
                setup_minutes=quantities,
                minutes_per_piece=quantities,
                minutes_per_batch=quantities,
            )
        ).map(tuple),
        suppliers=st.just(()),
        substitutes=st.lists(identifiers).map(tuple),
        transfers=st.lists(st.builds(Transfer, origin=identifiers, days=quantities, cost=money)).map(tuple),
    ),
    st.builds(Calendar, site=identifiers, calendar=identifiers, working=calendars),
    st.builds(
        Site,
        site=identifiers,
        name=texts,
        zone=st.just("UTC"),
        calendar=identifiers,
        demand_time_fence=durations,
        planning_time_fence=durations,
    ),
    st.builds(
        Customer,
        site=identifiers,
        customer=identifiers,
        name=texts,
        credit_limit=st.none() | money,
        exposure=money,
    ),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(written=st.lists(facts, max_size=5))
def test_what_is_written_is_what_is_read(tmp_path: Path, written: list[Fact]) -> None:
    path = tmp_path / "facts.ndjson"

    count = write_file(path, written)
    readings = taken(path)

    assert count == count_lines(path) == len(written)
    assert [reading.fact for reading in readings if isinstance(reading, Reading)] == written


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=400), name=st.sampled_from(["facts.ndjson", "order_line.csv", "whatever.csv"]))
def test_no_file_however_broken_stops_the_reader(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    results = taken(path)

    assert len(results) <= count_lines(path) + 1
    assert all(isinstance(result, BadLine) for result in results)
