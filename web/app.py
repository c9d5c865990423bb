"""The API with its pages: what a browser opens, and what programs call, behind the same door."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from api import app as api
from api.refusals import tell_of_refusals
from api.services import Services
from web import answers, cases, consents, inbox, login, matters, pages, questions, waivers


def create_app(
    services: Services, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
) -> FastAPI:
    """The API and its pages on *services*; *lifespan* is open while it runs."""
    app = api.create_app(services, lifespan)
    tell_of_refusals(app, pages.tell)
    for router in (
        pages.router,
        login.router,
        inbox.router,
        cases.router,
        questions.router,
        answers.router,
        matters.router,
        waivers.router,
        consents.router,
    ):
        app.include_router(router)
    return app
