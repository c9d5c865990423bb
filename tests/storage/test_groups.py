"""Groups of the identity provider are roles at sites, from the next look on."""

from __future__ import annotations

import pytest

from domain.decision import NotAllowed, Principal
from domain.master_data import Person
from domain.roles import Role
from storage.database import Database
from storage.groups import Groups
from storage.identity import Identity
from storage.tables.access import MemberRow
from storage.tables.cases import TrailRow
from tests.storage.plant import NOW, answer, asked_to_decide, minutes, person, question_of, race, rows, tell

IDA = person("ida")
GROUP = "north-planning"


async def grant(database: Database, group: str = GROUP, role: Role = Role.PLANNER, site: str = "north") -> bool:
    return await Groups(database).grant(group, role, site, NOW)


async def withdraw(database: Database, group: str = GROUP, role: Role = Role.PLANNER) -> bool:
    return await Groups(database).withdraw(group, role, "north", NOW)


async def told(database: Database, *groups: str, minute: int = 0, name: str = "Ida Blom") -> None:
    await Groups(database).told("ida", name, groups, minutes(minute))


async def roles(database: Database, who: Principal = IDA) -> dict[str, set[Role]]:
    caller = await Identity(database).person(who)
    return {site: set(held) for site, held in caller.roles.items()} if caller else {}


async def test_a_group_is_a_role_at_a_site(database: Database) -> None:
    await told(database, GROUP, "canteen")
    assert await roles(database) == {}

    await grant(database)
    await grant(database, role=Role.BUYER)
    await grant(database, "canteen", Role.AUDITOR, "south")
    await grant(database, "elsewhere", Role.PLANT_MANAGER)

    assert await roles(database) == {"north": {Role.PLANNER, Role.BUYER}, "south": {Role.AUDITOR}}


async def test_what_a_group_means_changes_from_the_next_look_on(database: Database) -> None:
    await told(database, GROUP)
    await grant(database)

    assert await withdraw(database)

    assert await roles(database) == {}
    assert not await withdraw(database)


async def test_who_leaves_a_group_leaves_its_roles(database: Database) -> None:
    await grant(database)
    await told(database, GROUP)

    await told(database, minute=5)

    assert await roles(database) == {}


async def test_an_older_word_of_the_provider_does_not_undo_a_newer_one(database: Database) -> None:
    await grant(database)
    await told(database, minute=5)

    await told(database, GROUP, minute=4)
    await told(database, GROUP, minute=5)

    assert await roles(database) == {}


async def test_groups_add_to_what_the_facts_say(database: Database) -> None:
    await grant(database)
    await told(database, GROUP)
    await tell(database, Person(site="north", person="ida", name="Ida", roles=(Role.SALES,)))

    assert await roles(database) == {"north": {Role.PLANNER, Role.SALES}}


async def test_who_has_left_a_site_by_the_facts_has_left_it_whatever_his_groups(database: Database) -> None:
    await grant(database)
    await grant(database, site="south")
    await told(database, GROUP)
    await tell(database, Person(site="north", person="ida", name="Ida", roles=(Role.SALES,), active=False))

    assert await roles(database) == {"south": {Role.PLANNER}}


async def test_who_is_in_the_group_answers_and_who_has_left_it_does_not(database: Database) -> None:
    await grant(database)
    question = question_of(await asked_to_decide(database))
    with pytest.raises(NotAllowed):
        await answer(database, question, "accept_as_asked", "ida")

    await told(database, GROUP)
    answered = await answer(database, question, "accept_as_asked", "ida")
    assert answered.settled == "accept_as_asked"

    await told(database, minute=5)
    other = question_of(await asked_to_decide(database, order="SO-2"))
    with pytest.raises(NotAllowed):
        await answer(database, other, "accept_as_asked", "ida")


async def test_a_change_of_what_groups_mean_is_on_the_trail_once(database: Database) -> None:
    assert await grant(database)
    assert not await grant(database)
    await withdraw(database)

    lines = await rows(database, TrailRow, case_id=f"group/{GROUP}")

    assert [(line.sequence, line.action, line.details["role"], line.details["site"]) for line in lines] == [
        (1, "role_granted", "planner", "north"),
        (2, "role_withdrawn", "planner", "north"),
    ]
    assert {(line.by["id"], line.channel) for line in lines} == {("command_line", "command_line")}


async def test_who_joins_and_leaves_a_group_that_means_something_is_on_the_trail(database: Database) -> None:
    await grant(database)
    await told(database, GROUP, "canteen")
    await told(database, GROUP, minute=1)
    await told(database, "canteen", minute=2)

    lines = await rows(database, TrailRow, case_id="person/ida")

    assert [(line.action, line.details) for line in lines] == [
        ("groups_changed", {"joined": [GROUP], "left": []}),
        ("groups_changed", {"joined": [], "left": [GROUP]}),
    ]


async def test_two_first_words_at_the_same_moment_leave_the_newer(several: tuple[Database, ...]) -> None:
    fared = await race(
        *(told(place, f"group-{minute}", minute=minute) for minute, place in enumerate(several)),
    )

    assert fared == [None] * len(several)
    (member,) = await rows(several[0], MemberRow)
    assert member.groups == [f"group-{len(several) - 1}"]
