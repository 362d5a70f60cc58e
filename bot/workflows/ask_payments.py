"""Asks providers how unpaid invoices stand: what no webhook told us is found all the same."""

from __future__ import annotations

import logging
from datetime import timedelta

from adapters.base import ProviderInvoice
from bot.domain.invoice import Invoice, InvoiceEvent
from bot.kit.errors import NotAuthorised, OutsideError
from bot.workflows.assistant import Assistant
from bot.workflows.settle_payments import record_event
from bot.workflows.tell import hand_over
from storage import integrations, invoices

_log = logging.getLogger(__name__)

AT_ONCE = 50
"""Invoices asked about in one go; those asked about longest ago come first."""

_EVENTS = {"paid": InvoiceEvent.PAYMENT, "void": InvoiceEvent.VOIDED}


async def ask_payments(assistant: Assistant, *, every: timedelta) -> int:
    """Ask about unpaid invoices that were not asked about for `every`; returns how many had news."""
    due = await assistant.database.read(invoices.to_ask, asked_before=assistant.now() - every, limit=AT_ONCE)
    news = 0
    dead: set[int] = set()
    for invoice in due:
        if invoice.integration_id in dead:
            continue
        try:
            news += await _ask(assistant, invoice)
        except NotAuthorised as refusal:
            dead.add(invoice.integration_id)
            _log.warning("workspace %s: %s", invoice.workspace_id, refusal)
        except OutsideError as trouble:
            _log.info("invoice %s could not be asked about: %s", invoice.id, trouble)
    return news


async def _ask(assistant: Assistant, invoice: Invoice) -> bool:
    assert invoice.external_id is not None, "only placed invoices are asked about"
    integration = await assistant.database.read(integrations.by_id, invoice.workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    await assistant.database.write(invoices.asked, invoice.workspace_id, invoice.id, assistant.now())
    if integration.account_id != invoice.account_id:
        return False
    found: ProviderInvoice = await assistant.provider_for(integration).ask_invoice(invoice.external_id)
    event = _EVENTS.get(found.state)
    if event is None:
        return False
    parcels = await assistant.database.write(
        record_event, invoice.workspace_id, invoice.id, event, found.amount_paid, assistant.now()
    )
    await hand_over(assistant, invoice.workspace_id, parcels)
    return True
