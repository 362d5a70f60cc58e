"""Notes what became of a page to pay on, and says what that means to its invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adapters.base import PaymentState
from bot.domain.books import PaymentStatus
from bot.domain.checkout import Checkout, CheckoutEvent, after
from bot.domain.invoice import Invoice, InvoiceEvent
from bot.domain.money import Money
from bot.workflows.keep_updates import Fact
from storage import checkouts, invoices, workspaces

PAGE_EVENTS: Mapping[PaymentState, CheckoutEvent] = {
    PaymentState.PAID: CheckoutEvent.PAID,
    PaymentState.EXPIRED: CheckoutEvent.EXPIRED,
    PaymentState.VOIDED: CheckoutEvent.EXPIRED,
    PaymentState.FAILED: CheckoutEvent.FAILED,
}
"""What a provider's fact means to a page; any other is about money that was paid on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What there is left to do, once it is noted what became of a page."""

    invoice: Invoice | None = None
    """Locked."""
    event: InvoiceEvent | None = None
    """What it means to the invoice; None when nothing."""
    money: Money | None = None
    provider_ref: str | None = None
    """The page at the provider."""
    payment_ref: str | None = None
    """What it calls the money."""


def find_page(tx: sa.Connection, workspace_id: int, fact: Fact) -> Checkout | None:
    """The page a fact is about: by the provider's id, else by ours."""
    for provider_ref in filter(None, (fact.checkout_id, fact.external_id)):
        found = checkouts.by_ref(tx, workspace_id, fact.provider, provider_ref)
        if found is not None:
            return found if _same_account(found, fact) else None
    if not fact.order_id or fact.workspace_uid != workspaces.get(tx, workspace_id).uid:
        return None
    found = checkouts.of_order(tx, workspace_id, fact.order_id)
    return (
        found
        if found is not None and found.title and found.provider == fact.provider and _same_account(found, fact)
        else None
    )


def note_page(
    tx: sa.Connection,
    workspace_id: int,
    checkout_id: int,
    event: CheckoutEvent,
    *,
    provider_ref: str | None = None,
    paid: Money | None = None,
    payment_ref: str | None = None,
    now: datetime,
) -> Noted:
    """Note one event of a page, once.

    `provider_ref` is the provider's page where it is named: money may be faster than the answer to the call that
    opened it, and an order's earlier page ends without ending the one that is open now.
    """
    known = checkouts.get(tx, workspace_id, checkout_id)
    assert known is not None, "pages are never deleted"
    invoice = None if known.invoice_id is None else invoices.lock(tx, workspace_id, known.invoice_id)
    checkout = checkouts.lock(tx, workspace_id, checkout_id)
    assert checkout is not None, "pages are never deleted"
    earlier = provider_ref is not None and checkout.provider_ref not in (None, provider_ref)
    status = after(checkout.status, event)
    # Money of an invoice is entered whatever is known: a refund that is heard of first knows only of itself.
    enters = event is CheckoutEvent.PAID and invoice is not None
    if (status is checkout.status and not enters) or (earlier and event is not CheckoutEvent.PAID):
        return Noted()
    if event is CheckoutEvent.FAILED and invoice is not None:
        return Noted(invoice=invoice, event=InvoiceEvent.PAYMENT_FAILED)  # the page can be tried again
    if status is not PaymentStatus.PAID:
        checkouts.change(tx, workspace_id, checkout_id, status=status)
        return _ends_with_the_page(invoice, checkout)
    money = paid or checkout.total
    ref, payment_id = provider_ref or checkout.provider_ref, payment_ref or checkout.payment_ref
    if invoice is not None:
        # The books of the invoice have the page paid, with all the rest of its money, and see when it came twice.
        checkouts.change(tx, workspace_id, checkout_id, provider_ref=ref, payment_ref=payment_id)
        whole = money.currency != invoice.currency or money.amount >= invoice.rest.amount
        event_of = InvoiceEvent.PAYMENT if whole else InvoiceEvent.PART_PAYMENT
        return Noted(invoice=invoice, event=event_of, money=money, provider_ref=ref, payment_ref=payment_id)
    checkouts.change(
        tx,
        workspace_id,
        checkout_id,
        status=status,
        paid_at=now,
        provider_ref=ref,
        payment_ref=payment_id,
        amount_cents=money.amount,
        currency=money.currency,
    )
    return Noted()


def _same_account(checkout: Checkout, fact: Fact) -> bool:
    return not fact.account_id or not checkout.account_id or fact.account_id == checkout.account_id


def _ends_with_the_page(invoice: Invoice | None, checkout: Checkout) -> Noted:
    """Where the buyer was given the page itself, nothing can open another one: the invoice ends with it."""
    if invoice is None or checkout.url is None or invoice.external_url != checkout.url:
        return Noted()
    return Noted(invoice=invoice, event=InvoiceEvent.EXPIRED)
