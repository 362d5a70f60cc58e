"""Voids invoices: closed at the provider first, then in our books, their claims free to be billed again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from adapters.base import CheckoutStyle
from adapters.registry import display_name
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus, after
from bot.domain.money import Money
from bot.kit.errors import BadInput, NotAuthorised, OutsideError, Refused
from bot.kit.retry import Later, later
from bot.workflows.ask_checkouts import close_pages
from bot.workflows.assistant import Assistant
from bot.workflows.explain_invoices import status_word
from bot.workflows.settle_payments import record_event
from bot.workflows.tell import Parcel, hand_over, label_of, tell_operators
from storage import integrations, invoices
from storage.integrations import Integration

_GONE = frozenset({"resource_missing", "NOT_FOUND"})
"""What Stripe and Square answer when there is no such thing any more."""

TO_BE_VOIDED = (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.ERROR)


def check_voidable(invoice: Invoice, label: str) -> None:
    """Raises BadInput with why this invoice of the buyer called `label` cannot be voided now."""
    if invoice.is_covered:
        return
    if invoice.status is InvoiceStatus.PAID:
        raise BadInput(f"{label} paid already. To send the money back: /refund {label}")
    if invoice.status is InvoiceStatus.PARTLY_PAID:
        paid = Money(invoice.paid_cents, invoice.currency)
        raise BadInput(f"{label} paid {paid} of it already. To send that back: /refund {label}")
    if invoice.status not in TO_BE_VOIDED:
        raise BadInput(f"{label}'s invoice is {status_word(invoice.status)} already.")
    if invoice.is_being_made:
        raise BadInput(f"{label}'s invoice is being made right now. Try again in a minute.")


async def order_void(assistant: Assistant, workspace_id: int, invoice_id: int) -> None:
    """Have an unpaid invoice closed; the outcome is told to the operators."""
    tries = await assistant.database.write(next_try, workspace_id, invoice_id)
    await assistant.jobs.void_invoice(workspace_id, invoice_id, tries)


async def void_invoice(
    assistant: Assistant, workspace_id: int, invoice_id: int, retries: int = 0, waits: int = 0
) -> str | Later:
    """Close one invoice at its provider; when money was faster, it is paid instead.

    Returns what became of it, or when to try again.
    """
    found = await assistant.database.read(_with_integration, workspace_id, invoice_id)
    if found is None:
        return "nothing to do"
    invoice, integration = found
    try:
        event = await close_at_provider(assistant, invoice, integration, why=f"{invoice.tries}-void")
    except OutsideError as trouble:
        again = later(trouble, retries, waits)
        if again is not None:
            return again
        parcels = await assistant.database.write(_not_voided, invoice, trouble, assistant.now())
        await hand_over(assistant, workspace_id, parcels)
        return "refused"
    if event is None:
        return "paid"
    parcels = await assistant.database.write(record_event, workspace_id, invoice_id, event, None, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return event.value


async def close_at_provider(
    assistant: Assistant, invoice: Invoice, integration: Integration, *, why: str
) -> InvoiceEvent | None:
    """Close an invoice where it lives, in one try: VOIDED, or PAYMENT when money was faster. Raises OutsideError.

    None when money was faster and is in the books already. `why` tells this closing from others of the same invoice.
    """
    if invoice.is_covered:
        return InvoiceEvent.UNCOVERED
    if not invoice.is_placed:
        return InvoiceEvent.VOIDED
    if invoice.external_id is None:
        check_account(invoice, integration)
        paid = await close_pages(assistant, assistant.provider_for(integration), invoice)
        return None if paid else InvoiceEvent.VOIDED
    event, _ = await close_page(assistant, invoice, integration, invoice.external_id, why=why)
    return event


async def close_page(
    assistant: Assistant, invoice: Invoice, integration: Integration, external_id: str, *, why: str
) -> tuple[InvoiceEvent, int | None]:
    """The same for what is at the provider of it, with all that came there, in minor units, when money was faster."""
    check_account(invoice, integration)
    provider = assistant.provider_for(integration)
    key = f"la-{external_id}-{why}"
    try:
        closed = await provider.void_invoice(external_id, key=key, style=CheckoutStyle(invoice.style))
    except Refused as refusal:
        if refusal.code in _GONE:
            return InvoiceEvent.VOIDED, None  # a deleted draft is as closed as can be
        raise
    return (InvoiceEvent.PAYMENT, closed.amount_paid) if closed.state == "paid" else (InvoiceEvent.VOIDED, None)


def check_account(invoice: Invoice, integration: Integration) -> None:
    """An invoice lives in the account it was made with: the one connected now knows nothing of it. Raises Refused."""
    if invoice.account_id != integration.account_id:
        name = display_name(integration.provider)
        raise Refused(
            f"It was made in another {name} account, {invoice.account_id}. "
            f"Close it in the dashboard there, or connect that account again.",
            code="other_account",
        )


def next_try(tx: sa.Connection, workspace_id: int, invoice_id: int) -> int:
    """The number of the next job about an invoice."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "the caller has just read it"
    invoices.change(tx, workspace_id, invoice_id, tries=invoice.tries + 1)
    return invoice.tries + 1


def _with_integration(tx: sa.Connection, workspace_id: int, invoice_id: int) -> tuple[Invoice, Integration] | None:
    invoice = invoices.get(tx, workspace_id, invoice_id)
    if invoice is None or (after(invoice.status, InvoiceEvent.VOIDED) is invoice.status and not invoice.is_covered):
        return None
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    return invoice, integration


def _not_voided(tx: sa.Connection, invoice: Invoice, trouble: OutsideError, now: datetime) -> list[Parcel]:
    if isinstance(trouble, NotAuthorised):
        integrations.set_health(tx, invoice.workspace_id, invoice.integration_id, error=trouble.message)
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"The invoice for {who} could not be voided: {trouble.message} Try again: /void {who}",
        key=f"not-voided:{invoice.id}:{invoice.tries}",
        now=now,
    )
