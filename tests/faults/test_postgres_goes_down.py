"""PostgreSQL crashes, or cuts its connections, under load: whoever was not answered comes again, nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.crowd import EXPECTED, Crowd
from tests.faults.evenings import an_invoice_run
from tests.faults.processes import two_replicas
from tests.faults.verdict import decided_once
from tests.postgres import PostgresServer

OUTAGE = 8.0
"""Seconds: longer than anything is tried again that fails for another reason."""
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test%'"


async def test_a_crash_of_postgresql_in_a_burst_loses_no_comment_and_sells_nothing_twice(
    tmp_path: Path, durable_server: PostgresServer, durable_url: str
) -> None:
    async with two_replicas(tmp_path, durable_url) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            await crowd.is_heard(50)
            await asyncio.to_thread(durable_server.crash)
            await crowd.is_refused()
            assert not await shop.service.is_ready()
            await asyncio.to_thread(durable_server.start)
            await crowd.is_heard(50)
        assert set(crowd.statuses) <= EXPECTED
        assert [await replica.is_ready() for replica in shop.replicas] == [True, True]
        decided_once(shop, crowd.comments, quantity=30)


async def test_connections_that_are_cut_in_a_burst_are_opened_again(
    tmp_path: Path, durable_server: PostgresServer, durable_url: str
) -> None:
    async with two_replicas(tmp_path, durable_url) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            for _ in range(5):
                await crowd.is_heard(20)
                await asyncio.to_thread(durable_server.admin, HANG_UP)
            await crowd.is_heard(50)
        assert set(crowd.statuses) <= EXPECTED
        assert [await replica.is_ready() for replica in shop.replicas] == [True, True]
        decided_once(shop, crowd.comments, quantity=30)


async def test_an_invoice_run_goes_on_by_itself_when_postgresql_is_back(
    tmp_path: Path, durable_server: PostgresServer, durable_url: str
) -> None:
    async with two_replicas(tmp_path, durable_url) as shop, an_invoice_run(shop):
        await asyncio.to_thread(durable_server.crash)
        shop.stripe.release_requests()
        await asyncio.sleep(OUTAGE)
        await asyncio.to_thread(durable_server.start)
