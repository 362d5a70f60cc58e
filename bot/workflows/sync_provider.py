"""Reads a provider's books into ours: customers, invoices and payments, page by page, and repairs what they show.

It is done when a connection is made, every hour, and when somebody asks. What a webhook missed is found here: an
invoice of ours that a record says something new about is asked about, and settled by the answer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from adapters.base import Capability, PaymentProvider, PaymentUpdate, SyncedRecord, SyncKind
from bot.domain.integration import Preferences
from bot.domain.invoice import Invoice
from bot.kit.errors import BadInput, LiveAssistError, NotAuthorised, OutsideError
from bot.kit.redact import redact
from bot.workflows.ask_payments import ask_invoice
from bot.workflows.assistant import Assistant
from bot.workflows.find_refunds import refunded_since
from bot.workflows.keep_updates import keep_updates
from bot.workflows.note_integrations import Level, log
from bot.workflows.offer_providers import is_offered
from storage import cursors, integration_data, integrations, invoices
from storage.integration_data import Kept
from storage.integrations import Integration

_log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=10)
"""When a reading that failed is tried again, unless the key is dead."""
FURTHEST_BACK = timedelta(days=90)
"""Older invoices and payments are not read; customers all are."""
MOST_PAGES = 1000
"""Of one kind in one reading: books without an end are a mistake somewhere."""
_FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What one reading came to."""

    synced: int
    """Records that were not known."""
    updated: int
    """Records that said something new, and invoices of ours that were settled by it."""
    errors: tuple[str, ...]
    """What could not be read, and why."""


async def sync_provider(assistant: Assistant, integration: Integration) -> Synced:
    """Read the books of one connection once. Trouble is part of the answer; BadInput when there are no such books."""
    provider = assistant.provider_for(integration)
    if Capability.SYNC not in provider.capabilities:
        raise BadInput(f"{provider.display_name} keeps no books that could be read.")
    new = updated = 0
    errors: list[str] = []
    for kind in _wanted(integration):
        try:
            read_new, read_updated, failed = await _read(assistant, integration, provider, kind)
        except OutsideError as trouble:
            errors.append(f"{kind.value}: {redact(trouble.message)}")
            if isinstance(trouble, NotAuthorised):
                await assistant.database.write(
                    integrations.set_health, integration.workspace_id, integration.id, error=redact(trouble.message)
                )
                break
        else:
            new, updated, errors = new + read_new, updated + read_updated, [*errors, *failed]
    synced = Synced(synced=new, updated=updated, errors=tuple(errors))
    await assistant.database.write(_note, integration, synced, assistant.now())
    return synced


def sync_beside(assistant: Assistant, workspace_id: int, provider: str) -> None:
    """Begin the first reading beside everything else; what a crash takes of it, the clock repeats."""

    async def first() -> None:
        integration = await assistant.database.read(integrations.get, workspace_id, provider)
        if integration is not None and integration.status == "active":
            await sync_provider(assistant, integration)

    assistant.spawn(first())


async def sync_due(assistant: Assistant) -> None:
    """Read the books of every connection whose turn it is; one that fails holds up no other."""
    for integration in await assistant.database.read(_due, assistant.now()):
        try:
            if is_offered(integration.provider, assistant.settings.variant) and _keeps_books(assistant, integration):
                await sync_provider(assistant, integration)
        except LiveAssistError as trouble:
            name = integration.display_name or integration.provider
            _log.warning("the books of %s cannot be read: %s", name, redact(trouble.message))


def _keeps_books(assistant: Assistant, integration: Integration) -> bool:
    return Capability.SYNC in assistant.provider_for(integration).capabilities


def _due(tx: sa.Connection, now: datetime) -> list[Integration]:
    found = []
    for integration in integrations.connected(tx):
        cursor = cursors.get(tx, integration.workspace_id, _source(integration))
        if cursor is not None:
            wait = AGAIN_AFTER if cursor.place == _FAILED and integration.status == "active" else EVERY
            if now - cursor.moved_at < wait or not Preferences.of(integration.settings).auto_sync:
                continue
        found.append(integration)
    return found


def last_synced(tx: sa.Connection, workspace_id: int, integration: Integration) -> datetime | None:
    """When the books of this account were last read, with or without trouble."""
    cursor = cursors.get(tx, workspace_id, _source(integration))
    return None if cursor is None else cursor.moved_at


def _source(integration: Integration) -> str:
    return f"sync:{integration.provider}:{integration.account_id}"


def _wanted(integration: Integration) -> list[SyncKind]:
    preferences = Preferences.of(integration.settings)
    left_out = {SyncKind.INVOICES: preferences.sync_invoices, SyncKind.PAYMENTS: preferences.sync_payments}
    return [kind for kind in SyncKind if left_out.get(kind, True)]


async def _read(
    assistant: Assistant, integration: Integration, provider: PaymentProvider, kind: SyncKind
) -> tuple[int, int, list[str]]:
    """(records that are new, records that changed and invoices that were settled, what went wrong) of one kind."""
    since = None if kind is SyncKind.CUSTOMERS else assistant.now() - FURTHEST_BACK
    new = updated = 0
    failed: list[str] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page, cursor = await provider.list_records(kind, since=since, cursor=cursor)
        kept, about, back = await assistant.database.write(_keep, integration, kind, page, assistant.now())
        new, updated = new + len(kept.new), updated + len(kept.changed)
        if back:
            updated += await keep_updates(assistant, integration.workspace_id, back, account_id=integration.account_id)
        for invoice in about:
            try:
                updated += await ask_invoice(assistant, invoice)
            except NotAuthorised:
                raise
            except OutsideError as trouble:
                failed.append(f"invoice {invoice.number}: {redact(trouble.message)}")
        if cursor is None:
            break
    return new, updated, failed


def _keep(
    tx: sa.Connection, integration: Integration, kind: SyncKind, page: list[SyncedRecord], now: datetime
) -> tuple[Kept, list[Invoice], list[PaymentUpdate]]:
    """What the page did to the books, the open invoices of ours that it says something new about, and what went back
    of payments that may be ours."""
    records = {record.external_id: record.data for record in page}
    kept = integration_data.keep(
        tx,
        integration.workspace_id,
        provider=integration.provider,
        account_id=integration.account_id,
        type=kind.value,
        records=records,
        now=now,
    )
    if kind is SyncKind.CUSTOMERS:
        return kept, [], []
    news = {*kept.new, *kept.changed}
    named = {name for one in news for name in (one, *_texts(records[one]))}
    about = invoices.open_by_external_ids(
        tx, integration.workspace_id, integration.provider, integration.account_id, named
    )
    moved = [record.payment for record in page if record.external_id in news and record.payment is not None]
    return kept, about, refunded_since(tx, integration, moved, now)


def _texts(data: Any) -> Iterator[str]:
    """Every text in a record: a payment names what it was for under a name of the provider's."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for one in data.values():
            yield from _texts(one)
    elif isinstance(data, list | tuple):
        for one in data:
            yield from _texts(one)


def _note(tx: sa.Connection, integration: Integration, synced: Synced, now: datetime) -> None:
    workspace_id = integration.workspace_id
    cursors.move(tx, workspace_id, _source(integration), _FAILED if synced.errors else "read", now)
    if synced.errors or synced.synced or synced.updated:
        log(
            tx,
            workspace_id,
            integration.provider,
            "synced",
            f"{synced.synced} new, {synced.updated} updated"
            + (f", {len(synced.errors)} in trouble" if synced.errors else ""),
            now=now,
            level=Level.WARNING if synced.errors else Level.INFO,
            synced=synced.synced,
            updated=synced.updated,
            errors=synced.errors,
        )
