"""What the identity provider says of who is in with a browser, heard again while he goes on."""

from __future__ import annotations

import structlog

from api.problem_kinds import Kind
from api.problems import Problem, unavailable
from api.services import Services
from domain.ports import SystemUnavailable
from runtime.openid import TokenRefused
from runtime.openid_login import LoginEnded, OpenIdLogin

log = structlog.stdlib.get_logger(__name__)


async def hear_again(services: Services, shown: str, person: str) -> Problem | None:
    """
    Nothing, where the groups of *person*, in whose browser *shown* is, are as the provider said a short while ago.

    The provider is asked where it is time to, once for all clicks of one moment. If it has not answered for too long,
    his groups give him no roles any more, and what is told of that comes back. Raises Problem if he is out.
    """
    login, word = services.openid_login, services.word_of_provider
    if login is None:
        return None
    told_at = await services.groups.told_at(person)
    if told_at is None or services.now() - told_at < word.anew:
        return None
    async with login.one_at_a_time(person):
        refresh = await services.sessions.to_ask_with(shown, word.anew, services.now())
        if refresh is not None:
            await _ask(services, login, shown, person, refresh)
        elif await services.sessions.whose(shown, services.now()) is None:
            # Another click of this moment asked, and was told that it is over.
            raise _log_in_again("This login has ended.")
    if not await services.groups.lapse(person, word.longest, services.now()):
        return None
    minutes = f"{word.longest.total_seconds() / 60:g}"
    if await services.sessions.can_ask(shown):
        return unavailable(
            f"The identity provider has not said for {minutes} minutes which groups you are in, so roles by them "
            "do not count until it answers."
        )
    return _log_in_again(f"Roles by groups count for {minutes} minutes after you logged in at the identity provider.")


async def _ask(services: Services, login: OpenIdLogin, shown: str, person: str, refresh: str) -> None:
    try:
        proven = await login.ask_again(person, refresh)
    except LoginEnded as ended:
        await services.sessions.end(shown)
        log.warning("session.ended", person=person, why=str(ended))
        raise _log_in_again(str(ended)) from ended
    except (SystemUnavailable, TokenRefused) as trouble:
        log.warning("provider.silent", person=person, why=str(trouble))
        return
    if proven.refresh is not None:
        await services.sessions.ask_next_with(shown, proven.refresh)
    await services.groups.told(person, proven.principal.name, proven.groups, proven.at)


def _log_in_again(why: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="lockstep"'}
    return Problem(Kind.UNAUTHENTICATED, f"{why} Log in again.", headers=headers)
