"""A Graph API that knows one Page and says yes: all that the service asks of Facebook while comments come in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from benchmarks.comments import PAGE_ID
from benchmarks.processes import free_port

VERSION = "v26.0"


@asynccontextmanager
async def graph() -> AsyncIterator[str]:
    """Its address, while it is there."""
    app = web.Application()
    app.router.add_get(f"/{VERSION}/{PAGE_ID}", _page)
    app.router.add_post(f"/{VERSION}/{PAGE_ID}/subscribed_apps", _subscribe)
    app.router.add_get("/{path:.*}", _nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/{VERSION}"
    finally:
        await runner.cleanup()


async def _page(_request: web.Request) -> web.Response:
    return web.json_response({"id": PAGE_ID, "name": "Mai's Shop"})


async def _subscribe(_request: web.Request) -> web.Response:
    return web.json_response({"success": True})


async def _nothing(_request: web.Request) -> web.Response:
    return web.json_response({"data": []})
