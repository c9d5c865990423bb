"""What is ready, judged from the record: what is gathered for a thing is all that matters to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from connectors.plant.sample import sample_plant
from connectors.plant.sample_release import readiness_policies
from domain.fact import Fact, Reading
from domain.facts import KINDS, OrderLine, Reservation
from domain.ports import NotInSystem
from domain.readiness.judgement import Known
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.predicates import PREDICATES, judged
from domain.readiness.truth import Truth
from storage.database import Database
from storage.facts import FactStore
from storage.policies import NoPolicy
from storage.readiness import ReadinessReader
from storage.readiness_policies import ReadinessPolicies, readiness_policy
from tests.storage.plant import NOW, tell

SITES = ("north", "south")
SAMPLE = sample_plant(NOW)
ORIGIN = Paper(document="certificate_of_origin", countries=("CH",))
POLICIES = {
    # A paper that hangs on where the customer is, so that customers matter as well.
    policy.site: policy.model_copy(update={"documents": (*policy.documents, ORIGIN), "country": "DE"})
    for policy in readiness_policies(NOW)
}


@pytest.fixture
async def reader(database: Database) -> ReadinessReader:
    """Of the sample plant, which has everything that can be judged."""
    for policy in POLICIES.values():
        await ReadinessPolicies(database).publish_shipped(policy, NOW)
    await tell(database, *SAMPLE, at=NOW + timedelta(seconds=1))
    return ReadinessReader(database)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every query that is made meanwhile."""
    queries: list[str] = []

    def heard(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.lstrip().startswith("SELECT"):
            queries.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", heard)
    yield queries
    event.remove(database.engine.sync_engine, "before_cursor_execute", heard)


async def test_each_thing_is_judged_as_if_all_facts_were_read_in_a_few_queries(
    database: Database, reader: ReadinessReader
) -> None:
    everything: list[Reading[Any]] = []
    for kind in KINDS.values():
        everything += await FactStore(database).find(kind)
    things = [reading.fact for reading in everything if type(reading.fact) in PREDICATES]

    for thing in things:
        with counted(database) as queries:
            found = await reader.readiness(type(thing), thing.site, thing.key, SITES, NOW)

        known = Known(NOW, tuple(everything), POLICIES[thing.site])
        assert found == judged(type(thing), thing.site, thing.key, known), thing.key
        assert len(queries) <= 6, thing.key
    assert len(things) > 40


async def test_the_sample_plant_has_what_is_ready_what_is_not_and_what_nobody_knows(reader: ReadinessReader) -> None:
    values: dict[str, set[Truth]] = {}
    for thing in (fact for fact in SAMPLE if type(fact) in PREDICATES):
        for one in (await reader.readiness(type(thing), thing.site, thing.key, SITES, NOW)).judgements:
            values.setdefault(one.predicate, set()).add(one.value)

    assert {predicate for predicate, found in values.items() if found == set(Truth)} >= {
        "materials_ready", "clear_to_start", "documents_complete", "slot_booked", "customer_clear", "dispatch_approved",
    }  # fmt: skip


async def test_what_was_told_too_long_ago_is_not_known_any_more(database: Database, reader: ReadinessReader) -> None:
    strict = POLICIES["north"].model_copy(update={"time_to_live": {"slot": timedelta(minutes=15)}})
    await ReadinessPolicies(database).publish_shipped(strict, NOW + timedelta(seconds=1))
    shipment = KINDS["shipment"]

    in_time, late = [
        await reader.readiness(shipment, "north", "SH-4002", SITES, NOW + timedelta(minutes=after))
        for after in (15, 16)
    ]  # fmt: skip

    values = [{one.predicate: one.value for one in found.judgements}["slot_booked"] for found in (in_time, late)]
    assert values == [Truth.TRUE, Truth.UNKNOWN]
    assert {one.policy_version for one in late.judgements} == {strict.version}


@pytest.mark.parametrize(("site", "key", "sites"), [("north", "J-404", SITES), ("north", "J-2011", ("south",))])
async def test_a_thing_elsewhere_is_told_of_like_one_that_is_nowhere(
    reader: ReadinessReader, site: str, key: str, sites: tuple[str, ...]
) -> None:
    with pytest.raises(NotInSystem, match="There is no job"):
        await reader.readiness(KINDS["job"], site, key, sites, NOW)


async def test_a_site_is_judged_by_its_own_policy_else_by_that_for_everywhere_and_never_by_none(
    database: Database,
) -> None:
    default = (await ReadinessPolicies(database).published())[0].table
    own = default.model_copy(update={"site": "north", "effective_from": NOW})
    assert await ReadinessPolicies(database).publish_shipped(own, NOW)
    assert not await ReadinessPolicies(database).publish_shipped(own, NOW)

    async with database.reading() as session:
        at = [(site, NOW + timedelta(days=days)) for site, days in (("north", 0), ("north", -1), ("south", 0))]
        in_force = [(await readiness_policy(session, site, when)).version for site, when in at]
        with pytest.raises(NoPolicy):
            await readiness_policy(session, "south", default.effective_from - timedelta(days=1))

    assert in_force == [own.version, default.version, default.version]


def test_a_policy_names_kinds_of_facts_that_there_are() -> None:
    body = POLICIES["north"].model_dump(mode="json")

    with pytest.raises(ValueError, match="stok is no kind of fact"):
        ReadinessPolicy.model_validate({**body, "time_to_live": {"stok": "PT1M"}})


async def test_facts_of_others_with_the_same_names_do_not_count(database: Database, reader: ReadinessReader) -> None:
    def moved(fact: Fact) -> Fact:
        return fact.model_copy(update={"site": "west"})

    before = await reader.readiness(KINDS["shipment"], "north", "SH-4002", SITES, NOW)
    await tell(database, *(moved(fact) for fact in SAMPLE if fact.site == "north"))

    assert await reader.readiness(KINDS["shipment"], "north", "SH-4002", SITES, NOW) == before


async def test_a_line_is_judged_with_those_that_ship_with_it(database: Database, reader: ReadinessReader) -> None:
    made, lacking = (
        OrderLine(
            site="north", order="SO-77", line=line, item="SEAL", quantity=Decimal(4), requested_at=NOW, ships_with="A"
        )
        for line in ("10", "20")
    )  # fmt: skip
    aside = Reservation(site="north", item="SEAL", order="SO-77", line="10", quantity=Decimal(4))
    await tell(database, made, lacking, aside, at=NOW)

    (found,) = (await reader.readiness(OrderLine, "north", made.key, SITES, NOW)).judgements

    assert [reason.text for reason in found.reasons] == ["4 of SEAL are missing for SO-77:20."]
