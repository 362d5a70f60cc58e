"""The durable engine: DBOS in its own SQLite file, or in PostgreSQL beside our tables (docs/decisions/0003).

Nothing outside `bot.jobs` knows which engine this is.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import sqlite3
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from dbos import _dbos as dbos_module
from sqlalchemy import event

from bot.jobs import durable
from bot.jobs.keys import key
from bot.jobs.overdue import engine_url
from bot.jobs.queues import Queues
from bot.jobs.replica import Replica
from bot.workflows.assistant import Assistant
from storage.private_files import make_private
from storage.standing import Broken

_log = logging.getLogger(__name__)

APPLICATION_VERSION = "1"
"""A constant: otherwise every release strands the work that is queued under the one before."""
THREADS = 8
DRAIN_SECONDS = 3
"""How long a stop waits for work under way; the rest goes on in another replica, or at the next start."""
LOOK_SECONDS = 0.05
NOTICE_SECONDS = 1.0
"""How often the engine looks for notices, and for those to be sent, of which we have none: a stop waits for it."""
_ASKED_TOGETHER = 1000
_WORK = "work"

T = TypeVar("T")
Workflow = Callable[[int, int], Coroutine[Any, Any, str]]


def _writes_into_our_log() -> None:
    """The engine adds a handler of its own where there is none, and it would print past ours, which hides secrets."""
    log = logging.getLogger("dbos")
    log.handlers[:] = [logging.NullHandler()]
    log.propagate = True
    log.setLevel(logging.WARNING)


class Engine:
    """Starts and stops the engine, and puts work into it. There is one per process."""

    def __init__(self, assistant: Assistant, replica: Replica | None) -> None:
        self._assistant = assistant
        self._replica = replica
        self._executor_id = "embedded" if replica is None else replica.executor_id
        self._queues = Queues()
        self._jobs_db: sa.Engine | None = None

    async def start(self) -> None:
        """Launch inside the running loop, so that workflows run on it; unfinished work goes on."""
        _writes_into_our_log()
        url = self._assistant.database.url
        config: DBOSConfig = {
            "name": "live-assist",
            "application_version": APPLICATION_VERSION,
            "executor_id": self._executor_id,
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": THREADS,
            "notification_listener_polling_interval_sec": NOTICE_SECONDS,
            "notification_coalesce_sec": NOTICE_SECONDS,
            "enable_otlp": False,
            "log_level": "WARNING",
        }
        if self._assistant.database.is_sqlite:
            file = engine_url(url)
            make_private(Path(file.database or ""))
            self._jobs_db = config["system_database_engine"] = _sqlite_engine(file)
        config["system_database_url"] = engine_url(url).render_as_string(hide_password=False)
        durable.serve(self._assistant, self._queues.ring)
        engine = DBOS(config=config)
        with _nothing_done_by("queue_thread", "background_jobs_thread", "dynamic_scheduler_loop"):
            DBOS.launch()
        _keep_to_this_loop(engine)
        await self._queues.start(engine)
        if self._replica is not None:
            self._replica.signals.on(_WORK, self._queues.ring)
            self._replica.takeover.start(self._queues.ring)

    async def stop(self) -> None:
        """Take no more work, let what is under way come to a step's end, and leave the rest to be gone on with."""
        self._queues.close()
        durable.close()
        with contextlib.suppress(TimeoutError, sa.exc.SQLAlchemyError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while await self._under_way() - durable.resting():  # noqa: ASYNC110 - the engine tells nobody
                    await asyncio.sleep(LOOK_SECONDS)
        await asyncio.to_thread(self._end)
        # It warns of every workflow that is left where it rests.
        logging.getLogger("dbos").setLevel(logging.ERROR)
        await durable.leave()
        # It had made its threads the loop's own, and has closed them now.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        if self._jobs_db is not None:
            self._jobs_db.dispose()
        if self._replica is not None:
            await self._hand_over(self._replica)

    def _end(self) -> None:
        self._queues.join()
        DBOS.destroy()

    async def _hand_over(self, replica: Replica) -> None:
        try:
            if await replica.leave():
                replica.signals.send(_WORK)
        except Broken:
            _log.warning("what is left could not be handed over; the other replicas will find it")

    async def _under_way(self) -> frozenset[str]:
        """Ids of the workflows that this process has begun and not ended."""
        found = await DBOS.list_workflows_async(
            status="PENDING", executor_id=self._executor_id, load_input=False, load_output=False
        )
        return frozenset(workflow.workflow_id for workflow in found)

    async def place_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        """Make an invoice at its provider, then deliver its link."""
        work = key("invoice", invoice_id, tries)
        await self._enqueue("invoices", work, durable.place_invoice, workspace_id, invoice_id)

    async def void_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        """Close an invoice at its provider."""
        work = key("void", invoice_id, tries)
        await self._enqueue("invoices", work, durable.void_invoice, workspace_id, invoice_id)

    async def balance_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        """Have an invoice's page at its provider ask for what is left to pay, and for nothing else."""
        work = key("balance", invoice_id, tries)
        await self._enqueue("invoices", work, durable.balance_invoice, workspace_id, invoice_id)

    async def refund(self, workspace_id: int, refund_id: int, tries: int) -> None:
        """Have a provider send money back."""
        await self._enqueue("invoices", key("refund", refund_id, tries), durable.refund, workspace_id, refund_id)

    async def deliver(
        self, workspace_id: int, delivery_id: int, attempt: int, chat: str, *, reply: bool = False
    ) -> None:
        """Get a message to its person, in order with others to the same chat, but for replies, which go first."""
        work = key("deliver", delivery_id, attempt)
        await self._enqueue("deliveries", work, durable.deliver, workspace_id, delivery_id, lane=chat, first=reply)

    async def settle(self, workspace_id: int, inbox_id: int, attempt: int = 1) -> None:
        """Act on a kept payment event."""
        await self._enqueue("payments", key("settle", inbox_id, attempt), durable.settle, workspace_id, inbox_id)

    async def watch_run(self, workspace_id: int, run_id: int, attempt: int = 1) -> None:
        """Show a run's progress in its message until it is over."""
        await self._enqueue("runs", key("run", run_id, attempt), durable.watch_run, workspace_id, run_id)

    async def not_in_hand(self, work: Mapping[str, T]) -> list[T]:
        """Of this work by its keys, what was never handed over; asked together, as most was."""
        keys, known = list(work), set[str]()
        for start in range(0, len(keys), _ASKED_TOGETHER):
            some = keys[start : start + _ASKED_TOGETHER]
            found = await DBOS.list_workflows_async(workflow_ids=some, load_input=False, load_output=False)
            known.update(workflow.workflow_id for workflow in found)
        return [one for name, one in work.items() if name not in known]

    async def _enqueue(
        self,
        queue: str,
        work: str,
        workflow: Workflow,
        workspace_id: int,
        subject_id: int,
        *,
        lane: str | None = None,
        first: bool = False,
    ) -> None:
        """Hand one workflow over; with the same key again nothing happens.

        Work in one `lane` is done one after the other, in the order of its subjects; what is `first` is done before
        what is not. The engine takes no new work from
        inside a step, so this is done beside whatever the caller is part of: the key makes that safe to repeat.
        """

        async def hand_over() -> None:
            priority = subject_id % _PRIORITIES + 1 + (0 if first else _PRIORITIES)
            order = SetEnqueueOptions(queue_partition_key=lane, priority=priority)
            with SetWorkflowID(work), order if lane is not None else contextlib.nullcontext():
                await DBOS.enqueue_workflow_async(queue, workflow, workspace_id, subject_id)

        await asyncio.get_running_loop().create_task(hand_over(), context=contextvars.Context())
        self._queues.ring(queue)
        if self._replica is not None:
            self._replica.signals.send(_WORK, queue)


_PRIORITIES = 2**30 - 1
"""Half of those that the engine has, which begin with 1: the lower ones are for what is done first."""


def _keep_to_this_loop(engine: DBOS) -> None:
    """Have every workflow run on the loop that is running now, where our connections are.

    The engine would put work on a loop of its own whenever ours rests for a moment, as it does between two tests that
    share one.
    """
    loop = asyncio.get_running_loop()
    engine._background_event_loop.target_loop = lambda: loop  # type: ignore[method-assign]


@contextlib.contextmanager
def _nothing_done_by(*threads: str) -> Iterator[None]:
    """Have the engine launch without the work of these threads of its own, which ask the database every second.

    One begins work by its queues, as `Queues` does. The others begin what was delayed or has a schedule, and end what
    takes too long: our clock does the former, and nothing of ours has a time to end. They are functions that the pinned
    version finds in its module `dbos._dbos`; a test counts the threads.
    """
    theirs = {name: getattr(dbos_module, name) for name in threads}
    for name in threads:
        setattr(dbos_module, name, _nothing)
    try:
        yield
    finally:
        for name, work in theirs.items():
            setattr(dbos_module, name, work)


def _nothing(*_: object) -> None:
    pass


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    """The engine's own file: WAL, and a clock with milliseconds where its SQL cannot get one.

    On Python 3.11 it reads `strftime('%s')`, which has whole seconds; later ones need SQLite 3.42 for
    `unixepoch('subsec')`. Either way the order of work would be lost.

    What is in it was told from our tables, which are synchronous=FULL: work that a power cut takes out of this file
    is handed over again by the sweep, and work whose end it takes is found done when it is done again.
    """
    engine = sa.create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": 10},
        pool_size=1,  # threads wait for the connection in turn, instead of asking again and again for the file's lock
        max_overflow=0,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        if sys.version_info < (3, 12):
            connection.create_function("strftime", 2, lambda _format, _moment: time.time())
        elif sqlite3.sqlite_version_info < (3, 42):
            connection.create_function("unixepoch", 1, lambda _moment: time.time())

    return engine
