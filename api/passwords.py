"""Passwords at the door: whose one is, asked so that nobody finds out by trying."""

from __future__ import annotations

import math

import structlog
from fastapi import Request

from api.services import Services
from domain.decision import Principal

log = structlog.stdlib.get_logger(__name__)


class TooManyAttempts(Exception):
    """So many passwords were wrong that the next has to wait. It was not looked at."""

    def __init__(self, wait: float) -> None:
        self.seconds = math.ceil(wait)
        super().__init__(f"Too many attempts. Wait {self.seconds} seconds.")


async def who_has(request: Request, services: Services, person: str, password: str) -> Principal | None:
    """*person*, if he has a part in any site and this is the password of his account. Raises TooManyAttempts."""
    if wait := await services.guessing.wait(person, address(request), services.now()):
        log.warning("login.slowed", person=person)
        raise TooManyAttempts(wait.total_seconds())
    account = await services.accounts.in_use(person) if person.isascii() and person.isprintable() else None
    fits = await services.passwords.fits(password, account.password if account else None)
    if account is None or not fits or await services.identity.person(account.principal) is None:
        return None
    await services.guessing.came_in(person, address(request), services.now())
    return account.principal


def address(request: Request) -> str:
    """Where *request* comes from, as limits know it."""
    return f"address {request.client.host if request.client else ''}"
