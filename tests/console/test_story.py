"""Stories, before they begin. The playing itself is tested on the whole system."""

from __future__ import annotations

from tests.console.conftest import Lockstep


def test_lists_the_stories_there_are(lockstep: Lockstep) -> None:
    told = lockstep("story")

    assert told.exit_code == 0
    assert "order-change" in told.stdout


def test_refuses_a_story_nobody_knows(lockstep: Lockstep) -> None:
    told = lockstep("story", "order-chance")

    assert told.exit_code == 1
    assert "there are order-change" in told.stderr


def test_says_what_must_be_started_first(lockstep: Lockstep) -> None:
    told = lockstep("story", "order-change")

    assert told.exit_code == 1
    assert "lockstep dev" in told.stderr
