"""Where people are told, said at the command line by themselves or by whoever runs Lockstep."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.conftest import Lockstep
from tests.console.running_api import RunningApi, running_api


@pytest.fixture(autouse=True)
def api(tmp_path: Path) -> Iterator[RunningApi]:
    """The API that the command line finds in its folder."""
    (tmp_path / "home").mkdir()
    with running_api(tmp_path / "home") as running:
        yield running


def test_somebody_says_where_and_when_he_is_told_and_what_he_does_not_say_stays(lockstep: Lockstep) -> None:
    nothing = lockstep("contact", "mine", "--as", "boris")
    given = lockstep("contact", "set", "boris", "--mail", "boris@plant.example")
    chat = lockstep("contact", "set", "boris", "--chat", "mattermost:@boris")
    none = lockstep("contact", "set", "boris", "--chat", "")
    own = lockstep("contact", "mine", "--quiet", "22:00-06:00", "--digest", "07:00", "--as", "boris")
    taken = lockstep("contact", "mine", "--quiet", "", "--digest", "", "--as", "boris")
    less = lockstep("contact", "mine", "--without", "followed, late", "--as", "boris")
    all_again = lockstep("contact", "set", "boris", "--without", "")

    assert "By nothing" in nothing.stdout
    assert "By mail to boris@plant.example" in given.stdout
    assert "By mail to boris@plant.example and mattermost:@boris;" in chat.stdout
    assert "mattermost" not in none.stdout
    assert (
        " ".join(own.stdout.split()) == "By mail to boris@plant.example; only what is urgent from 22:00 until 06:00. "
        "What asks nothing comes together at 07:00."
    )
    assert "By mail to boris@plant.example; only what is urgent outside working hours." in taken.stdout
    assert "Nothing of followed, late." in less.stdout
    assert "Nothing of" not in all_again.stdout


def test_shows_who_of_a_site_cannot_be_told(lockstep: Lockstep) -> None:
    lockstep("contact", "set", "boris", "--mail", "boris@plant.example")

    listed = lockstep("contact", "list", "north").stdout

    lines = {line.split()[0]: line for line in listed.splitlines() if line.strip()}
    assert "boris@plant.example" in lines["boris"]
    assert "By nothing" in lines["petra"]


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (["nobody", "--mail", "n@plant.example"], "There is no person nobody"),
        (["boris", "--mail", "boris"], "This is no way to be told"),
        (["boris", "--chat", "boris"], "This is no way to be told"),
        (["boris", "--quiet", "22:00"], "Nothing is no time of day"),
        (["boris", "--digest", "dawn"], "dawn is no time of day"),
        (["boris", "--without", "gossip"], "gossip is nothing that could be left out"),
    ],
)
def test_says_what_cannot_be_meant(lockstep: Lockstep, said: list[str], complaint: str) -> None:
    refused = lockstep("contact", "set", *said)

    assert refused.exit_code == 1
    assert complaint in refused.stderr
