"""Stripe's books, page by page: who its customers are, what was invoiced, what was paid."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.base import Account, Summary, SyncedRecord, SyncKind
from adapters.stripe.amounts import from_stripe
from adapters.stripe.client import Client, NotPermitted
from adapters.stripe.repeats import PAGE, Answer, id_in, id_of

if TYPE_CHECKING:
    import stripe

_KEPT: dict[SyncKind, tuple[str, ...]] = {
    SyncKind.CUSTOMERS: ("name", "email", "phone", "currency", "balance", "delinquent", "created", "metadata"),
    SyncKind.INVOICES: (
        *("number", "status", "currency", "total", "amount_due", "amount_paid", "billing_reason", "description"),
        *("due_date", "hosted_invoice_url", "created", "metadata"),
    ),
    SyncKind.PAYMENTS: (
        *("amount", "amount_refunded", "currency", "status", "refunded", "disputed", "description", "receipt_url"),
        *("created", "metadata"),
    ),
}
"""What is worth keeping of each, under Stripe's own names; amounts are in Stripe's smallest unit."""


async def page_of(
    client: Client, kind: SyncKind, *, since: datetime | None, cursor: str | None
) -> tuple[list[SyncedRecord], str | None]:
    """A page, newest first, of what was made since then; and where to go on. https://docs.stripe.com/api/pagination"""
    params: Answer = {"limit": PAGE}
    if since is not None:
        params["created"] = {"gte": int(since.timestamp())}
    if cursor is not None:
        params["starting_after"] = cursor
    page = await client.call(_listing(client, kind)(params))
    data: list[Answer] = page.get("data") or []
    goes_on = id_of(data[-1]) if data and page.get("has_more") else None
    return [_record(kind, one) for one in data if kind is not SyncKind.PAYMENTS or one.get("paid") is True], goes_on


async def summary_of(client: Client, account: Account) -> Summary:
    """How the account stands; what a restricted key may not see, and what there is more than a page of, is not told."""
    try:
        balance = await client.call(client.v1.balance.retrieve_async())
    except NotPermitted:
        balance = {}
    return Summary(
        account=account,
        customers=await _count(client, client.v1.customers.list_async),
        open_invoices=await _count(client, client.v1.invoices.list_async, status="open"),
        balance=tuple(from_stripe(part["amount"], part["currency"]) for part in balance.get("available") or []),
    )


def _listing(client: Client, kind: SyncKind) -> Callable[[Any], Awaitable[stripe.StripeObject]]:
    lists: dict[SyncKind, Callable[[Any], Awaitable[stripe.StripeObject]]] = {
        SyncKind.CUSTOMERS: client.v1.customers.list_async,
        SyncKind.INVOICES: client.v1.invoices.list_async,
        SyncKind.PAYMENTS: client.v1.charges.list_async,
    }
    return lists[kind]


def _record(kind: SyncKind, answer: Answer) -> SyncedRecord:
    """One row; a payment goes by its intent's id, as everywhere else."""
    data = {name: answer[name] for name in _KEPT[kind] if answer.get(name) is not None}
    for name in ("customer", "payment_intent"):
        if (other := id_in(answer, name)) is not None:
            data[name] = other
    if kind is SyncKind.PAYMENTS:
        data["method"] = str((answer.get("payment_method_details") or {}).get("type") or "card")
        return SyncedRecord(kind=kind, external_id=data.get("payment_intent") or id_of(answer), data=data)
    if kind is SyncKind.INVOICES:
        subscription = (answer.get("parent") or {}).get("subscription_details") or {}
        if (other := id_in(subscription, "subscription")) is not None:
            data["subscription"] = other
    return SyncedRecord(kind=kind, external_id=id_of(answer), data=data)


async def _count(client: Client, listing: Callable[[Any], Awaitable[stripe.StripeObject]], **wanted: str) -> int | None:
    try:
        page = await client.call(listing({"limit": PAGE, **wanted}))
    except NotPermitted:
        return None
    return None if page.get("has_more") else len(page.get("data") or [])
