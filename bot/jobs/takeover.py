"""Takeover: the durable work of a replica that is gone goes on in those that live (docs/decisions/0007).

While it lives, a replica holds a lock named after it, and PostgreSQL lets the lock go when the process or its machine
is gone. Whoever finds begun work of a replica whose lock has been free for a while puts that work back in its queue. A
replica that only seemed dead does no harm: the engine refuses its late writes, as the work belongs to another by then.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from bot.jobs.locks import let_go, take
from storage.standing import Broken, Standing

_log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
GRACE = 4.0
"""Seconds that a lock must have been free: a replica that lost its connection opens another one within."""

_BEGUN = "SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id <> $1"
# What the engine's own recovery does (`SystemDatabase.reenqueue_for_recovery` of the pinned version), for all at once.
_PUT_BACK = """
    UPDATE dbos.workflow_status
    SET status = 'ENQUEUED', owner_xid = NULL, started_at_epoch_ms = NULL,
        queue_name = coalesce(queue_name, '_dbos_internal_queue'),
        updated_at = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    WHERE status = 'PENDING' AND executor_id = $1
    RETURNING workflow_uuid
"""


async def put_back(standing: Standing, executor_id: str) -> int:
    """Queue what an executor has begun and not ended; returns how many workflows that was. Raises Broken."""
    return len(await standing.ask(_PUT_BACK, executor_id))


class Takeover:
    """One replica's sign of life, and its eye on the others."""

    def __init__(
        self,
        standing: Standing,
        executor_id: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._standing = standing
        self._me = executor_id
        self._adopted: Callable[[], None] = lambda: None
        self._clock = clock
        self._held_in = 0
        self._free_since: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self, adopted: Callable[[], None]) -> None:
        """Begin to look after the others; `adopted` is called when work of theirs came back into its queue."""
        self._adopted = adopted
        self._task = asyncio.create_task(self._go_on(), name="takeover")

    async def stop(self) -> None:
        """Stop looking after others; we still live."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def look(self) -> None:
        """Look once who is gone, and take over from those that have been gone for the grace. Raises Broken."""
        await self.show_life()
        begun = {row[0] for row in await self._standing.ask(_BEGUN, self._me)}
        self._free_since = {name: since for name, since in self._free_since.items() if name in begun}
        for name in begun:
            if not await take(self._standing, _life(name)):
                self._free_since.pop(name, None)
                continue
            try:
                if self._clock() - self._free_since.setdefault(name, self._clock()) >= GRACE:
                    count = await put_back(self._standing, name)
                    del self._free_since[name]
                    _log.warning("replica %s is gone; what it had begun goes on: %s workflows", name, count)
                    self._adopted()
            finally:
                await let_go(self._standing, _life(name))

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.look()
            except Broken:
                continue
            except Exception:
                _log.exception("looking after the other replicas failed; it is tried again")

    async def show_life(self) -> None:
        """Hold our lock, before we have any work and in every new session. Raises Broken.

        The server may not have noticed yet that the last session is over.
        """
        while self._held_in != (session := self._standing.pid) or not session:
            # Others that lost their connection with us need as long as we did to show that they live.
            self._free_since.clear()
            if await take(self._standing, _life(self._me)):
                self._held_in = session
            else:
                await asyncio.sleep(LOOK_EVERY / 4)


def _life(executor_id: str) -> str:
    return f"replica/{executor_id}"
