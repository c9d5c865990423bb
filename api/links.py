"""Where things are found: in the API, and in the engine's user interface."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from api.services import Services


class CaseLinks(BaseModel):
    """Where more about a case is found."""

    model_config = ConfigDict(frozen=True)

    self: str
    trail: str
    evidence: str
    temporal_ui: str


def case_links(services: Services, case_id: str, workflow_id: str) -> CaseLinks:
    """The links of a case that runs under *workflow_id*."""
    case = f"{services.public_url}/v1/cases/{case_id}"
    engine = f"{services.temporal_ui_url}/namespaces/{quote(services.namespace, safe='')}"
    return CaseLinks(
        self=case,
        trail=f"{case}/trail",
        evidence=f"{case}/evidence",
        temporal_ui=f"{engine}/workflows/{quote(workflow_id, safe='')}",
    )
