"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import sqlalchemy as sa
from aiohttp import web

from bot.webhooks import ASSISTANT


def add_routes(app: web.Application) -> None:
    """For whoever restarts or balances us."""
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _readyz(request: web.Request) -> web.Response:
    """503 while the database does not answer."""
    try:
        await request.app[ASSISTANT].database.read(lambda tx: tx.execute(sa.text("SELECT 1")))
    except sa.exc.SQLAlchemyError:
        return web.json_response({"status": "the database does not answer"}, status=503)
    return web.json_response({"status": "ready"})
