"""What the engine does when there is nothing to do, and that it misses nothing by it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.jobs import durable
from bot.jobs.queues import LOOK_ANYWAY
from tests.shop import PATIENCE, Shop

QUEUES = ("invoices", "deliveries", "payments", "runs", "_dbos_internal_queue")


@contextmanager
def asked_by_the_engine() -> Iterator[list[str]]:
    """Everything that the engine asks its database meanwhile."""
    asked: list[str] = []

    def note(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        url = connection.engine.url
        if url.drivername == "postgresql+psycopg" or (url.database or "").endswith("-jobs.db"):
            asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


async def test_a_shop_at_rest_asks_only_whether_something_waits(shop: Shop) -> None:
    await shop.open()
    await shop.pairs_operator()
    await shop.delivered()
    await asyncio.sleep(2 * LOOK_ANYWAY)
    with asked_by_the_engine() as asked:
        await asyncio.sleep(2.5 * LOOK_ANYWAY)
    assert {statement.partition("(")[0] for statement in asked} == {"SELECT EXISTS "}
    assert len(asked) <= 3 * len(QUEUES)


async def test_work_that_nobody_rings_for_is_begun_in_every_queue(shop: Shop) -> None:
    await shop.open()
    await shop.pairs_operator()
    handles = []
    for queue in QUEUES:
        lane = SetEnqueueOptions(queue_partition_key="1") if queue == "deliveries" else nullcontext()
        with SetWorkflowID(f"settle:{queue}"), lane:
            handles.append(await DBOS.enqueue_workflow_async(queue, durable.settle, 1, 999))
    async with asyncio.timeout(PATIENCE):
        outcomes = [await handle.get_result() for handle in handles]
    assert len(outcomes) == len(QUEUES)
