"""Following at the command line, through a real API."""

from __future__ import annotations

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi
from tests.storage.plant import question_of


def test_somebody_follows_a_case_and_an_order_and_hears_what_happens(lockstep: Lockstep, api: RunningApi) -> None:
    case_id = api.asked_to_decide()

    followed = lockstep("follow", case_id, "--as", "emma")
    lockstep("follow", "SO-1", "--site", "north", "--as", "emma")
    lockstep("answer", question_of(case_id), "accept_as_asked", "--as", "boris")
    news = lockstep("news", "--as", "emma")
    nowhere = lockstep("follow", "OC-404", "--as", "emma")
    lockstep("unfollow", case_id, "--as", "emma")
    ended = lockstep("unfollow", "SO-1", "--site", "north", "--as", "emma")

    assert f"You hear what happens to {case_id} with: lockstep news" in followed.stdout, followed.stderr
    assert "Boris as planner" in news.stdout
    assert "answered: accept_as_asked" in news.stdout
    assert nowhere.exit_code == 1
    assert "You hear no more of SO-1." in ended.stdout
    assert "There are none." in lockstep("news", "--as", "emma").stdout
