"""Reads what providers have on record, so that what no webhook told us is found all the same.

Where nobody can call us this is the main path. An event found here is the same one as its webhook: it is kept under
the same id, and acted on once. Below it is a net: unpaid invoices are asked about one by one, seldom, as a provider
forgets its events after a while (Stripe after 30 days).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.base import Capability, Listed, PaymentUpdate, SubscriptionUpdate
from adapters.registry import provider_class
from bot.kit.errors import Busy, LiveAssistError, NotAuthorised, Refused
from bot.kit.redact import redact
from bot.workflows.ask_checkouts import ask_checkouts
from bot.workflows.ask_payments import ask_payments
from bot.workflows.ask_refunds import ask_refunds
from bot.workflows.ask_subscriptions import ask_subscriptions
from bot.workflows.assistant import Assistant
from bot.workflows.hear_accounts import hear_word
from bot.workflows.keep_updates import EVENTS, keep_updates, source_of
from bot.workflows.learn_payments import learn_payments
from bot.workflows.settle_payments import WAITS, settle_payment
from storage import cursors, inbox, integrations
from storage.cursors import Cursor
from storage.integrations import Integration

_log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(seconds=15)
"""How often while nobody can call us."""
LOOK_SELDOM = timedelta(minutes=3)
"""How often while webhooks tell us: only what they missed is left to find."""
ASK_EVERY = timedelta(hours=1)
"""How often what the events or webhooks would tell us of is asked about, while it is young."""
ASK_SOON = timedelta(minutes=3)
"""How often a young refund on its way is asked about while nobody can call us: not every provider lists its events."""
BEFORE_CONNECTING = timedelta(hours=1)
"""How far before the connection the first look begins: clocks differ."""
LATE_BY = timedelta(minutes=2)
"""An event may be listed this much later than one that happened after it."""
SLICE = timedelta(days=1)
"""What was missed for longer is read a slice at a time: progress is kept, and memory stays small."""
FURTHEST_BACK = timedelta(days=30)
"""What happened before was either found or is found by asking about the invoices themselves."""
LONGEST_REST = timedelta(minutes=15)
"""How long a provider that fails is left alone in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """An account whose events could not be read."""

    times: int
    """In a row."""
    until: datetime
    """Left alone so long."""
    answers: bool
    """Whether it may answer other questions: it only does not tell its events."""


class _NoEvents(Refused):
    """This provider has no list of what happened; its invoices are asked about instead."""


class Reconciliation:
    """The looks of one process at every connected account; it remembers only whom to leave alone for now."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        called = bool(assistant.settings.public_url)
        self.every = LOOK_SELDOM if called else LOOK_EVERY
        self._refunds_every = ASK_EVERY if called else ASK_SOON
        self._troubles: dict[int, _Trouble] = {}

    async def look(self) -> None:
        """Read every account's events once, then ask about the invoices that are due."""
        assistant = self._assistant
        heard: set[tuple[int, str]] = set()
        silent: set[int] = set()
        for integration in await assistant.database.read(integrations.connected):
            if not provider_class(integration.provider).keeps_books:
                silent.add(integration.id)
                continue
            trouble = self._troubles.get(integration.id)
            if trouble is not None and assistant.now() < trouble.until:
                continue
            try:
                await self._read(integration, heard)
            except Exception as failure:
                await self._note(integration, failure)
            else:
                self._troubles.pop(integration.id, None)
        await self._settle_what_waits()
        unheard = {one for one, trouble in self._troubles.items() if trouble.answers}
        but_not = {one for one, trouble in self._troubles.items() if not trouble.answers}
        await ask_payments(
            assistant, every=ASK_EVERY, untold_every=self.every, unheard=unheard, but_not=but_not, heard=heard
        )
        await ask_checkouts(assistant, every=ASK_EVERY, unheard_every=self.every, unheard=unheard, but_not=but_not)
        await ask_refunds(assistant, every=self._refunds_every)
        await ask_subscriptions(assistant, every=ASK_EVERY)
        await learn_payments(assistant, every=ASK_EVERY)

    async def _read(self, integration: Integration, heard: set[tuple[int, str]]) -> None:
        """Keep everything that happened since the last look; the cursor moves after each slice that is kept.

        What is kept is acted on beside us, so `heard` gets the (integration, invoice) it is about.
        """
        assistant, workspace_id = self._assistant, integration.workspace_id
        provider = assistant.provider_for(integration)
        if Capability.EVENTS not in provider.capabilities:
            raise _NoEvents(f"{provider.display_name} does not list its events.")
        name = f"events:{integration.provider}:{integration.account_id}"
        cursor = await assistant.database.read(cursors.get, workspace_id, name)
        place = _place(cursor) if cursor else _first_place(integration, assistant.now())
        if cursor is None:
            await assistant.database.write(cursors.move, workspace_id, name, _written(place), assistant.now())
        since = place - LATE_BY if cursor and assistant.now() - cursor.moved_at < LATE_BY else place
        since = max(since, assistant.now() - FURTHEST_BACK)
        while True:
            until = since + SLICE if since + 2 * SLICE < assistant.now() else None
            updates = await provider.list_events(since, until)
            for update in await self._keep(integration, updates):
                if isinstance(update, PaymentUpdate) and update.external_id is not None and update.state in EVENTS:
                    heard.add((integration.id, update.external_id))
            # By the provider's clock: ours may be wrong by any amount.
            reached = until or max([place, *(update.happened_at for update in updates)])
            if reached > place:
                await assistant.database.write(cursors.move, workspace_id, name, _written(reached), assistant.now())
                place = reached
            if until is None:
                return
            since = until

    async def _keep(self, integration: Integration, updates: Sequence[Listed]) -> Sequence[Listed]:
        """Keep those that are not kept yet, and have them acted on; returns them."""
        workspace_id = integration.workspace_id
        ids = [update.event_id for update in updates]
        kept = await self._assistant.database.read(
            inbox.known, workspace_id, source_of(integration.provider, workspace_id), ids
        )
        new = [update for update in updates if update.event_id not in kept]
        for update in new:
            if isinstance(update, SubscriptionUpdate):
                await hear_word(self._assistant, [workspace_id], update)
        of_money = [update for update in new if isinstance(update, PaymentUpdate)]
        if of_money and await keep_updates(self._assistant, workspace_id, of_money, account_id=integration.account_id):
            _log.info("%s events of %s found by looking", len(new), integration.display_name or integration.provider)
        return new

    async def _settle_what_waits(self) -> None:
        """Take up events whose provider could not be asked what they are about; an account that fails waits on."""
        assistant = self._assistant
        failed: set[tuple[int, str]] = set()
        until = assistant.now()
        page = await assistant.database.read(inbox.waiting, until)
        while page:
            for kept in page:
                account = (kept.workspace_id, kept.source)
                if kept.outcome != WAITS or account in failed:
                    continue
                if await settle_payment(assistant, kept.workspace_id, kept.id) == WAITS:
                    failed.add(account)
            page = await assistant.database.read(inbox.waiting, until, page[-1])

    async def _note(self, integration: Integration, failure: Exception) -> None:
        """Leave an account alone for a while, longer each time; a dead key is shown where the operator looks."""
        before = self._troubles.get(integration.id)
        times = before.times + 1 if before else 1
        rest = min(self.every * 2 ** min(times - 1, 10), LONGEST_REST)
        asked = timedelta(seconds=failure.retry_after or 0) if isinstance(failure, Busy) else timedelta()
        dead = isinstance(failure, NotAuthorised)
        answers = isinstance(failure, Refused) and not dead
        self._troubles[integration.id] = _Trouble(
            times=times,
            until=self._assistant.now() + (LONGEST_REST if answers else max(rest, asked)),
            answers=answers,
        )
        known = isinstance(failure, LiveAssistError)
        _log.log(
            logging.INFO if isinstance(failure, _NoEvents) or (known and times > 1) else logging.WARNING,
            "the events of %s cannot be read: %s",
            integration.display_name or integration.provider,
            redact(str(failure)),
            exc_info=None if known else failure,
        )
        if dead:
            await self._assistant.database.write(
                integrations.set_health, integration.workspace_id, integration.id, error=redact(str(failure))
            )


def _first_place(integration: Integration, now: datetime) -> datetime:
    return (integration.connected_at or now) - BEFORE_CONNECTING


def _place(cursor: Cursor) -> datetime:
    return datetime.fromtimestamp(int(cursor.place), UTC)


def _written(place: datetime) -> str:
    """Whole seconds, as providers stamp them."""
    return str(int(place.timestamp()))
