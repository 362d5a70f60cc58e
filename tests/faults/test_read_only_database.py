"""PostgreSQL takes no writes for a while, like a standby after a failover: everybody waits, and nothing is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa
from psycopg import sql

from tests.faults.crowd import EXPECTED, Crowd
from tests.faults.evenings import an_invoice_run
from tests.faults.processes import ServedShop, two_replicas
from tests.faults.verdict import decided_once
from tests.postgres import PostgresServer

OUTAGE = 8.0
"""Seconds: longer than anything is tried again that fails for another reason."""
HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"


@asynccontextmanager
async def read_only(server: PostgresServer, shop: ServedShop) -> AsyncIterator[None]:
    """Every new connection can only read, and all there are now are cut."""
    name = str(sa.make_url(shop.database_url).database)

    async def turn(which: str) -> None:
        change = sql.SQL(f"ALTER DATABASE {{}} SET default_transaction_read_only = {which}")
        await asyncio.to_thread(server.admin, change.format(sql.Identifier(name)))
        await asyncio.to_thread(server.admin, sql.SQL(HANG_UP).format(sql.Literal(name)))

    await turn("on")
    try:
        yield
    finally:
        await turn("off")


async def test_comments_are_refused_until_they_can_be_kept(
    tmp_path: Path, durable_server: PostgresServer, durable_url: str
) -> None:
    async with two_replicas(tmp_path, durable_url) as shop:
        await shop.open()
        await shop.opens_show("12 Dress 19.90 x30")
        async with await Crowd.gathers(shop) as crowd:
            await crowd.is_heard()
            async with read_only(durable_server, shop):
                await crowd.is_refused()
                assert [await replica.is_ready() for replica in shop.replicas] == [False, False]
            await crowd.is_heard()
        assert set(crowd.statuses) <= EXPECTED
        assert [await replica.is_ready() for replica in shop.replicas] == [True, True]
        decided_once(shop, crowd.comments, quantity=30)


async def test_an_invoice_run_goes_on_by_itself_when_there_is_a_database_to_write_to(
    tmp_path: Path, durable_server: PostgresServer, durable_url: str
) -> None:
    async with two_replicas(tmp_path, durable_url) as shop, an_invoice_run(shop), read_only(durable_server, shop):
        shop.stripe.release_requests()
        await asyncio.sleep(OUTAGE)
