"""The merchant's books, a page at a time. There are no invoices in them: a page that nobody paid leaves nothing.

https://docs.clover.com/dev/docs/paginate-elements
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.base import ProviderPayment, SyncedRecord, SyncKind
from adapters.clover.client import Client
from adapters.clover.payments import Payments, came, elements, moment, whole

PAGE = 100


async def read_page(
    client: Client, payments: Payments, kind: SyncKind, since: datetime | None, cursor: str | None
) -> tuple[list[SyncedRecord], str | None]:
    """What was made since then; `cursor` is how many were read before."""
    offset = int(cursor) if cursor and cursor.isdecimal() else 0
    asked = {"limit": str(PAGE), "offset": str(offset)}
    if kind is SyncKind.PAYMENTS:
        if since is not None:
            asked["filter"] = f"createdTime>={int(since.timestamp() * 1000)}"
        said = await client.platform("/payments", asked | {"expand": "tender,refunds"})
        records = [
            _record(kind, one, _payment(one), await payments.read(one) if _is_money(one) else None)
            for one in elements(said)
        ]
    elif kind is SyncKind.CUSTOMERS:
        said = await client.platform("/customers", asked | {"expand": "emailAddresses,phoneNumbers"})
        records = [_record(kind, one, _customer(one)) for one in elements(said) if _is_new(one, since)]
    else:
        return [], None
    is_last = len(elements(said)) < PAGE
    return [record for record in records if record.external_id], None if is_last else str(offset + PAGE)


def _record(
    kind: SyncKind, said: Mapping[str, Any], data: Mapping[str, Any], payment: ProviderPayment | None = None
) -> SyncedRecord:
    external_id = said.get("id")
    known = external_id if isinstance(external_id, str) else ""
    return SyncedRecord(kind=kind, external_id=known, data=data, payment=payment)


def _payment(said: Mapping[str, Any]) -> dict[str, Any]:
    order, tender = said.get("order"), said.get("tender")
    return {
        "order_id": order.get("id") if isinstance(order, dict) else None,
        "amount": said.get("amount"),
        "tip_amount": said.get("tipAmount"),
        "tax_amount": said.get("taxAmount"),
        "result": said.get("result"),
        "method": tender.get("label") if isinstance(tender, dict) else None,
        "created": said.get("createdTime"),
        "refunded": sum(one["amount"] for one in elements(said.get("refunds")) if isinstance(one.get("amount"), int)),
    }


def _is_money(said: Mapping[str, Any]) -> bool:
    return came(said) and isinstance(said.get("id"), str) and whole(said.get("amount")) is not None


def _customer(said: Mapping[str, Any]) -> dict[str, Any]:
    emails, phones = elements(said.get("emailAddresses")), elements(said.get("phoneNumbers"))
    return {
        "first_name": said.get("firstName"),
        "last_name": said.get("lastName"),
        "emails": [one.get("emailAddress") for one in emails],
        "phones": [one.get("phoneNumber") for one in phones],
        "since": said.get("customerSince"),
    }


def _is_new(said: Mapping[str, Any], since: datetime | None) -> bool:
    made = moment(said.get("customerSince"))
    return since is None or made is None or made >= since
