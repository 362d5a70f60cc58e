"""Places one invoice at its provider: reserved before, called here, recorded after; then its link goes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.base import CheckoutStyle, InvoiceOrder, ProviderInvoice
from bot.domain.integration import Preferences
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus, after, pay_link
from bot.domain.onboarding import fee_of
from bot.kit.errors import NotAuthorised, OutsideError, Refused
from bot.kit.retry import IN_GOOD_TIME
from bot.workflows.assistant import Assistant
from bot.workflows.draw_bills import keep_bill
from bot.workflows.place_checkouts import place_checkout, wait_for_price
from bot.workflows.send_links import queue_link_of
from bot.workflows.settle_covered import settle_covered
from bot.workflows.settle_payments import apply_event, record_event
from bot.workflows.tell import Parcel, hand_over
from bot.workflows.void_invoices import check_account, close_at_provider
from storage import buyers, integrations, invoices, runs, shows, workspaces


@dataclass(frozen=True, kw_only=True)
class _Case:
    """Everything about one invoice that its provider is told."""

    integration: integrations.Integration
    order: InvoiceOrder


async def take_over(assistant: Assistant, workspace_id: int, invoice_id: int, retries: int = 0) -> float | None:
    """Close the unpaid invoices that this one replaces, one after the other, and bill their claims here.

    One that the buyer paid in the meantime stays as it is, and this one bills only what else there is. Returns after
    how many seconds to try again, if it is to be.
    """
    for invoice, old, integration in await assistant.database.read(_replaced, workspace_id, invoice_id):
        try:
            event = await close_at_provider(assistant, old, integration, why=f"void-for-{invoice.id}-{invoice.tries}")
        except OutsideError as trouble:
            seconds = IN_GOOD_TIME.wait(trouble, retries)
            if seconds is None:
                await assistant.database.write(refuse, workspace_id, invoice_id, trouble)
            return seconds
        if event is not None:
            parcels = await assistant.database.write(record_event, workspace_id, old.id, event, None, assistant.now())
            await hand_over(assistant, workspace_id, parcels)
    return None


async def place_invoice(assistant: Assistant, workspace_id: int, invoice_id: int, retries: int = 0) -> str | float:
    """Make the invoice exist at the provider and record it here.

    What it replaces is closed first. Returns what became of it, or after how many seconds to try again. A refusal is
    recorded with its reason and concerns this buyer alone. May be called again at any time: whatever was begun goes on
    under the same keys.
    """
    public_url = assistant.settings.public_url
    try:
        case = await assistant.database.write(
            _case, workspace_id, invoice_id, public_url, assistant.now(), retries == 0
        )
        if case is None:
            seconds = await take_over(assistant, workspace_id, invoice_id, retries)
            if seconds is not None:
                return seconds
            case = await assistant.database.write(
                _drawn, workspace_id, invoice_id, public_url, assistant.now(), retries == 0
            )
        if not isinstance(case, _Case):
            await hand_over(assistant, workspace_id, case)
            return "nothing to do"
        if case.order.style is CheckoutStyle.CHECKOUT:
            await hand_over(assistant, workspace_id, await place_checkout(assistant, workspace_id, invoice_id))
            return "placed"
        placed = await assistant.provider_for(case.integration).place_invoice(case.order)
    except OutsideError as trouble:
        seconds = IN_GOOD_TIME.wait(trouble, retries)
        if seconds is not None:
            return seconds
        await assistant.database.write(refuse, workspace_id, invoice_id, trouble)
        return "refused"
    parcels = await assistant.database.write(_placed, workspace_id, invoice_id, placed, public_url, assistant.now())
    await hand_over(assistant, workspace_id, parcels)
    return "placed"


def _replaced(
    tx: sa.Connection, workspace_id: int, invoice_id: int
) -> list[tuple[Invoice, Invoice, integrations.Integration]]:
    """(the invoice, one that is to be closed for it, where that is) for each of those."""
    invoice = invoices.get(tx, workspace_id, invoice_id)
    if invoice is None or invoice.status is not InvoiceStatus.DRAFT:
        return []
    replaced = []
    for old in _to_close(tx, invoice):
        integration = integrations.by_id(tx, workspace_id, old.integration_id)
        assert integration is not None, "invoices refer to their integration"
        replaced.append((invoice, old, integration))
    return replaced


def _to_close(tx: sa.Connection, invoice: Invoice) -> list[Invoice]:
    """What an invoice takes over and is not closed yet."""
    replaced = invoices.taken_over_by(tx, invoice.workspace_id, invoice)
    return [old for old in replaced if after(old.status, InvoiceEvent.VOIDED) is not old.status]


def _case(
    tx: sa.Connection, workspace_id: int, invoice_id: int, public_url: str, now: datetime, first_try: bool
) -> _Case | list[Parcel] | None:
    """The same as `_drawn`; None while something else has to be closed first."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    if invoice is not None and invoice.status is InvoiceStatus.DRAFT and _to_close(tx, invoice):
        return None
    return _told(tx, invoice, public_url, now, first_try)


def _drawn(
    tx: sa.Connection, workspace_id: int, invoice_id: int, public_url: str, now: datetime, first_try: bool
) -> _Case | list[Parcel]:
    """What the provider is told, or, when it is to hear nothing, what is to be said to people instead."""
    return _told(tx, invoices.lock(tx, workspace_id, invoice_id), public_url, now, first_try)


def _told(
    tx: sa.Connection, invoice: Invoice | None, public_url: str, now: datetime, first_try: bool
) -> _Case | list[Parcel]:
    """The bill is drawn here, when all that goes before is settled, and stays as it is at every further try."""
    if invoice is None or invoice.is_payable or not (invoice.status is InvoiceStatus.DRAFT or invoice.lacks_page):
        return []
    workspace_id = invoice.workspace_id
    show = shows.get(tx, workspace_id, invoice.show_id)
    assert show is not None
    is_new = invoice.external_id is None and first_try and not invoice.lacks_page
    if is_new and keep_bill(tx, show, invoice, now).lines != invoice.lines:
        invoice = invoices.lock(tx, workspace_id, invoice.id)
        assert invoice is not None
    if not invoice.lines:
        invoices.change(tx, workspace_id, invoice.id, status=InvoiceStatus.VOID)
        runs.settle(tx, workspace_id, invoice.id, "nothing to bill")
        return []
    if invoice.external_id is None and invoice.amount_cents == 0 and not invoice.unpriced:
        return settle_covered(tx, invoice, now)
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id)
    assert integration is not None
    assert buyer is not None
    first_tried_at = invoice.first_tried_at or now
    if invoice.external_id is None:
        # Nothing of it is anywhere yet, so it is made in the account that is connected now.
        begun = {"first_tried_at": first_tried_at, "account_id": integration.account_id}
    else:
        check_account(invoice, integration)
        begun = {"first_tried_at": first_tried_at}
    asks = invoice.rest.amount
    if invoice.lacks_page and invoice.open_cents is not None:
        asks = invoice.open_cents  # what the provider may have been asked for already, under the same keys
    invoices.begin(tx, workspace_id, invoice.id, open_cents=asks, **begun)
    preferences = Preferences.of(integration.settings)
    workspace = workspaces.get(tx, workspace_id)
    order = InvoiceOrder(
        workspace_uid=workspace.uid,
        invoice_id=invoice.id,
        attempt=invoice.attempt,
        number=invoice.number,
        show_title=show.title,
        buyer_id=buyer.id,
        buyer_name=buyer.name or buyer.handle,
        buyer_handle=buyer.handle,
        customer_id=buyers.customer_of(tx, workspace_id, buyer.id, invoice.provider, integration.account_id),
        currency=invoice.currency,
        lines=invoice.asking(asks),
        memo=preferences.memo(show=show.title, number=invoice.number, buyer=buyer.label),
        external_id=invoice.external_id,
        first_tried_at=first_tried_at,
        due_days=preferences.due_days,
        style=CheckoutStyle(invoice.style),
        fee_cents=fee_of(asks, workspace.fee_basis_points),
        return_url=pay_link(invoice.pay_token, "", public_url),
    )
    return _Case(integration=integration, order=order)


def _placed(
    tx: sa.Connection,
    workspace_id: int,
    invoice_id: int,
    placed: ProviderInvoice,
    public_url: str,
    now: datetime,
) -> list[Parcel]:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None
    there: dict[str, Any] = {
        "external_id": placed.external_id,
        "external_url": placed.url,
        "how_to_pay": placed.how_to_pay,
        "customer_id": placed.customer_id,
        "error_message": None,
    }
    invoices.change(tx, workspace_id, invoice_id, **there)
    if placed.customer_id:
        buyers.keep_customer(
            tx,
            workspace_id,
            invoice.buyer_id,
            provider=invoice.provider,
            account_id=invoice.account_id,
            customer_id=placed.customer_id,
        )
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    assert integration is not None
    if integration.error:
        integrations.set_health(tx, workspace_id, integration.id, error="")
    if invoice.status is not InvoiceStatus.DRAFT and not invoice.lacks_page:
        # Paid by other ways meanwhile: the sweep has the page closed.
        invoices.change(tx, workspace_id, invoice_id, tries=invoice.tries + 1)
        return []
    if placed.state == "paid":
        ref, paid = placed.external_id, placed.amount_paid
        return apply_event(tx, invoice, InvoiceEvent.PAYMENT, amount=paid, reason=None, now=now, ref=ref)
    if invoice.lacks_page and invoice.open_cents != invoice.wanted_cents:
        return []  # more was paid meanwhile: another page takes its place before anybody is told of this one
    if placed.url is None and not placed.how_to_pay:
        return wait_for_price(tx, workspace_id, invoice, now)
    page = invoice.attempt if invoice.lacks_page else 0
    return queue_link_of(tx, replace(invoice, **there), integration, public_url, now, page=page)


def refuse(tx: sa.Connection, workspace_id: int, invoice_id: int, trouble: OutsideError) -> None:
    """Note why an invoice could not be made, for its buyer's line and for a retry."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None
    if invoice.status is not InvoiceStatus.DRAFT and not invoice.lacks_page:
        return
    # A dead key says nothing about this invoice: what it had begun goes on where it stopped.
    definite = isinstance(trouble, Refused) and not isinstance(trouble, NotAuthorised)
    invoices.change(
        tx,
        workspace_id,
        invoice_id,
        status=after(invoice.status, InvoiceEvent.REFUSED),
        error_message=trouble.message,
        attempt=invoice.attempt + 1 if definite and invoice.external_id is None else invoice.attempt,
        first_tried_at=None if definite else invoice.first_tried_at,
    )
    runs.settle(tx, workspace_id, invoice_id, "refused", trouble.message)
    if isinstance(trouble, NotAuthorised):
        integrations.set_health(tx, workspace_id, invoice.integration_id, error=trouble.message)
