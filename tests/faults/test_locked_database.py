"""Another program holds the lock of the SQLite file for longer than anybody waits: later, not never, and not twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.crowd import EXPECTED, Crowd
from tests.faults.evenings import an_invoice_run, invoices_in_vain
from tests.faults.processes import a_served_shop, until
from tests.faults.verdict import decided_once


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Nobody else can write."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def test_comments_while_somebody_else_writes_are_refused_in_time_and_decided_later(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            await crowd.is_heard()
            with locked(tmp_path / "live-assist.db"):
                await crowd.is_refused()
                assert await shop.service.is_ready()
            await crowd.is_heard()
        assert set(crowd.statuses) <= EXPECTED
        assert shop.service.lives
        decided_once(shop, crowd.comments, quantity=30)


async def test_an_invoice_run_goes_on_by_itself_when_somebody_else_has_written(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop, an_invoice_run(shop):
        with locked(tmp_path / "live-assist.db"):
            await invoices_in_vain(shop)


async def test_an_invoice_run_goes_on_by_itself_when_the_engine_can_write_again(tmp_path: Path) -> None:
    async with a_served_shop(tmp_path) as shop, an_invoice_run(shop):
        with locked(tmp_path / "live-assist-jobs.db"):
            shop.stripe.release_requests()
            await until(lambda: "database is locked" in shop.service.said)
