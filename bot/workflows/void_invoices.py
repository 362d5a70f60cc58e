"""Voids invoices: closed at the provider first, then in our books, their claims free to be billed again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from adapters.base import PaymentProvider
from bot.domain.invoice import Invoice, InvoiceEvent, after
from bot.kit.errors import OutsideError, Refused
from bot.kit.retry import with_retries
from bot.workflows.assistant import Assistant
from bot.workflows.settle_payments import record_event
from bot.workflows.tell import Parcel, hand_over, tell_operators
from storage import buyers, integrations, invoices


async def order_void(assistant: Assistant, workspace_id: int, invoice_id: int) -> None:
    """Have an unpaid invoice closed; the outcome is told to the operators."""
    tries = await assistant.database.write(_next_try, workspace_id, invoice_id)
    await assistant.jobs.void_invoice(workspace_id, invoice_id, tries)


async def void_invoice(assistant: Assistant, workspace_id: int, invoice_id: int) -> str:
    """Close one invoice at its provider; when money was faster, it is paid instead."""
    found = await assistant.database.read(_with_integration, workspace_id, invoice_id)
    if found is None:
        return "nothing to do"
    invoice, integration = found
    event = InvoiceEvent.VOIDED
    try:
        if invoice.external_id is not None:
            external_id, key = invoice.external_id, f"la-{workspace_id}-{invoice.id}-{invoice.tries}-void"
            event = await close_at_provider(assistant.provider_for(integration), external_id, key)
    except OutsideError as trouble:
        parcels = await assistant.database.write(_not_voided, invoice, trouble.message, assistant.now())
        await hand_over(assistant, workspace_id, parcels)
        return "refused"
    parcels = await assistant.database.write(record_event, workspace_id, invoice_id, event, None, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return event.value


async def close_at_provider(provider: PaymentProvider, external_id: str, key: str) -> InvoiceEvent:
    """Close an invoice where it lives: VOIDED, or PAYMENT when money was faster. Raises OutsideError."""
    try:
        closed = await with_retries(lambda: provider.void_invoice(external_id, key=key))
    except Refused as refusal:
        if refusal.code == "resource_missing":
            return InvoiceEvent.VOIDED  # a deleted draft is as closed as can be
        raise
    return InvoiceEvent.PAYMENT if closed.state == "paid" else InvoiceEvent.VOIDED


def _next_try(tx: sa.Connection, workspace_id: int, invoice_id: int) -> int:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "the caller has just read it"
    invoices.change(tx, workspace_id, invoice_id, tries=invoice.tries + 1)
    return invoice.tries + 1


def _with_integration(
    tx: sa.Connection, workspace_id: int, invoice_id: int
) -> tuple[Invoice, integrations.Integration] | None:
    invoice = invoices.get(tx, workspace_id, invoice_id)
    if invoice is None or after(invoice.status, InvoiceEvent.VOIDED) is invoice.status:
        return None
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    return invoice, integration


def _not_voided(tx: sa.Connection, invoice: Invoice, why: str, now: datetime) -> list[Parcel]:
    buyer = buyers.get(tx, invoice.workspace_id, invoice.buyer_id)
    who = buyer.label if buyer else "the buyer"
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"The invoice for {who} could not be voided: {why} Try again: /void {who}",
        key=f"not-voided:{invoice.id}:{invoice.tries}",
        now=now,
    )
