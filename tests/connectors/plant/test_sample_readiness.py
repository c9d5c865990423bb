"""The sample plant shows what is ready and what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connectors.plant.sample import sample_plant
from connectors.plant.sample_release import readiness_policies
from domain.fact import Reading
from domain.readiness.jobs import clear_to_start
from domain.readiness.judgement import Known
from domain.readiness.shipments import dispatch_approved
from domain.readiness.truth import Truth

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
POLICY = next(policy for policy in readiness_policies(NOW) if policy.site == "north")
PLANT = Known(
    NOW, tuple(Reading[Any](fact=fact, source="erp", version="1", as_of=NOW) for fact in sample_plant(NOW)), POLICY
)


def test_a_job_with_all_it_needs_may_start_and_one_nobody_prepared_may_not() -> None:
    assert clear_to_start("north", "J-2011", PLANT).value is Truth.TRUE
    assert clear_to_start("north", "J-2014", PLANT).value is Truth.FALSE


def test_the_lorry_being_loaded_was_approved_and_the_next_one_cannot_go() -> None:
    loading, planned = (dispatch_approved("north", name, PLANT) for name in ("SH-4002", "SH-4003"))

    assert (loading.value, loading.reasons) == (Truth.TRUE, ())
    assert {"slot_requested", "credit_blocked", "document_draft"} <= {reason.code for reason in planned.reasons}
