"""Asks a provider about the money that its webhook names: how much came or went back in all, and whether any did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import Capability, CheckoutStyle, PaymentProvider, PaymentState, ProviderPayment
from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, Refused, Unreachable
from bot.workflows.assistant import Assistant
from bot.workflows.keep_updates import Fact
from storage import checkouts, integrations, invoices, payments

REFUTED = "not confirmed by the provider"
"""What came of an event whose provider, being asked, knows of no such money."""


PATIENCE = timedelta(minutes=15)
"""A webhook may be faster than the provider's own books: for so long, what they do not show yet may still come."""


async def confirm_payment(assistant: Assistant, workspace_id: int, fact: Fact, heard_at: datetime) -> Fact | None:
    """The fact as the provider tells it when asked; None when it knows of no such money, long after it was heard.

    What is about nothing of ours is not asked for. Raises Busy, Unreachable, OutcomeUnknown or NotAuthorised while it
    cannot be told.
    """
    assert fact.payment_id is not None, "what is to be confirmed names its payment"
    integration = await assistant.database.read(integrations.get, workspace_id, fact.provider)
    if integration is None:
        return None
    provider = assistant.provider_for(integration)
    try:
        if fact.checkout_id is not None:
            payment = await provider.ask_payment(fact.payment_id)
            return replace(fact, amount=payment.amount.amount, currency=payment.amount.currency, confirm=False)
        bill = await assistant.database.read(_bill, workspace_id, fact)
        if bill is not None and fact.account_id in (None, "", integration.account_id):
            return replace(await _all_of_it(provider, fact, bill), confirm=False)
        return replace(fact, confirm=False)  # of others, or of an account that cannot be asked any more
    except NotAuthorised:
        raise
    except Refused as no:
        if assistant.now() - heard_at < PATIENCE:
            raise Unreachable(no.message, code=no.code) from no
        return None


async def payments_apart(assistant: Assistant, workspace_id: int, fact: Fact) -> Sequence[ProviderPayment]:
    """The payments that a fact is about which says that all of a page went back, and names none of them.

    Each tells of itself as well, and which of them is meant cannot be known from sums alone. Empty when there is nobody
    to ask, or nothing to tell apart. Raises OutsideError while the provider cannot be asked.
    """
    if fact.state is not PaymentState.REFUNDED or fact.payment_id is not None:
        return ()
    integration = await assistant.database.read(integrations.get, workspace_id, fact.provider)
    bill = await assistant.database.read(_bill, workspace_id, fact)
    if integration is None or bill is None or fact.account_id not in (None, "", integration.account_id):
        return ()
    provider = assistant.provider_for(integration)
    if Capability.REFUND not in provider.capabilities:
        return ()
    try:
        return await provider.payments_of(bill.external_id, bill.style)
    except NotAuthorised:
        raise
    except Refused:
        return ()


def invoice_there(tx: sa.Connection, workspace_id: int, provider: str, external_id: str) -> Invoice | None:
    """The invoice that a provider means by its own id, also when another page has taken that one's place."""
    invoice = invoices.by_external_id(tx, workspace_id, provider, external_id)
    if invoice is not None:
        return invoice
    before = payments.invoice_of(tx, workspace_id, provider, external_id)
    return None if before is None else invoices.get(tx, workspace_id, before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bill:
    """What a fact is about at its provider: an invoice, a link, or the page of an order."""

    external_id: str
    style: CheckoutStyle
    total: Money


def _bill(tx: sa.Connection, workspace_id: int, fact: Fact) -> _Bill | None:
    if fact.external_id is None:
        return None
    page = checkouts.by_ref(tx, workspace_id, fact.provider, fact.external_id)
    if page is not None:
        return _Bill(external_id=fact.external_id, style=CheckoutStyle.CHECKOUT, total=page.total)
    invoice = invoice_there(tx, workspace_id, fact.provider, fact.external_id)
    if invoice is None:
        return None
    return _Bill(external_id=fact.external_id, style=CheckoutStyle(invoice.style), total=invoice.total)


async def _all_of_it(provider: PaymentProvider, fact: Fact, bill: _Bill) -> Fact:
    """A fact about one payment or refund of several, with all that came, or went back of the payment.

    It is signed, so that at least what it says itself is so, whatever the provider's books show by now.
    """
    said = fact.amount if fact.amount is not None and fact.currency == bill.total.currency else 0
    if fact.state is PaymentState.PAID:
        came = said if said >= bill.total.amount else max(said, await _came(provider, bill))
        state = PaymentState.PAID if came >= bill.total.amount else PaymentState.PARTLY_PAID
        return replace(fact, state=state, amount=came, currency=bill.total.currency)
    there = {one.payment_id: one for one in await provider.payments_of(bill.external_id, bill.style)}
    payment = there.get(fact.payment_id or "")
    back = max(said, payment.refunded_cents if payment is not None else 0)
    whole = back >= (payment.amount if payment is not None else bill.total).amount
    state = PaymentState.REFUNDED if whole else PaymentState.PARTLY_REFUNDED
    return replace(fact, state=state, amount=back, currency=bill.total.currency)


async def _came(provider: PaymentProvider, bill: _Bill) -> int:
    if bill.style is CheckoutStyle.CHECKOUT:
        return sum(one.amount.amount for one in await provider.payments_of(bill.external_id, bill.style))
    return (await provider.ask_invoice(bill.external_id, bill.style)).amount_paid
