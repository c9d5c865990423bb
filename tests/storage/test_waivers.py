"""Waivers in the record: for what stands in the way, agreed to once in each role, taken back, and on the trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from domain.decision import Channel, DecisionRefused, NotAllowed
from domain.facts import KINDS, Lot, Shipment
from domain.leaving.requested import DispatchReleaseRequest
from domain.ports import NotInSystem
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.readiness.judgement import Readiness
from domain.readiness.predicates import NoPredicate
from domain.readiness.truth import Truth
from domain.readiness.waiver import Waiver, WaiverDraft
from domain.release import Allocation, Document, WaiverStanding
from domain.roles import Role
from domain.watching import Watched
from storage.cases import Cases, locked
from storage.database import Database
from storage.identity import Caller
from storage.readiness import ReadinessReader
from storage.reading_waivers import WaiverReader
from storage.requests import RequestKey
from storage.tables.cases import CommandRow, TrailRow
from storage.tables.plant import FactRow
from storage.tables.readiness import WaiverRow
from storage.telling import watch
from storage.waivers import Waivers
from tests.storage.plant import NOW, PLANNERS, has_looked, minutes, person, race, rows, tell
from tests.support.ready_shipment import ready_shipment
from tests.support.small_plant import SITE

DRAFT = WaiverDraft(
    site=SITE, predicate="materials_ready", subject="J-2", reason="They come in an hour.", expires_at=minutes(60)
)


async def ask(database: Database, by: str = "anna", key: RequestKey | None = None, at: datetime = NOW) -> Waiver:
    return await Waivers(database).ask(DRAFT, person(by), Channel.API, at, key)


async def agree(database: Database, waiver: Waiver, by: str, at: datetime = NOW) -> Waiver:
    return await Waivers(database).agree(SITE, waiver.id, person(by), Channel.API, at)


async def materials(database: Database, at: datetime = NOW) -> Readiness:
    found = await ReadinessReader(database).readiness(KINDS["job"], SITE, "J-2", (SITE,), at)
    return found.judgements[0]


async def test_a_job_starts_short_once_a_planner_and_production_have_agreed(database: Database) -> None:
    waiver = await ask(database)
    values = [await materials(database)]
    for name in ("boris", "carla"):
        await agree(database, waiver, name)
        values.append(await materials(database))

    assert [(one.value, one.accepted) for one in values] == [
        (Truth.FALSE, False), (Truth.FALSE, False), (Truth.FALSE, True),
    ]  # fmt: skip
    assert [reason.thing for reason in waiver.scope] == ["HOUSING:10"]
    assert values[2].waiver is not None
    assert {consent.person for consent in values[2].waiver.waived_by} == {"boris", "carla"}
    assert not (await materials(database, at=minutes(60))).accepted


async def test_what_comes_on_top_is_not_waived_and_what_becomes_less_is(database: Database) -> None:
    waiver = await ask(database, by="boris")
    await agree(database, waiver, "carla")

    aside = Allocation(site=SITE, job="J-2", item="HOUSING", lot="H9", quantity=Decimal(4))
    await tell(database, Lot(site=SITE, item="HOUSING", lot="H9", quantity=Decimal(4)), aside, at=minutes(1))
    less = await materials(database, at=minutes(2))
    await tell(database, Lot(site=SITE, item="HOUSING", lot="H9", quantity=Decimal(3)), at=minutes(2))
    more = await materials(database, at=minutes(3))

    assert [reason.thing for reason in less.reasons] == ["HOUSING:6"]
    assert less.accepted
    assert {reason.code for reason in more.reasons} == {"short", "oversubscribed"}
    assert not more.accepted


async def test_it_is_taken_back_at_once_and_only_once(database: Database) -> None:
    waiver = await ask(database, by="boris")
    await agree(database, waiver, "carla")

    ended = [
        await Waivers(database).end(SITE, waiver.id, "They do not come.", person(name), Channel.API, minutes(1))
        for name in ("paul", "carla")
    ]

    assert [one.ended_by for one in ended] == ["paul", "paul"]
    assert not (await materials(database, at=minutes(2))).accepted
    assert await Waivers(database).at_site(SITE, minutes(2)) == ()
    with pytest.raises(DecisionRefused, match="over"):
        await agree(database, waiver, "petra", at=minutes(2))


async def test_every_step_is_on_the_trail_and_a_refusal_changes_nothing(database: Database) -> None:
    waiver = await ask(database, by="boris")
    for name in ("anna", "petra", "boris"):
        with pytest.raises(DecisionRefused):
            await agree(database, waiver, name)
    await agree(database, waiver, "carla")
    await Waivers(database).end(SITE, waiver.id, "They came.", person("boris"), Channel.API, minutes(1))

    lines = await rows(database, TrailRow, case_id=waiver.id)
    assert [(line.sequence, line.action, line.by["id"]) for line in lines] == [
        (1, "waiver_asked", "boris"), (2, "waiver_agreed", "carla"), (3, "waiver_ended", "boris"),
    ]  # fmt: skip
    assert lines[0].details["scope"][0]["thing"] == "HOUSING:10"
    assert lines[2].reason == "They came."


async def test_it_waits_for_whoever_must_still_agree_and_a_repeated_consent_counts_once(database: Database) -> None:
    waiver, reader = await ask(database), WaiverReader(database)
    boris, carla = (Caller(person(name), (SITE,), (), {SITE: frozenset({role})}) for name, role in _MUST_AGREE)
    key = RequestKey(caller="person:boris", key="1", fingerprint="agree")

    before = [len(await reader.waiting_for(caller, NOW)) for caller in (boris, carla)]
    agreed = [
        await Waivers(database).agree(SITE, waiver.id, person("boris"), Channel.API, NOW, key=key) for _ in range(2)
    ]
    after = [len(await reader.waiting_for(caller, NOW)) for caller in (boris, carla)]
    late = await reader.waiting_for(carla, DRAFT.expires_at)

    assert (before, after, late) == ([1, 1], [0, 1], ())
    assert agreed[0] == agreed[1]
    assert len(await rows(database, TrailRow, action="waiver_agreed")) == 1


_MUST_AGREE = (("boris", Role.PLANNER), ("carla", Role.PRODUCTION))


async def waits_for_a_paper(database: Database) -> str:
    """A case about SH-9, which waits: its packing list is a draft."""
    draft = Document(site=SITE, shipment="SH-9", document="packing_list")
    await tell(database, *ready_shipment(NOW))
    await tell(database, draft, at=minutes(1))
    asked = DispatchReleaseRequest(shipment="SH-9", reason="DUE")
    opened = await Cases(database).open(DISPATCH_RELEASE, SITE, asked, person("anna"), Channel.API, NOW)
    async with database.transaction() as session:
        await watch(session, await locked(session, opened.case_id), (Watched(WaiverStanding, SITE, "subject", "SH-9"),))
    return opened.case_id


WITHOUT_PAPER = WaiverDraft(
    site=SITE, predicate="documents_complete", subject="SH-9", reason="By courier.", expires_at=minutes(60)
)


async def test_whoever_waits_for_what_it_waives_looks_again_with_every_step(database: Database) -> None:
    case, waivers = await waits_for_a_paper(database), Waivers(database)

    await waivers.ask(WITHOUT_PAPER, person("emma"), Channel.API, minutes(2))
    await has_looked(database, case)
    await waivers.agree(SITE, "WV-1", person("sven"), Channel.API, minutes(3))
    due = [row.due_at for row in await rows(database, FactRow, kind="waiver")]
    await has_looked(database, case)
    await waivers.end(SITE, "WV-1", "On paper.", person("sven"), Channel.API, minutes(4))

    told = [(line.action, line.by["id"]) for line in await rows(database, TrailRow, case_id=case)]
    woken = ("look_again", "lockstep")
    assert told[1:] == [
        woken, ("waiver_asked", "emma"), woken, ("waiver_agreed", "sven"), woken, ("waiver_ended", "sven")
    ]  # fmt: skip
    assert [row.kind for row in await rows(database, CommandRow, case_id=case)] == ["look_again"] * 3
    assert due == [minutes(60)]
    assert [row.due_at for row in await rows(database, FactRow, kind="waiver")] == [None]


async def test_a_refusal_wakes_nobody(database: Database) -> None:
    case, waivers = await waits_for_a_paper(database), Waivers(database)

    with pytest.raises(DecisionRefused, match="Nobody can waive qa cleared"):
        await waivers.ask(
            WITHOUT_PAPER.model_copy(update={"predicate": "qa_cleared"}), person("quin"), Channel.API, minutes(2)
        )

    assert await rows(database, CommandRow, case_id=case) == []
    assert await rows(database, FactRow, kind="waiver") == []


async def test_where_one_agrees_it_is_another_than_who_asked(database: Database) -> None:
    await waits_for_a_paper(database)

    asked = await Waivers(database).ask(WITHOUT_PAPER, person("sven"), Channel.API, minutes(2))

    assert asked.waived_by == ()
    with pytest.raises(DecisionRefused, match="You asked for it; another person must agree"):
        await agree(database, asked, "sven", at=minutes(3))


async def test_asked_twice_with_one_key_it_is_one(database: Database) -> None:
    key = RequestKey(caller="person:anna", key="k", fingerprint="f")

    asked = [await ask(database, key=key) for _ in range(2)]

    assert asked[0] == asked[1]
    assert len(await rows(database, WaiverRow)) == 1


async def test_of_all_who_agree_in_one_role_at_one_moment_one_counts(several: tuple[Database, ...]) -> None:
    waiver = await ask(several[0])

    outcomes = await race(*(agree(place, waiver, name) for place, name in zip(several, PLANNERS, strict=True)))

    agreed = [one for one in outcomes if isinstance(one, Waiver)]
    assert len(agreed) == 1
    assert {type(one) for one in outcomes if one is not agreed[0]} == {DecisionRefused}
    assert len((await rows(several[0], WaiverRow))[0].waived_by) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"subject": "J-404"}, NotInSystem),
        ({"predicate": "fully_baked"}, NoPredicate),
        ({"predicate": "clear_to_start"}, DecisionRefused),
        ({"subject": "SH-4", "predicate": "documents_complete"}, DecisionRefused),
    ],
)
async def test_what_cannot_be_waived_is_not_kept(
    database: Database, change: dict[str, str], problem: type[Exception]
) -> None:
    wanted = DRAFT.model_copy(update=change)

    with pytest.raises(problem):
        await Waivers(database).ask(wanted, person("boris"), Channel.API, NOW)

    assert await rows(database, WaiverRow) == []
    assert await rows(database, TrailRow) == []


@pytest.mark.parametrize(
    "attempt",
    [
        lambda waivers: waivers.agree("south", "WV-1", person("boris"), Channel.API, NOW),
        lambda waivers: waivers.agree(SITE, "WV-99", person("boris"), Channel.API, NOW),
        lambda waivers: waivers.end(SITE, "WV-x", "No.", person("boris"), Channel.API, NOW),
    ],
)
async def test_one_elsewhere_is_told_of_like_one_that_is_nowhere(
    database: Database, attempt: Callable[[Waivers], Awaitable[Waiver]]
) -> None:
    await ask(database)

    with pytest.raises(NotInSystem, match="There is no waiver"):
        await attempt(Waivers(database))


async def test_only_who_may_takes_it_back(database: Database) -> None:
    waiver = await ask(database, by="boris")

    with pytest.raises(NotAllowed, match="taken back by who asked"):
        await Waivers(database).end(SITE, waiver.id, "No.", person("quin"), Channel.API, NOW)

    assert (await Waivers(database).at_site(SITE, NOW + timedelta(minutes=1)))[0].ended_at is None


async def test_nobody_agrees_any_more_once_other_goods_leave_than_it_was_asked_for(database: Database) -> None:
    facts = ready_shipment(NOW)
    draft = {"status": "draft"}
    await tell(database, *(one.model_copy(update=draft) if isinstance(one, Document) else one for one in facts))
    wanted = DRAFT.model_copy(update={"predicate": "documents_complete", "subject": "SH-9"})
    waiver = await Waivers(database).ask(wanted, person("emma"), Channel.API, NOW)

    await tell(database, *(one for one in ready_shipment(NOW, quantity=30) if isinstance(one, Shipment)), at=minutes(1))
    with pytest.raises(DecisionRefused, match="has become something else since"):
        await agree(database, waiver, "sven", minutes(2))
    (kept,) = await rows(database, WaiverRow)
    await tell(database, *(one for one in facts if isinstance(one, Shipment)), at=minutes(3))
    agreed = await agree(database, waiver, "sven", minutes(4))

    assert (kept.waived_by, kept.about) == ([], waiver.about)
    assert agreed.agreed
