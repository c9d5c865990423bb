"""Sales orders read from SAP S/4HANA, after an event that said no more than their number."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx2

from connectors.sap.mapping import (
    SYSTEM,
    Entity,
    is_text_item,
    order_line,
    same_number,
    text,
    unusable,
    version_of,
)
from domain.fact import Reading
from domain.facts import OrderLine
from domain.ports import NotInSystem, SystemUnavailable

LARGEST_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of one answer, beyond which it is not read on."""
MOST_PAGES: Final = 100
"""Pages of one list, beyond which it is not followed."""


def _now() -> datetime:
    return datetime.now(UTC)


class SapOrders:
    """Order lines from the service API_SALES_ORDER_SRV (OData version 2)."""

    def __init__(
        self,
        base_url: str,
        client: httpx2.AsyncClient,
        site_of: Mapping[str, str],
        *,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._service = base_url.rstrip("/")
        self._client = client
        self._site_of = site_of
        self._now = now

    async def read_order(self, order: str) -> tuple[Reading[OrderLine], ...]:
        """
        Every line of the sales order as it is now; all of them or none.

        Raises NotInSystem, SystemUnavailable.
        """
        as_of = self._now()
        root = f"A_SalesOrder('{_key(order)}')"
        header = await self._one(root, order)
        readings = []
        # One request instead of one per item, where the service can expand.
        for item in await self._list(f"{root}/to_Item?$expand=to_ScheduleLine", order):
            if is_text_item(item):
                continue
            line = order_line(header, item, await self._schedule(item, order), self._site_of)
            readings.append(Reading[OrderLine](fact=line, source=SYSTEM, version=version_of(header, line), as_of=as_of))
        return tuple(readings)

    async def _schedule(self, item: Entity, order: str) -> list[Entity]:
        number = text(item, "SalesOrderItem")
        expanded = item.get("to_ScheduleLine")
        if isinstance(expanded, dict) and "results" in expanded and "__next" not in expanded:
            lines = _entities(expanded["results"])
        else:
            key = f"SalesOrder='{_key(text(item, 'SalesOrder'))}',SalesOrderItem='{_key(number)}'"
            lines = await self._list(f"A_SalesOrderItem({key})/to_ScheduleLine", order)
        for line in lines:
            _belongs(line, order)
            if not same_number(text(line, "SalesOrderItem"), number):
                raise unusable(f"asked for the schedule of item {number}, got one of {line['SalesOrderItem']}")
        return lines

    async def _one(self, path: str, order: str) -> Entity:
        answer = await self._get(f"{self._service}/{path}", order)
        results = answer.get("results", [answer])
        if not isinstance(results, list) or len(results) != 1:
            raise unusable(f"asked for one order {order}, got several or none")
        [entity] = _entities(results)
        return _belongs(entity, order)

    async def _list(self, path: str, order: str) -> list[Entity]:
        found: list[Entity] = []
        url = f"{self._service}/{path}"
        for _ in range(MOST_PAGES):
            answer = await self._get(url, order)
            found += _entities(answer.get("results"))
            following = answer.get("__next")
            if following is None:
                return [_belongs(entity, order) for entity in found]
            # The service may not send us, with our login, to somebody else.
            if not str(following).startswith(self._service + "/"):
                raise unusable("its next page is on another server")
            url = str(following)
        raise unusable(f"order {order} has more than {MOST_PAGES} pages of one list")

    async def _get(self, url: str, order: str) -> dict[str, Any]:
        try:
            async with self._client.stream("GET", url, headers={"Accept": "application/json"}) as response:
                status = response.status_code
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        raise unusable(f"more than {LARGEST_ANSWER} bytes for order {order}")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise SystemUnavailable(
                f"{SYSTEM} could not be asked for order {order}: {type(error).__name__}."
            ) from error
        if status not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
            raise SystemUnavailable(f"{SYSTEM} answered {status} when asked for order {order}.{_advice(status)}")
        answer = _json(bytes(body), order)
        # A gateway's own 404 is a page; only the service's says that there is no such order.
        if status == HTTPStatus.NOT_FOUND and "error" in answer:
            raise NotInSystem(f"{SYSTEM} has no order {order}.")
        content = answer.get("d")
        if status == HTTPStatus.NOT_FOUND or not isinstance(content, (dict, list)):
            raise unusable(f"no OData answer for order {order}")
        return content if isinstance(content, dict) else {"results": content}


def _key(value: str) -> str:
    return quote(value.replace("'", "''"), safe="")


def _json(body: bytes, order: str) -> dict[str, Any]:
    try:
        answer = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise unusable(f"what came for order {order} is not JSON") from None
    if not isinstance(answer, dict):
        raise unusable(f"no OData answer for order {order}")
    return answer


def _entities(results: Any) -> list[Entity]:
    if not isinstance(results, list) or not all(isinstance(entity, dict) for entity in results):
        raise unusable("a list was expected and something else came")
    return list(results)


def _belongs(entity: Entity, order: str) -> Entity:
    if not same_number(text(entity, "SalesOrder"), order):
        raise unusable(f"asked for order {order}, got one of order {entity['SalesOrder']}")
    return entity


def _advice(status: int) -> str:
    return (
        " Look at the login that Lockstep uses there."
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        else ""
    )
