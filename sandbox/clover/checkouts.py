"""Hosted Checkout over the wire: what opens a page, and what a page says of itself.

https://docs.clover.com/dev/docs/creating-a-hosted-checkout-session
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.clover.books import Merchant, Session, written
from sandbox.clover.errors import Refused

_CUSTOMER = {"email", "firstName", "lastName", "phoneNumber"}
_LINE = {"name", "price", "unitQty", "note", "taxRates", "itemRefUuid"}
_REDIRECTS = {"success", "failure", "cancel"}
_LONGEST_NAME = 127


def create(merchant: Merchant, asked: dict[str, Any], site: str) -> dict[str, Any]:
    """POST /invoicingcheckoutservice/v1/checkouts."""
    _known(asked, {"customer", "shoppingCart", "redirectUrls", "tips"}, "the request")
    _known(_object(asked, "customer"), _CUSTOMER, "customer")
    cart = _object(asked, "shoppingCart")
    _known(cart, {"lineItems", "defaultTaxRates"}, "shoppingCart")
    lines = cart.get("lineItems")
    if not isinstance(lines, list) or not lines:
        raise Refused(400, "shoppingCart.lineItems must not be empty")
    redirects = asked.get("redirectUrls", {})
    if not isinstance(redirects, dict):
        raise Refused(400, "redirectUrls is not an object")
    _known(redirects, _REDIRECTS, "redirectUrls")
    for name, url in redirects.items():
        _check_redirect(name, url)
    session = merchant.open_page([_line(one) for one in lines], redirects)
    return {
        "href": f"{site}/checkout/{session.id}?mode=checkout",
        "checkoutSessionId": session.id,
        "createdTime": written(session.made),
        "expirationTime": written(session.ends),
    }


def show(merchant: Merchant, session_id: str, site: str) -> dict[str, Any]:
    """GET /invoicingcheckoutservice/v1/checkouts/{checkoutSessionId}: in use, and in no documentation."""
    session = merchant.sessions.get(session_id)
    if session is None or not merchant.pages_can_be_asked:
        raise Refused(404, "Checkout session not found")
    shown: dict[str, Any] = {
        "href": f"{site}/checkout/{session.id}?mode=checkout",
        "checkoutSessionId": session.id,
        "createdTime": written(session.made),
        "expirationTime": written(session.ends),
        "status": merchant.state_of(session),
        "shoppingCart": {"lineItems": session.lines},
    }
    return shown | _order(session)


def _order(session: Session) -> dict[str, Any]:
    return {} if session.order_id is None else {"orderId": session.order_id}


def _line(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused(400, "a line item is not an object")
    _known(given, _LINE, "a line item")
    name, price, quantity = given.get("name"), given.get("price"), given.get("unitQty")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise Refused(400, f"name must be between 1 and {_LONGEST_NAME} characters")
    if not isinstance(price, int) or isinstance(price, bool) or price <= 0:
        raise Refused(400, "price must be a whole number of cents above 0")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity <= 0:
        raise Refused(400, "unitQty must be a whole number above 0")
    if not isinstance(given.get("note", ""), str):
        raise Refused(400, "note is not text")
    return given


def _check_redirect(name: str, url: Any) -> None:
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.scheme != "https" or parts.hostname in (None, "localhost", "127.0.0.1"):
        raise Refused(400, f"redirectUrls.{name} is not a valid URL")


def _object(asked: dict[str, Any], name: str) -> dict[str, Any]:
    value = asked.get(name)
    if not isinstance(value, dict):
        raise Refused(400, f"{name} is required")
    return value


def _known(asked: dict[str, Any], names: set[str], where: str) -> None:
    if unknown := set(asked) - names:
        raise Refused(400, f"Unrecognized field {sorted(unknown)[0]!r} in {where}")
