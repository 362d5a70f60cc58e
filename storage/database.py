"""The database: SQLite by default, PostgreSQL by URL.

Everything in `storage` is a plain function over a synchronous connection, run here in a transaction: reads beside
each other on the async engine, writes one after the other, each in a single hop (docs/decisions/0002).
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage import events
from storage.private_files import make_private
from storage.writer import Writer

T = TypeVar("T")
P = ParamSpec("P")

BUSY_SECONDS = 10.0
"""How long a writer waits for another process to let go of the SQLite file."""

QUIET_SECONDS = 5.0
"""How long a connection to PostgreSQL may lie in the pool before it is asked whether it still works."""
CONNECTIONS = 12
"""Open at once in one process. They are kept: opening one costs as much as several transactions."""
_DISCREET: dict[str, Any] = {"hide_parameters": True}
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
        """Called after every commit, for whoever wants to look at once."""
        self._engine: AsyncEngine = create_async_engine(self.url, pool_size=CONNECTIONS, max_overflow=0, **_DISCREET)
        self._writing: sa.Engine | None = None
        self._writer: Writer | None = None
        if self.is_sqlite:
            _prepare_sqlite(self._engine.sync_engine)
            self._writing = sa.create_engine(sync_url(self.url), poolclass=sa.pool.StaticPool, **_DISCREET)
            _prepare_sqlite(self._writing)
            self._writer = Writer()
        else:
            _look_after(self._engine.sync_engine)

    async def read(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` on a consistent look at the database, beside any writer; what it writes is not kept."""
        async with self._engine.connect() as connection, connection.begin() as transaction:
            try:
                return await connection.run_sync(work, *args, **kwargs)
            finally:
                await transaction.rollback()

    async def write(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction: all of it is on disk when this returns, or none of it.

        `work` is a plain function, so a transaction can never wait for the outside world; on SQLite the whole of
        it is one hop to the writer's thread.
        """
        if self._writer is None or self._writing is None:
            result = await self._write_beside_others(work, *args, **kwargs)
        else:
            result = await self._writer.do(functools.partial(_in_transaction, self._writing, work, *args, **kwargs))
        self.written()
        return result

    async def _write_beside_others(
        self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A transaction that PostgreSQL undid because it met another one has done nothing, and is done again."""
        for _ in range(MEETINGS):
            try:
                async with self._engine.connect() as connection, connection.begin():
                    return await connection.run_sync(_and_note, work, *args, **kwargs)
            except sa.exc.DBAPIError as failure:
                if getattr(failure.orig, "sqlstate", None) not in _MET_ANOTHER:
                    raise
        async with self._engine.connect() as connection, connection.begin():
            return await connection.run_sync(_and_note, work, *args, **kwargs)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._writer is not None and self._writing is not None:
            await self._writer.do(self._writing.dispose)
            self._writer.close()
        await self._engine.dispose()


def _in_transaction(
    engine: sa.Engine, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        return _and_note(connection, work, *args, **kwargs)


def _and_note(
    connection: sa.Connection, work: Callable[Concatenate[sa.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Do `work`, then write down what it moved, for consoles."""
    result = work(connection, *args, **kwargs)
    events.write_down(connection)
    return result


def _prepare_sqlite(engine: sa.Engine) -> None:
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


_MIGRATION = {"migration": 0x6D696772617465}


def migrate(url: str) -> str:
    """Bring the database to this version's shape, forward only; returns the revision. Blocking."""
    where = sa.make_url(url)
    if where.get_backend_name() == "sqlite" and where.database:
        make_private(Path(where.database))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = sa.create_engine(sync_url(where), **_DISCREET)
    if where.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    try:
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            if where.get_backend_name() == "postgresql":  # two of them at once take turns
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(CAST(:migration AS bigint))"), _MIGRATION)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    finally:
        engine.dispose()
    return str(revision)


def new_id(made: sa.CursorResult[Any]) -> int:
    """The id of the row that was just inserted."""
    key = made.inserted_primary_key
    assert key is not None, "every table has an id"
    return int(key[0])
