"""Every route, for everybody there can be, at his plant and at another: as the table says, and no further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import structlog
from fastapi import APIRouter
from starlette.routing import Route

from api.calling import CallersRoute, NothingPermitted
from api.services import Services
from domain.authorisation import RULES, Action, may
from domain.decision import Channel, NotAllowed, Principal, PrincipalKind
from domain.readiness.waiver import WAIVED_BY, WaiverDraft
from domain.roles import Role, lead_of
from domain.substitution import SubstitutionDraft
from storage.acting import Acting
from storage.identity import Caller
from tests.api.conftest import Tokens, tomorrow
from tests.storage.plant import SEEN, asked_to_decide, question_of, tell
from tests.support.documents import upload
from tests.support.small_plant import small_plant
from web.app import create_app

ELSEWHERE = "south"
SCOPES = ((), ("events",), ("cases",), ("events", "cases"))
EVENT = {"specversion": "1.0", "source": "erp/north", "type": "lockstep.fact.lot.v1"}
BODIES: dict[str, Any] = {
    "/v1/me/contact": {"mail": "somebody@plant.example"},
    "/v1/cases/{case_id}/commands": {"command": "withdraw", "reason": "It is not wanted any more."},
    "/v1/questions/{question_id}/answers": {"choice": "accept_as_asked", "seen": SEEN},
    "/v1/questions/{question_id}/signatures": {"choice": "accept_as_asked", "seen": SEEN},
    "/v1/questions/{question_id}/reauthentications": {"choice": "accept_as_asked", "seen": SEEN},
    "/v1/questions/{question_id}/assignment": {"person": "boris"},
    "/v1/questions/{question_id}/asking-back": {"wanted": "Would the customer take the old revision?"},
    "/v1/questions/{question_id}/parking": {
        "cause": "customer", "until": "2026-11-24T12:00:00Z", "reason": "He asks his site.",
    },
    "/v1/questions/{question_id}/snooze": {},
    "/v1/answers": {"answers": [{"question": "OC-999999-2-1", "choice": "accept_as_asked", "seen": SEEN}]},
    "/v1/cases/{case_id}/force": {"to": "assessing", "reason": "Nobody who is asked is in the house."},
    "/v1/cases/{case_id}/comments": {"text": "The customer rang again."},
    "/v1/cases/{case_id}/attachments": "This is text, too.",
    "/v1/questions/{question_id}/delegation": {"person": "petra", "reason": "She knows the customer."},
    "/v1/sites/{site}/substitutions": {
        "absent": "boris", "substitute": "petra", "first_day": "2026-11-23", "last_day": "2026-11-27",
        "reason": "Boris is away.",
    },
    "/v1/sites/{site}/substitutions/{substitution_id}/end": {"reason": "Boris is back."},
    "/v1/sites/{site}/policies/proposals": {"table": tomorrow().model_dump(mode="json"), "reason": "More people."},
    "/v1/sites/{site}/policies/proposals/readiness": {
        "table": {"site": "north", "effective_from": "2026-11-24T12:00:00Z", "time_to_live": {}, "documents": []},
        "reason": "As agreed.",
    },
    "/v1/sites/{site}/policies/proposals/schedule": {
        "table": {"site": "north", "effective_from": "2026-11-24T12:00:00Z"}, "reason": "As agreed.",
    },
    "/v1/sites/{site}/waivers": {
        "predicate": "materials_ready", "subject": "J-2", "reason": "They come in an hour.",
        "expires_at": "2026-11-24T12:00:00Z",
    },
    "/v1/sites/{site}/waivers/{waiver_id}/reauthentications": {},
    "/v1/sites/{site}/waivers/{waiver_id}/signatures": {"reauthentication": "none"},
    "/v1/sites/{site}/waivers/{waiver_id}/end": {"reason": "They do not come."},
    "/v1/sites/{site}/shipments/{shipment}/arrival": {"outcome": "delivered"},
    "/v1/sites/{site}/shipments/{shipment}/vehicle": {"outcome": "no_show"},
    "/v1/sites/{site}/shipments/{shipment}/scans": {"handling_unit": "P-1", "item": "VALVE", "lot": "V1"},
    "/v1/sites/{site}/shipments/{shipment}/holds": {"reason": "The customer has not paid."},
    "/v1/processes/order_change/cases": {
        "site": "north", "order": "SO-2", "line": "10", "quantity": "14", "reason": "CUSTOMER_REQUEST",
    },
}  # fmt: skip
FORMS: dict[str, dict[str, str]] = {
    "/cases/{case_id}/comments": {"text": "The customer rang again."},
    "/cases/{case_id}/attachments": {},
    "/questions/{question_id}/attachments": {},
    "/questions/{question_id}/answers": {"choice": "accept_as_asked", "seen": SEEN},
    "/questions/{question_id}/signatures": {"choice": "accept_as_asked", "seen": SEEN},
    "/questions/{question_id}/signing": {"choice": "accept_as_asked", "seen": SEEN},
    "/questions/{question_id}/claim": {},
    "/questions/{question_id}/release": {},
    "/questions/{question_id}/asking-back": {"wanted": "Would the customer take the old revision?"},
    "/questions/{question_id}/parking": {
        "cause": "customer",
        "until": "2026-11-24T12:00",
        "reason": "He asks his site.",
    },
    "/questions/{question_id}/resumption": {},
    "/questions/{question_id}/comments": {"text": "The customer rang again."},
    "/waivers/{waiver_id}/consents": {},
    "/waivers/{waiver_id}/signing": {},
    "/waivers/{waiver_id}/end": {"reason": "They do not come."},
}
# What pages send.
LETTER = {"upload/attachment": ("letter.txt", b"He consents.")}
EACH_BY_ITSELF = "/v1/answers"
# What is sent there is refused item by item, within an answer that says so.
OPEN = {
    "/healthz", "/readyz", "/problems/{name}", "/openapi.json", "/lockstep.css",
    "/v1/webhooks/{sender}", "/login", "/login/again", "/login/back", "/login/link", "/login/provider", "/logout",
}  # fmt: skip
# What is for everybody, or finds out itself who it is: a page or route that is added has a rule, or stands here.
OF_A_SITE = ("{case_id}", "{question_id}", "{site}", "{waiver_id}", "/order_change/cases")
# What belongs to one plant and is not there for others.
OF_ITS_OWN_RULES = {
    Action.ANSWER: frozenset({Role.PLANNER}),
    Action.WITHDRAW: frozenset({Role.PLANNER, lead_of(Role.PLANNER), Role.ADMINISTRATOR}),
    Action.SUBSTITUTE: frozenset({lead_of(Role.PLANNER)}),
    Action.ASSIGN: frozenset({lead_of(Role.PLANNER)}),
    Action.WAIVE: WAIVED_BY["materials_ready"],
    Action.REVOKE: frozenset({*WAIVED_BY["materials_ready"], Role.PLANT_MANAGER}),
}
# Beyond the table, these are for whom the question or the case waits; a case can be withdrawn by his lead, too.
# Who agrees to a waiver may take it back, and so may his lead.
# Of two planners neither of whom calls, only their lead makes one the substitute of the other.


@dataclass(frozen=True)
class Somebody:
    """Who may call."""

    kind: PrincipalKind
    site: str
    roles: frozenset[Role] = frozenset()
    scopes: tuple[str, ...] = ()
    name: str = field(default_factory=lambda: f"x{uuid4().hex[:8]}")

    async def headers(self, tokens: Tokens) -> dict[str, str]:
        if self.kind is PrincipalKind.MACHINE:
            return await tokens.of_machine(*self.scopes, name=self.name, sites=(self.site,))
        return await tokens.of_person(self.name, *self.roles, site=self.site)


EVERYBODY = [
    *(Somebody(PrincipalKind.PERSON, site, frozenset({role})) for role, site in product(Role, ("north", ELSEWHERE))),
    *(
        Somebody(PrincipalKind.MACHINE, site, scopes=scopes)
        for scopes, site in product(SCOPES, ("north", ELSEWHERE))
    ),
]  # fmt: skip


def routes(services: Services) -> Iterator[tuple[str, CallersRoute]]:
    """Every route that is for callers, with its method."""
    for route in all_routes(services):
        if isinstance(route, CallersRoute):
            yield from ((method, route) for method in route.methods or ())


def all_routes(services: Services) -> Iterator[Route]:
    """Every route there is, of the API and of pages."""
    for included in create_app(services).routes:
        router = getattr(included, "original_router", None)
        yield from (route for route in (router.routes if router else [included]) if isinstance(route, Route))


def test_what_asks_nobody_who_he_is_is_named_here(services: Services) -> None:
    assert {route.path for route in all_routes(services) if not isinstance(route, CallersRoute)} == OPEN


async def named_in_paths(services: Services) -> dict[str, str]:
    """Something of each kind that the path of a route may name."""
    case_id = await asked_to_decide(services.database)
    return {
        "case_id": case_id, "question_id": question_of(case_id), "process": "order_change", "site": "north",
        "order": "SO-1", "line": "10", "substitution_id": await away(services), "things": "lines", "key": "SO-1:10",
        "placed": "jobs", "name": "J-2", "shipment": "SH-4",
        "version": await proposed(services),
        "waiver_id": await short_of_housings(services),
        "digest": await photographed(services, case_id),
    }  # fmt: skip


async def test_every_route_lets_in_whom_the_table_names_and_nobody_else(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    names = await named_in_paths(services)
    callers = [(somebody, await somebody.headers(tokens)) for somebody in EVERYBODY]
    checked = 0
    for method, route in routes(services):
        for somebody, headers in callers:
            body = EVENT | {"id": uuid4().hex, "data": {}} if route.path == "/v1/events" else BODIES.get(route.path)
            with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
                answer = await api.request(
                    method,
                    route.path.format(**names),
                    headers={**headers, "Idempotency-Key": uuid4().hex},
                    json=body,
                    data=FORMS[route.path] | {"key": uuid4().hex} if route.path in FORMS else None,
                )

            what = (method, route.path, somebody, answer.status_code, answer.text)
            if not permitted(somebody, route.action):
                assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed"), what
            elif somebody.site == ELSEWHERE and any(part in route.path for part in OF_A_SITE):
                assert answer.status_code == 404, what
            elif route.path == EACH_BY_ITSELF:
                assert answer.status_code == 200, what
                assert not any(outcome["answered"] for outcome in answer.json()["outcomes"]), what
            elif route.action in OF_ITS_OWN_RULES and OF_ITS_OWN_RULES[route.action].isdisjoint(somebody.roles):
                assert answer.status_code in (403, 409), what
            else:
                assert answer.status_code not in (401, 403, 404), what
            refused = [line for line in lines if line["event"] == "access.refused"]
            if answer.status_code in (403, 404):
                (line,) = refused
                assert (line["caller"], line["method"]) == (somebody.name, method), what
                assert line["path"] == route.path.format(**names)[:200], what
                assert line["why"], what
            elif route.path != EACH_BY_ITSELF:
                assert refused == [], what
            checked += 1

    assert checked >= 19 * len(EVERYBODY)


async def test_what_somebody_is_elsewhere_lets_him_do_nothing_here(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    names = await named_in_paths(services)
    await tokens.of_person("auditor", *Role, site=ELSEWHERE)
    headers = await tokens.of_person("auditor", Role.AUDITOR)
    checked = 0
    for method, route in routes(services):
        if Role.AUDITOR in RULES[route.action].roles or not any(part in route.path for part in OF_A_SITE):
            continue
        answer = await api.request(
            method,
            route.path.format(**names),
            headers={**headers, "Idempotency-Key": uuid4().hex},
            json=BODIES.get(route.path),
            data=FORMS[route.path] | {"key": uuid4().hex} if route.path in FORMS else None,
            files=LETTER if route.path.endswith("/attachments") else None,
        )

        assert answer.status_code in (403, 409), (method, route.path, answer.status_code, answer.text)
        checked += 1

    assert checked >= 35


async def away(services: Services) -> str:
    """A substitution that one planner gave another."""
    boris = Principal(kind=PrincipalKind.PERSON, id="boris")
    today = services.now().date()
    wanted = SubstitutionDraft(
        site="north", absent="boris", substitute="petra", first_day=today, last_day=today, reason="At the dentist."
    )
    return (await services.substitutions.give(wanted, boris, Channel.API, services.now())).id


async def proposed(services: Services) -> str:
    """A policy that a planner proposed."""
    boris = Principal(kind=PrincipalKind.PERSON, id="boris")
    wanted = tomorrow(effective_from=services.now() + timedelta(days=3))
    said = await services.proposals.propose(wanted, "As agreed.", "north", boris, Channel.API, services.now())
    return said.version


async def photographed(services: Services, case_id: str) -> str:
    """The digest of an attachment of the case."""
    boris = Principal(kind=PrincipalKind.PERSON, id="boris")
    caller = Acting(Caller(boris, ("north",), ()), Channel.API, services.now())
    return (await services.attachments.attach(case_id, upload(), caller))[0].digest


async def short_of_housings(services: Services) -> str:
    """A waiver that somebody asked for and nobody agreed to."""
    await tell(services.database, *small_plant(services.now()), at=services.now())
    wanted = WaiverDraft(
        site="north", predicate="materials_ready", subject="J-2", reason="They come in an hour.",
        expires_at=services.now() + timedelta(hours=2),
    )  # fmt: skip
    anna = Principal(kind=PrincipalKind.PERSON, id="anna")
    return (await services.waivers.ask(wanted, anna, Channel.API, services.now())).id


def permitted(somebody: Somebody, action: Action) -> bool:
    """What the table says, read without the function that is tested."""
    rule = RULES[action]
    if somebody.kind is PrincipalKind.PERSON:
        return bool(rule.roles & somebody.roles)
    return rule.scope is not None and (not rule.scope or rule.scope in somebody.scopes)


def test_a_route_that_does_not_say_who_may_is_no_route() -> None:
    router = APIRouter(route_class=CallersRoute)

    with pytest.raises(NothingPermitted, match="/v1/anything"):

        @router.get("/v1/anything")
        async def anything() -> None:
            """Whatever."""


def test_every_action_has_a_rule() -> None:
    assert set(RULES) == set(Action)


@pytest.mark.parametrize("kind", [PrincipalKind.MACHINE, PrincipalKind.TIMER])
def test_only_a_person_answers_whatever_the_key(kind: PrincipalKind) -> None:
    with pytest.raises(NotAllowed, match="Only a person"):
        may(kind, Action.ANSWER, frozenset(Role), ("events", "cases"))
