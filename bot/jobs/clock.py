"""What happens by the clock: leftovers are taken up, providers are asked, for as long as the service runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from bot.workflows.ask_payments import ask_payments
from bot.workflows.assistant import Assistant
from bot.workflows.hear_events import Ears
from storage import deliveries, inbox, invoices, runs

_log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(minutes=1)
CONNECT_EVERY = timedelta(minutes=5)
"""How often platforms are told again to report to us, in case they had given up on us."""
ASK_EVERY = timedelta(seconds=15)
"""How often an unpaid invoice is asked about while nobody can call us."""
ASK_SELDOM = timedelta(minutes=5)
"""How often while webhooks tell us: only what they missed is left to find."""


class Clock:
    """The recurring deeds of one process."""

    def __init__(self, assistant: Assistant, ears: Ears, connect: Callable[[], Awaitable[None]]) -> None:
        self._assistant = assistant
        self._ears = ears
        self._connect = connect
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin: with a sweep at once, as a crash may have left work behind."""
        asking = ASK_SELDOM if self._assistant.settings.public_url else ASK_EVERY
        self._every(SWEEP_EVERY, self.sweep)
        self._every(CONNECT_EVERY, self._connect, first=False)
        self._every(asking, lambda: ask_payments(self._assistant, every=asking))

    async def stop(self) -> None:
        """Stop between two deeds."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    def _every(self, period: timedelta, deed: Callable[[], Awaitable[object]], *, first: bool = True) -> None:
        async def go_on() -> None:
            if not first:
                await asyncio.sleep(period.total_seconds())
            while True:
                try:
                    await deed()
                except Exception:
                    _log.exception("a recurring deed failed; it is tried again in %s", period)
                await asyncio.sleep(period.total_seconds())

        self._tasks.append(asyncio.create_task(go_on()))

    async def sweep(self) -> None:
        """Hand over whatever was committed and not handed over; work that is in hand already is not doubled."""
        assistant = self._assistant
        jobs, read = assistant.jobs, assistant.database.read
        for delivery in await read(deliveries.queued):
            await jobs.deliver(delivery.workspace_id, delivery.id, delivery.attempt, delivery.chat)
        for invoice in await read(invoices.unplaced):
            await jobs.place_invoice(invoice.workspace_id, invoice.id, invoice.tries)
        for invoice in await read(invoices.with_a_released_claim):
            await jobs.void_invoice(invoice.workspace_id, invoice.id, invoice.tries)
        for run in await read(runs.unfinished):
            await jobs.watch_run(run.workspace_id, run.id)
        for kept in await read(inbox.waiting, assistant.now() - SWEEP_EVERY):
            await self._take_up(kept)

    async def _take_up(self, kept: inbox.Kept) -> None:
        platform, _, channel_id = kept.source.partition(":")
        connected = self._assistant.on(int(channel_id)) if channel_id.isdecimal() else None
        if connected is not None and connected.channel.platform == platform:
            await self._ears.take_up(kept, connected.channel)
        else:
            await self._assistant.jobs.settle(kept.workspace_id, kept.id)
