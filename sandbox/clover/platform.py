"""The platform's REST API, version 3: the merchant, and their payments, orders and customers.

https://docs.clover.com/dev/reference/api-reference-overview
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clover.books import Merchant, Payment
from sandbox.clover.errors import Refused

_MOST_EXPANDED = 3
_MOST = 1000


def merchant(books: Merchant, asked: Mapping[str, str]) -> dict[str, Any]:
    """GET /v3/merchants/{mId}."""
    expanded = _expanded(asked, "address", "owner", "properties")
    shown: dict[str, Any] = {"href": f"/v3/merchants/{books.id}", "id": books.id, "name": books.name}
    address = {"address1": "1 Market Street", "city": "Springfield", "state": "IL", "country": books.country}
    shown["address"] = address if "address" in expanded else {"href": f"/v3/merchants/{books.id}/address"}
    return shown


def properties(books: Merchant, asked: Mapping[str, str]) -> dict[str, Any]:
    """GET /v3/merchants/{mId}/properties."""
    _expanded(asked)
    return {"defaultCurrency": books.currency, "locale": "en-US", "timezone": "America/Chicago"}


def payment(books: Merchant, asked: Mapping[str, str], payment_id: str) -> dict[str, Any]:
    """GET /v3/merchants/{mId}/payments/{payId}."""
    expanded = _expanded(asked, *_OF_A_PAYMENT)
    found = books.payments.get(payment_id)
    if found is None:
        raise Refused(404)
    return _payment(books, found, expanded)


def payments(books: Merchant, asked: Mapping[str, str]) -> dict[str, Any]:
    """GET /v3/merchants/{mId}/payments, newest first."""
    expanded = _expanded(asked, *_OF_A_PAYMENT)
    since = _since(asked.get("filter"))
    found = sorted(books.payments.values(), key=lambda one: one.made, reverse=True)
    return _page(asked, [_payment(books, one, expanded) for one in found if one.made * 1000 >= since])


def order(books: Merchant, asked: Mapping[str, str], order_id: str) -> dict[str, Any]:
    """GET /v3/merchants/{mId}/orders/{orderId}."""
    expanded = _expanded(asked, "payments", "lineItems", "customers")
    session = books.orders.get(order_id)
    if session is None:
        raise Refused(404)
    shown: dict[str, Any] = {
        "id": order_id,
        "currency": books.currency,
        "total": session.total,
        "state": "locked",
        "createdTime": int(session.made * 1000),
    }
    if "payments" in expanded:
        found = [one for one in books.payments.values() if one.order_id == order_id]
        shown["payments"] = {"elements": [_payment(books, one, frozenset()) for one in found]}
    if "lineItems" in expanded:
        shown["lineItems"] = {"elements": session.lines}
    return shown


def customers(books: Merchant, asked: Mapping[str, str]) -> dict[str, Any]:
    """GET /v3/merchants/{mId}/customers."""
    _expanded(asked, "emailAddresses", "phoneNumbers", "addresses", "cards", "metadata")
    return _page(asked, books.customers)


_OF_A_PAYMENT = ("tender", "refunds", "order", "cardTransaction", "employee")

ONE: dict[str, Callable[[Merchant, Mapping[str, str], str], dict[str, Any]]] = {"payments": payment, "orders": order}
ALL: dict[str, Callable[[Merchant, Mapping[str, str]], dict[str, Any]]] = {
    "properties": properties,
    "payments": payments,
    "customers": customers,
}


def _payment(books: Merchant, one: Payment, expanded: frozenset[str]) -> dict[str, Any]:
    tender: dict[str, Any] = {"id": "T1CREDITCARD0"}
    if "tender" in expanded:
        tender |= {"labelKey": one.tender, "label": "Credit Card"}
    shown: dict[str, Any] = {
        "id": one.id,
        "order": {"id": one.order_id},
        "tender": tender,
        "amount": one.amount,
        "tipAmount": one.tip,
        "taxAmount": one.tax,
        "cashbackAmount": 0,
        "createdTime": int(one.made * 1000),
        "clientCreatedTime": int(one.made * 1000),
        "offline": False,
        "result": one.result,
    }
    if "refunds" in expanded:
        found = [two for two in books.refunds.values() if two.charge == one.id and two.status != "failed"]
        shown["refunds"] = {"elements": [{"id": two.id, "amount": two.amount} for two in found]}
    return shown


def _expanded(asked: Mapping[str, str], *known: str) -> frozenset[str]:
    given = [name for name in asked.get("expand", "").split(",") if name]
    if len(given) > _MOST_EXPANDED:
        raise Refused(400, f"No more than {_MOST_EXPANDED} expandable fields")
    if unknown := set(given) - set(known):
        raise Refused(400, f"Invalid expandable field {sorted(unknown)[0]}")
    return frozenset(given)


def _since(given: str | None) -> int:
    if given is None:
        return 0
    found = re.fullmatch(r"createdTime>=([0-9]{1,14})", given)
    if found is None:
        raise Refused(400, f"Invalid filter: {given}")
    return int(found[1])


def _page(asked: Mapping[str, str], found: list[dict[str, Any]]) -> dict[str, Any]:
    limit, offset = asked.get("limit", "100"), asked.get("offset", "0")
    if not limit.isdecimal() or not 0 < int(limit) <= _MOST or not offset.isdecimal():
        raise Refused(400, "Invalid limit or offset")
    if unknown := set(asked) - {"limit", "offset", "expand", "filter"}:
        raise Refused(400, f"Invalid parameter {sorted(unknown)[0]}")
    return {"elements": found[int(offset) : int(offset) + int(limit)]}
