"""The one order of locks: who reaches beyond one case is alone with that, so that nobody waits for each other."""

from __future__ import annotations

from typing import Final

from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

_NUMBER: Final = 5_625_786
"""Of the lock, in the whole database."""
_ALONE: Final = "alone"
_CASE: Final = "case"
# Under which a session knows that it is alone, and the one case that it may lock while it is not.


class NotAlone(Exception):
    """A mistake of ours: facts are changed, or a second case is reached, by who has not seen to it that he is alone."""


async def alone(session: AsyncSession) -> None:
    """
    From now on nobody else changes facts or reaches several cases until the transaction ends.

    To be asked for before anything is locked, as whoever is alone may wait for the case that is. Raises NotAlone.
    """
    if _ALONE in session.info:
        return
    if _CASE in session.info:
        raise NotAlone(f"{session.info[_CASE]} is locked already.")
    session.info[_ALONE] = True
    # On SQLite everybody who writes is alone.
    if session.get_bind().dialect.name == "postgresql":
        await session.exec(select(func.pg_advisory_xact_lock(_NUMBER)))


def must_be_alone(session: AsyncSession) -> None:
    """Nothing, if the transaction is alone. Raises NotAlone."""
    if _ALONE not in session.info:
        raise NotAlone("Only who is alone changes facts and opens or tells cases that he finds.")


def one_case(session: AsyncSession, case_id: str) -> None:
    """Nothing, if the transaction may lock the case: who is not alone locks one. Raises NotAlone."""
    if _ALONE not in session.info and session.info.setdefault(_CASE, case_id) != case_id:
        raise NotAlone(f"{session.info[_CASE]} is locked already, and {case_id} is another case.")
