"""What an order becomes in Square's words: who, what for, which lines, and under which idempotency keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from adapters.base import CheckoutStyle, InvoiceOrder
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money
from bot.kit.errors import Refused

MOST_LINES = 500  # https://developer.squareup.com/docs/orders-api/create-orders
LONGEST_KEY = 45
"""The shortest of Square's limits: 45 for refunds and webhooks, 128 for invoices, 192 for orders and links."""
DUE_DAYS = 7
"""Days to pay, when nobody said how many."""

_LONGEST_NAME = 255
_LONGEST_LINE = 512
_LONGEST_TITLE = 255
_LONGEST_MEMO = 1500
LONGEST_METADATA = 255  # https://developer.squareup.com/docs/build-basics/metadata
_LONGEST_NOTE = 500

_CURRENCY = re.compile(r"[A-Z]{3}")

Json = dict[str, Any]


def key(*parts: object) -> str:
    """An idempotency key made of our ids, as short as Square wants it."""
    text = "-".join(("la", *map(str, parts)))
    return text if len(text) <= LONGEST_KEY else f"la-{sha256(text.encode()).hexdigest()[:40]}"


def fit(given: str) -> str:
    """Somebody else's idempotency key, as short as Square wants it."""
    return given if len(given) <= LONGEST_KEY else key(given)


@dataclass(frozen=True)
class Keys:
    """The idempotency keys of one order, made of our ids: a repeat finds what the first try did."""

    late: bool
    """Whether Square may have forgotten the first keys: under them it could all be done again."""
    customer: str
    order: str
    invoice: str
    publish: str
    link: str

    @classmethod
    def of(cls, order: InvoiceOrder, *, late: bool, customer: str = "") -> Keys:
        """Customers are per buyer, not per invoice: two invoices of one buyer at once must agree on one.

        `customer` is one who was deleted at Square: what is made for the next one has keys of its own.
        """
        more = (("late",) if late else ()) + ((f"after-{customer}",) if customer else ())
        ours = (order.workspace_uid, order.invoice_id, order.attempt, *more)
        return cls(
            late=late,
            customer=key(order.workspace_uid, "b", order.buyer_id, *more),
            order=key(*ours, "order"),
            invoice=key(*ours, "invoice"),
            publish=key(*ours, "publish"),
            link=key(*ours, "link"),
        )


def is_priced(order: InvoiceOrder) -> bool:
    """Whether every line has its price: only then may the invoice leave the draft."""
    return all(line.unit_cents is not None for line in order.lines)


def check(order: InvoiceOrder) -> None:
    """Raise Refused, before anything is called, for an order Square would refuse halfway."""
    check_lines(order.lines, order.total)
    if order.style is CheckoutStyle.PAYMENT_LINK and not is_priced(order):
        raise Refused(
            "A payment link needs all its prices. Set the missing one with /item edit, then send /invoice retry.",
            code="unpriced",
        )


def check_lines(lines: Sequence[Line], total: Money) -> None:
    """The same for what is sold, and what it comes to."""
    if not lines:
        raise Refused("There is nothing on this invoice.", code="no_lines")
    if len(lines) > MOST_LINES:
        raise Refused(
            f"Square takes {MOST_LINES} lines on an order and this one has {len(lines)}. "
            "Make two of it, or sell alike items under one code.",
            code="too_many_lines",
        )
    for line in lines:
        if line.quantity < 1 or ((line.unit_cents or 0) < 0 and line.kind is LineKind.ITEM):
            raise Refused(f"“{line.description}” has a quantity or a price below zero.", code="line_negative")
    if total.amount < 0:
        raise Refused(f"This invoice comes to {total}, which is below zero.", code="total_negative")
    if total.amount == 0 and all(line.unit_cents is not None for line in lines):
        raise Refused("There is nothing to pay on this invoice.", code="total_zero")


def customer(order: InvoiceOrder) -> Json:
    """The buyer. https://developer.squareup.com/reference/square/customers-api/create-customer"""
    return {
        "given_name": short(order.buyer_name or order.buyer_handle or f"Buyer {order.buyer_id}", _LONGEST_NAME),
        "reference_id": customer_mark(order),
        "note": short(f"Live Assist: {order.buyer_handle}", _LONGEST_NOTE),
    }


def square_order(order: InvoiceOrder, location_id: str, customer_id: str | None) -> Json:
    """An invoice's order, or a link's."""
    body: Json = {
        "location_id": location_id,
        "reference_id": f"la-{order.invoice_id}-{order.attempt}",
        "source": {"name": "Live Assist"},
        **sold(order.lines, order.currency),
        "metadata": mark(order)
        | {
            "live_assist_buyer": str(order.buyer_id),
            "live_assist_number": short(order.number, LONGEST_METADATA),
            "live_assist_style": order.style.value,
        },
    }
    if customer_id:
        body["customer_id"] = customer_id
    return body


def sold(lines: Sequence[Line], currency: str) -> Json:
    """What is sold. What is added is a line, and what is taken off a discount over all of them.

    Square takes an order's discounts off its lines and off nothing else, so what is not an item must be a line for
    the sum to be ours. https://developer.squareup.com/docs/orders-api/how-it-works/order-calculations
    """
    taken_off = [
        {
            "uid": f"off-{number}",
            "name": short(line.description, _LONGEST_NAME) or line.kind.value,
            "type": "FIXED_AMOUNT",
            "amount_money": money(Money(-line.amount_cents, currency)),
            "scope": "ORDER",
        }
        for number, line in enumerate(lines)
        if line.amount_cents < 0
    ]
    body: Json = {"line_items": [_line(line, currency) for line in lines if line.amount_cents >= 0]}
    return body | ({"discounts": taken_off} if taken_off else {})


def invoice(order: InvoiceOrder, *, location_id: str, order_id: str, customer_id: str, since: datetime) -> Json:
    """A draft that gets a page to pay on, and no e-mail: buyers are known by chat, not by address.

    Due in the location's own time zone, which may be a day ahead of ours.
    https://developer.squareup.com/reference/square/invoices-api/create-invoice
    """
    days = DUE_DAYS if order.due_days is None else max(1, order.due_days)
    return {
        "location_id": location_id,
        "order_id": order_id,
        "primary_recipient": {"customer_id": customer_id},
        "payment_requests": [
            {"request_type": "BALANCE", "due_date": (since + timedelta(days=days)).date().isoformat()},
        ],
        "delivery_method": "SHARE_MANUALLY",
        "accepted_payment_methods": {"card": True},
        "title": short(order.show_title, _LONGEST_TITLE) or "Invoice",
        "description": short(order.memo, _LONGEST_MEMO) or f"Invoice {order.number}",
    }


def link_options(return_url: str, fee_cents: int, currency: str) -> Json:
    """How the page of a payment link behaves."""
    options: Json = {"allow_tipping": False}
    if return_url:
        options["redirect_url"] = return_url
    if fee_cents:
        options["app_fee_money"] = money(Money(fee_cents, currency))
    return options


def customer_mark(order: InvoiceOrder) -> str:
    """The reference by which this buyer is found again."""
    return f"la-{order.workspace_uid}-{order.buyer_id}"


def mark(order: InvoiceOrder) -> dict[str, str]:
    """The metadata by which this try at this invoice is found again."""
    return {
        "live_assist_workspace": order.workspace_uid,
        "live_assist_invoice": str(order.invoice_id),
        "live_assist_attempt": str(order.attempt),
    }


def money(amount: Money) -> Json:
    """An amount as Square writes it: the smallest unit of ISO 4217, as ours is.

    https://developer.squareup.com/docs/build-basics/common-data-types/working-with-monetary-amounts
    """
    return {"amount": amount.amount, "currency": amount.currency}


def from_money(given: Any) -> Money | None:
    """An amount Square told us; None for anything else."""
    if not isinstance(given, dict):
        return None
    amount, currency = given.get("amount", 0), given.get("currency")
    if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) >= 10**15:
        return None
    return Money(amount, currency) if isinstance(currency, str) and _CURRENCY.fullmatch(currency) else None


def short(text: str, longest: int) -> str:
    """Text as Square takes it: no control characters, and not too long."""
    clean = "".join(char for char in text if (char >= " " or char == "\n") and not "\ud800" <= char <= "\udfff").strip()
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def _line(line: Line, currency: str) -> Json:
    return {
        "name": short(line.description, _LONGEST_LINE) or line.kind.value,
        "quantity": str(line.quantity),
        "base_price_money": money(Money(line.unit_cents or 0, currency)),
    }
