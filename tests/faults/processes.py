"""A shop whose service is a process, or several on one database: it can be killed, starved and told where to die."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa

from bot.app import utc_now
from storage import tokens
from storage.database import Database, sync_url
from tests.faults.launcher import serve
from tests.faults.wires import a_wire
from tests.shop import PATIENCE, Shop, a_shop, free_port

_fork = multiprocessing.get_context("forkserver")
# Everything is imported once, so a process starts in a fraction of the time.
_fork.set_forkserver_preload(["pytest", "tests.faults.launcher"])

READY_WITHIN = 120.0
LASTS_AT_MOST = 120.0
"""Seconds that anything may take which is sure to happen."""


async def until(check: Callable[[], object]) -> None:
    """Wait for something that rings no bell."""
    async with asyncio.timeout(LASTS_AT_MOST):
        while not check():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@dataclass(kw_only=True)
class Replica:
    """One process of the service."""

    home: Path
    url: str
    environ: dict[str, str]
    process: Any = None

    @property
    def log(self) -> str:
        """Everything it has said, over all its lives."""
        return f"service-{self.url.rpartition(':')[2]}.log"

    @property
    def said(self) -> str:
        """The text of its log."""
        return (self.home / self.log).read_text(errors="replace")

    @property
    def lives(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.is_alive()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self.process is not None
        return int(self.process.pid)

    def start(self) -> None:
        """Start the process."""
        self.process = _fork.Process(target=serve, args=(self.home, self.log, self.environ), daemon=True)
        self.process.start()

    async def is_ready(self) -> bool:
        """What /readyz says."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def ready(self) -> None:
        """Wait until it does its work."""
        async with asyncio.timeout(READY_WITHIN):
            while not await self.is_ready():
                assert self.lives, self.said[-5000:]
                await asyncio.sleep(0.02)

    async def ends(self) -> None:
        """Wait until the process is gone."""
        await asyncio.to_thread(self.process.join, PATIENCE)
        assert not self.lives, "it lives on"

    async def dies(self) -> None:
        """kill -9."""
        if self.lives:
            os.kill(self.pid, signal.SIGKILL)
            await self.ends()


@dataclass
class ServedShop(Shop):
    """A shop whose service runs as processes; the world around it survives them."""

    replicas: list[Replica] = field(default_factory=list)
    _token: str = ""

    @property
    def home(self) -> Path:
        """Where the service keeps its things."""
        return Path(self.environ["LIVE_ASSIST_DATA_DIR"])

    @property
    def database_url(self) -> str:
        """Where its database is."""
        return self.environ.get("LIVE_ASSIST_DATABASE_URL") or f"sqlite+aiosqlite:///{self.home / 'live-assist.db'}"

    @property
    def service(self) -> Replica:
        """The only process, or the first one."""
        return self.replicas[0]

    def replica(self, url: str) -> Replica:
        """One more process, not started yet, that listens at `url`."""
        environ = {"PATH": os.environ["PATH"], "LIVE_ASSIST_PORT": url.rpartition(":")[2], **self.environ}
        self.replicas.append(Replica(home=self.home, url=url, environ=environ))
        return self.replicas[-1]

    async def open(self, **environ: str) -> None:
        """Start the service; `environ` overrides its settings."""
        self.environ |= environ
        if not self.replicas:
            self.replica(self.url)
        for one in self.replicas:
            one.start()
            await one.ready()
        self.said[:] = [self.replicas[-1].said]  # whose code for pairing is the newest
        await self.facebook.verify(f"{self.url}/webhooks/facebook")

    async def close(self) -> None:
        """Leave no process behind."""
        for one in self.replicas:
            await one.dies()

    async def token(self) -> str:
        """Made beside the service, so that it need not live."""
        if not self._token:
            database = Database(self.database_url)
            self._token = await database.write(tokens.create, 1, name="faults", scope="read", now=utc_now())
            await database.close()
        return self._token

    def look(self, *queries: str) -> list[list[Any]]:
        """What a person with the database at hand sees: the rows of each query."""
        return _ask(sa.make_url(self.database_url), *queries)

    async def quiet(self) -> None:
        """Wait until everything that was said has come to its end."""
        try:
            await until(lambda: not self.unfinished())
        except TimeoutError:
            raise AssertionError(f"never at rest: {self.unfinished()}; {self.service.said[-3000:]}") from None

    def unfinished(self) -> dict[str, int]:
        """What is on its way to the service or waits in it, and how much of it."""
        waiting = {
            "updates of Telegram": sum(len(bot.updates.pending) for bot in self.telegram.network.bots.values()),
            "webhooks of Facebook": sum(not sent.acknowledged for sent in self.facebook.webhooks.deliveries),
            "jobs": self.jobs_waiting(),
        }
        for what, rows in zip(WAITING, self.look(*WAITING.values()), strict=True):
            waiting[what] = rows[0][0]
        return {what: count for what, count in waiting.items() if count}

    def jobs_waiting(self) -> int:
        """How much durable work has not ended."""
        url = sa.make_url(self.database_url)
        if url.get_backend_name() == "sqlite":
            assert url.database is not None
            url, table = url.set(database=url.database.removesuffix(".db") + "-jobs.db"), "workflow_status"
        else:
            table = "dbos.workflow_status"
        (((waiting,),),) = _ask(url, f"SELECT count(*) FROM {table} WHERE status IN ('ENQUEUED', 'PENDING', 'DELAYED')")
        return int(waiting)


WAITING = {
    "events": "SELECT count(*) FROM inbox WHERE handled_at IS NULL",
    "messages": "SELECT count(*) FROM deliveries WHERE status IN ('queued', 'sending')",
    "runs": "SELECT count(*) FROM runs WHERE finished_at IS NULL",
    "pages": "SELECT count(*) FROM invoices WHERE status = 'partly_paid' AND "
    "(external_id IS NULL OR open_cents <> amount_cents - paid_cents)",
    "refunds": "SELECT count(*) FROM refunds WHERE kind = 'refund' AND status = 'asked'",
}
"""What waits in our own tables."""


def _ask(url: sa.URL, *queries: str) -> list[list[Any]]:
    engine = sa.create_engine(sync_url(url))
    try:
        with engine.connect() as connection:
            return [list(connection.execute(sa.text(query)).all()) for query in queries]
    finally:
        engine.dispose()


@asynccontextmanager
async def two_replicas(data_dir: Path, database_url: str) -> AsyncIterator[ServedShop]:
    """A shop with two processes on one PostgreSQL database, behind one address."""
    async with a_served_shop(data_dir) as shop:
        shop.environ["LIVE_ASSIST_DATABASE_URL"] = database_url
        with free_port() as first, free_port() as second:
            for port in (first, second):
                shop.replica(f"http://127.0.0.1:{port}")
            async with a_wire([first, second], at=int(shop.url.rpartition(":")[2])):
                yield shop


@asynccontextmanager
async def a_served_shop(data_dir: Path) -> AsyncIterator[ServedShop]:
    """The world, started; `await shop.open()` starts the service."""
    async with a_shop(data_dir) as world:
        shop = ServedShop(
            telegram=world.telegram,
            facebook=world.facebook,
            stripe=world.stripe,
            url=world.url,
            environ=world.environ,
            bot=world.bot,
            page=world.page,
        )
        # Platforms go on trying for longer than any fault here lasts.
        shop.telegram.network.retry_delays = shop.facebook.webhooks.retry_delays = (0.1,) * 600
        try:
            yield shop
        finally:
            await shop.close()
