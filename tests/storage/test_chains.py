"""How cases caused one another, as it is shown."""

from __future__ import annotations

import pytest

from domain.catalog import PROCESSES
from domain.decision import Channel
from domain.evidence import Evidence, Verdict
from domain.ports import NotInSystem
from storage.alone import alone
from storage.cases import open_case
from storage.chains import ChainReader
from storage.database import Database
from storage.tables.cases import CaseRow, EvidenceRow
from tests.storage.plant import NOW, person
from tests.support.small_plant import SITE


async def opened(database: Database, subject: str, caused_by: str | None = None) -> str:
    """A case about an order line, set going by another where one is given."""
    order, line = subject.split(":")
    process = PROCESSES["order_change"]
    request = process.request.model_validate(
        {"order": order, "line": line, "quantity": "41", "reason": "OTHER", "comment": f"Because of {caused_by}."}
    )
    async with database.transaction() as session:
        by = person("anna")
        await alone(session)
        case = await open_case(session, process, SITE, request, by, Channel.API, NOW, caused_by=caused_by)
    return case.case_id


async def test_shows_all_that_led_to_a_case_and_all_that_followed(database: Database) -> None:
    root = await opened(database, "SO-1:10")
    first, second = [await opened(database, subject, root) for subject in ("SO-2:10", "SO-3:10")]
    await opened(database, "SO-5:10")

    for start in (root, first, second):
        chain = (await ChainReader(database).chain(start, [SITE])).cases

        assert [case.id for case in chain] == [root, first, second]
        assert [case.caused_by for case in chain] == [None, root, root]
        assert chain[1].comment == f"Because of {root}."


async def test_each_case_brings_what_its_latest_assessment_found(database: Database) -> None:
    root = await opened(database, "SO-1:10")
    led_to = await opened(database, "SO-2:10", root)
    earlier, latest = [
        Evidence(check="promise", verdict=verdict, source="erp", source_version="1", as_of=NOW, valid_until=NOW)
        for verdict in (Verdict.FAIL, Verdict.WARN)
    ]
    async with database.transaction() as session:
        case = await session.get_one(CaseRow, root)
        case.assessment = 2
        for number, found in enumerate((earlier, latest), start=1):
            body = found.model_dump(mode="json")
            session.add(EvidenceRow(case_id=root, assessment=number, check="promise", body=body))

    chain = (await ChainReader(database).chain(led_to, [SITE])).cases

    assert [[(found.check, found.verdict) for found in case.evidence] for case in chain] == [
        [("promise", latest.verdict)],
        [],
    ]


async def test_what_led_to_a_case_at_a_site_of_others_is_not_shown(database: Database) -> None:
    root = await opened(database, "SO-1:10")
    led_to = await opened(database, "SO-2:10", root)
    async with database.transaction() as session:
        (await session.get_one(CaseRow, root)).site = "south"

    chain = (await ChainReader(database).chain(led_to, [SITE])).cases

    assert [case.id for case in chain] == [led_to]


async def test_a_chain_elsewhere_is_not_there(database: Database) -> None:
    root = await opened(database, "SO-1:10")

    with pytest.raises(NotInSystem):
        await ChainReader(database).chain(root, ["south"])
