"""The policies that come with the program, published where nobody has published others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from domain.policy import PolicyTable, policy_of
from domain.readiness.policy import ReadinessPolicy
from domain.schedule.policy import SchedulePolicy
from storage.database import Database
from storage.policies import Policies
from storage.readiness_policies import ReadinessPolicies
from storage.schedule_policies import PublishedSchedulePolicies
from storage.site_policies import Policy, SitePolicies

FOLDER = Path(__file__).parent.parent / "policies"

P = TypeVar("P")


class PolicyWrong(Exception):
    """A policy document cannot be used; the sentence says where."""


def read_policy(path: Path) -> PolicyTable:
    """The table in a YAML document. Raises PolicyWrong."""
    return _read(path, policy_of)


def read_readiness_policy(path: Path) -> ReadinessPolicy:
    """The figures in a YAML document. Raises PolicyWrong."""
    return _read(path, ReadinessPolicy.model_validate)


def read_schedule_policy(path: Path) -> SchedulePolicy:
    """The figures in a YAML document. Raises PolicyWrong."""
    return _read(path, SchedulePolicy.model_validate)


def _read(path: Path, policy_in: Callable[[Any], P]) -> P:
    try:
        return policy_in(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as problem:
        raise PolicyWrong(f"{path} is not YAML: {problem}") from None
    except ValidationError as problem:
        wrong = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in problem.errors()]
        raise PolicyWrong(f"{path}: " + "; ".join(wrong)) from None


async def publish_defaults(database: Database) -> None:
    """
    Publish each default policy whose process and site have none yet.

    They come with the program, so nobody proposes or confirms them: without one no case could be decided.
    """
    policies = Policies(database)
    known = {(row.process, row.site) for row in await policies.published()}
    for path in sorted(FOLDER.glob("*.yaml")):
        table = read_policy(path)
        if (table.process, table.site) not in known:
            await policies.publish_shipped(table, datetime.now(UTC))
    await _publish_missing("readiness", read_readiness_policy, ReadinessPolicies(database))
    await _publish_missing("schedule", read_schedule_policy, PublishedSchedulePolicies(database))


async def _publish_missing(folder: str, read: Callable[[Path], Policy], kept: SitePolicies[Policy]) -> None:
    sites = {known.table.site for known in await kept.published()}
    for path in sorted((FOLDER / folder).glob("*.yaml")):
        policy = read(path)
        if policy.site not in sites:
            await kept.publish_shipped(policy, datetime.now(UTC))
