"""The API on the wire: who asks, how often, with what, and whether they asked before."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.square import invoices, orders, payments, stock
from sandbox.square.accepted import BODIES, QUERIES, SCOPES
from sandbox.square.books import Books, Json, shown
from sandbox.square.errors import Refused, unauthorised

Handler = Callable[[Books, Json, str], Json]

WINDOW = 1.0


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a token opens."""

    books: Books
    scopes: frozenset[str] | None = None
    """What the seller agreed to; None for an application's own token, which may do everything."""
    ends_at: float | None = None


@dataclass(kw_only=True)
class Tokens:
    """Every token there is, and why some are worth nothing any more."""

    valid: dict[str, Access] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)


def list_locations(books: Books, _asked: Json, _id: str) -> Json:
    """GET /v2/locations"""
    return {"locations": [shown(one) for one in sorted(books.all("location"), key=lambda one: str(one["name"]))]}


def get_merchant(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/merchants/{merchant_id}"""
    if id_ not in ("me", books.id):
        raise Refused("NOT_FOUND", f"Merchant `{id_}` not found.", status=404)
    return {"merchant": shown(books.merchant)}


def create_subscription(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/webhooks/subscriptions"""
    given = asked["subscription"]
    if not str(given.get("notification_url", "")).startswith(("http://", "https://")):
        raise Refused("INVALID_VALUE", "Not a web address.", field="subscription.notification_url")
    if not given.get("event_types"):
        raise Refused("ARRAY_EMPTY", "Subscribe to something.", field="subscription.event_types")
    now = books.time()
    made = {
        "id": f"wbhk_{books.new_id(32).lower()}",
        "enabled": True,
        "api_version": "2026-09-16",
        **given,
        "signature_key": books.new_id(22),
        "created_at": now,
        "updated_at": now,
    }
    return {"subscription": shown(books.keep("subscription", made))}


def get_subscription(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/webhooks/subscriptions/{subscription_id}"""
    return {"subscription": shown(books.at("subscription", id_))}


def delete_subscription(books: Books, _asked: Json, id_: str) -> Json:
    """DELETE /v2/webhooks/subscriptions/{subscription_id}"""
    books.at("subscription", id_)
    books.drop("subscription", id_)
    return {}


HANDLERS: dict[str, Handler] = {
    "GET /v2/locations": list_locations,
    "GET /v2/merchants/{merchant_id}": get_merchant,
    "POST /v2/customers": orders.create_customer,
    "POST /v2/customers/search": orders.search_customers,
    "GET /v2/customers/{customer_id}": orders.get_customer,
    "DELETE /v2/customers/{customer_id}": orders.delete_customer,
    "POST /v2/orders": orders.create_order,
    "POST /v2/orders/search": orders.search_orders,
    "GET /v2/orders/{order_id}": orders.get_order,
    "PUT /v2/orders/{order_id}": orders.update_order,
    "GET /v2/invoices": invoices.list_invoices,
    "POST /v2/invoices": invoices.create_invoice,
    "POST /v2/invoices/search": invoices.search_invoices,
    "GET /v2/invoices/{invoice_id}": invoices.get_invoice,
    "DELETE /v2/invoices/{invoice_id}": invoices.delete_invoice,
    "POST /v2/invoices/{invoice_id}/publish": invoices.publish_invoice,
    "POST /v2/invoices/{invoice_id}/cancel": invoices.cancel_invoice,
    "GET /v2/online-checkout/payment-links": invoices.list_links,
    "POST /v2/online-checkout/payment-links": invoices.create_link,
    "GET /v2/online-checkout/payment-links/{id}": invoices.get_link,
    "DELETE /v2/online-checkout/payment-links/{id}": invoices.delete_link,
    "GET /v2/payments": payments.list_payments,
    "POST /v2/payments": payments.create_payment,
    "GET /v2/payments/{payment_id}": payments.get_payment,
    "POST /v2/refunds": payments.refund_payment,
    "GET /v2/refunds/{refund_id}": payments.get_refund,
    "POST /v2/inventory/counts/batch-retrieve": stock.batch_retrieve,
    "POST /v2/inventory/changes/batch-create": stock.batch_change,
    "POST /v2/webhooks/subscriptions": create_subscription,
    "GET /v2/webhooks/subscriptions/{subscription_id}": get_subscription,
    "DELETE /v2/webhooks/subscriptions/{subscription_id}": delete_subscription,
}


class Api:
    """Every route behind one door: token, version, rate, fields, idempotency, then the deed."""

    def __init__(self, tokens: Tokens, now: Callable[[], float]) -> None:
        self.per_second: int | None = None
        """Requests a merchant may make in any second; None for as many as they like."""
        self._tokens = tokens
        self._now = now
        self._seen: dict[str, deque[float]] = {}
        self._answers: dict[tuple[str, str, str], tuple[Json, Json]] = {}

    def routes(self, app: web.Application) -> None:
        """Add the API's routes."""
        for route, handler in HANDLERS.items():
            method, path = route.split()
            app.router.add_route(method, path, self._door(route, handler))

    def _door(self, route: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def door(request: web.Request) -> web.Response:
            try:
                return web.json_response(self._answer(route, handler, request, await request.read()))
            except Refused as no:
                return web.json_response(no.body(), status=no.status, headers=no.headers)

        return door

    def _answer(self, route: str, handler: Handler, request: web.Request, body: bytes) -> Json:
        access = self._access(request, SCOPES[route])
        self._admit(access.books.id)
        version = request.headers.get("Square-Version", "2026-09-16")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", version):
            raise Refused("INVALID_SQUARE_VERSION_FORMAT", "Square-Version is a day.", field="Square-Version")
        asked = read_body(route, request, body) if request.method in ("POST", "PUT") else _read_query(route, request)
        id_ = next(iter(request.match_info.values()), "")
        key = asked.get("idempotency_key")
        if not key:
            return handler(access.books, asked, id_)
        where = (access.books.id, f"{request.method} {request.path}", key)
        if where in self._answers:
            before, answer = self._answers[where]
            if before != asked:
                raise Refused(
                    "IDEMPOTENCY_KEY_REUSED",
                    "Different request parameters used for the same idempotency_key.",
                    field="idempotency_key",
                )
            return answer
        before = json.loads(body)
        answer = handler(access.books, asked, id_)
        self._answers[where] = (before, answer)
        return answer

    def _access(self, request: web.Request, scopes: str) -> Access:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            raise unauthorised("This request could not be authorized.")
        if token in self._tokens.revoked:
            raise unauthorised("The access token was revoked.", "ACCESS_TOKEN_REVOKED")
        access = self._tokens.valid.get(token)
        if access is None:
            raise unauthorised("This request could not be authorized.")
        if access.ends_at is not None and self._now() >= access.ends_at:
            raise unauthorised("The access token has expired.", "ACCESS_TOKEN_EXPIRED")
        if access.scopes is not None and (not scopes or not set(scopes.split()) <= access.scopes):
            raise unauthorised(
                "The merchant has not given your application sufficient permissions.", "INSUFFICIENT_SCOPES", 403
            )
        return access

    def _admit(self, merchant: str) -> None:
        recent, now = self._seen.setdefault(merchant, deque()), self._now()
        while recent and recent[0] <= now - WINDOW:
            recent.popleft()
        if self.per_second is not None and len(recent) >= self.per_second:
            raise Refused(
                "RATE_LIMITED", "Too many requests. Try again later.", status=429, category="RATE_LIMIT_ERROR"
            )
        recent.append(now)


def read_body(route: str, request: web.Request, body: bytes) -> Json:
    """A body of JSON with the fields that this route takes."""
    if request.content_type != "application/json":
        raise Refused("INVALID_CONTENT_TYPE", f"Expected application/json, not {request.content_type}.", status=415)
    try:
        asked: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("EXPECTED_JSON_BODY", "The body is not JSON.") from None
    BODIES[route].check(asked, "")
    return dict(asked)


def _read_query(route: str, request: web.Request) -> Json:
    for name in request.query:
        if name not in QUERIES.get(route, ()):
            raise Refused("UNKNOWN_QUERY_PARAMETER", f"Unrecognized query parameter `{name}`.", field=name)
    return dict(request.query)
