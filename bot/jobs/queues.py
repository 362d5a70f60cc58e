"""The engine's queues: looked at when there is something in them, instead of ten times a second.

The engine's own worker looks into its queue, then waits for an event that tells it to stop, for as long as the queue's
interval. Here that event is a doorbell, which also ends the wait when work was handed over or has ended.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, Queue
from dbos._queue import queue_worker_thread

BREATH = 0.15
"""Seconds between two looks while there is much to do: each costs as much as a workflow, and takes many."""
LONG_BREATH = 0.5
"""The same for what has a pace of its own: messages, as no chat takes two in a second, and invoices, of which so many
are under way that none is missing before the next look."""
GATHER = 0.01
"""Seconds before the first look after a quiet time: what is handed over together is taken together."""
LOOK_ANYWAY = 1.0
"""Seconds after which to look without a ring: work may come back from a replica that is gone."""
PLACED_AT_ONCE = 40
"""Invoices under way in one process: at four calls of 200 ms each and 25 invoices a second, 20 are."""

_LIMITS: dict[str, dict[str, int]] = {
    "invoices": {"worker_concurrency": PLACED_AT_ONCE},
    "deliveries": {"partition_concurrency": 1},
    "payments": {"worker_concurrency": 8},
    "runs": {},
}
_NAMELESS = "_dbos_internal_queue"
"""Where the engine puts work back that was begun without a queue, as waiting is."""


class Doorbell(threading.Event):
    """Set, it means stop; rung, it means look. Nobody looks where nothing waits: asking costs a tenth."""

    def __init__(self, breath: float, something_waits: Callable[[], bool]) -> None:
        super().__init__()
        self._breath = breath
        self._something_waits = something_waits
        self._rung = threading.Event()
        self._looked = 0.0

    def ring(self) -> None:
        """Have the worker look soon."""
        self._rung.set()

    def set(self) -> None:
        """Have the worker stop."""
        super().set()
        self._rung.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Until the next look is due; true when there will be none. The engine's own interval does not count."""
        while True:
            self._rung.wait(LOOK_ANYWAY)
            super().wait(max(GATHER, self._looked + self._breath - time.monotonic()))
            self._rung.clear()
            if self.is_set():
                return True
            if self._something_waits():
                self._looked = time.monotonic()
                return False


class _Waiting:
    """Asks the engine's table whether anything waits to be begun, as `bot.jobs.takeover` does what else it knows."""

    def __init__(self, engine: DBOS) -> None:
        self._database, schema = engine._sys_db.engine, None
        if self._database.dialect.name != "sqlite":
            self._database, schema = self._database.execution_options(isolation_level="AUTOCOMMIT"), "dbos"
        table = sa.table("workflow_status", sa.column("queue_name"), sa.column("status"), schema=schema)
        # The second condition is that of the engine's index, word for word, as SQLite wants it.
        in_flight = sa.literal_column("status").in_([sa.literal_column("'ENQUEUED'"), sa.literal_column("'PENDING'")])
        waits = table.c.queue_name == sa.bindparam("name"), table.c.status == sa.literal_column("'ENQUEUED'")
        self._ask = sa.select(sa.exists().where(*waits, in_flight))

    def in_queue(self, name: str) -> bool:
        """Whether there may be something in this queue."""
        try:
            with self._database.connect() as connection:
                return bool(connection.scalar(self._ask, {"name": name}))
        except sa.exc.SQLAlchemyError:
            return True  # the look itself will tell


class Queues:
    """A worker for each queue, from the engine's start to its end."""

    def __init__(self) -> None:
        self._doorbells: dict[str, Doorbell] = {}
        self._workers: list[threading.Thread] = []

    async def start(self, engine: DBOS) -> None:
        """Make the queues known, and begin to work on what is in them."""
        waiting = _Waiting(engine)
        for name, limits in _LIMITS.items():
            options: dict[str, Any] = limits
            queue = _as_it_is(await DBOS.register_queue_async(name, **options))
            self._begin(engine, queue, LONG_BREATH if name in ("deliveries", "invoices") else BREATH, waiting)
        nameless = copy.copy(queue)
        nameless.name = _NAMELESS
        self._begin(engine, nameless, BREATH, waiting)

    def _begin(self, engine: DBOS, queue: Queue, breath: float, waiting: _Waiting) -> None:
        doorbell = self._doorbells[queue.name] = Doorbell(breath, lambda: waiting.in_queue(queue.name))
        worker = threading.Thread(
            target=queue_worker_thread, args=(doorbell, engine, queue), name=f"queue {queue.name}", daemon=True
        )
        self._workers.append(worker)
        worker.start()

    def ring(self, name: str = "") -> None:
        """There may be work in this queue; in any of them, without a name."""
        for known, doorbell in self._doorbells.items():
            if name in ("", known):
                doorbell.ring()

    def close(self) -> None:
        """Take no more work; waits for nothing."""
        for doorbell in self._doorbells.values():
            doorbell.set()

    def join(self) -> None:
        """Wait for the last looks to end. Blocking."""
        for worker in self._workers:
            worker.join()


def _as_it_is(queue: Queue) -> Queue:
    """A queue whose limits are those of this version: the worker need not read them again before every look."""
    fixed = copy.copy(queue)
    fixed.database_backed_queue = False
    return fixed
