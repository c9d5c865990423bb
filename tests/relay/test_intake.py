"""Events that were kept become facts and cases."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.plant.plant import EmbeddedPlant
from domain.effect import ReviseOrderLine
from domain.evidence import digest
from domain.fact import Reading
from domain.facts import OrderLine
from domain.ports import NotInSystem, SystemUnavailable
from relay.intake import PATIENCE, IntakeRelay, OrderBook
from storage.database import Database
from storage.facts import FactStore
from storage.intake import IncomingEvent, Intake
from tests.relay.record import ERP, NOON, Clock, cases, events, line, messages, trail
from tests.support.small_plant import SITE

TOLD = "lockstep.fact.order_line.v1"
ASKED = "lockstep.order_change.change_requested.v1"
CHANGED = "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1"


@pytest.fixture
def clock() -> Clock:
    """The relay's."""
    return Clock()


class Given:
    """An order book that says what it is told to say."""

    def __init__(self, *answers: tuple[Reading[OrderLine], ...] | Exception) -> None:
        self.answers = list(answers)

    async def read_order(self, order: str) -> tuple[Reading[OrderLine], ...]:  # noqa: ARG002
        """The next answer; the last one again and again."""
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def event(id_: str, type_: str, data: Any, *, minutes: float = 1, source: str = "/erp") -> IncomingEvent:
    time = NOON + timedelta(minutes=minutes)
    return IncomingEvent(source=source, id=id_, type=type_, time=time, data=data)


def told(known: OrderLine, **different: Any) -> dict[str, Any]:
    return known.model_dump(mode="json") | different


async def pass_on(
    database: Database,
    clock: Clock,
    what: Iterable[IncomingEvent],
    books: dict[str, OrderBook] | None = None,
    sites: tuple[str, ...] = (SITE,),
) -> IntakeRelay:
    relay = IntakeRelay(database, books or {}, now=clock)
    for one in what:
        await Intake(database).receive([one], ERP, sites, NOON + timedelta(minutes=30))
    while await relay.once():
        pass
    return relay


async def test_a_line_seen_for_the_first_time_is_only_stored(record: Database, clock: Clock) -> None:
    new = told(await line(record), order="SO-900")

    await pass_on(record, clock, [event("1", TOLD, new)])

    assert (await line(record, "SO-900:10")).quantity == (await line(record)).quantity
    assert await cases(record) == []
    assert (await events(record))["1"].outcome == "1 of 1 facts changed"


async def test_a_change_that_the_order_book_has_made_opens_a_case_that_knows_how_it_was(
    record: Database, clock: Clock
) -> None:
    was = await line(record)

    await pass_on(record, clock, [event("1", TOLD, told(was, quantity="14") | {"version": "7"})])

    (case,) = await cases(record)
    assert case.request["already_made"] is True
    assert case.request["quantity"] == "14"
    assert case.before["fact"]["quantity"] == str(was.quantity)
    assert case.before["version"] == "7"
    assert (await line(record)).quantity == 14
    assert [(m.kind, m.case_id) for m in await messages(record, "start")] == [("start", case.id)]
    assert (await events(record))["1"].outcome == f"1 of 1 facts changed; opened {case.id}"


async def test_what_does_not_matter_to_the_order_opens_nothing(record: Database, clock: Clock) -> None:
    await pass_on(record, clock, [event("1", TOLD, told(await line(record), priority=3))])

    assert (await line(record)).priority == 3
    assert await cases(record) == []


@pytest.mark.parametrize("seed", range(3))
async def test_the_newest_word_stands_in_whatever_order_and_however_often_events_come(
    record: Database, clock: Clock, seed: int
) -> None:
    known = await line(record)
    stream = [
        event(str(n), TOLD, told(known, quantity=str(quantity)), minutes=n)
        for n, quantity in enumerate((11, 12, 13, 14), start=1)
    ] * 2
    random.Random(seed).shuffle(stream)  # noqa: S311

    await pass_on(record, clock, stream)

    assert (await line(record)).quantity == 14
    newest = (await cases(record))[-1]
    assert newest.request["quantity"] == "14"
    assert {row.state for row in (await events(record)).values()} == {"done"}
    assert len(await events(record)) == 4


async def test_an_event_from_the_future_does_not_shut_out_later_ones(record: Database, clock: Clock) -> None:
    known = await line(record)
    wrong = event("1", TOLD, told(known, quantity="11"), minutes=60 * 24 * 365)
    await pass_on(record, clock, [wrong])
    relay = IntakeRelay(record, {}, now=clock)

    later = event("2", TOLD, told(known, quantity="12"), minutes=60)
    await Intake(record).receive([later], ERP, (SITE,), NOON + timedelta(hours=1))
    clock.run_on(timedelta(hours=1))
    await relay.once()

    assert (await line(record)).quantity == 12


async def test_our_own_write_told_back_by_the_order_book_opens_nothing(record: Database, clock: Clock) -> None:
    known = await FactStore(record).read(OrderLine, SITE, "SO-2:10")
    ours = ReviseOrderLine(
        site=SITE, order="SO-2", line="10", item=known.fact.item, quantity=Decimal(14),
        requested_at=known.fact.requested_at, promised_at=known.fact.promised_at,
        revision=known.fact.revision, priority=known.fact.priority, expected=digest(known.fact),
    )  # fmt: skip
    await EmbeddedPlant(record).apply(ours, "OC-1/1")

    await pass_on(record, clock, [event("1", TOLD, told(known.fact, quantity="14"))])

    assert await cases(record) == []


async def test_a_request_by_event_opens_a_case_once(record: Database, clock: Clock) -> None:
    wants = {"site": SITE, "order": "SO-2", "line": "10", "quantity": "14", "reason": "CUSTOMER_REQUEST"}

    await pass_on(record, clock, [event("1", ASKED, wants), event("1", ASKED, wants), event("2", ASKED, wants)])

    (case,) = await cases(record)
    assert case.request["already_made"] is False
    assert (case.requester["id"], case.channel) == ("erp", "event")
    assert [entry.action for entry in await trail(record, case.id)] == ["opened", "requested_again"]


async def test_a_request_that_overtook_its_order_waits_for_it(record: Database, clock: Clock) -> None:
    wants = {"site": SITE, "order": "SO-900", "line": "10", "quantity": "14", "reason": "CUSTOMER_REQUEST"}
    new = told(await line(record), order="SO-900")

    relay = await pass_on(record, clock, [event("1", ASKED, wants), event("2", TOLD, new)])
    early = (await events(record))["1"]
    clock.run_on(timedelta(seconds=2))
    await relay.once()

    assert (early.state, early.outcome) == ("waiting", "There is no order line SO-900:10 at north.")
    assert len(await cases(record)) == 1


async def test_what_an_event_is_about_is_waited_for_only_so_long(record: Database, clock: Clock) -> None:
    wants = {"site": SITE, "order": "NONE", "line": "10", "quantity": "14", "reason": "CUSTOMER_REQUEST"}

    relay = await pass_on(record, clock, [event("1", ASKED, wants)])
    for _ in range(PATIENCE):
        clock.run_on(timedelta(minutes=10))
        await relay.once()

    assert (await events(record))["1"].state == "failed"


POISON: dict[str, tuple[str, Any, str]] = {
    "no object": (TOLD, [1], "The data must be an object."),
    "nothing": (TOLD, None, "The data must be an object."),
    "a quantity no ERP has": (
        TOLD,
        {"site": SITE, "order": "SO-2", "line": "10", "quantity": "1e9999999"},
        "quantity",
    ),
    "an unknown kind": ("lockstep.fact.moon.v1", {"site": SITE}, "not a kind of fact"),
    "no site": (ASKED, {"order": "SO-2", "line": "10", "reason": "OTHER"}, "must name the site"),
    "no such reason": (
        ASKED,
        {"site": SITE, "order": "SO-2", "line": "10", "reason": "MOOD"},
        "MOOD is no reason",
    ),
    "none of the reasons, and no word": (
        ASKED,
        {"site": SITE, "order": "SO-2", "line": "10", "quantity": "14", "reason": "OTHER"},
        "OTHER alone tells nobody why",
    ),
    "a slash in the order": (ASKED, {"site": SITE, "order": "a/b", "line": "10", "reason": "OTHER"}, "order"),
    "no order": (CHANGED, {"SalesOrder": 7}, "does not name its SalesOrder"),
}


async def test_poison_is_put_aside_with_its_reason_and_stops_nobody(record: Database, clock: Clock) -> None:
    poison = [event(name, type_, data) for name, (type_, data, _) in POISON.items()]

    await pass_on(record, clock, [*poison, event("good", TOLD, told(await line(record), quantity="14"))])

    kept = await events(record)
    assert kept.pop("good").state == "done"
    assert {name: row.state for name, row in kept.items()} == dict.fromkeys(POISON, "failed")
    for name, (_, _, why) in POISON.items():
        assert why in kept[name].outcome
    assert len(await cases(record)) == 1


async def test_a_source_that_breaks_us_stops_nobody_and_is_tried_again(record: Database, clock: Clock) -> None:
    books: dict[str, OrderBook] = {"/sap": Given(RecursionError("broken"), ())}
    broken = event("1", CHANGED, {"SalesOrder": "1"}, source="/sap")
    good = event("2", TOLD, told(await line(record), quantity="14"))

    relay = await pass_on(record, clock, [broken, good], books)
    after_first = await events(record)
    clock.run_on(timedelta(seconds=2))
    await relay.once()

    assert (after_first["1"].state, after_first["2"].state) == ("waiting", "done")
    assert (await events(record))["1"].state == "done"


@pytest.mark.parametrize(
    ("type_", "why"),
    [
        ("lockstep.fact.order_line.v2", "Nothing follows from lockstep.fact.order_line.v2."),
        ("lockstep.moonwalk.change_requested.v1", "There is no process moonwalk."),
        ("sap.s4.beh.businesspartner.v1.BusinessPartner.Changed.v1", "Nothing follows from sap.s4.beh."),
        ("sap.s4.beh.FreightOrder.Created.v1", "Nothing follows from sap.s4.beh.FreightOrder.Created.v1."),
        (CHANGED, "No system is set that could be asked what changed at /erp."),
    ],
)
async def test_what_nobody_listens_to_is_kept_and_ignored(record: Database, clock: Clock, type_: str, why: str) -> None:
    await pass_on(record, clock, [event("1", type_, {"SalesOrder": "1", "site": SITE})])

    row = (await events(record))["1"]
    assert row.state == "ignored"
    assert row.outcome.startswith(why)


@pytest.mark.parametrize("type_", [TOLD, ASKED])
async def test_nobody_speaks_of_a_site_that_is_not_his(record: Database, clock: Clock, type_: str) -> None:
    data = told(await line(record), quantity="14") | {"reason": "CUSTOMER_REQUEST"}

    await pass_on(record, clock, [event("1", type_, data)], sites=("south",))

    row = (await events(record))["1"]
    assert (row.state, row.outcome) == ("ignored", "erp may not speak of north.")
    assert (await line(record)).quantity != 14
    assert await cases(record) == []


async def test_of_an_order_for_two_plants_only_the_senders_own_line_is_kept(record: Database, clock: Clock) -> None:
    here = (await line(record)).model_copy(update={"order": "1"})
    there = here.model_copy(update={"site": "south"})
    readings = tuple(Reading[OrderLine](fact=fact, source="SAP", version="1", as_of=NOON) for fact in (there, here))

    await pass_on(record, clock, [event("1", CHANGED, {"SalesOrder": "1"}, source="/sap/1")], {"/sap": Given(readings)})

    assert (await events(record))["1"].outcome == "1 of 2 facts changed"
    assert await line(record, "1:10") == here
    with pytest.raises(NotInSystem):
        await line(record, "1:10", site="south")


async def test_the_source_is_asked_as_long_as_it_is_away(record: Database, clock: Clock) -> None:
    changed = (await line(record)).model_copy(update={"quantity": Decimal(14)})
    book = Given(
        SystemUnavailable("SAP answered 503."),
        SystemUnavailable("SAP answered 503."),
        (Reading[OrderLine](fact=changed, source="SAP", version="2", as_of=NOON),),
    )

    relay = await pass_on(record, clock, [event("1", CHANGED, {"SalesOrder": "SO-2"}, source="/sap")], {"/sap": book})
    away = (await events(record))["1"]
    for _ in range(2):
        clock.run_on(timedelta(seconds=5))
        await relay.once()

    assert (away.state, away.outcome) == ("waiting", "SAP answered 503.")
    assert [case.request["quantity"] for case in await cases(record)] == ["14"]


async def test_the_system_whose_name_fits_best_is_asked(record: Database, clock: Clock) -> None:
    books: dict[str, OrderBook] = {
        "/sap": Given(SystemUnavailable("the wrong one")),
        "/sap/CLNT1": Given(()),
        "/sap/CLNT100": Given(SystemUnavailable("the wrong one")),
    }

    await pass_on(record, clock, [event("1", CHANGED, {"SalesOrder": "1"}, source="/sap/CLNT1/x")], books)

    assert (await events(record))["1"].state == "done"


async def test_two_relays_at_once_open_one_case(record: Database, clock: Clock) -> None:
    data = told(await line(record), quantity="14")
    await Intake(record).receive([event("1", TOLD, data)], ERP, (SITE,), NOON)
    one, other = IntakeRelay(record, {}, now=clock), IntakeRelay(record, {}, now=clock)
    (seen,) = await Intake(record).due(clock(), ours=True)

    await one.once()
    await other._work_on(seen)  # seen before the first was done

    assert len(await cases(record)) == 1
    assert (await events(record))["1"].outcome.endswith("OC-1")


async def test_without_a_policy_the_fact_is_kept_and_its_change_waits(database: Database, clock: Clock) -> None:
    known = OrderLine(site=SITE, order="SO-2", line="10", item="PUMP", quantity=Decimal(10), requested_at=NOON)
    stream = [
        event("1", TOLD, told(known)),
        event("2", TOLD, told(known, quantity="14"), minutes=2),
    ]

    await pass_on(database, clock, stream)

    assert (await line(database)).quantity == 14
    assert "no case yet: No approval policy" in (await events(database))["2"].outcome
