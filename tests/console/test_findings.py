"""What was found and written, as people read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from console.findings import show_effects
from domain.effect import EffectState, KeptEffect, RescheduleJob
from domain.facts import JobOperation

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_the_steps_of_a_plan_that_was_written_are_words(capsys: pytest.CaptureFixture[str]) -> None:
    steps = tuple(
        JobOperation(
            operation=number, work_center="TEST", minutes=Decimal(60), starts_at=NOON, ends_at=NOON + timedelta(hours=1)
        )
        for number in (10, 20)
    )
    written = RescheduleJob(site="north", job="J-1", operations=steps, expected="")

    show_effects([KeptEffect(key="SA-1/1", effect=written, state=EffectState.CONFIRMED, answer="")])

    told = " ".join(capsys.readouterr().out.split())
    assert "starts at 2026-11-30 12:00 UTC" in told
    assert "; operation 20, work center" in told
    assert "datetime" not in told
