"""A replica that is gone is noticed, and what it had begun goes on; one that lives is left in peace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
import sqlalchemy as sa
from dbos import DBOSPortableJSONSerializer
from dbos._sys_db import SystemDatabase

from bot.jobs.takeover import GRACE, Takeover, put_back
from storage.database import sync_url
from storage.standing import Broken, Standing

Connect = Callable[[str], Awaitable[Standing]]

_BEGUN = """
    INSERT INTO dbos.workflow_status
        (workflow_uuid, status, name, executor_id, queue_name, owner_xid, application_version, started_at_epoch_ms,
         recovery_attempts, created_at, updated_at)
    VALUES ($1, $2, 'deliver', $3, $4, 'token', '1', 5, 2, 1, 1)
"""


@pytest.fixture
def engine_tables(postgres_url: str) -> Iterator[SystemDatabase]:
    """The engine's own tables, and its own way to recover what is in them."""
    tables = SystemDatabase.create(
        system_database_url=sync_url(sa.make_url(postgres_url)).render_as_string(hide_password=False),
        engine_kwargs={},
        engine=None,
        schema="dbos",
        serializer=DBOSPortableJSONSerializer(),
        executor_id="nobody",
    )
    tables.run_migrations()
    yield tables
    tables.destroy()


@pytest.fixture
async def connect(postgres_url: str, engine_tables: SystemDatabase) -> AsyncIterator[Connect]:
    """Opens one process's standing connection."""
    async with AsyncExitStack() as opened:

        async def connect(name: str) -> Standing:
            standing = Standing(sa.make_url(postgres_url), name)
            await standing.start()
            opened.push_async_callback(standing.stop)
            return standing

        yield connect


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def begins(standing: Standing, executor_id: str, *workflows: str, status: str = "PENDING") -> None:
    """An executor has begun these."""
    for workflow in workflows:
        await standing.ask(_BEGUN, workflow, status, executor_id, "deliveries")


async def stands(standing: Standing) -> dict[str, str]:
    """Workflow → its status."""
    return {row[0]: row[1] for row in await standing.ask("SELECT workflow_uuid, status FROM dbos.workflow_status")}


async def test_what_a_dead_replica_had_begun_is_queued_again_after_the_grace(connect: Connect) -> None:
    clock = Clock()
    dying, living = await connect("dying"), await connect("living")
    await Takeover(dying, "dying").show_life()
    takeover = Takeover(living, "living", clock=clock)
    await begins(dying, "dying", "deliver:1:1", "deliver:2:1")
    await begins(dying, "dying", "deliver:3:1", status="SUCCESS")
    await begins(living, "living", "deliver:4:1")
    for clock.now in (0.0, 100.0):
        await takeover.look()
    assert set((await stands(living)).values()) == {"PENDING", "SUCCESS"}, "it lives, however long it takes"

    await dying.stop()
    for clock.now in (200.0, 200.0 + GRACE - 0.1):
        await takeover.look()
    assert set((await stands(living)).values()) == {"PENDING", "SUCCESS"}, "it may come back"
    clock.now = 200.0 + GRACE
    await takeover.look()
    assert await stands(living) == {
        "deliver:1:1": "ENQUEUED",
        "deliver:2:1": "ENQUEUED",
        "deliver:3:1": "SUCCESS",
        "deliver:4:1": "PENDING",
    }


async def test_a_replica_that_comes_back_within_the_grace_keeps_its_work(connect: Connect) -> None:
    clock = Clock()
    stumbling, living = await connect("stumbling"), await connect("living")
    its_own = Takeover(stumbling, "stumbling")
    await its_own.show_life()
    await begins(stumbling, "stumbling", "deliver:1:1")
    takeover = Takeover(living, "living", clock=clock)
    await living.ask("SELECT pg_terminate_backend($1)", stumbling.pid)
    await stumbling.ended()
    await takeover.look()
    while not stumbling.pid:
        with pytest.raises(Broken):
            await its_own.show_life()
        await living.ask("SELECT pg_sleep(0.05)")
    await its_own.show_life()
    for clock.now in (GRACE / 2, GRACE * 3):
        await takeover.look()
    assert await stands(living) == {"deliver:1:1": "PENDING"}


async def test_two_survivors_take_over_once(connect: Connect) -> None:
    clock = Clock()
    one, other = await connect("one"), await connect("other")
    await begins(one, "long dead", "deliver:1:1")
    adopted: list[str] = []
    for name, standing in (("one", one), ("other", other)):
        takeover = Takeover(standing, name, clock=clock)
        takeover.start(lambda name=name: adopted.append(name))  # type: ignore[misc]
        await takeover.stop()
        for clock.now in (0.0, GRACE):
            await takeover.look()
        clock.now = 0.0
    assert adopted == ["one"]


async def test_the_engine_itself_would_put_work_back_just_like_that(
    connect: Connect, engine_tables: SystemDatabase
) -> None:
    """Our statement does what the pinned version's recovery does: this fails when a new version does more."""
    standing = await connect("standing")
    for workflow, queue in (("ours", "deliveries"), ("theirs", "deliveries"), ("ours 2", None), ("theirs 2", None)):
        await standing.ask(_BEGUN, workflow, "PENDING", workflow.partition(" ")[0], queue)
    assert await put_back(standing, "ours") == 2
    for workflow in ("theirs", "theirs 2"):
        assert engine_tables.reenqueue_for_recovery(workflow, ["theirs"], "_dbos_internal_queue")
    everything = "SELECT * FROM dbos.workflow_status ORDER BY workflow_uuid"
    rows = {row["workflow_uuid"]: dict(row) for row in await standing.ask(everything)}
    for row in rows.values():
        assert row.pop("updated_at") > 1_700_000_000_000
        del row["workflow_uuid"], row["executor_id"]
    assert rows["ours"] == rows["theirs"]
    assert rows["ours 2"] == rows["theirs 2"]
    assert rows["ours 2"]["queue_name"] == "_dbos_internal_queue"
