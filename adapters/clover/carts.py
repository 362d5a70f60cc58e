"""What an order becomes in Clover's words: a cart, and where to go afterwards.

https://docs.clover.com/dev/docs/creating-a-hosted-checkout-session
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from adapters.base import CheckoutOrder
from bot.domain.invoice import Line
from bot.kit.errors import Refused

LONGEST_NAME = 127
_LONGEST_NOTE = 255
CURRENCIES = ("USD", "CAD")
"""Hosted Checkout is for the United States and Canada, and a cart says no currency: it is the merchant's."""


def check(order: CheckoutOrder, currency: str | None) -> None:
    """Raise Refused, before anything is called, for an order Clover would refuse, or take in another currency."""
    if any(line.unit_cents is None for line in order.lines):
        raise Refused("Something on it has no price yet. Set its price, and the link works.", code="no_price")
    if order.total.amount <= 0:
        raise Refused(f"It comes to {order.total}: there is nothing to pay at Clover.", code="nothing_to_pay")
    if currency is not None and order.currency != currency:
        raise Refused(
            f"This merchant's Clover charges in {currency} and this is in {order.currency}. "
            f"Set the shop's currency to {currency}.",
            code="other_currency",
        )
    if currency is None and order.currency not in CURRENCIES:
        raise Refused(
            f"Clover's pages charge in {' or '.join(CURRENCIES)} and this is in {order.currency}.",
            code="other_currency",
        )


def body(order: CheckoutOrder) -> dict[str, Any]:
    """What opens the page. `customer` has to be there, and buyers are known by chat, not by what it asks for."""
    asked: dict[str, Any] = {"customer": {}, "shoppingCart": {"lineItems": lines(order)}}
    if _is_public(order.success_url) and _is_public(order.cancel_url):
        asked["redirectUrls"] = {
            "success": order.success_url,
            "failure": order.cancel_url,
            "cancel": order.cancel_url,
        }
    return asked


def lines(order: CheckoutOrder) -> list[dict[str, Any]]:
    """A line for each of ours. The note of the first says in the merchant's own books what this was for.

    Nothing below zero can be in a cart. So with a discount, a credit or an earlier payment on it, the cart is a single
    line over what is left to pay, which names all of it; what each costs stands on our own page before. What costs
    nothing is left out, as it adds nothing.
    """
    if any(line.amount_cents < 0 for line in order.lines):
        names = [_named(line) for line in order.lines if line.amount_cents >= 0]
        less = [line.description or line.kind.value for line in order.lines if line.amount_cents < 0]
        cart = [_line(f"{', '.join(names)}, less {', '.join(less)}", order.total.amount, 1)]
    else:
        cart = [
            _line(line.description or line.kind.value, line.unit_cents or 0, line.quantity)
            for line in order.lines
            if line.amount_cents > 0
        ]
    note = " · ".join(part for part in (order.title, order.buyer_name, order.order_id) if part)
    return [cart[0] | {"note": _short(note, _LONGEST_NOTE)}, *cart[1:]]


def _line(name: str, price: int, quantity: int) -> dict[str, Any]:
    return {"name": _short(name, LONGEST_NAME) or "Item", "price": price, "unitQty": quantity}


def _named(line: Line) -> str:
    name = line.description or line.kind.value
    return name if line.quantity == 1 else f"{line.quantity} × {name}"


def _short(text: str, longest: int) -> str:
    clean = " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def _is_public(url: str) -> bool:
    """Whether the world can go there: Clover refuses anything else as a redirect."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or "." not in host or host.endswith((".local", ".localhost", ".internal")):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return True
