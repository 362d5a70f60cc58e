"""The database: SQLite by default, PostgreSQL by URL.

Everything in `storage` is a plain function over a synchronous connection, run here in a transaction: reads beside
each other on the async engine, writes one after the other, each in a single hop (docs/decisions/0002).
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from storage import events
from storage.writer import Writer

T = TypeVar("T")
P = ParamSpec("P")

BUSY_SECONDS = 10.0
"""How long a writer waits for another process to let go of the SQLite file."""

QUIET_SECONDS = 5.0
"""How long a connection to PostgreSQL may lie in the pool before it is asked whether it still works."""
CONNECTIONS = 12
"""Open at once in one process. They are kept: opening one costs as much as several transactions."""
DISCREET: dict[str, Any] = {"hide_parameters": True}
"""An error in the log says which statement failed, not what was written: that is people's, pay links among it."""
MEETINGS = 3
"""How often a transaction is begun again because it met another one."""
_MET_ANOTHER = ("40001", "40P01")
"""Serialization failure and deadlock: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


class Database:
    """Connections and transactions.

    SQLite has one writer at a time, so the writers of this process take turns here, first come first served,
    instead of polling the file lock; other processes are waited for up to `BUSY_SECONDS`.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.written: Callable[[], None] = lambda: None
        """Called after every commit that moved something, for whoever wants to look at once."""
        self._engine: AsyncEngine = create_async_engine(self.url, pool_size=CONNECTIONS, max_overflow=0, **DISCREET)
        self._writing: sa.Engine | None = None
        self._writer: Writer | None = None
        if self.is_sqlite:
            prepare_sqlite(self._engine.sync_engine)
            self._writing = sa.create_engine(
                sync_url(self.url), poolclass=sa.pool.StaticPool, execution_options={"write": True}, **DISCREET
            )
            prepare_sqlite(self._writing)
            self._writer = Writer()
        else:
            _look_after(self._engine.sync_engine)

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on a consistent look at the database, beside any writer; what it writes is not kept."""
        return await greenlet_spawn(functools.partial(_looking, self._engine.sync_engine, work, *args, **kwargs))

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction: all of it is on disk when this returns, or none of it.

        `work` is a plain function, so a transaction can never wait for the outside world; on SQLite the whole of
        it is one hop to the writer's thread.
        """
        if self._writer is None or self._writing is None:
            result, moved = await self._write_beside_others(work, *args, **kwargs)
        else:
            transaction = functools.partial(_in_transaction, self._writing, work, *args, **kwargs)
            result, moved = await self._writer.do(transaction)
        if moved:
            self.written()
        return result

    async def _write_beside_others(
        self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[T, bool]:
        """A transaction that PostgreSQL undid because it met another one has done nothing, and is done again."""
        # The whole of it in one greenlet: an AsyncConnection begins one for every step.
        transaction = functools.partial(_in_transaction, self._engine.sync_engine, work, *args, **kwargs)
        for _ in range(MEETINGS):
            try:
                return await greenlet_spawn(transaction)
            except sa.exc.DBAPIError as failure:
                if getattr(failure.orig, "sqlstate", None) not in _MET_ANOTHER:
                    raise
        return await greenlet_spawn(transaction)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._writer is not None and self._writing is not None:
            await self._writer.do(self._writing.dispose)
            self._writer.close()
        await self._engine.dispose()


def _in_transaction(
    engine: sa.Engine, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> tuple[T, bool]:
    """Do `work`, then write down what it moved, for consoles; also says whether anything did."""
    with engine.begin() as connection:
        result = work(connection, *args, **kwargs)
        return result, events.write_down(connection)


def _looking(
    engine: sa.Engine, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    with engine.connect() as connection, connection.begin() as transaction:
        try:
            return work(connection, *args, **kwargs)
        finally:
            transaction.rollback()


def prepare_sqlite(engine: sa.Engine) -> None:
    """WAL, FULL sync, foreign keys, and our own BEGIN: IMMEDIATE for writers, so that no read turns into a write."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={int(BUSY_SECONDS * 1000)}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _look_after(engine: sa.Engine) -> None:
    """A new connection for whoever would get a dead one.

    The driver notices by itself when the server hangs up. Only a connection that lay still, and may have been forgotten
    somewhere in between, is asked: that costs as much as a short transaction.
    """

    @event.listens_for(engine, "checkin")
    def _checkin(_connection: Any, record: Any) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if connection.driver_connection.is_closed():
            raise sa.exc.InvalidatePoolError
        if time.monotonic() - record.info.get("since", math.inf) > QUIET_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except (engine.dialect.loaded_dbapi.Error, OSError):
                raise sa.exc.InvalidatePoolError from None


def sync_url(url: sa.URL) -> sa.URL:
    """The same database through a driver without asyncio."""
    return url.set(drivername="sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg")


def new_id(made: sa.CursorResult[Any]) -> int:
    """The id of the row that was just inserted."""
    key = made.inserted_primary_key
    assert key is not None, "every table has an id"
    return int(key[0])
