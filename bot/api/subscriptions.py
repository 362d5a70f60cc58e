"""Subscriptions: what buyers pay again and again, begun, paused, resumed and ended; and a buyer's own page."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from bot.api import bodies, people
from bot.api.access import BEARER
from bot.api.bodies import Field, required
from bot.api.finding import buyer_called, the_buyer, the_subscription
from bot.api.integration_looks import CONNECTED
from bot.api.provider_problems import told_of
from bot.api.routes import cursor_of, limit_of
from bot.api.shapes import Json, subscription_json
from bot.api.table import Deed, Order, Route, change
from bot.domain.money import Money
from bot.domain.subscription import INTERVALS, Change, Subscription
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from bot.workflows.assistant import Assistant
from bot.workflows.keep_subscriptions import (
    NotPossible,
    Wanted,
    change_subscription,
    look_at_subscription,
    open_subscription,
    where_to_subscribe,
)
from bot.workflows.offer_providers import offered
from bot.workflows.open_orders import OrderDiffers
from bot.workflows.open_portals import NoCustomer, open_portal, where_they_are_known
from storage import subscriptions

FEATURE = "payments"
SUBSCRIPTION = "/api/subscriptions/{subscription_id}"


def _interval(value: Any) -> str:
    if value not in INTERVALS:
        raise ValueError
    return str(value)


_WANTED = {
    "buyer": required(bodies.BUYER),
    "title": required(bodies.text(250, least=1)),
    "amount_cents": required(bodies.AMOUNT),
    "currency": required(bodies.CURRENCY),
    "interval": required(
        Field(
            says=f"one of {', '.join(INTERVALS)}",
            schema={"type": "string", "enum": list(INTERVALS)},
            read=_interval,
        )
    ),
    "provider": bodies.text(40, least=1),
}


async def _open(order: Order) -> Json:
    given, assistant = order.given, order.assistant
    variant, name = assistant.settings.variant, given.get("provider", "")
    if name and name not in offered(variant):
        raise Problem(400, "BAD_REQUEST", f"provider is one of {', '.join(offered(variant))}.")
    buyer = await order.look(buyer_called, given["buyer"])
    with told_of(name or "provider"):
        where = await order.look(where_to_subscribe, variant, name)
    wanted = Wanted(
        order_id=order.key or f"api:{uuid.uuid4().hex}",
        buyer_id=buyer.id,
        title=given["title"],
        amount=Money(given["amount_cents"], given["currency"]),
        interval=given["interval"],
        by=order.by,
    )
    with told_of(where.provider):
        try:
            made = await open_subscription(assistant, order.workspace_id, wanted, provider=where.provider)
        except OrderDiffers as no:
            raise Problem(409, "ORDER_DIFFERS", no.message) from None
    return await order.look(_one, made)


async def _look(request: web.Request) -> web.Response:
    assistant: Assistant = request.app[ASSISTANT]
    workspace_id = request[BEARER].workspace_id
    found = await assistant.database.read(the_subscription, workspace_id, request.match_info)
    found = await look_at_subscription(assistant, found)
    return web.json_response(await assistant.database.read(_one, workspace_id, found))


async def _list(request: web.Request) -> web.Response:
    def look(tx: sa.Connection, workspace_id: int) -> Json:
        limit, before = limit_of(request), cursor_of(request, 1)
        found = subscriptions.listed(tx, workspace_id, before=before[0] if before else None, limit=limit + 1)
        return {
            "subscriptions": _shown(tx, workspace_id, found[:limit]),
            "next_cursor": str(found[limit - 1].id) if len(found) > limit else None,
        }

    return web.json_response(await request.app[ASSISTANT].database.read(look, request[BEARER].workspace_id))


def _change(what: Change) -> Deed:
    async def deed(order: Order) -> Json:
        found = await order.look(the_subscription, order.names)
        with told_of(found.provider):
            try:
                found = await change_subscription(order.assistant, order.workspace_id, found.id, what, by=order.by)
            except NotPossible as no:
                raise Problem(409, "SUBSCRIPTION_NOT_CHANGED", no.message) from None
        return await order.look(_one, found)

    return deed


async def _portal(order: Order) -> Json:
    assistant = order.assistant
    buyer = await order.look(the_buyer, order.names)
    with told_of("provider"):
        try:
            where, _ = await order.look(where_they_are_known, assistant.settings.variant, buyer)
        except NoCustomer as no:
            raise Problem(409, "NO_CUSTOMER", no.message) from None
    with told_of(where.provider):
        return {"url": await open_portal(assistant, order.workspace_id, buyer)}


def _one(tx: sa.Connection, workspace_id: int, found: Subscription) -> Json:
    return _shown(tx, workspace_id, [found])[0]


def _shown(tx: sa.Connection, workspace_id: int, found: list[Subscription]) -> list[Json]:
    known = people.known(tx, workspace_id, {one.buyer_id for one in found})
    return [subscription_json(one, known.get(one.buyer_id)) for one in found]


_CONFLICTS = (*CONNECTED, "PROVIDER_NOT_OFFERED")
ROUTES = (
    Route(
        method="GET",
        path="/api/subscriptions",
        does="List the subscriptions, newest first, as they were last seen",
        handler=_list,
        answers="Subscriptions",
        query=("limit", "cursor"),
        feature=FEATURE,
    ),
    Route(
        method="GET",
        path=SUBSCRIPTION,
        does="Say how a subscription stands, asked now",
        handler=_look,
        answers="Subscription",
        feature=FEATURE,
    ),
    change(
        "POST",
        "/api/subscriptions",
        "Have a buyer pay again and again: they are sent the page for the first payment",
        _open,
        answers="Subscription",
        status=201,
        body=_WANTED,
        conflicts=(*_CONFLICTS, "BUYER_UNCLEAR", "ORDER_DIFFERS"),
        once=True,
        feature=FEATURE,
        outside=True,
    ),
    *(
        change(
            "POST",
            f"{SUBSCRIPTION}/{what.value}",
            does,
            _change(what),
            answers="Subscription",
            conflicts=(*_CONFLICTS, "SUBSCRIPTION_NOT_CHANGED"),
            feature=FEATURE,
            outside=True,
        )
        for what, does in (
            (Change.PAUSE, "Have a subscription ask for nothing until it is resumed"),
            (Change.RESUME, "Have a paused subscription go on: a new period begins, and is billed at once"),
            (Change.CANCEL, "End a subscription at once, for good"),
        )
    ),
    change(
        "POST",
        "/api/buyers/{buyer_id}/portal",
        "Have a link to a buyer's own page at the provider, for now and for them alone",
        _portal,
        answers="Portal",
        conflicts=(*_CONFLICTS, "NO_CUSTOMER"),
        feature=FEATURE,
        outside=True,
    ),
)
