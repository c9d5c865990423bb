"""The API as an application: its routes behind its safeguards."""

from collections.abc import Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from api import (
    answers,
    asking_back,
    attachments,
    bypasses,
    cases,
    claims,
    comments,
    delegations,
    events,
    followings,
    force,
    health,
    me,
    parkings,
    policies,
    questions,
    readiness,
    reauthentications,
    refusals,
    reports,
    shipments,
    status,
    substitutions,
    waivers,
    webhooks,
)
from api.description import describe
from api.processes import processes_router
from api.rate_limit import DAILY, RateLimit
from api.request_log import RequestLog
from api.safeguards import AnnouncedBodies, OwnAddressOnly, SecurityHeaders
from api.services import Services
from api.strict_json import LARGEST_BODY

DESCRIPTION = """
Tell Lockstep what happens in the plant, ask for changes, and answer its questions.

Whatever goes wrong comes as problem details (RFC 9457); the `type` leads to what can be done about it.
Requests that change something take an `Idempotency-Key`: repeated with it, they get their first answer again.
"""


def create_app(
    services: Services, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
) -> FastAPI:
    """The API on *services*; *lifespan* is open while it runs."""
    app = FastAPI(
        title="Lockstep",
        version=version("lockstep"),
        description=DESCRIPTION,
        lifespan=lifespan,
        # Documentation pages would load scripts from elsewhere; the description itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
        telemetry={"logs": False, "operation_spans": False, "auto_configure": False, "exclude": _is_untraced},
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(RequestLog),
            Middleware(OwnAddressOnly, public_url=services.public_url, further_hosts=services.further_hosts),
            Middleware(AnnouncedBodies),
            # Innermost: what it refuses is told as everything is, and no route reads more unless it says so.
            Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY),
        ],
    )
    app.state.services = services
    app.state.rate_limit = RateLimit(services.pace)
    app.state.expiry_warnings = RateLimit(DAILY)
    refusals.tell_of_refusals(app)
    for router in (
        events.router,
        webhooks.router,
        processes_router(services.processes),
        cases.router,
        comments.router,
        attachments.router,
        followings.router,
        questions.router,
        reauthentications.router,
        answers.router,
        claims.router,
        delegations.router,
        asking_back.router,
        force.router,
        parkings.router,
        substitutions.router,
        policies.router,
        reports.router,
        bypasses.router,
        status.router,
        readiness.router,
        waivers.router,
        shipments.router,
        me.router,
        health.router,
        refusals.router,
    ):
        app.include_router(router)
    describe(app)
    return app


def _is_untraced(scope: MutableMapping[str, Any]) -> bool:
    """Probes tell nothing, and what leads back from a login is as good as a password for a while."""
    return scope["path"] in ("/healthz", "/readyz") or scope["path"].startswith("/login")
