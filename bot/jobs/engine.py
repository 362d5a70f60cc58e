"""The durable engine: DBOS in its own SQLite file, or in PostgreSQL beside our tables (docs/decisions/0003).

Nothing outside `bot.jobs` knows which engine this is.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import os
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from sqlalchemy import event

from bot.jobs import durable
from bot.workflows.assistant import Assistant
from storage.database import sync_url

APPLICATION_VERSION = "1"
"""A constant: otherwise every release strands the work that is queued under the one before."""
THREADS = 8
DRAIN_SECONDS = 4
"""How long a stop waits for work under way; the rest is taken up at the next start."""
LOOK_SECONDS = 0.05
POLL_SECONDS = 0.1
PLACED_AT_ONCE = 16


class Engine:
    """Starts and stops the engine, and puts work into it. There is one per process."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._jobs_db: sa.Engine | None = None
        self._executor_id = "embedded"

    async def start(self) -> None:
        """Launch inside the running loop, so that workflows run on it; unfinished work goes on."""
        logging.getLogger("dbos").setLevel(logging.WARNING)
        url = self._assistant.database.url
        config: DBOSConfig = {
            "name": "live-assist",
            "application_version": APPLICATION_VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": THREADS,
            "enable_otlp": False,
            "log_level": "WARNING",
        }
        if self._assistant.database.is_sqlite:
            assert url.database is not None, "a SQLite database is a file"
            self._jobs_db = _sqlite_engine(url.database.removesuffix(".db") + "-jobs.db")
            config["system_database_engine"] = self._jobs_db
            config["system_database_url"] = str(self._jobs_db.url)
        else:
            config["system_database_url"] = sync_url(url).render_as_string(hide_password=False)
            self._executor_id = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        config["executor_id"] = self._executor_id
        durable.serve(self._assistant)
        DBOS(config=config)
        DBOS.launch()
        await DBOS.register_queue_async(
            "invoices", worker_concurrency=PLACED_AT_ONCE, polling_interval_sec=POLL_SECONDS
        )
        await DBOS.register_queue_async("deliveries", partition_concurrency=1, polling_interval_sec=POLL_SECONDS)
        await DBOS.register_queue_async("payments", worker_concurrency=8, polling_interval_sec=POLL_SECONDS)
        await DBOS.register_queue_async("runs", polling_interval_sec=POLL_SECONDS)

    async def stop(self) -> None:
        """Let work under way come to a step's end, then stop; the rest goes on at the next start."""
        durable.close()
        with contextlib.suppress(TimeoutError, sa.exc.SQLAlchemyError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while await self._under_way() - durable.resting():  # noqa: ASYNC110 - the engine tells nobody
                    await asyncio.sleep(LOOK_SECONDS)
        await asyncio.to_thread(DBOS.destroy)
        # It warns of every workflow that is left where it rests.
        logging.getLogger("dbos").setLevel(logging.ERROR)
        durable.leave()
        # It had made its threads the loop's own, and has closed them now.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        if self._jobs_db is not None:
            self._jobs_db.dispose()

    async def _under_way(self) -> frozenset[str]:
        """Ids of the workflows that this process has begun and not ended."""
        found = await DBOS.list_workflows_async(
            status="PENDING", executor_id=self._executor_id, load_input=False, load_output=False
        )
        return frozenset(workflow.workflow_id for workflow in found)

    async def place_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        """Make an invoice at its provider, then deliver its link."""
        await _enqueue("invoices", f"invoice:{invoice_id}:{tries}", durable.place_invoice, workspace_id, invoice_id)

    async def void_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        """Close an invoice at its provider."""
        await _enqueue("invoices", f"void:{invoice_id}:{tries}", durable.void_invoice, workspace_id, invoice_id)

    async def deliver(self, workspace_id: int, delivery_id: int, attempt: int, chat: str) -> None:
        """Get a message to its person, in order with others to the same chat."""
        key = f"deliver:{delivery_id}:{attempt}"
        await _enqueue("deliveries", key, durable.deliver, workspace_id, delivery_id, lane=chat)

    async def settle(self, workspace_id: int, inbox_id: int) -> None:
        """Act on a kept payment event."""
        await _enqueue("payments", f"settle:{inbox_id}", durable.settle, workspace_id, inbox_id)

    async def watch_run(self, workspace_id: int, run_id: int) -> None:
        """Show a run's progress in its message until it is over."""
        await _enqueue("runs", f"run:{run_id}", durable.watch_run, workspace_id, run_id)


Workflow = Callable[[int, int], Coroutine[Any, Any, str]]


async def _enqueue(
    queue: str, key: str, workflow: Workflow, workspace_id: int, subject_id: int, *, lane: str | None = None
) -> None:
    """Hand one workflow over; with the same `key` again nothing happens.

    Work in one `lane` is done one after the other, in the order of its subjects. The engine takes no new work from
    inside a step, so this is done beside whatever the caller is part of: the key makes that safe to repeat.
    """

    async def hand_over() -> None:
        order = SetEnqueueOptions(queue_partition_key=lane, priority=subject_id % _HIGHEST_PRIORITY + 1)
        with SetWorkflowID(key), order if lane is not None else contextlib.nullcontext():
            await DBOS.enqueue_workflow_async(queue, workflow, workspace_id, subject_id)

    await asyncio.get_running_loop().create_task(hand_over(), context=contextvars.Context())


_HIGHEST_PRIORITY = 2**31 - 2


def _sqlite_engine(path: str) -> sa.Engine:
    """The engine's own file: WAL, and a clock with milliseconds where its SQL cannot get one.

    On Python 3.11 it reads `strftime('%s')`, which has whole seconds; later ones need SQLite 3.42 for
    `unixepoch('subsec')`. Either way the order of work would be lost.
    """
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 10})

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        if sys.version_info < (3, 12):
            connection.create_function("strftime", 2, lambda _format, _moment: time.time())
        elif sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", 1, lambda _moment: time.time())

    return engine
