"""Charges an invoice, on an operator's word, to the method its buyer left at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adapters.base import Capability, CheckoutStyle, NotOffered, PaymentProvider, ProviderInvoice
from adapters.registry import provider_class
from bot.domain.invoice import OPEN, Invoice, InvoiceEvent
from bot.kit.errors import BadInput, NotAuthorised, OutcomeUnknown, Refused
from bot.workflows.assistant import Assistant
from bot.workflows.explain_invoices import status_word
from bot.workflows.note_integrations import Level, log
from bot.workflows.settle_payments import record_event
from bot.workflows.tell import hand_over
from bot.workflows.void_invoices import check_account
from storage import integrations, invoices
from storage.integrations import Integration


class NotPayable(BadInput):
    """This invoice cannot be charged as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    invoice: Invoice
    integration: Integration
    external_id: str
    key: str
    """The same until the provider has said yes or no, however often it is tried."""


async def charge_invoice(assistant: Assistant, workspace_id: int, provider: str, invoice_id: int, *, by: str) -> bool:
    """Charge one open invoice; False when the provider takes its time and tells later.

    Raises NotPayable, NotOffered, Refused with the reason of a decline, or OutcomeUnknown when not even asking helped.
    """
    _check_offered(kind := provider_class(provider))
    case = await assistant.database.read(_case, workspace_id, kind.name, invoice_id)
    connection = assistant.provider_for(case.integration)
    try:
        found = await connection.pay_invoice(case.external_id, key=case.key)
    except OutcomeUnknown:
        found = await connection.ask_invoice(case.external_id, CheckoutStyle(case.invoice.style))
        if found.state != "paid":
            raise
    except Refused as no:
        if not isinstance(no, NotAuthorised):
            await assistant.database.write(_declined, case, no, by, assistant.now())
        raise
    return await _record(assistant, case, found)


def check_chargeable(tx: sa.Connection, workspace_id: int, invoice_id: int) -> type[PaymentProvider]:
    """Where an invoice would be charged. Raises as `charge_invoice` does when it cannot be; nobody is asked."""
    invoice = invoices.get(tx, workspace_id, invoice_id)
    if invoice is None:
        raise NotPayable("There is no such invoice.")
    _check_offered(kind := provider_class(invoice.provider))
    _case(tx, workspace_id, invoice.provider, invoice_id)
    return kind


def _check_offered(kind: type[PaymentProvider]) -> None:
    if Capability.STORED_METHOD not in kind.capabilities:
        raise NotOffered(f"{kind.display_name} charges no stored method. Send the link instead: /send")


def _case(tx: sa.Connection, workspace_id: int, provider: str, invoice_id: int) -> _Case:
    invoice = invoices.get(tx, workspace_id, invoice_id)
    if invoice is None or invoice.provider != provider:
        raise NotPayable("There is no such invoice there.")
    if invoice.status not in OPEN:
        raise NotPayable(f"That invoice is {status_word(invoice.status)} already.")
    if invoice.style != CheckoutStyle.INVOICE:
        raise NotPayable("That invoice is paid on a page of its own, where only its buyer can: send the link, /send")
    if invoice.external_id is None or invoice.external_url is None:
        raise NotPayable("That invoice is being made right now. Try again in a minute.")
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    check_account(invoice, integration)
    return _Case(
        invoice=invoice,
        integration=integration,
        external_id=invoice.external_id,
        key=f"la-{invoice.external_id}-charge-{invoice.tries}",
    )


def _declined(tx: sa.Connection, case: _Case, no: Refused, by: str, now: datetime) -> None:
    """The provider keeps its no under that key: the next try is another one."""
    invoice = invoices.lock(tx, case.invoice.workspace_id, case.invoice.id)
    assert invoice is not None, "invoices are never deleted"
    if invoice.tries == case.invoice.tries:
        invoices.change(tx, invoice.workspace_id, invoice.id, tries=invoice.tries + 1)
    log(
        tx,
        invoice.workspace_id,
        invoice.provider,
        "charge_refused",
        f"Invoice {invoice.number} was not charged: {no.message}",
        now=now,
        level=Level.WARNING,
        by=by,
        code=no.code,
    )


async def _record(assistant: Assistant, case: _Case, found: ProviderInvoice) -> bool:
    if found.state != "paid":
        return False
    workspace_id = case.invoice.workspace_id
    parcels = await assistant.database.write(
        record_event, workspace_id, case.invoice.id, InvoiceEvent.PAYMENT, found.amount_paid, assistant.now()
    )
    await hand_over(assistant, workspace_id, parcels)
    return True
