"""A standing connection to PostgreSQL: what its session holds (locks, a listener) is gone when the process is.

It needs a direct connection, or a pooler that keeps sessions: one that pools by transaction would lose the locks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import sqlalchemy as sa

_log = logging.getLogger(__name__)

ANSWERS_WITHIN = 10.0
"""Seconds after which a silent connection is given up."""
_AGAIN_AFTER = 0.5
_SETTINGS = {
    # The server, too, must notice in seconds that the machine we ran on is gone, or our locks outlive us.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    # Nothing that is kept is written here: bookings of a pace, at most, and those may be lost with the server.
    "synchronous_commit": "off",
    # The same few statements over and over, which find single rows by their keys: to plan one takes twice as long as to
    # run it, and nothing is gained by knowing the values.
    "plan_cache_mode": "force_generic_plan",
}
_NOT_NOW = (
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""No room, going down, its disk in trouble, read only: what lies with the server, and the connection can outlive."""
_TROUBLE = (OSError, asyncpg.PostgresConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Broken(ConnectionError):
    """The standing connection is not there right now, or its server cannot do its part."""


class Standing:
    """One connection that is opened again whenever it breaks. Statements on it go one after the other."""

    def __init__(self, url: sa.URL, name: str) -> None:
        _, options = url.get_dialect()().create_connect_args(url)
        self._options = {**options, "server_settings": {"application_name": name, **_SETTINGS}}
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()
        self._ended: asyncio.Future[None] | None = None
        self._listeners: dict[str, Callable[[int, str], None]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The server's number for this session; 0 while there is none."""
        return 0 if self._connection is None else int(self._connection.get_server_pid())

    def listen(self, channel: str, hear: Callable[[int, str], None]) -> None:
        """Have `hear(pid of the sender, payload)` called for everything said on a channel; before `start`."""
        self._listeners[channel] = hear

    async def start(self) -> None:
        """Open the connection; raises what keeps it from being opened."""
        await self._open()
        self._task = asyncio.create_task(self._keep_open(), name="standing connection")

    async def stop(self) -> None:
        """Close it, and let everything go that it holds."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None:
            with suppress(*_TROUBLE, TimeoutError):
                await self._connection.close(timeout=1)

    async def ask(self, sql: str, *values: Any) -> list[Any]:
        """Run one statement in a transaction of its own. Raises Broken when the connection is not there."""
        async with self._turn:
            connection = self._connection
            if connection is None:
                raise Broken("the database cannot be reached")
            try:
                return list(await connection.fetch(sql, *values, timeout=ANSWERS_WITHIN))
            except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as trouble:
                connection.terminate()
                raise Broken("the connection to the database was lost") from trouble
            except _NOT_NOW as trouble:
                raise Broken("the database cannot do this now") from trouble

    async def ended(self) -> None:
        """Wait for the end of the session there is now: from then on nothing is held any more."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    async def _open(self) -> None:
        connection = await asyncpg.connect(**self._options, timeout=ANSWERS_WITHIN)
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(_connection: object) -> None:
            self._connection = None
            if not ended.done():
                ended.set_result(None)

        connection.add_termination_listener(end)
        for channel, hear in self._listeners.items():
            await connection.add_listener(channel, _heard_by(hear))
        self._connection, self._ended = connection, ended

    async def _keep_open(self) -> None:
        while True:
            await self.ended()
            _log.warning("the standing connection to the database is lost; it is opened again")
            while self._connection is None:
                try:
                    await self._open()
                except (*_TROUBLE, TimeoutError):
                    await asyncio.sleep(_AGAIN_AFTER)


def _heard_by(hear: Callable[[int, str], None]) -> Callable[[object, int, str, object], None]:
    return lambda _connection, pid, _channel, payload: hear(pid, str(payload))
