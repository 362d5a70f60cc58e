"""What an order becomes in Stripe's words: who, what for, which lines, and under which idempotency keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.base import CheckoutStyle, InvoiceOrder
from adapters.stripe import customers
from adapters.stripe.amounts import check_chargeable, to_stripe
from adapters.stripe.words import LONGEST_METADATA, LONGEST_NAME, short
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money
from bot.kit.errors import Refused

if TYPE_CHECKING:
    from stripe.params import InvoiceAddLinesParamsLine, InvoiceCreateParams

MOST_LINES = 250  # https://docs.stripe.com/api/invoices/add_lines
LONGEST_MEMO = 1500


@dataclass(frozen=True)
class Keys:
    """The idempotency keys of one order, made of our ids: a repeat finds what the first try did."""

    late: bool
    """Whether Stripe may have forgotten the first keys: under them it could all be done again."""
    customer: str
    invoice: str
    lines: str
    finalize: str

    @classmethod
    def of(cls, order: InvoiceOrder, *, late: bool) -> Keys:
        """The keys of an order. A link has its own: it and an invoice may be made of one order, one after the other."""
        when = "-late" if late else ""
        invoice = f"la-{order.workspace_uid}-{order.invoice_id}-{order.attempt}{when}"
        return cls(
            late=late,
            customer=customers.key_of(order.workspace_uid, order.buyer_id, late=late),
            invoice=f"{invoice}-link" if order.style is CheckoutStyle.PAYMENT_LINK else f"{invoice}-invoice",
            lines=f"{invoice}-lines",
            finalize=f"{invoice}-finalize",
        )


def total(order: InvoiceOrder) -> Money:
    """The sum of the lines."""
    return Money(sum(line.amount_cents for line in order.lines), order.currency)


def is_priced(order: InvoiceOrder) -> bool:
    """Whether every line has its price: only then may the invoice leave the draft."""
    return all(line.unit_cents is not None for line in order.lines)


def check(order: InvoiceOrder) -> None:
    """Raise Refused, before anything is called, for an order Stripe would refuse halfway."""
    if not order.lines:
        raise Refused("There is nothing on this invoice.", code="no_lines")
    if len(order.lines) > MOST_LINES:
        raise Refused(
            f"Stripe takes {MOST_LINES} lines on an invoice and this one has {len(order.lines)}. "
            "Make two of it, or sell alike items under one code.",
            code="too_many_lines",
        )
    for line in order.lines:
        if line.quantity < 1 or ((line.unit_cents or 0) < 0 and line.kind is LineKind.ITEM):
            raise Refused(f"“{line.description}” has a quantity or a price below zero.", code="line_negative")
    if total(order).amount < 0:
        raise Refused(f"This invoice comes to {total(order)}, which is below zero.", code="total_negative")
    if is_priced(order):
        check_chargeable(total(order))


def invoice(order: InvoiceOrder, customer_id: str, *, fee: bool = False) -> InvoiceCreateParams:
    """A draft that gets a page to pay on, and no e-mail: buyers are known by chat, not by address.

    For the same reason it is not sent, and so has no date at Stripe until which it is due: `due_date` is for
    `send_invoice`, which wants an address. With `fee` the platform's share is taken off.
    https://docs.stripe.com/api/invoices/create
    """
    params: InvoiceCreateParams = {
        "customer": customer_id,
        "collection_method": "charge_automatically",
        "auto_advance": False,
        "currency": order.currency.lower(),
        "metadata": invoice_metadata(order),
        "pending_invoice_items_behavior": "exclude",
    }
    if memo := short(order.memo, LONGEST_MEMO):  # Stripe refuses an empty one
        params["description"] = memo
    if fee and order.fee_cents:
        params["application_fee_amount"] = to_stripe(Money(order.fee_cents, order.currency))
    return params


def lines(order: InvoiceOrder) -> list[InvoiceAddLinesParamsLine]:
    """One line per item, an unpriced one over 0; what is added or taken off beside them is an amount with its name."""
    return [_item(line, order.currency) if line.kind is LineKind.ITEM else _amount(line, order) for line in order.lines]


def _item(line: Line, currency: str) -> InvoiceAddLinesParamsLine:
    return {
        "price_data": {
            "currency": currency.lower(),
            "product_data": {"name": short(line.description, LONGEST_NAME) or "Item"},
            "unit_amount": to_stripe(Money(line.unit_cents or 0, currency)),
        },
        "quantity": line.quantity,
    }


def _amount(line: Line, order: InvoiceOrder) -> InvoiceAddLinesParamsLine:
    return {
        "amount": to_stripe(Money(line.amount_cents, order.currency)),
        "description": short(line.description, LONGEST_NAME) or line.kind.value,
        "discountable": False,
    }


def invoice_mark(order: InvoiceOrder) -> dict[str, str]:
    """The metadata by which this try at this invoice is found again."""
    return {
        "live_assist_workspace": order.workspace_uid,
        "live_assist_invoice": str(order.invoice_id),
        "live_assist_attempt": str(order.attempt),
    }


def invoice_metadata(order: InvoiceOrder) -> dict[str, str]:
    """The mark, and what a seller likes to read beside it."""
    return invoice_mark(order) | {
        "live_assist_buyer": str(order.buyer_id),
        "live_assist_number": short(order.number, LONGEST_METADATA),
    }
