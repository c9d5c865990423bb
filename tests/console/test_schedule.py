"""The figures that plans are compared by, at the command line."""

from __future__ import annotations

from pathlib import Path

from runtime.policies import FOLDER
from tests.console.conftest import Lockstep
from tests.console.running_api import running_api

DEFAULT = FOLDER / "schedule/default.yaml"


def test_a_site_gets_figures_of_its_own(lockstep: Lockstep, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    own = tmp_path / "north.yaml"
    text = DEFAULT.read_text(encoding="utf-8").replace('site: "*"', "site: north")
    own.write_text(text.replace("customers: {}", "customers: {ACME: 4}"), encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("moved: 1", "moved: -1"), encoding="utf-8")

    with running_api(tmp_path / "home"):
        checked = lockstep("schedule", "policy", own)
        published = [lockstep("schedule", "policy", own, "--publish").stdout for _ in range(2)]
        listed = lockstep("schedule", "policy")
        refused = lockstep("schedule", "policy", wrong)

    assert "for north, from 2026-01-01 on" in checked.stdout
    assert "of ACME" in checked.stdout
    assert "It is published." in published[0]
    assert "nothing changed" in published[1]
    assert listed.stdout.index("for north") < listed.stdout.index("every site without its own")
    assert refused.exit_code == 1
    assert "weights.moved" in refused.stderr
