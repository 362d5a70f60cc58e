"""What a buyer sees on a checkout page or behind a payment link: one item per line, or one for all of them.

Neither takes an amount below zero, and there is no discount that both take (a link takes none, a page only coupons,
each of which would stay in the seller's list for ever). So lines with something taken off, and more lines than there is
room for, become one item over the sum, with every line in its description.
https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-line_items
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from adapters.stripe.amounts import check_chargeable, least_charge, to_stripe
from adapters.stripe.words import LONGEST_NAME, short
from bot.domain.invoice import Line, LineKind
from bot.domain.money import Money
from bot.kit.errors import Refused

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParamsLineItem

MOST_ON_PAGE = 100
"""https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-line_items"""
MOST_ON_LINK = 20
"""https://docs.stripe.com/api/payment-link/create#create_payment_link-line_items"""

_LONGEST_DESCRIPTION = 1000
"""Stripe takes more, and no buyer reads it."""


def check(lines: Sequence[Line], currency: str) -> Money:
    """What is to be paid; raises Refused, before anything is called, for lines that Stripe would refuse."""
    if not lines:
        raise Refused("There is nothing to pay for.", code="no_lines")
    for line in lines:
        if line.unit_cents is None:
            raise Refused(f"“{line.description}” has no price yet. Give it one first.", code="unpriced")
        if line.quantity < 1 or (line.unit_cents < 0 and line.kind is LineKind.ITEM):
            raise Refused(f"“{line.description}” has a quantity or a price below zero.", code="line_negative")
    total = Money(sum(line.amount_cents for line in lines), currency)
    if total.amount <= 0:
        least = Money(least_charge(currency), currency)
        raise Refused(f"This comes to {total}, and Stripe charges no less than {least}.", code="amount_too_small")
    check_chargeable(total)
    return total


def items(lines: Sequence[Line], currency: str, title: str, *, most: int) -> list[SessionCreateParamsLineItem]:
    """The lines in Stripe's words, so that they add up to what is to be paid."""
    if len(lines) <= most and all(line.amount_cents >= 0 for line in lines):
        return [
            _item(line.description or line.kind.value, line.unit_cents or 0, currency, line.quantity) for line in lines
        ]
    total = sum(line.amount_cents for line in lines)
    return [_item(title or "Order", total, currency, 1, "; ".join(_told(line, currency) for line in lines))]


def _item(name: str, cents: int, currency: str, quantity: int, description: str = "") -> SessionCreateParamsLineItem:
    product: dict[str, Any] = {"name": short(name, LONGEST_NAME) or "Item"}
    if told := short(description, _LONGEST_DESCRIPTION):
        product["description"] = told
    return {
        "price_data": {
            "currency": currency.lower(),
            "product_data": cast("Any", product),
            "unit_amount": to_stripe(Money(cents, currency)),
        },
        "quantity": quantity,
    }


def _told(line: Line, currency: str) -> str:
    times = f" × {line.quantity}" if line.quantity > 1 else ""
    return f"{line.description or line.kind.value}{times} {Money(line.amount_cents, currency)}"
