"""Payments: a page to pay on for somebody else's order, how that stands, and everything that was paid."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from aiohttp import web

from adapters.base import PaymentProvider
from adapters.registry import PROVIDERS
from bot.api import bodies
from bot.api.access import BEARER
from bot.api.bodies import Field, required
from bot.api.routes import cursor_of, limit_of
from bot.api.shapes import Json, payment_json
from bot.api.table import Order as Request
from bot.api.table import Route, change
from bot.domain.books import PaymentStatus
from bot.domain.invoice import Line
from bot.kit.errors import BadInput, Busy, OutsideError, Refused
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from bot.workflows.open_orders import NoCheckout, Order, OrderDiffers, find_order, open_order, where_to_open
from storage import checkouts

FEATURE = "payments"
LONGEST_ORDER_ID = 200
MOST_LINES = 100
_MOST_CENTS = 10**12


def _web_address(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 2000 or not value.isascii() or not value.isprintable():
        raise ValueError
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in value:
        raise ValueError
    return value


def _line_items(value: Any) -> tuple[Line, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_LINES:
        raise ValueError
    return tuple(_line_item(one) for one in value)


def _line_item(value: Any) -> Line:
    if not isinstance(value, dict) or not {"title", "unit_cents"} <= value.keys() <= {*_LINE["properties"]}:
        raise ValueError
    return Line(
        code=bodies.text(60).read(value.get("code", "")),
        title=bodies.text(250, least=1).read(value["title"]),
        options=tuple(bodies.OPTIONS.read(value.get("options", []))),
        quantity=bodies.whole(1, 10_000).read(value.get("quantity", 1)),
        unit_cents=bodies.whole(0, _MOST_CENTS).read(value["unit_cents"]),
    )


_LINE: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "maxLength": 60},
        "title": {"type": "string", "minLength": 1, "maxLength": 250},
        "options": bodies.OPTIONS.schema,
        "quantity": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1},
        "unit_cents": {"type": "integer", "minimum": 0, "maximum": _MOST_CENTS},
    },
    "required": ["title", "unit_cents"],
}
_URL = Field(
    says="a web address like https://shop.example/thanks",
    schema={"type": "string", "format": "uri", "maxLength": 2000},
    read=_web_address,
)
_ORDER = {
    "order_id": required(bodies.text(LONGEST_ORDER_ID, least=1)),
    "amount_cents": bodies.whole(1, _MOST_CENTS, " of minor units"),
    "currency": required(bodies.CURRENCY),
    "description": bodies.text(250, least=1),
    "line_items": Field(
        says=f'a list of 1 to {MOST_LINES} lines like {{"title": "Blue dress", "quantity": 2, "unit_cents": 1990}}',
        schema={"type": "array", "minItems": 1, "maxItems": MOST_LINES, "items": _LINE},
        read=_line_items,
    ),
    "success_url": required(_URL),
    "cancel_url": _URL,
    "provider": bodies.text(40, least=1),
}


async def _open(request: Request) -> Json:
    order = _order(request)
    try:
        where = await request.look(where_to_open, order)
        return payment_json(await open_order(request.assistant, request.workspace_id, order))
    except OrderDiffers as no:
        raise Problem(409, "ORDER_DIFFERS", no.message) from None
    except NoCheckout as no:
        raise Problem(409, no.code, no.message) from None
    except BadInput as no:
        raise Problem(400, "BAD_REQUEST", no.message) from None
    except OutsideError as trouble:
        raise _refused(trouble, where.provider) from None


def _refused(trouble: OutsideError, provider: str) -> Problem:
    name = provider.upper()
    if isinstance(trouble, Refused):
        return Problem(422, f"{name}_CHECKOUT_FAILED", trouble.message)
    wait = trouble.retry_after if isinstance(trouble, Busy) and trouble.retry_after else 10
    return Problem(503, f"{name}_UNAVAILABLE", trouble.message, headers={"Retry-After": str(math.ceil(wait))})


def _order(request: Request) -> Order:
    given = request.given
    lines = given.get("line_items") or ()
    total = sum(line.amount_cents for line in lines)
    amount = given.get("amount_cents", total)
    if not lines and "amount_cents" not in given:
        raise Problem(400, "BAD_REQUEST", "amount_cents or line_items is missing: send one of them.")
    if lines and amount != total:
        raise Problem(400, "BAD_REQUEST", f"amount_cents is {amount}, and the line_items come to {total}.")
    if not amount:
        raise Problem(400, "BAD_REQUEST", "The line_items come to nothing.")
    title = given.get("description") or f"Order {given['order_id']}"
    return Order(
        order_id=given["order_id"],
        currency=given["currency"],
        lines=lines or (Line(code="", title=title, options=(), quantity=1, unit_cents=amount),),
        title=title,
        success_url=given["success_url"],
        cancel_url=given.get("cancel_url", given["success_url"]),
        provider=_provider(given["provider"]).name if "provider" in given else None,
        by=request.by,
    )


def _provider(name: str) -> type[PaymentProvider]:
    if name not in PROVIDERS:
        raise Problem(400, "BAD_REQUEST", f"provider is one of {', '.join(PROVIDERS)}.")
    return PROVIDERS[name]


async def _payment(request: web.Request) -> web.Response:
    workspace_id = request[BEARER].workspace_id
    found = await find_order(request.app[ASSISTANT], workspace_id, request.match_info["order_id"])
    if found is None:
        raise Problem(404, "NOT_FOUND", "There is no such order.")
    return web.json_response(payment_json(found))


async def _payments(request: web.Request) -> web.Response:
    def look(tx: sa.Connection, workspace_id: int) -> Json:
        limit = limit_of(request)
        before = cursor_of(request, 1)
        found = checkouts.listed(
            tx,
            workspace_id,
            before=before[0] if before else None,
            status=_status(request),
            provider=request.query.get("provider"),
            limit=limit + 1,
        )
        return {
            "payments": [payment_json(one) for one in found[:limit]],
            "next_cursor": str(found[limit - 1].id) if len(found) > limit else None,
        }

    return web.json_response(await request.app[ASSISTANT].database.read(look, request[BEARER].workspace_id))


def _status(request: web.Request) -> str | None:
    given = request.query.get("status")
    if given is not None and given not in (known := [status.value for status in PaymentStatus]):
        raise Problem(400, "BAD_REQUEST", f"status is one of {', '.join(known)}.")
    return given


ROUTES = (
    change(
        "POST",
        "/api/payments/checkout-session",
        "Have a page to pay on for an order; the same one until it ends, however often it is asked for",
        _open,
        answers="Payment",
        body=_ORDER,
        conflicts=("ORDER_DIFFERS", "PROVIDER_NOT_CONNECTED", "PROVIDER_NOT_OFFERED"),
        also=(422, 503),
        feature=FEATURE,
    ),
    Route(
        method="GET",
        path="/api/payments/orders/{order_id}/payment",
        does="Say how the payment of an order stands",
        handler=_payment,
        answers="Payment",
        feature=FEATURE,
    ),
    Route(
        method="GET",
        path="/api/payments",
        does="List the payments, newest first",
        handler=_payments,
        answers="Payments",
        query=("limit", "cursor", "status", "provider"),
        feature=FEATURE,
    ),
)
