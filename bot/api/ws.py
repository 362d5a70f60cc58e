"""The live socket: everything that moves in a workspace, in order, from wherever the follower left off."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import WSMsgType, web

from bot.api.access import BEARER
from bot.api.changes import Place, changes_after, now_at
from bot.api.table import Route, register
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from bot.workflows.assistant import Assistant

HEARTBEAT = 20.0
"""Seconds between pings; a follower that answers none is let go."""
LOOK_ANYWAY = 1.0
"""Seconds after which to look without a ring: another process may have written."""
BREATH = 0.05
"""Seconds between two looks: a burst of commits is told in a few big steps."""


def add_routes(app: web.Application) -> None:
    """One socket."""
    register(app, ROUTES)


async def _follow(request: web.Request) -> web.StreamResponse:
    """`?after=123.4` (or `Last-Event-ID`) goes on after that message; without it, what moves from now on."""
    assistant, workspace_id = request.app[ASSISTANT], request[BEARER].workspace_id
    given = request.query.get("after") or request.headers.get("Last-Event-ID")
    try:
        place = Place.parse(given) if given else await assistant.database.read(now_at, workspace_id)
    except ValueError as mistake:
        raise Problem(400, "BAD_REQUEST", f"after: {mistake}.") from None
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
    if not socket.can_prepare(request).ok:
        raise Problem(426, "UPGRADE_REQUIRED", "This address speaks WebSocket.", headers={"Upgrade": "websocket"})
    await socket.prepare(request)
    await socket.send_json({"type": "hello", "id": str(place)})
    telling = asyncio.create_task(_tell(assistant, workspace_id, socket, place))
    try:
        async for message in socket:  # nothing is expected; this notices the follower leaving
            if message.type in (WSMsgType.ERROR, WSMsgType.CLOSE):
                break
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await telling
    return socket


async def _tell(assistant: Assistant, workspace_id: int, socket: web.WebSocketResponse, place: Place) -> None:
    while not socket.closed:
        ring = assistant.bell.listen()
        try:
            changes = await assistant.database.read(changes_after, workspace_id, place)
            for change in changes:
                await socket.send_json(change)
                place = Place.parse(change["id"])
            if not changes:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ring, LOOK_ANYWAY)
        finally:
            assistant.bell.forget(ring)
        await asyncio.sleep(BREATH)


ROUTES = (
    Route(
        method="GET",
        path="/api/ws",
        does="Follow what moves over a WebSocket: claim, show, invoice, delivery and run messages, in order",
        handler=_follow,
        answers="",
        status=101,
        query=("after",),
    ),
)
