"""Balances invoices: the page at the provider asks for what is left to pay, and for nothing else.

When something was paid another way, the page is closed before anybody pays twice; what is left is asked for on
another page, under the next attempt. Money that was faster there is entered, and told to be too much.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from adapters.registry import display_name
from bot.domain.invoice import Invoice, InvoiceEvent
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, OutsideError
from bot.kit.retry import Later, later
from bot.workflows.ask_checkouts import close_pages
from bot.workflows.assistant import Assistant
from bot.workflows.let_go_of_pages import let_go
from bot.workflows.place_invoices import GIVEN_UP, REFUSED, place_invoice
from bot.workflows.settle_payments import apply_event
from bot.workflows.tell import Parcel, hand_over, label_of, tell_operators
from bot.workflows.void_invoices import check_account, close_page, next_try
from messaging.base import Button
from storage import checkouts, integrations, invoices
from storage.integrations import Integration


async def order_balance(assistant: Assistant, workspace_id: int, invoice_id: int) -> None:
    """Have the page looked after once more."""
    tries = await assistant.database.write(next_try, workspace_id, invoice_id)
    await assistant.jobs.balance_invoice(workspace_id, invoice_id, tries)


async def balance_invoice(
    assistant: Assistant, workspace_id: int, invoice_id: int, retries: int = 0, waits: int = 0
) -> str | Later:
    """Close a page that asks for something else than what is left, and make one for that.

    Returns what became of it, or when to try again.
    """
    found = await assistant.database.read(_to_close, workspace_id, invoice_id)
    if found is not None:
        invoice, integration = found
        try:
            if invoice.external_id is None:
                check_account(invoice, integration)
                await close_pages(assistant, assistant.provider_for(integration), invoice)
            else:
                event, paid = await close_page(
                    assistant, invoice, integration, invoice.external_id, why=f"{invoice.attempt}-for-the-rest"
                )
        except OutsideError as trouble:
            again = later(trouble, retries, waits)
            if again is not None:
                return again
            parcels = await assistant.database.write(_not_closed, invoice, trouble, assistant.now())
            await hand_over(assistant, workspace_id, parcels)
            return "refused"
        if invoice.external_id is None:
            await assistant.database.write(_pages_closed, workspace_id, invoice_id, assistant.now())
        else:
            parcels = await assistant.database.write(
                _closed, workspace_id, invoice_id, invoice.external_id, event, paid, assistant.now()
            )
            await hand_over(assistant, workspace_id, parcels)
    await assistant.database.write(_clear_page, workspace_id, invoice_id, assistant.now())
    if not await assistant.database.read(_lacks_page, workspace_id, invoice_id):
        return "balanced"
    placed = await place_invoice(assistant, workspace_id, invoice_id, retries, waits)
    if placed in (REFUSED, GIVEN_UP):
        parcels = await assistant.database.write(_not_placed, workspace_id, invoice_id, assistant.now())
        await hand_over(assistant, workspace_id, parcels)
    elif await assistant.database.read(_to_close, workspace_id, invoice_id):
        await order_balance(assistant, workspace_id, invoice_id)  # more was paid while the page was made
    return placed


def _to_close(tx: sa.Connection, workspace_id: int, invoice_id: int) -> tuple[Invoice, Integration] | None:
    """The invoice whose page still asks for something, and for something else than what is left."""
    invoice = invoices.get(tx, workspace_id, invoice_id)
    if invoice is None or not invoice.is_placed or not invoice.open_cents:
        return None
    if invoice.open_cents == invoice.wanted_cents:
        return None
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    return invoice, integration


def _pages_closed(tx: sa.Connection, workspace_id: int, invoice_id: int, now: datetime) -> None:
    """Whoever comes next gets a page that asks for what is left then; who was given the page itself gets another."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    there = checkouts.of_invoice(tx, workspace_id, invoice_id)
    if invoice.wanted_cents and any(one.url == invoice.external_url for one in there):
        let_go(tx, invoice, now)
    else:
        invoices.change(tx, workspace_id, invoice_id, open_cents=invoice.wanted_cents)


def _closed(
    tx: sa.Connection,
    workspace_id: int,
    invoice_id: int,
    external_id: str,
    event: InvoiceEvent,
    paid: int | None,
    now: datetime,
) -> list[Parcel]:
    """Note that a page is over; when money was faster there, it counts as well."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    if event is InvoiceEvent.PAYMENT:
        return apply_event(tx, invoice, event, amount=paid, reason=None, now=now, ref=external_id)
    if invoice.external_id == external_id:
        invoices.change(tx, workspace_id, invoice_id, open_cents=0)
    return []


def _clear_page(tx: sa.Connection, workspace_id: int, invoice_id: int, now: datetime) -> None:
    """Let go of a page that is over while something is left to pay; what is still heard of it finds its invoice."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    if invoice.external_id is None:
        if invoice.is_placed and invoice.open_cents != invoice.wanted_cents:
            # Its pages are opened when the buyer comes, and ask for what is left then.
            invoices.change(tx, workspace_id, invoice_id, open_cents=invoice.wanted_cents)
        return
    if invoice.open_cents != 0 or not invoice.wanted_cents:
        return
    let_go(tx, invoice, now)


def _lacks_page(tx: sa.Connection, workspace_id: int, invoice_id: int) -> bool:
    invoice = invoices.get(tx, workspace_id, invoice_id)
    return invoice is not None and invoice.lacks_page


def _not_closed(tx: sa.Connection, invoice: Invoice, trouble: OutsideError, now: datetime) -> list[Parcel]:
    if isinstance(trouble, NotAuthorised):
        integrations.set_health(tx, invoice.workspace_id, invoice.integration_id, error=trouble.message)
    asks = Money(invoice.open_cents or 0, invoice.currency)
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return _tell(
        tx,
        invoice,
        f"{who}'s page at {display_name(invoice.provider)} still asks for {asks}, and could not be closed: "
        f"{trouble.message} {who} might pay twice. Close it there, or try again.",
        key=f"not-closed:{invoice.id}:{invoice.tries}",
        now=now,
    )


def _not_placed(tx: sa.Connection, workspace_id: int, invoice_id: int, now: datetime) -> list[Parcel]:
    invoice = invoices.get(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return _tell(
        tx,
        invoice,
        f"There is no page for the {invoice.rest} that {who} still owes: {invoice.error_message}",
        key=f"not-placed:{invoice.id}:{invoice.tries}",
        now=now,
    )


def _tell(tx: sa.Connection, invoice: Invoice, text: str, *, key: str, now: datetime) -> list[Parcel]:
    again = Button(title="Try again", payload=f"paid again {invoice.id}")
    return tell_operators(tx, invoice.workspace_id, text, key=key, now=now, buttons=[[again]])
