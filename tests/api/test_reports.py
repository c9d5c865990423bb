"""Reports about a site, at the door."""

from __future__ import annotations

import httpx2

from api.services import Services
from domain.decision import Channel
from domain.held_lot.requested import QualityHoldRequest
from domain.processes.quality_hold import QUALITY_HOLD
from domain.roles import Role
from storage.cases import Cases
from tests.api.conftest import NOON, Tokens
from tests.relay.record import ERP

HOLDS = "/v1/sites/north/reports/holds"


async def test_lists_what_is_on_hold_with_its_age_and_value(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    quin = await tokens.of_person("quin", Role.QUALITY_ENGINEER)
    nothing = (await api.get(HOLDS, headers=quin)).json()
    asked = QualityHoldRequest(item="VALVE", lot="V1", reason="OTHER", defect="It leaks.")
    case = (await Cases(services.database).open(QUALITY_HOLD, "north", asked, ERP, Channel.API, NOON)).case_id

    told = (await api.get(HOLDS, headers=quin)).json()

    assert (nothing["holds"], nothing["average_age"], nothing["raised"]) == ([], None, 0)
    (hold,) = told["holds"]
    assert (hold["case_id"], hold["lot"], hold["quantity"], hold["value"]) == (case, "V1", "100", "600")
    assert (hold["since"], hold["because"], hold["raised_to"]) == ("2026-11-23T12:00:00Z", "It leaks.", [])
    assert told["value"] == "600"


async def test_another_plant_has_no_list(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    stranger = await tokens.of_person("stranger", Role.QUALITY_ENGINEER, site="south")

    assert (await api.get(HOLDS, headers=stranger)).status_code == 404
