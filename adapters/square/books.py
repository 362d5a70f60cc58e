"""Square's books, page by page, and how many of a thing its catalogue counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from adapters.base import ProviderPayment, SyncedRecord, SyncKind
from adapters.square.client import ONCE, Answer, Client, after, rows
from adapters.square.orders import fit, from_money
from adapters.square.payments import moment, read_payment
from adapters.square.places import Places
from bot.kit.errors import Refused

PAGE = 100
MOST_THINGS = 1000
"""Ids in one question about stock. https://developer.squareup.com/reference/square/inventory-api"""

IN_PERSON = frozenset({"SQUARE_POS", "RETAIL", "RESTAURANTS", "TERMINAL_API", "APPOINTMENTS"})
"""Square's products that take money over the counter.

https://developer.squareup.com/reference/square/enums/ApplicationDetailsExternalSquareProduct
"""

_KEPT = {
    SyncKind.CUSTOMERS: ("given_name", "family_name", "nickname", "email_address", "reference_id", "created_at"),
    SyncKind.INVOICES: (
        *("invoice_number", "status", "order_id", "location_id", "title", "public_url", "created_at", "updated_at"),
        *("primary_recipient", "payment_requests"),
    ),
    SyncKind.PAYMENTS: (
        *("status", "source_type", "amount_money", "tip_money", "total_money", "refunded_money", "order_id"),
        *("location_id", "customer_id", "reference_id", "note", "receipt_url", "created_at", "updated_at"),
    ),
}


class Books:
    """What one account has on record."""

    def __init__(self, client: Client, places: Places) -> None:
        self._client = client
        self._places = places
        self._api = client.api

    async def records(
        self, kind: SyncKind, since: datetime | None, cursor: str | None
    ) -> tuple[list[SyncedRecord], str | None]:
        """A page of what was made since then, and where to go on."""
        page = await _READERS[kind](self, since, cursor)
        found = [_record(kind, one) for one in rows(page, kind.value) if one.get("id") and _is_since(one, since)]
        return found, page.get("cursor") or None

    async def count_customers(self) -> int | None:
        """How many there are, when Square says."""
        answer = await self._client.call(lambda: self._api.customers.search(limit=1, count=True, request_options=ONCE))
        count = answer.get("count")
        return count if isinstance(count, int) else None

    async def stock(self, ids: Sequence[str]) -> dict[str, int]:
        """How many of these variations are on the shelf of our location; what is not counted there is left out."""
        found: dict[str, int] = {}
        location = await self._places.id()
        for begin in range(0, len(ids), MOST_THINGS):
            these = list(ids[begin : begin + MOST_THINGS])
            pages = self._client.pages(partial(self._counts, these, location))
            async for page in pages:
                for count in rows(page, "counts"):
                    quantity = _whole(count.get("quantity"))
                    if quantity is not None:
                        found[str(count.get("catalog_object_id"))] = quantity
        return found

    async def set_stock(self, external_id: str, quantity: int, *, at: datetime, key: str) -> None:
        """Count anew: so many were on the shelf at that moment, of the last day. Square takes off what was sold since.

        https://developer.squareup.com/docs/inventory-api/how-it-works
        """
        if quantity < 0:
            raise Refused("There cannot be fewer than none of a thing.", code="quantity_negative")
        location = await self._places.id()
        changes: Any = [
            {
                "type": "PHYSICAL_COUNT",
                "physical_count": {
                    "catalog_object_id": external_id,
                    "state": "IN_STOCK",
                    "location_id": location,
                    "quantity": str(quantity),
                    "occurred_at": at.isoformat(timespec="milliseconds"),
                },
            }
        ]
        await self._client.call(
            lambda: self._api.inventory.batch_create_changes(
                idempotency_key=fit(key), changes=changes, request_options=ONCE
            )
        )

    async def _counts(self, ids: list[str], location: str, more: dict[str, Any]) -> Any:
        return await self._api.inventory.batch_get_counts(
            catalog_object_ids=ids, location_ids=[location], states=["IN_STOCK"], **more, request_options=ONCE
        )

    async def _customers(self, since: datetime | None, cursor: str | None) -> Answer:
        query: Any = {"sort": {"field": "CREATED_AT", "order": "ASC"}}
        if since:
            query["filter"] = {"created_at": {"start_at": since.isoformat(timespec="seconds")}}
        return await self._client.call(
            lambda: self._api.customers.search(query=query, limit=PAGE, **after(cursor), request_options=ONCE)
        )

    async def _invoices(self, _since: datetime | None, cursor: str | None) -> Answer:
        location = await self._places.id()
        return await self._client.call(
            lambda: self._api.invoices.list(location_id=location, limit=PAGE, **after(cursor), request_options=ONCE)
        )

    async def _payments(self, since: datetime | None, cursor: str | None) -> Answer:
        location = await self._places.id()
        begin = since.isoformat(timespec="seconds") if since else None
        return await self._client.call(
            lambda: self._api.payments.list(
                begin_time=begin,
                location_id=location,
                sort_order="ASC",
                limit=PAGE,
                **after(cursor),
                request_options=ONCE,
            )
        )


_READERS: dict[SyncKind, Callable[[Books, datetime | None, str | None], Any]] = {
    SyncKind.CUSTOMERS: Books._customers,
    SyncKind.INVOICES: Books._invoices,
    SyncKind.PAYMENTS: Books._payments,
}


def _record(kind: SyncKind, one: Answer) -> SyncedRecord:
    data = {name: one[name] for name in _KEPT[kind] if one.get(name) is not None}
    if kind is SyncKind.PAYMENTS:
        details = one.get("application_details")
        product = str(details.get("square_product") or "") if isinstance(details, dict) else ""
        data |= {"square_product": product, "in_person": product in IN_PERSON or one.get("source_type") == "CASH"}
        return SyncedRecord(kind=kind, external_id=str(one["id"]), data=data, payment=_money(one))
    return SyncedRecord(kind=kind, external_id=str(one["id"]), data=data)


def _money(one: Answer) -> ProviderPayment | None:
    """What came; None for what is no money yet, or says no sum."""
    says = from_money(one.get("total_money") or one.get("amount_money"))
    return read_payment(one) if says is not None and one.get("status") == "COMPLETED" else None


def _is_since(one: Answer, since: datetime | None) -> bool:
    made = moment(one.get("created_at"))
    return since is None or made is None or made >= since


def _whole(quantity: Any) -> int | None:
    """Square counts with up to five decimals: half a yard is not one."""
    try:
        return int(float(quantity))
    except (TypeError, ValueError, OverflowError):
        return None
