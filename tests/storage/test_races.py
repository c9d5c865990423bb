"""Questions that many answer at once, by every way there is, while the case may be told to stop."""

from __future__ import annotations

from benchmarks.races import run


async def test_every_question_that_is_raced_for_has_exactly_one_outcome(database_url: str) -> None:
    told = await run(database_url, races=40, seed=7)

    assert told.startswith("40 races")
