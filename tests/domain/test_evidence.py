"""Evidence that moved: what is different, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.evidence import Evidence, Finding, Reason, Verdict, differences

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MISSING = Reason(code="SHORT", thing="VALVE", text="43 pieces are missing.")


def found(check: str, verdict: Verdict, *reasons: Reason, at: datetime = NOON, **values: Any) -> Evidence:
    """What *check* found at a moment."""
    return Evidence(
        check=check, verdict=verdict, reasons=reasons, values=values, source="erp", source_version=at.isoformat(),
        as_of=at, valid_until=at + timedelta(minutes=15),
    )  # fmt: skip


def test_evidence_that_was_only_read_again_is_no_different() -> None:
    before = found("availability", Verdict.PASS, free="50")
    again = found("availability", Verdict.PASS, free="50", at=NOON + timedelta(hours=1))

    assert differences((before,), (again,)) == ()


def test_of_a_check_that_finds_something_else_only_what_is_different_is_told() -> None:
    before = (found("availability", Verdict.PASS, free="50", item="VALVE"), found("quality", Verdict.PASS))
    now = (found("availability", Verdict.FAIL, MISSING, free="7", item="VALVE"), found("quality", Verdict.PASS))

    (changed,) = differences(before, now)

    assert changed.before == Finding(verdict=Verdict.PASS, reasons=(), values={"free": "50"})
    assert changed.now == Finding(verdict=Verdict.FAIL, reasons=(MISSING,), values={"free": "7"})
    assert str(changed) == "availability said pass and says fail now"


def test_the_same_verdict_on_other_grounds_is_a_difference() -> None:
    before, now = found("work_in_process", Verdict.WARN, free="9"), found("work_in_process", Verdict.WARN, free="8")

    (changed,) = differences((before,), (now,))

    assert str(changed) == "work in process says warn as before, but on other grounds"


def test_a_check_that_has_gone_or_come_is_a_difference() -> None:
    gone, came = differences((found("a", Verdict.PASS),), (found("b", Verdict.PASS),))

    assert (gone.now, came.before) == (None, None)
    assert [str(gone), str(came)] == ["a said pass and says nothing now", "b said nothing and says pass now"]
