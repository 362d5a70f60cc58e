"""The shapes of the API: our records as JSON, money in minor units beside its currency, times in ISO 8601 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from bot.domain.buyer import Buyer, Light
from bot.domain.checkout import Checkout
from bot.domain.claim import ClaimStatus
from bot.domain.invoice import Invoice
from bot.domain.option_stock import item_code
from bot.domain.pricing import goods_cents
from bot.domain.show import Item, Show
from bot.domain.show_rules import ShowRules
from bot.domain.subscription import Subscription
from storage.claims import LedgerRow
from storage.deliveries import Delivery
from storage.holders import Held
from storage.invoices import line_data

Json = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    """2026-11-20T19:00:00.000Z, or null."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def show_json(show: Show) -> Json:
    """A show."""
    return {
        "id": show.id,
        "title": show.title,
        "status": show.status.value,
        "currency": show.currency,
        "market": show.market or None,
        "rules": rules_json(show.rules),
        "started_at": moment(show.started_at),
        "ended_at": moment(show.ended_at),
    }


def rules_json(rules: ShowRules) -> Json:
    """Every rule of a show by its name."""
    said = {one.name: getattr(rules, one.name) for one in fields(rules)}
    return said | {"words": {kind: list(words) for kind, words in rules.words.items()}}


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
        "reserved": item.reserved,
        "bundle": None if item.bundle is None else {"pieces": item.bundle.pieces, "price_cents": item.bundle.cents},
        "won": item.won,
        "waiting": item.waiting,
        "stock": [
            {"options": list(row.options), "quantity": row.quantity, "won": row.won, "waiting": row.waiting}
            for row in item.stock
        ],
    }


def buyer_json(buyer: Buyer, light: Light) -> Json:
    """A buyer."""
    return {
        "id": buyer.id,
        "handle": buyer.handle,
        "name": buyer.name,
        "platform": buyer.platform,
        "platform_user_id": buyer.platform_user_id,
        "blocked": buyer.blocked,
        "light": light.value,
    }


def claim_json(row: LedgerRow, buyer: Json | None) -> Json:
    """An entry of the ledger with the claim it made; chatter has no id and no item.

    The buyer is null where the platform does not say who it was.
    """
    return {
        "id": row.claim_id,
        "seq": row.seq,
        "kind": row.kind,
        "comment_id": row.comment_id,
        "text": row.text,
        "buyer": buyer,
        "item": item_code(row.item_code, row.options) if row.item_code else row.item_code,
        "quantity": row.quantity,
        "options": list(row.options),
        "status": row.status,
        "reason": row.reason,
        "position": row.position,
        "commented_at": moment(row.commented_at),
        "decided_at": moment(row.decided_at),
        "invoice_id": row.invoice_id,
        "candidates": [
            [{"item": item, "quantity": quantity, "options": options} for item, quantity, options in choice]
            for choice in row.maybe
        ],
        "due_at": moment(row.due_at),
    }


def holder_json(held: Sequence[Held], currency: str) -> Json:
    """What one buyer has of a show, and what it comes to."""
    won = [one for one in held if one.status == ClaimStatus.WINNER]
    offered = sum(one.status == ClaimStatus.OFFERED for one in held)
    return {
        "pieces": sum(one.quantity for one in won),
        "waiting": len(held) - len(won) - offered,
        "offered": offered,
        "amount_cents": goods_cents([one.of_it for one in won]),
        "currency": currency,
        "items": [
            {"code": item_code(one.item_code, one.options), "quantity": one.quantity, "options": one.options}
            for one in won
        ],
    }


def invoice_json(invoice: Invoice, buyer: Json | None, link: Delivery | None, public_url: str) -> Json:
    """An invoice with how its link fared; `public_url` is where the world reaches us, if it does."""
    return {
        "id": invoice.id,
        "show_id": invoice.show_id,
        "number": invoice.number,
        "buyer": buyer,
        "provider": invoice.provider,
        "external_id": invoice.external_id,
        "external_url": invoice.external_url,
        "pay_url": invoice.pay_link(public_url),
        "status": invoice.status.value,
        "amount_cents": invoice.amount_cents,
        "paid_cents": invoice.paid_cents,
        "refunded_cents": invoice.refunded_cents,
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


def payment_json(payment: Checkout) -> Json:
    """A payment, of an invoice or of somebody else's order."""
    return {
        "id": payment.id,
        "order_id": payment.order_id,
        "invoice_id": payment.invoice_id,
        "provider": payment.provider,
        "provider_ref": payment.provider_ref,
        "checkout_url": payment.url,
        "amount_cents": payment.amount_cents,
        "currency": payment.currency,
        "status": payment.status.value,
        "method": payment.method or None,
        "fee_cents": payment.fee_cents,
        "expires_at": moment(payment.expires_at) if payment.provider_ref is not None else None,
        "paid_at": moment(payment.paid_at),
        "created_at": moment(payment.created_at),
    }


def subscription_json(found: Subscription, buyer: Json | None) -> Json:
    """A subscription, with the page where its buyer pays what is due while something is."""
    return {
        "id": found.id,
        "buyer": buyer,
        "provider": found.provider,
        "external_id": found.external_id,
        "external_url": found.external_url,
        "title": found.title,
        "amount_cents": found.amount_cents,
        "currency": found.currency,
        "interval": found.interval,
        "status": found.status,
        "error_message": found.error or None,
        "created_at": moment(found.created_at),
    }
