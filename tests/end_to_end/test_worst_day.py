"""The worst day of the sample plant, played through on the whole system: all five processes and what binds them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.end_to_end.stack import COMMAND, environment, running


def test_everything_that_comes_together_comes_to_its_end(tmp_path: Path) -> None:
    with running(tmp_path / "home", tmp_path / "said.log") as stack:
        told = subprocess.run(
            (*COMMAND, "story", "worst-day"), env=environment(stack.home), capture_output=True, text=True, check=False
        )

    assert told.returncode == 0, f"{told.stdout}\n{told.stderr}"
    ended = dict(re.findall(r"^([A-Z]{2})-\d+: ([a-z ]+)\.", told.stdout, re.MULTILINE))
    assert ended.keys() == {"DR", "QH", "SA", "MS", "OC"}
    assert (ended["DR"], ended["QH"], ended["MS"], ended["OC"]) == ("dispatched", "released", "monitoring", "completed")
    assert ended["SA"] in ("effective", "no action")
    # What was being loaded stood still while the lot was held, and the hold set a shortage going.
    assert re.search(r"→ load stopped .*L-1002 is on hold", told.stdout)
    assert re.search(r"shortage PUMP-100\s+QH-\d+", told.stdout)
