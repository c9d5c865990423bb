"""The approval policies that come with the program, published where nobody has published others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import yaml
from pydantic import ValidationError

from domain.policy import PolicyTable, policy_of
from storage.database import Database
from storage.policies import Policies

FOLDER = Path(__file__).parent.parent / "policies"


class PolicyWrong(Exception):
    """A policy document cannot be used; the sentence says where."""


def read_policy(path: Path) -> PolicyTable:
    """The table in a YAML document. Raises PolicyWrong."""
    try:
        return policy_of(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as problem:
        raise PolicyWrong(f"{path} is not YAML: {problem}") from None
    except ValidationError as problem:
        wrong = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in problem.errors()]
        raise PolicyWrong(f"{path}: " + "; ".join(wrong)) from None


async def publish_defaults(database: Database) -> None:
    """Publish each default table whose process and site have none yet."""
    policies = Policies(database)
    known = {(row.process, row.site) for row in await policies.published()}
    for path in sorted(FOLDER.glob("*.yaml")):
        table = read_policy(path)
        if (table.process, table.site) not in known:
            await policies.publish(table, datetime.now(UTC))
