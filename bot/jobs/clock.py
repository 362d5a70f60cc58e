"""What happens by the clock: leftovers are taken up, providers are asked, for as long as the service runs.

One process at a time does it, whichever it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.books import Refund
from bot.domain.invoice import Invoice
from bot.jobs.durable import record_losses
from bot.jobs.duties import Duties
from bot.jobs.engine import Engine
from bot.jobs.keys import key
from bot.jobs.pruning import prune
from bot.workflows.assistant import Assistant
from bot.workflows.backfill_comments import Backfill
from bot.workflows.expire_claims import expire_claims
from bot.workflows.hear_events import Ears
from bot.workflows.mirror_stock import mirror_stock
from bot.workflows.reconcile_payments import Reconciliation
from bot.workflows.remind_holders import remind_holders
from bot.workflows.sync_provider import sync_due
from storage import deliveries, inbox, invoices, refunds, runs
from storage.channels import Channel

Tried = TypeVar("Tried", Invoice, Refund)

_log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(minutes=1)
PRUNE_EVERY = timedelta(minutes=10)
EXPIRE_EVERY = timedelta(seconds=2)
"""How precisely a time to pay, or to say yes, ends; at a start, taps that waited outside come first."""
REMIND_EVERY = timedelta(seconds=30)
STOCK_EVERY = timedelta(seconds=30)
"""How soon a catalogue hears of what was claimed, and we of what was sold elsewhere."""
CONNECT_EVERY = timedelta(minutes=5)
"""How often platforms are told again to report to us, in case they had given up on us."""
MEET_EVERY = timedelta(minutes=1)
"""How often those are tried again who could not be reached at the start."""
SYNC_EVERY = timedelta(minutes=1)
"""How often it is looked whose books are to be read."""
RENEW_EVERY = timedelta(minutes=5)
"""How often it is looked which credentials are about to end."""


class Clock:
    """The recurring deeds of the service."""

    def __init__(
        self,
        assistant: Assistant,
        engine: Engine,
        ears: Ears,
        duties: Duties,
        *,
        connect: Callable[[], Awaitable[None]],
        meet: Callable[[], Awaitable[None]],
        renew: Callable[[], Awaitable[None]],
    ) -> None:
        self._assistant = assistant
        self._engine = engine
        self._ears = ears
        self._duties = duties
        self._connect = connect
        self._meet = meet
        self._renew = renew
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin. What a process that had no others left behind is taken up before anything new is heard."""
        if not self._duties.others:
            await self._take_up_kept(self._assistant.now())
        self._tasks = [
            asyncio.create_task(self._duties.carry_out("the clock", self._go_by_it), name="clock"),
            asyncio.create_task(_every(MEET_EVERY, self._meet, at_once=False), name="meet"),
        ]

    async def stop(self) -> None:
        """Stop between two deeds."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _go_by_it(self) -> None:
        """With a sweep at once, as a crash may have left work behind, of this process or of whoever had the duty."""
        payments, comments = Reconciliation(self._assistant), Backfill(self._assistant, self._ears)
        async with asyncio.TaskGroup() as deeds:
            for period, deed, at_once in (
                (SWEEP_EVERY, self.sweep, True),
                (CONNECT_EVERY, self._connect, False),
                (payments.every, payments.look, True),
                (comments.every, comments.look, True),
                (EXPIRE_EVERY, lambda: expire_claims(self._assistant), False),
                (REMIND_EVERY, lambda: remind_holders(self._assistant), False),
                (RENEW_EVERY, self._renew, True),
                (STOCK_EVERY, lambda: mirror_stock(self._assistant), False),
                (SYNC_EVERY, lambda: sync_due(self._assistant), False),
                (PRUNE_EVERY, lambda: prune(self._assistant), False),
            ):
                deeds.create_task(_every(period, deed, at_once=at_once))

    async def sweep(self) -> None:
        """Hand over whatever was committed and not handed over; work that is in hand already is not doubled."""
        engine, read = self._engine, self._assistant.database.read
        await self._take_up_messages()
        for invoice in await self._left("invoice", await read(invoices.unplaced)):
            await engine.place_invoice(invoice.workspace_id, invoice.id, invoice.tries)
        for invoice in await self._left("void", await read(invoices.with_a_released_claim)):
            await engine.void_invoice(invoice.workspace_id, invoice.id, invoice.tries)
        for invoice in await self._left("balance", await read(invoices.off_balance)):
            await engine.balance_invoice(invoice.workspace_id, invoice.id, invoice.tries)
        for refund in await self._left("refund", await read(refunds.unasked)):
            await engine.refund(refund.workspace_id, refund.id, refund.tries)
        for run in await read(runs.unfinished):
            await engine.watch_run(run.workspace_id, run.id)
        await self._take_up_kept(self._assistant.now() - SWEEP_EVERY)
        await record_losses(self._assistant)

    async def _left(self, kind: str, found: Sequence[Tried]) -> list[Tried]:
        return await self._engine.not_in_hand({key(kind, one.id, one.tries): one for one in found})

    async def _take_up_messages(self) -> None:
        """Page after page, as those in front may wait for long."""
        after = 0
        while page := await self._assistant.database.read(deliveries.queued, after):
            after = page[-1].id
            for one in await self._engine.not_in_hand({key("deliver", one.id, one.attempt): one for one in page}):
                await self._engine.deliver(one.workspace_id, one.id, one.attempt, one.chat, reply=one.reply)

    async def _take_up_kept(self, before: datetime) -> None:
        page = await self._assistant.database.read(inbox.waiting, before)
        while page:
            payments: dict[str, inbox.Kept] = {}
            for kept in page:
                if (channel := self._channel(kept)) is None:
                    payments[key("settle", kept.id, 1)] = kept
                else:
                    await self._ears.take_up(kept, channel)
            for kept in await self._engine.not_in_hand(payments):
                await self._engine.settle(kept.workspace_id, kept.id)
            page = await self._assistant.database.read(inbox.waiting, before, page[-1])

    def _channel(self, kept: inbox.Kept) -> Channel | None:
        """Where a platform's event was heard; None for a payment provider's."""
        platform, _, channel_id = kept.source.partition(":")
        connected = self._assistant.on(int(channel_id)) if channel_id.isdecimal() else None
        return connected.channel if connected is not None and connected.channel.platform == platform else None


async def _every(period: timedelta, deed: Callable[[], Awaitable[object]], *, at_once: bool) -> None:
    if not at_once:
        await asyncio.sleep(period.total_seconds())
    while True:
        try:
            await deed()
        except Exception:
            _log.exception("a recurring deed failed; it is tried again in %s", period)
        await asyncio.sleep(period.total_seconds())
