"""Policies in the record: proposed, confirmed by another, pinned by cases, and always on the trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.decision import Channel, NotAllowed
from domain.master_data import Person, Site
from domain.policy import PolicyTable
from domain.policy_publishing import EVERYWHERE, InForce, PolicyStep, PolicyUnfit, ProposalLapsed, ProposedPolicy
from domain.ports import NotInSystem
from domain.roles import Role
from runtime.policies import FOLDER, publish_defaults, read_policy
from storage.database import Database
from storage.policies import Policies
from storage.proposals import Proposals
from storage.reading_policies import PolicyReader
from storage.requests import KeyReused, RequestKey
from storage.tables.access import RequestRow
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.policies import PolicyProposalRow, PolicyRow
from tests.storage.plant import NOW, ask, minutes, more_valves, person, race, rows, tell
from tests.support.small_plant import SITE

SHIPPED = read_policy(FOLDER / "order_change.yaml")
DAY = timedelta(days=1)


def table(**said: Any) -> PolicyTable:
    """A table for the plant from tomorrow on, of one row."""
    changed = {"site": SITE, "effective_from": NOW + DAY, "rows": SHIPPED.rows[-1:], "further": ()} | said
    return SHIPPED.model_copy(update=changed)


async def proposes(
    database: Database, wanted: PolicyTable, by: str = "petra", key: RequestKey | None = None
) -> ProposedPolicy:
    return await Proposals(database).propose(wanted, "As agreed.", SITE, person(by), Channel.API, NOW, key)


async def confirms(database: Database, version: str, by: str = "paul", minute: int = 5) -> ProposedPolicy:
    return await Proposals(database).confirm(version, SITE, person(by), Channel.API, minutes(minute))


async def in_force(database: Database, at: datetime) -> InForce:
    """What order changes are ruled by at the plant."""
    (found,) = (one for one in await Policies(database).in_force_at(SITE, at) if one.process == "order_change")
    return found


async def ruled_by(database: Database, day: int, order: str) -> str:
    """The version that a case opened so many days later is pinned to."""
    opened = await ask(database, more_valves(14, order), at=NOW + day * DAY)
    (case,) = await rows(database, CaseRow, id=opened.case_id)
    return case.policy


async def test_what_one_proposes_holds_from_its_day_on_once_another_has_confirmed_it(database: Database) -> None:
    waiting = await proposes(database, table(effective_until=NOW + 3 * DAY))
    before = await in_force(database, NOW + DAY)
    confirmed = await confirms(database, waiting.version)

    assert before.version == SHIPPED.version
    assert (confirmed.proposed_by, confirmed.confirmed_by) == ("petra", "paul")
    assert await ruled_by(database, 0, "SO-1") == SHIPPED.version
    assert await ruled_by(database, 1, "SO-2") == waiting.version
    assert await ruled_by(database, 3, "SO-3") == SHIPPED.version
    now = await in_force(database, NOW + 2 * DAY)
    assert (now.version, now.since, now.until) == (waiting.version, NOW + DAY, NOW + 3 * DAY)
    assert (now.proposed_by, now.confirmed_by) == ("petra", "paul")


async def test_both_and_what_was_found_are_on_the_trail(database: Database) -> None:
    waiting = await proposes(database, table())
    await confirms(database, waiting.version)

    asked, done = await rows(database, TrailRow, case_id=f"POL-{waiting.version}")
    assert (asked.action, asked.by["id"], asked.reason) == ("policy_proposed", "petra", "As agreed.")
    assert asked.details["findings"]["against"] == SHIPPED.version
    assert (done.action, done.by["id"], done.details["proposed_by"]) == ("policy_confirmed", "paul", "petra")


async def test_whoever_proposed_it_does_not_confirm_it_whatever_his_role(database: Database) -> None:
    waiting = await proposes(database, table(), by="paul")

    with pytest.raises(NotAllowed, match="another person"):
        await confirms(database, waiting.version, "paul")

    assert (await rows(database, PolicyProposalRow))[0].confirmed_at is None
    assert len(await rows(database, PolicyRow, process="order_change")) == 1


async def test_a_role_that_was_lost_since_confirms_nothing(database: Database) -> None:
    waiting = await proposes(database, table())
    await tell(database, Person(site=SITE, person="paul", name="Paul", roles=(Role.PLANNER,)), at=minutes(1))

    with pytest.raises(NotAllowed, match="plant manager there"):
        await confirms(database, waiting.version)


async def test_a_table_for_every_site_takes_somebody_who_is_plant_manager_at_each(database: Database) -> None:
    south = Site(site="south", name="South", calendar="office")
    await tell(database, south, Person(site="south", person="paul", name="Paul", roles=(Role.PLANNER,)))
    waiting = await proposes(database, table(site=EVERYWHERE))

    with pytest.raises(NotAllowed, match="every site"):
        await confirms(database, waiting.version)
    await tell(database, Person(site="south", person="paul", name="Paul", roles=(Role.PLANT_MANAGER,)), at=minutes(1))

    assert (await confirms(database, waiting.version)).confirmed_by == "paul"


async def test_nobody_confirms_what_was_to_hold_already(database: Database) -> None:
    waiting = await proposes(database, table())

    with pytest.raises(ProposalLapsed):
        await confirms(database, waiting.version, minute=24 * 60)

    assert await Proposals(database).waiting(minutes(24 * 60 - 1)) == (waiting,)
    assert await Proposals(database).waiting(minutes(24 * 60)) == ()
    assert len(await rows(database, PolicyRow, process="order_change")) == 1


async def test_whatever_was_refused_stays_with_who_tried_and_why(database: Database) -> None:
    dead = SHIPPED.rows[1].model_copy(update={"rule": "never"})
    unfit, late = table(rows=(*SHIPPED.rows[:2], dead, *SHIPPED.rows[2:])), table(effective_from=NOW - DAY)
    for wrong in (unfit, late):
        with pytest.raises(PolicyUnfit):
            await proposes(database, wrong)
    waiting = await proposes(database, table(), by="paul")
    with pytest.raises(NotAllowed):
        await confirms(database, waiting.version, "paul", minute=1)
    await tell(database, Person(site=SITE, person="pia", name="Pia", roles=(Role.PLANT_MANAGER,)), at=minutes(2))
    with pytest.raises(ProposalLapsed):
        await confirms(database, waiting.version, "pia", minute=24 * 60)

    first = await PolicyReader(database).history(SITE, limit=2)
    rest = await PolicyReader(database).history(SITE, cursor=first.next)
    elsewhere = await PolicyReader(database).history("south")

    told = [(event.step, event.version, event.by.id, event.reason) for event in (*first.items, *rest.items)]
    assert told[:2] == [
        (PolicyStep.CONFIRMATION_REFUSED, waiting.version, "pia",
         "Nobody confirmed it before it was to hold. Propose it anew, for a later day."),
        (PolicyStep.CONFIRMATION_REFUSED, waiting.version, "paul",
         "Whoever proposes a policy does not confirm it; another person is needed."),
    ]  # fmt: skip
    refused = {version: (step, by, why) for step, version, by, why in told[2:] if step is PolicyStep.PROPOSAL_REFUSED}
    assert refused[unfit.version][:2] == (PolicyStep.PROPOSAL_REFUSED, "petra")
    assert "never would never apply" in refused[unfit.version][2]
    assert "a time that is over" in refused[late.version][2]
    assert len(told) == 5
    assert elsewhere.items == ()


async def test_a_table_that_cannot_be_published_is_not_kept(database: Database) -> None:
    dead = SHIPPED.rows[1].model_copy(update={"rule": "never"})
    wrong = table(rows=(*SHIPPED.rows[:2], dead, *SHIPPED.rows[2:]))

    with pytest.raises(PolicyUnfit, match="never would never apply"):
        await proposes(database, wrong)
    with pytest.raises(PolicyUnfit, match="a time that is over"):
        await proposes(database, table(effective_from=NOW))

    assert await rows(database, PolicyProposalRow) == []


async def test_the_same_table_is_proposed_and_confirmed_once(database: Database) -> None:
    key = RequestKey("person:petra", "k", "f")

    first = await proposes(database, table(), key=key)
    again, other = await proposes(database, table(), key=key), await proposes(database, table(), by="pia")
    with pytest.raises(KeyReused):
        await proposes(database, table(), key=RequestKey("person:petra", "k", "g"))
    confirmed = await confirms(database, first.version)

    assert first == again == other
    assert await confirms(database, first.version, minute=9) == confirmed
    assert len(await rows(database, TrailRow, case_id=f"POL-{first.version}")) == 2
    assert len(await rows(database, RequestRow, caller="person:petra")) == 1


async def test_of_several_who_confirm_at_once_one_does(several: tuple[Database, ...]) -> None:
    managers = [f"manager{number}" for number in range(len(several))]
    for name in managers:
        await tell(several[0], Person(site=SITE, person=name, name=name, roles=(Role.PLANT_MANAGER,)))
    waiting = await proposes(several[0], table())

    fared = await race(*(confirms(place, waiting.version, name) for place, name in zip(several, managers, strict=True)))

    (row,) = await rows(several[0], PolicyRow, version=waiting.version)
    assert {one.confirmed_by for one in fared if isinstance(one, ProposedPolicy)} == {row.confirmed_by}
    assert len(fared) == sum(isinstance(one, ProposedPolicy) for one in fared)


async def test_what_is_not_proposed_here_cannot_be_confirmed_here(database: Database) -> None:
    waiting = await Proposals(database).propose(
        table(site="south"), "As agreed.", "south", person("petra"), Channel.API, NOW
    )

    for version in ("0" * 12, waiting.version):
        with pytest.raises(NotInSystem):
            await confirms(database, version)


async def test_what_comes_with_the_program_is_published_once_and_by_nobody(database: Database) -> None:
    await publish_defaults(database)

    (row,) = await rows(database, PolicyRow, process="order_change")
    assert (row.version, row.proposed_by, row.confirmed_by) == ("7645065e085a", None, None)
