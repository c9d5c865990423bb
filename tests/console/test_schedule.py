"""The figures that plans are compared by, at the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtime.policies import FOLDER
from tests.console.conftest import Lockstep
from tests.console.running_api import running_api

DEFAULT = FOLDER / "schedule/default.yaml"


def test_one_proposes_figures_of_a_site_and_another_confirms_them(lockstep: Lockstep, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    tomorrow = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    text = DEFAULT.read_text(encoding="utf-8").replace("2026-01-01T00:00:00Z", tomorrow.isoformat())
    own, wrong = tmp_path / "north.yaml", tmp_path / "wrong.yaml"
    of_acme = text.replace("customers: {}", "customers: {ACME: 4}")
    own.write_text(of_acme.replace('site: "*"', "site: north"), encoding="utf-8")
    wrong.write_text(text.replace("moved: 1", "moved: -1"), encoding="utf-8")
    everywhere = tmp_path / "everywhere.yaml"
    everywhere.write_text(of_acme, encoding="utf-8")
    publish = ("--publish", "--reason", "ACME counts more.", "--as", "petra")

    with running_api(tmp_path / "home"):
        malformed = lockstep("schedule", "policy", wrong)
        placeless = lockstep("schedule", "policy", everywhere, *publish)
        proposed = lockstep("schedule", "policy", own, *publish)
        (version,) = re.findall(r"lockstep policy confirm north ([0-9a-f]{12})", " ".join(proposed.stdout.split()))
        waiting = lockstep("schedule", "policy").stdout
        confirmed = lockstep("policy", "confirm", "north", version, "--as", "paul")
        listed = lockstep("schedule", "policy").stdout

    assert "weights.moved" in malformed.stderr
    assert "Say at which one you work" in placeless.stderr
    assert "of ACME" in proposed.stdout
    assert "Proposed by petra, and confirmed by nobody yet: ACME counts more." in waiting
    assert "holds for the schedule of north from" in " ".join(confirmed.stdout.split())
    assert "Proposed by petra, confirmed by paul." in listed
    assert listed.index("for north") < listed.index("every site without its own")
