"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
from aiohttp import web

from bot.problems import Problem, is_database_trouble
from bot.webhooks import ASSISTANT

ANSWERS_WITHIN = 5.0
"""Seconds a database has; whoever asks whether we are ready does not wait longer."""

READ_ONLY = (
    "The database takes no writes: it is a standby, or set to read only. Point LIVE_ASSIST_DATABASE_URL to the primary."
)
_SOON = {"Retry-After": "2"}


def add_routes(app: web.Application) -> None:
    """For whoever restarts or balances us."""
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _readyz(request: web.Request) -> web.Response:
    """503 while the database does not answer, is not ours, or takes no writes."""
    look = asyncio.ensure_future(request.app[ASSISTANT].database.read(_look))
    # Whoever gives up on a locked file waits for the lock all the same, so the look is left to itself, not cancelled.
    await asyncio.wait({look}, timeout=ANSWERS_WITHIN)
    if not look.done():
        look.add_done_callback(lambda late: late.cancelled() or late.exception())
        raise _not_ready()
    try:
        takes_writes = look.result()
    except Exception as failure:
        if not (isinstance(failure, sa.exc.SQLAlchemyError) or is_database_trouble(failure)):
            raise
        raise _not_ready() from None
    if not takes_writes:
        raise Problem(503, "DATABASE_READ_ONLY", READ_ONLY, headers=_SOON)
    return web.json_response({"status": "ready"})


def _look(tx: sa.Connection) -> bool:
    """Read a row that is on disk: a constant would be answered with the file gone. Whether it could be written, too.

    A standby says the same as a database that is set to read only.
    https://www.postgresql.org/docs/current/hot-standby.html
    """
    tx.execute(sa.text("SELECT version_num FROM alembic_version")).one()
    return tx.dialect.name != "postgresql" or tx.scalar(sa.text("SHOW transaction_read_only")) == "off"


def _not_ready() -> Problem:
    return Problem(503, "DATABASE_BUSY", "The database does not answer.", headers=_SOON)
