"""Where order lines, jobs, lots and shipments are."""

from __future__ import annotations

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from relay.readiness import ReadinessRelay
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import tell
from tests.support.small_plant import small_plant

STATUS = "/v1/status/order-lines"


@pytest.fixture
async def anna(tokens: Tokens) -> dict[str, str]:
    """From sales."""
    return await tokens.of_person("anna", Role.SALES)


async def test_tells_where_an_order_line_is(api: httpx2.AsyncClient, anna: dict[str, str]) -> None:
    answer = await api.get(f"{STATUS}/north/SO-2/10", headers=anna)

    told = answer.json()
    assert answer.status_code == 200
    assert (told["site"], told["order"], told["line"]) == ("north", "SO-2", "10")
    assert told["open_cases"] == []


async def test_an_open_case_about_the_line_is_part_of_its_status(api: httpx2.AsyncClient, anna: dict[str, str]) -> None:
    wish = {"site": "north", "order": "SO-2", "line": "10", "quantity": 16, "reason": "CUSTOMER_REQUEST"}
    opened = await api.post("/v1/processes/order_change/cases", json=wish, headers={**anna, "Idempotency-Key": "k"})

    told = (await api.get(f"{STATUS}/north/SO-2/10", headers=anna)).json()

    assert [case["id"] for case in told["open_cases"]] == [opened.json()["case_id"]]


async def test_a_line_that_is_not_there_and_one_elsewhere_look_the_same(
    api: httpx2.AsyncClient, anna: dict[str, str], tokens: Tokens
) -> None:
    stranger = await tokens.of_person("stranger", Role.SALES, site="south")

    missing = await api.get(f"{STATUS}/north/SO-999/10", headers=anna)
    elsewhere = await api.get(f"{STATUS}/north/SO-2/10", headers=stranger)

    assert missing.status_code == elsewhere.status_code == 404
    assert missing.content == elsewhere.content


@pytest.mark.parametrize(("path", "place"), [("a%00b/SO-2/10", "path/site"), ("north/SO-2:10/10", "path/order")])
async def test_names_the_part_that_is_no_name(
    api: httpx2.AsyncClient, anna: dict[str, str], path: str, place: str
) -> None:
    answer = await api.get(f"{STATUS}/{path}", headers=anna)

    assert answer.status_code == 422
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [place]


async def test_a_line_has_the_same_status_by_its_name_and_in_the_list(
    api: httpx2.AsyncClient, anna: dict[str, str]
) -> None:
    by_parts = (await api.get(f"{STATUS}/north/SO-2/10", headers=anna)).json()
    by_name = (await api.get("/v1/status/lines/north/SO-2:10", headers=anna)).json()
    listed = (await api.get("/v1/status/lines/north", headers=anna)).json()["items"]

    assert by_parts == by_name
    assert by_name in listed
    assert [line["order"] for line in listed] == ["SO-1", "SO-2", "SO-3", "SO-4", "SO-5"]


@pytest.mark.parametrize(
    ("path", "status", "waiting_on"),
    [
        ("jobs/north/J-2", "kit_short", "buyer"),
        ("lots/north/VALVE:V1", "unrestricted", None),
        ("shipments/north/SH-4", "loading", "warehouse"),
    ],
)
async def test_jobs_lots_and_shipments_have_a_status_too(
    api: httpx2.AsyncClient, anna: dict[str, str], services: Services, path: str, status: str, waiting_on: str | None
) -> None:
    await tell(services.database, *small_plant(NOON), at=NOON)

    told = (await api.get(f"/v1/status/{path}", headers=anna)).json()

    assert (told["status"], told["waiting_on"]) == (status, waiting_on)
    assert [told["site"], told["key"]] == path.split("/")[1:]


async def test_lists_lead_from_page_to_page_and_are_narrowed(
    api: httpx2.AsyncClient, anna: dict[str, str], services: Services
) -> None:
    await tell(services.database, *small_plant(NOON), at=NOON)

    first = await api.get("/v1/status/jobs/north?limit=1&open=true", headers=anna)
    second = await api.get(first.headers["Link"].split("<")[1].split(">")[0], headers=anna)
    none = (await api.get("/v1/status/jobs/north?status=running", headers=anna)).json()
    short = (await api.get("/v1/status/jobs/north?status=kit_short&cause=material&late=false", headers=anna)).json()

    assert [page.json()["items"][0]["key"] for page in (first, second)] == ["J-2", "J-5"]
    assert second.json()["next"] is None
    assert (none["items"], none["next"]) == ([], None)
    assert [job["key"] for job in short["items"]] == ["J-2", "J-5"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("jobs/south", 404),
        ("lines/south", 404),
        ("lots/north/VALVE:V404", 404),
        ("people/north", 422),
        ("jobs/north?colour=red", 422),
        ("jobs/north?cause=weather", 422),
        ("jobs/north?cursor=x", 422),
    ],
)
async def test_refuses_what_is_elsewhere_or_makes_no_sense(
    api: httpx2.AsyncClient, anna: dict[str, str], path: str, status: int
) -> None:
    assert (await api.get(f"/v1/status/{path}", headers=anna)).status_code == status


@pytest.mark.parametrize(
    ("path", "pointer", "text"),
    [
        ("jobs/north?status=on_hand", "query/status", "No job is ever on_hand. It is one of closed, complete,"),
        ("lots/north?status=running", "query/status", "No lot is ever running. It is one of shipped, consumed,"),
        ("shipments/north?status=unrestricted", "query/status", "No shipment is ever unrestricted."),
        ("lines/north?status=kit_short", "query/status", "No order line is ever kit_short."),
        ("lines/north?waiting_on=byer", "query/waiting_on", "Nothing ever waits for byer. It waits for one of sales,"),
    ],
)
async def test_what_can_never_be_found_is_refused_with_what_can(
    api: httpx2.AsyncClient, anna: dict[str, str], path: str, pointer: str, text: str
) -> None:
    answer = await api.get(f"/v1/status/{path}", headers=anna)

    (flaw,) = answer.json()["errors"]
    assert (answer.status_code, flaw["pointer"]) == (422, pointer)
    assert flaw["detail"].startswith(text)


async def test_lists_what_is_not_ready_by_whom_it_can_be_mended_page_by_page(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    await tell(services.database, *small_plant(NOON), at=NOON)
    while await ReadinessRelay(services.database, now=lambda: NOON).once():
        pass
    dev, stranger = await tokens.of_person("dev", Role.BUYER), await tokens.of_person("s", Role.BUYER, site="south")
    address = "/v1/status/not-ready"

    listed = (await api.get(f"{address}?kind=jobs&owner=buyer&site=north", headers=dev)).json()["items"]
    first = await api.get(f"{address}?limit=1", headers=dev)
    second = await api.get(first.links["next"]["url"], headers=dev)

    (job,) = [one for one in listed if one["key"] == "J-2"]
    assert {reason["code"] for reason in job["reasons"] if reason["owner"] == "buyer"} == {"short"}
    assert (job["predicate"], job["value"], job["since"]) == ("clear_to_start", "false", "2026-11-23T12:00:00Z")
    assert job["due_at"]
    assert len(first.json()["items"]) == len(second.json()["items"]) == 1
    assert first.json()["items"] != second.json()["items"]
    assert (await api.get(address, headers=stranger)).json() == {"items": [], "next": None}
    assert (await api.get(f"{address}?kind=lots", headers=dev)).status_code == 422
