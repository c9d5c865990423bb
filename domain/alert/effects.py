"""What a change of scope writes."""

from __future__ import annotations

from domain.alert.known import as_wanted, scope, wanted
from domain.case import CaseFile
from domain.effect import Effect, ReviseHoldRule
from domain.option import Option


def effects(file: CaseFile, _: Option) -> tuple[Effect, ...]:
    """The rule as it is from now on. What becomes of each lot, its own case finds."""
    found, said = scope(file), wanted(file)
    assert found is not None
    assert said is not None
    rule = as_wanted(found.rule, said)
    return (
        ReviseHoldRule(
            site=file.site, by=rule.by, of=rule.of, items=rule.items, since=rule.since, without=rule.without,
            active=rule.active, false_alarm=rule.false_alarm,
        ),
    )  # fmt: skip
