"""The shapes of the API: our records as JSON, money in minor units beside its currency, times in ISO 8601 UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.domain.buyer import Buyer
from bot.domain.invoice import Invoice
from bot.domain.show import Item, Show
from storage.claims import LedgerRow
from storage.deliveries import Delivery
from storage.invoices import line_data

Json = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    """2026-11-20T19:00:00.000Z, or null."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def show_json(show: Show) -> Json:
    """A show."""
    return {
        "id": show.id,
        "title": show.title,
        "status": show.status.value,
        "currency": show.currency,
        "market": show.market or None,
        "started_at": moment(show.started_at),
        "ended_at": moment(show.ended_at),
    }


def item_json(item: Item) -> Json:
    """An item with its counters."""
    return {
        "code": item.code,
        "title": item.title,
        "price_cents": item.price_cents,
        "currency": item.currency,
        "quantity": item.quantity,
        "options": list(item.options),
        "open": item.open,
        "won": item.won,
        "waiting": item.waiting,
    }


def buyer_json(buyer: Buyer | None) -> Json | None:
    """A buyer, or null where the platform does not say who it was."""
    if buyer is None:
        return None
    return {
        "id": buyer.id,
        "handle": buyer.handle,
        "name": buyer.name,
        "platform": buyer.platform,
        "platform_user_id": buyer.platform_user_id,
    }


def claim_json(row: LedgerRow, buyer: Buyer | None) -> Json:
    """An entry of the ledger with the claim it made; chatter has no id and no item."""
    claim = row.claim
    return {
        "id": claim.id if claim else None,
        "seq": row.seq,
        "kind": row.kind,
        "comment_id": row.comment_id,
        "text": row.text,
        "buyer": buyer_json(buyer),
        "item": claim.item_code if claim else None,
        "quantity": claim.quantity if claim else None,
        "options": list(claim.options) if claim else [],
        "status": claim.status.value if claim else row.status,
        "reason": claim.reason if claim else row.reason,
        "position": claim.position if claim else None,
        "commented_at": moment(row.commented_at),
        "decided_at": moment(claim.decided_at if claim else row.decided_at),
        "invoice_id": claim.invoice_id if claim else None,
    }


def invoice_json(invoice: Invoice, buyer: Buyer | None, link: Delivery | None) -> Json:
    """An invoice with how its link fared."""
    return {
        "id": invoice.id,
        "show_id": invoice.show_id,
        "number": invoice.number,
        "buyer": buyer_json(buyer),
        "provider": invoice.provider,
        "external_id": invoice.external_id,
        "external_url": invoice.external_url,
        "pay_url": invoice.external_url,
        "status": invoice.status.value,
        "amount_cents": invoice.amount_cents,
        "currency": invoice.currency,
        "line_items": [line_data(line) for line in invoice.lines],
        "delivery": None
        if link is None
        else {"status": link.status.value, "rung": link.rung or None, "error": link.error or None},
        "error_message": invoice.error_message,
        "sent_at": moment(invoice.sent_at),
        "paid_at": moment(invoice.paid_at),
        "created_at": moment(invoice.created_at),
    }
