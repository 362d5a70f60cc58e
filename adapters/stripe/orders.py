"""What an order becomes in Stripe's words: who, what for, which lines, and under which idempotency keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.base import InvoiceOrder
from adapters.stripe.amounts import check_chargeable, to_stripe
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money
from bot.kit.errors import Refused

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams, InvoiceAddLinesParamsLine, InvoiceCreateParams

MOST_LINES = 250  # https://docs.stripe.com/api/invoices/add_lines
_LONGEST_MEMO = 1500
_LONGEST_NAME = 250
_LONGEST_METADATA = 500  # https://docs.stripe.com/metadata#data


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
        """Customers are per buyer, not per invoice: two invoices of one buyer at once must agree on one."""
        when = "-late" if late else ""
        invoice = f"la-{order.workspace_uid}-{order.invoice_id}-{order.attempt}{when}"
        return cls(
            late=late,
            customer=f"la-{order.workspace_uid}-buyer-{order.buyer_id}{when}",
            invoice=f"{invoice}-invoice",
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


def customer(order: InvoiceOrder) -> CustomerCreateParams:
    """The buyer."""
    return {
        "name": _short(order.buyer_name or order.buyer_handle or f"Buyer {order.buyer_id}", _LONGEST_NAME),
        "metadata": customer_mark(order) | {"live_assist_handle": _short(order.buyer_handle, _LONGEST_METADATA)},
    }


def invoice(order: InvoiceOrder, customer_id: str) -> InvoiceCreateParams:
    """A draft that gets a page to pay on, and no e-mail: buyers are known by chat, not by address.

    https://docs.stripe.com/api/invoices/create
    """
    return {
        "customer": customer_id,
        "collection_method": "charge_automatically",
        "auto_advance": False,
        "currency": order.currency.lower(),
        "description": _short(order.memo, _LONGEST_MEMO),
        "metadata": invoice_mark(order)
        | {
            "live_assist_buyer": str(order.buyer_id),
            "live_assist_number": _short(order.number, _LONGEST_METADATA),
        },
        "pending_invoice_items_behavior": "exclude",
    }


def lines(order: InvoiceOrder) -> list[InvoiceAddLinesParamsLine]:
    """One line per item, an unpriced one over 0; what is added or taken off beside them is an amount with its name."""
    return [_item(line, order.currency) if line.kind is LineKind.ITEM else _amount(line, order) for line in order.lines]


def _item(line: Line, currency: str) -> InvoiceAddLinesParamsLine:
    return {
        "price_data": {
            "currency": currency.lower(),
            "product_data": {"name": _short(line.description, _LONGEST_NAME) or "Item"},
            "unit_amount": to_stripe(Money(line.unit_cents or 0, currency)),
        },
        "quantity": line.quantity,
    }


def _amount(line: Line, order: InvoiceOrder) -> InvoiceAddLinesParamsLine:
    return {
        "amount": to_stripe(Money(line.amount_cents, order.currency)),
        "description": _short(line.description, _LONGEST_NAME) or line.kind.value,
        "discountable": False,
    }


def customer_mark(order: InvoiceOrder) -> dict[str, str]:
    """The metadata by which this buyer is found again."""
    return {"live_assist_workspace": order.workspace_uid, "live_assist_buyer": str(order.buyer_id)}


def invoice_mark(order: InvoiceOrder) -> dict[str, str]:
    """The metadata by which this try at this invoice is found again."""
    return {
        "live_assist_workspace": order.workspace_uid,
        "live_assist_invoice": str(order.invoice_id),
        "live_assist_attempt": str(order.attempt),
    }


def _short(text: str, longest: int) -> str:
    clean = "".join(char for char in text if (char >= " " or char == "\n") and not "\ud800" <= char <= "\udfff").strip()
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"
