"""Asks providers how unpaid invoices stand: what no event told us is found all the same."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import CheckoutStyle, ProviderInvoice
from bot.domain.invoice import Invoice, InvoiceEvent
from bot.kit.aging import turns
from bot.kit.errors import NotAuthorised, OutsideError
from bot.workflows.ask_checkouts import ask_pages
from bot.workflows.assistant import Assistant
from bot.workflows.send_links import queue_link
from bot.workflows.settle_payments import record_event
from bot.workflows.tell import Parcel, hand_over
from storage import integrations, invoices

_log = logging.getLogger(__name__)

AT_ONCE = 50
"""Invoices asked about in one go; those asked about longest ago come first."""

_EVENTS = {"paid": InvoiceEvent.PAYMENT, "void": InvoiceEvent.VOIDED}


async def ask_payments(
    assistant: Assistant,
    *,
    every: timedelta,
    untold_every: timedelta | None = None,
    unheard: Collection[int] = (),
    but_not: Collection[int] = (),
    heard: Collection[tuple[int, str]] = (),
) -> int:
    """Ask about unpaid invoices that were not asked about for `every`; returns how many had news.

    Older ones are asked about less often. `untold_every` is for what no event tells us: drafts that wait for a price to
    be filled in at the provider, and every invoice of the integrations that are `unheard`. Integrations in `but_not`
    are left alone, and so are the invoices, as (integration, its id there), that were just `heard` of: what was said
    is being acted on.
    """
    now = assistant.now()
    due = await assistant.database.read(
        invoices.to_ask,
        turns=turns(now, every),
        untold=turns(now, every if untold_every is None else untold_every),
        unheard=unheard,
        but_not=but_not,
        limit=AT_ONCE,
    )
    news = 0
    dead: set[int] = set()
    for invoice in due:
        if (invoice.integration_id, invoice.external_id) in heard:
            continue
        if invoice.integration_id in dead:  # each has its turn all the same: else they would come first again
            await assistant.database.write(invoices.asked, invoice.workspace_id, invoice.id, now)
            continue
        try:
            news += await ask_invoice(assistant, invoice)
        except NotAuthorised as refusal:
            dead.add(invoice.integration_id)
            await assistant.database.write(
                integrations.set_health, invoice.workspace_id, invoice.integration_id, error=refusal.message
            )
        except OutsideError as trouble:
            _log.info("invoice %s could not be asked about: %s", invoice.id, trouble)
    return news


async def ask_invoice(assistant: Assistant, invoice: Invoice) -> bool:
    """Ask how one placed invoice stands; true when there is news. Raises OutsideError."""
    integration = await assistant.database.read(integrations.by_id, invoice.workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    await assistant.database.write(invoices.asked, invoice.workspace_id, invoice.id, assistant.now())
    if integration.account_id != invoice.account_id:
        return False
    provider = assistant.provider_for(integration)
    if invoice.external_id is None:
        return await ask_pages(assistant, provider, invoice)
    found: ProviderInvoice = await provider.ask_invoice(invoice.external_id, CheckoutStyle(invoice.style))
    event = _EVENTS.get(found.state)
    if event is None and invoice.open_cents is not None and found.amount_paid > 0:
        event = InvoiceEvent.PART_PAYMENT
    if event is not None:
        parcels = await assistant.database.write(
            record_event, invoice.workspace_id, invoice.id, event, found.amount_paid, assistant.now()
        )
    elif invoice.external_url is None and found.url is not None:
        parcels = await assistant.database.write(
            _finished_there, invoice, found, assistant.settings.public_url, assistant.now()
        )
    else:
        return False
    await hand_over(assistant, invoice.workspace_id, parcels)
    return True


def _finished_there(
    tx: sa.Connection, invoice: Invoice, found: ProviderInvoice, public_url: str, now: datetime
) -> list[Parcel]:
    """A draft that waited for a price was finished at the provider: its sum counts, and its link goes out."""
    invoices.change(
        tx,
        invoice.workspace_id,
        invoice.id,
        external_url=found.url,
        amount_cents=found.total.amount,
        open_cents=found.total.amount,
    )
    return queue_link(tx, invoice.workspace_id, invoice.id, public_url, now)
