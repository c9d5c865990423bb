"""Who may take a request back."""

from __future__ import annotations

import pytest

from domain.decision import DecisionRefused, NotAllowed, Principal, PrincipalKind
from domain.process import SYSTEM
from domain.requesters import admit_command, left_asking, still_asking
from domain.roles import Role

ANNA = Principal(kind=PrincipalKind.PERSON, id="anna", name="Anna")
BORIS = Principal(kind=PrincipalKind.PERSON, id="boris", name="Boris")
ERP = Principal(kind=PrincipalKind.MACHINE, id="erp", name="ERP")


@pytest.mark.parametrize("owner", [Role.PLANNER, SYSTEM])
@pytest.mark.parametrize("requester", [ANNA, ERP])
def test_whoever_asked_may_take_it_back_whoever_is_waited_for(requester: Principal, owner: str) -> None:
    admit_command(requester, owner, requester, frozenset())


@pytest.mark.parametrize(("owner", "role"), [(Role.SALES, Role.SALES), (Role.SALES, Role.SALES_MANAGER)])
def test_the_role_that_is_waited_for_and_its_lead_may_too(owner: Role, role: Role) -> None:
    admit_command(ANNA, owner, BORIS, frozenset({role}))


@pytest.mark.parametrize(
    ("owner", "roles"),
    [
        (Role.SALES, {Role.PLANNER, Role.BUYER}),
        (Role.SALES, set()),
        (SYSTEM, set(Role) - {Role.ADMINISTRATOR}),
    ],
)
def test_nobody_else_may_however_many_roles_he_holds(owner: str, roles: set[Role]) -> None:
    with pytest.raises(NotAllowed, match="Only whoever asked"):
        admit_command(ANNA, owner, BORIS, frozenset(roles))


def test_a_machine_of_the_same_name_is_not_the_person_who_asked() -> None:
    namesake = Principal(kind=PrincipalKind.MACHINE, id="anna", name="Anna")

    with pytest.raises(NotAllowed):
        admit_command(ANNA, Role.PLANNER, namesake, frozenset())


def test_who_runs_the_system_may_whoever_is_waited_for() -> None:
    admit_command(ANNA, SYSTEM, BORIS, frozenset({Role.ADMINISTRATOR}))


def test_whoever_asked_as_well_may_take_his_request_back_and_no_machine_of_his_name() -> None:
    admit_command(ANNA, SYSTEM, BORIS, frozenset(), ("boris",))

    with pytest.raises(NotAllowed):
        admit_command(ANNA, SYSTEM, Principal(kind=PrincipalKind.MACHINE, id="boris"), frozenset(), ("boris",))


def test_the_case_goes_on_for_whoever_still_asks_and_ends_with_the_last() -> None:
    carla = Principal(kind=PrincipalKind.PERSON, id="carla")

    assert left_asking(ANNA, (), (), ANNA) == ()
    assert left_asking(ANNA, ("boris", "carla"), (), ANNA) == ("boris", "carla")
    assert left_asking(ANNA, ("boris", "carla"), ("anna",), BORIS) == ("carla",)
    assert left_asking(ANNA, ("boris", "carla"), ("anna", "boris"), carla) == ()
    assert left_asking(ANNA, ("boris",), (), carla) == ()
    assert still_asking(ANNA, ("boris", "carla"), ("boris",)) == ("anna", "carla")
    with pytest.raises(DecisionRefused, match="taken your request back already"):
        left_asking(ANNA, ("boris", "carla"), ("anna", "boris"), BORIS)
