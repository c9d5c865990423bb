"""Figures of a site in the record: proposed, confirmed by another, in force from their day on, and on the trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.decision import Channel, NotAllowed, Principal, PrincipalKind
from domain.policy_publishing import Figures, PolicyEvent, PolicyStep, PolicyUnfit, ProposalLapsed, ProposedPolicy
from domain.readiness.policy import ReadinessPolicy
from domain.roles import Role
from domain.schedule.policy import SchedulePolicy
from domain.timing import Timing, Weekly
from runtime.policies import publish_defaults
from storage.database import Database
from storage.proposals import Proposals
from storage.readiness_history import ReadinessHistory
from storage.readiness_policies import ReadinessPolicies, timing_at
from storage.reading_policies import PolicyReader
from storage.schedule_policies import PublishedSchedulePolicies
from storage.tables.readiness import ThingRow
from tests.storage.plant import NOW, minutes, person, rows
from tests.support.small_plant import SITE

DAY, LATER = timedelta(days=1), minutes(5)
TUESDAY = Timing(hold_list=Weekly(weekday=1, to=Role.QUALITY_ENGINEER))
READINESS = ReadinessPolicy(site=SITE, effective_from=NOW + DAY, time_to_live={}, documents=(), timing=TUESDAY)
SCHEDULE = SchedulePolicy(site=SITE, effective_from=NOW + DAY, most_changes=5)


async def proposes(database: Database, wanted: Figures, by: str = "petra") -> ProposedPolicy:
    return await Proposals(database).propose(wanted, "As agreed.", SITE, person(by), Channel.API, NOW)


async def confirms(database: Database, version: str, by: str = "paul", at: datetime = LATER) -> ProposedPolicy:
    return await Proposals(database).confirm(version, SITE, person(by), Channel.API, at)


async def figures_at(database: Database, wanted: Figures, at: datetime) -> Any:
    """What of the kind of *wanted* holds at the plant."""
    if isinstance(wanted, SchedulePolicy):
        return (await PublishedSchedulePolicies(database).in_force(SITE, at)).most_changes
    async with database.reading() as session:
        return await timing_at(session, SITE, at)


async def published(database: Database) -> dict[str, tuple[str | None, str | None]]:
    """Who stood up for each version of either kind."""
    readiness = await ReadinessPolicies(database).published()
    schedule = await PublishedSchedulePolicies(database).published()
    return {one.table.version: (one.proposed_by, one.confirmed_by) for one in readiness} | {
        one.table.version: (one.proposed_by, one.confirmed_by) for one in schedule
    }


async def history(database: Database) -> list[PolicyEvent]:
    """What was done about policies, the oldest first."""
    return list(reversed((await PolicyReader(database).history(SITE)).items))


@pytest.mark.parametrize(
    ("wanted", "usual", "own"), [(READINESS, Timing(), TUESDAY), (SCHEDULE, 2, 5)], ids=["readiness", "schedule"]
)
async def test_figures_hold_from_their_day_on_once_another_has_confirmed_them(
    database: Database, wanted: Figures, usual: Any, own: Any
) -> None:
    await publish_defaults(database)
    waiting = await proposes(database, wanted)
    unconfirmed = await figures_at(database, wanted, NOW + DAY)
    confirmed = [await confirms(database, waiting.version) for _ in range(2)]

    assert (waiting.table, waiting.findings) == (wanted, None)
    assert (confirmed[0].proposed_by, confirmed[0].confirmed_by) == ("petra", "paul")
    assert confirmed[0] == confirmed[1]
    assert unconfirmed == await figures_at(database, wanted, NOW + DAY - timedelta.resolution) == usual
    assert await figures_at(database, wanted, NOW + DAY) == own
    known = await published(database)
    assert known.pop(wanted.version) == ("petra", "paul")
    assert set(known.values()) == {(None, None)}
    told = [(event.step, event.about, event.version, event.by.id) for event in await history(database)]
    assert told == [
        (PolicyStep.PROPOSED, waiting.kind, wanted.version, "petra"),
        (PolicyStep.CONFIRMED, waiting.kind, wanted.version, "paul"),
    ]


@pytest.mark.parametrize("wanted", [READINESS, SCHEDULE], ids=["readiness", "schedule"])
async def test_what_is_refused_changes_nothing_and_stays_with_who_tried(database: Database, wanted: Figures) -> None:
    late = wanted.model_copy(update={"effective_from": NOW})
    waiting = await proposes(database, wanted, by="pia")
    for refusal, attempt in (
        (PolicyUnfit, proposes(database, late)),
        (NotAllowed, confirms(database, waiting.version, "pia")),
        (NotAllowed, confirms(database, waiting.version, "petra")),
        (ProposalLapsed, confirms(database, waiting.version, "paul", NOW + DAY)),
    ):
        with pytest.raises(refusal):
            await attempt

    assert wanted.version not in await published(database)
    why = {event.reason for event in await history(database) if "refused" in event.step}
    assert why == {
        "It would hold from a time that is over; what was decided then stays as it was.",
        "Whoever proposes a policy does not confirm it; another person is needed.",
        f"A policy for {SITE} is confirmed by who is plant manager there.",
        "Nobody confirmed it before it was to hold. Propose it anew, for a later day.",
    }


async def test_a_machine_proposes_no_figures(database: Database) -> None:
    erp = Principal(kind=PrincipalKind.MACHINE, id="erp")

    with pytest.raises(NotAllowed, match="Only a person"):
        await Proposals(database).propose(SCHEDULE, "As agreed.", SITE, erp, Channel.API, NOW)


async def test_everything_is_judged_by_other_figures_from_their_day_on_once_they_are_confirmed_and_not_before(
    database: Database,
) -> None:
    await publish_defaults(database)
    await ReadinessHistory(database).find_untold(NOW)
    while await ReadinessHistory(database).judge_due(NOW):
        pass
    before = {(row.kind, row.key): row.due_at for row in await rows(database, ThingRow)}

    waiting = await proposes(database, READINESS)
    proposed = {(row.kind, row.key): row.due_at for row in await rows(database, ThingRow)}
    await confirms(database, waiting.version)

    assert proposed == before
    due = {(row.kind, row.key): row.due_at for row in await rows(database, ThingRow)}
    assert {thing for thing, at in due.items() if at == NOW + DAY} >= {t for t, at in before.items() if at is None}
    assert all(at is not None and at <= NOW + DAY for at in due.values())
    assert due
