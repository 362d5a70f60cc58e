"""The live socket: everything that moves in a workspace, in order, from wherever the follower left off."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import sqlalchemy as sa
from aiohttp import WSCloseCode, WSMsgType, web

from bot.api.access import BEARER
from bot.api.changes import Place, now_at
from bot.api.feed import Feed, Feeds
from bot.api.table import Route, register
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from bot.workflows.assistant import Assistant
from storage import tokens
from storage.tokens import Bearer

_log = logging.getLogger(__name__)

FEEDS = web.AppKey("feeds", Feeds)
FOLLOWERS = web.AppKey("followers", set[web.WebSocketResponse])
HEARTBEAT = 20.0
"""Seconds between pings; a follower that answers none is let go."""
TRUST = 30.0
"""Seconds until it is looked whether a follower's token still opens anything."""
GOODBYE = 1.0
"""Seconds in which a follower has to answer that we hang up."""


def add_routes(app: web.Application) -> None:
    """One socket."""
    app[FEEDS], app[FOLLOWERS] = Feeds(), set()
    app.on_shutdown.append(_hang_up)
    register(app, ROUTES)


async def _follow(request: web.Request) -> web.StreamResponse:
    """`?after=123.4` (or `Last-Event-ID`) goes on after that message; without it, what moves from now on."""
    assistant, bearer = request.app[ASSISTANT], request[BEARER]
    workspace_id = bearer.workspace_id
    given = request.query.get("after") or request.headers.get("Last-Event-ID")
    try:
        place = Place.parse(given) if given else None
    except ValueError as mistake:
        raise Problem(400, "BAD_REQUEST", f"after: {mistake}.") from None
    # What is told is rendered once for everybody; to compress it would be done again for each.
    socket = web.WebSocketResponse(timeout=GOODBYE, heartbeat=HEARTBEAT, compress=False)
    if not socket.can_prepare(request).ok:
        raise Problem(426, "UPGRADE_REQUIRED", "This address speaks WebSocket.", headers={"Upgrade": "websocket"})
    now = await assistant.database.read(now_at, workspace_id)
    await socket.prepare(request)
    await socket.send_json({"type": "hello", "id": str(place or now)})
    async with request.app[FEEDS].follow(assistant, workspace_id, now) as feed:
        request.app[FOLLOWERS].add(socket)
        telling = asyncio.create_task(_tell(assistant, bearer, feed, socket, place or now))
        listening = asyncio.create_task(_until_they_leave(socket))
        try:
            await asyncio.wait({telling, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            request.app[FOLLOWERS].discard(socket)
            telling.cancel()
            listening.cancel()
            await asyncio.wait({telling, listening})
        with contextlib.suppress(asyncio.CancelledError):
            listening.result()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await socket.close(code=telling.result())
    return socket


async def _until_they_leave(socket: web.WebSocketResponse) -> None:
    """Nothing is expected of a follower; this notices them leaving."""
    async for message in socket:
        if message.type in (WSMsgType.ERROR, WSMsgType.CLOSE):
            return


async def _hang_up(app: web.Application) -> None:
    """Tell everybody that the service stops, or it would wait for them to leave; they come back to where they were."""
    leaving = [socket.close(code=WSCloseCode.GOING_AWAY, drain=False) for socket in app[FOLLOWERS]]
    await asyncio.gather(*leaving, return_exceptions=True)


async def _tell(
    assistant: Assistant, bearer: Bearer, feed: Feed, socket: web.WebSocketResponse, place: Place
) -> WSCloseCode:
    """Send what moves, as fast as it is taken: each batch waits until the one before has gone out.

    Returns why it is over.
    """
    clock = asyncio.get_running_loop().time
    trusted = clock()
    while not socket.closed:
        try:
            messages = await feed.after(place)
            if clock() - trusted >= TRUST:
                if not await assistant.database.read(tokens.is_known, bearer.workspace_id, bearer.id):
                    return WSCloseCode.POLICY_VIOLATION
                trusted = clock()
        except (sa.exc.SQLAlchemyError, OSError):
            _log.warning("what moved cannot be read; who follows has to come back", exc_info=True)
            return WSCloseCode.TRY_AGAIN_LATER
        for told in messages:
            await socket.send_frame(told.text, WSMsgType.TEXT)
            place = told.place
    return WSCloseCode.OK


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
