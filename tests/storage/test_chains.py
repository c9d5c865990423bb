"""How cases caused one another, as it is shown."""

from __future__ import annotations

import pytest

from domain.catalog import PROCESSES
from domain.decision import Channel
from domain.ports import NotInSystem
from storage.alone import alone
from storage.cases import open_case
from storage.chains import ChainReader
from storage.database import Database
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


async def test_a_chain_elsewhere_is_not_there(database: Database) -> None:
    root = await opened(database, "SO-1:10")

    with pytest.raises(NotInSystem):
        await ChainReader(database).chain(root, ["south"])
