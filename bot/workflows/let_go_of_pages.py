"""Lets go of pages at providers that are over while something is left to pay; what is still heard of one counts.

A page that was closed because something was paid another way is followed by the next one. One that the seller voided at
the provider, or whose time was up, is not: operators are told, and say whether there is to be another.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from adapters.registry import display_name
from bot.domain.books import PaymentStatus
from bot.domain.invoice import Invoice, InvoiceEvent
from bot.domain.money import Money
from bot.workflows.tell import Parcel, label_of, tell_operators
from messaging.base import Button
from storage import invoices, payments

_WHY = {
    InvoiceEvent.VOIDED: "The page was voided at {provider}.",
    InvoiceEvent.EXPIRED: "The time of the page at {provider} was over.",
}


def let_go(tx: sa.Connection, invoice: Invoice, now: datetime, *, why: str | None = None) -> None:
    """Have a locked invoice without a page; `why` keeps another from being made before somebody asks for it."""
    workspace_id = invoice.workspace_id
    known = payments.of_invoice(tx, workspace_id, invoice.id)
    if invoice.external_id is not None and all(one.provider_ref != invoice.external_id for one in known):
        payments.add(
            tx,
            workspace_id,
            order_id=f"invoice-{invoice.id}-page-{invoice.attempt}",
            invoice_id=invoice.id,
            provider=invoice.provider,
            account_id=invoice.account_id,
            provider_ref=invoice.external_id,
            amount_cents=0,
            currency=invoice.currency,
            status=PaymentStatus.EXPIRED,
            now=now,
        )
    invoices.change(
        tx,
        workspace_id,
        invoice.id,
        external_id=None,
        external_url=None,
        how_to_pay="",
        open_cents=None,
        attempt=invoice.attempt + 1,
        first_tried_at=None,
        error_message=why,
    )


def page_is_over(tx: sa.Connection, invoice: Invoice, event: InvoiceEvent, now: datetime) -> list[Parcel]:
    """The page for the rest of a locked, partly paid invoice is over, and nobody here wanted that."""
    why = _WHY[event].format(provider=display_name(invoice.provider))
    let_go(tx, invoice, now, why=why)
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"{who} has no page any more for the {invoice.rest} that is left of {invoice.number}. {why} "
        f"To send back the {Money(invoice.paid_cents, invoice.currency)} that came: /refund {who}",
        key=f"page-over:{invoice.id}:{invoice.attempt}",
        now=now,
        buttons=[[Button(title="New page for the rest", payload=f"paid again {invoice.id}")]],
    )
