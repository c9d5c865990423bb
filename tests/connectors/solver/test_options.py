"""Options after a disturbance as a case would ask for them, with a plan by search for each."""

from __future__ import annotations

from activities.rescheduling import options_after
from connectors.solver.scheduling import RuleScheduler, SolverScheduler
from domain.schedule.policy import SchedulePolicy
from tests.domain.shop import MONDAY
from tests.domain.test_schedule_options import DOWN, OFFERS

POLICY = SchedulePolicy(site="north", effective_from=MONDAY)


async def test_every_option_has_a_plan_no_worse_than_by_rules_and_says_who_made_it() -> None:
    by_rules = {one.kind: one for one in await options_after(DOWN, OFFERS, POLICY, RuleScheduler())}

    found = await options_after(DOWN, OFFERS, POLICY, SolverScheduler())

    assert {one.kind for one in found} == set(by_rules)
    assert [one.score for one in found] == sorted(one.score for one in found)
    for one in found:
        assert one.score <= by_rules[one.kind].score
        assert one.schedule.proven_optimal == (one.kind != "do_nothing")


async def test_another_order_is_no_worse_than_to_wait_or_to_do_nothing() -> None:
    found = await options_after(DOWN, OFFERS, POLICY, SolverScheduler())

    score = {one.kind: one.score for one in found}
    assert score["resequence"] <= min(score["accept_lateness"], score["do_nothing"])
