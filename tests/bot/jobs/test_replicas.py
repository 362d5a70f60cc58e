"""Several processes on one PostgreSQL: whichever stops or dies, the others go on with what it had begun."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.app import ERRAND_SECONDS
from bot.cli import STOP_SECONDS
from bot.jobs.engine import DRAIN_SECONDS, NOTICE_SECONDS
from bot.jobs.locks import let_go, take
from bot.kit.door import GOODBYE_SECONDS
from storage import events
from storage.database import Database
from storage.events import EventKind
from storage.signals import Signals
from storage.standing import Standing
from tests.shop import PATIENCE, Shop, a_shop
from tests.stories.sales import heard_so_far, invoices_at_stripe, sells_dresses

ROOT = Path(__file__).parents[3]
A_CONTAINER_HAS = 10.0
"""Seconds that whoever stops a container waits."""


class Process:
    """One process of the service."""

    def __init__(self, shop: Shop, command: str) -> None:
        self._environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **shop.environ}
        self._environ["LIVE_ASSIST_PORT"] = shop.url.rpartition(":")[2]
        self._command = command
        self._log = Path(shop.environ["LIVE_ASSIST_DATA_DIR"]) / f"{command}.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def said(self) -> str:
        """Everything it has said so far."""
        return self._log.read_text()

    async def starts(self, ready: str) -> None:
        """Start it, and wait until it says that it is ready."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", self._command),
                cwd=self._log.parent,
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(2 * PATIENCE):
            while ready not in self.said:
                assert self._process.returncode is None, self.said
                await asyncio.sleep(0.05)

    async def ends(self, how: signal.Signals) -> int:
        """Have it end; its exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        return await asyncio.wait_for(self._process.wait(), PATIENCE)

    async def is_gone(self) -> None:
        """Whatever became of it."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@pytest.fixture
async def shop(tmp_path: Path, postgres_url: str) -> AsyncIterator[Shop]:
    async with a_shop(tmp_path, postgres_url) as opened:
        yield opened


@pytest.fixture
async def processes(shop: Shop) -> AsyncIterator[list[Process]]:
    begun = [Process(shop, "serve"), Process(shop, "worker")]
    yield begun
    for process in begun:
        await process.is_gone()


async def invoices(shop: Shop, which: str, count: int) -> None:
    """Wait until there are so many invoices of which this is true."""
    database = Database(shop.database_url)

    def ask(tx: sa.Connection) -> int:
        return int(tx.scalar(sa.text(f"SELECT count(*) FROM invoices WHERE {which}")) or 0)

    try:
        async with asyncio.timeout(PATIENCE):
            while await database.read(ask) < count:  # noqa: ASYNC110 - nobody here is told
                await asyncio.sleep(0.05)
    finally:
        await database.close()


def test_whoever_stops_a_process_waits_long_enough() -> None:
    waits = (GOODBYE_SECONDS, STOP_SECONDS, ERRAND_SECONDS, DRAIN_SECONDS, NOTICE_SECONDS)
    assert sum(waits) < A_CONTAINER_HAS


@pytest.mark.parametrize(
    ("how", "code", "is_missed"), [(signal.SIGTERM, 0, False), (signal.SIGKILL, -signal.SIGKILL, True)]
)
async def test_an_invoice_run_goes_on_in_another_process_when_the_first_one_ends(
    shop: Shop, processes: list[Process], how: signal.Signals, code: int, is_missed: bool
) -> None:
    serve, worker = processes
    operator, buyers = await sells_dresses(shop, "Mai", "Lan", "Hoa", "Kim", "Ngo", "Tam")
    await shop.close()
    await serve.starts("listens on")
    shop.stripe.hold_requests()
    await operator.person.says("/invoice all", to=shop.bot)
    await invoices(shop, "first_tried_at IS NOT NULL", len(buyers))
    await worker.starts("Live Assist works.")
    assert await serve.ends(how) == code
    shop.stripe.release_requests()
    await invoices(shop, "status = 'sent'", len(buyers))
    assert ("is gone; what it had begun goes on" in worker.said) is is_missed, "who says goodbye is not waited for"
    assert invoices_at_stripe(shop) == {"open": len(buyers)}
    assert shop.stripe.books()["acct_sandbox"]["customers"] == len(buyers)
    for buyer in buyers:
        await buyer.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
        assert heard_so_far(buyer, shop, "Total: 19.90 USD") == 1
    assert await worker.ends(signal.SIGTERM) == 0
    assert "Traceback" not in serve.said + worker.said


async def test_what_one_process_commits_rings_the_consoles_of_the_others(shop: Shop) -> None:
    await shop.open()
    other = Standing(sa.make_url(shop.database_url), "another process")
    signals, heard_there = Signals(other), asyncio.Event()
    signals.on("moved", lambda _word: heard_there.set())
    await other.start()
    try:
        ring = shop.assistant.bell.listen()
        signals.send("moved")
        await asyncio.wait_for(ring, PATIENCE)
        await shop.assistant.database.write(events.note, 1, EventKind.SHOW_UPDATED, 1)
        await asyncio.wait_for(heard_there.wait(), PATIENCE)
    finally:
        await signals.stop()
        await other.stop()


async def test_only_one_process_goes_by_the_clock(shop: Shop) -> None:
    await shop.open()
    other = Standing(sa.make_url(shop.database_url), "another process")
    await other.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while await take(other, "duty/the clock"):
                await let_go(other, "duty/the clock")
        await shop.close()
        assert await take(other, "duty/the clock"), "whoever stops lets go at once"
    finally:
        await other.stop()
