"""Asks a provider about the money that its webhook names: how much came or went back in all, and whether any did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import CheckoutStyle, PaymentProvider, PaymentState
from bot.domain.invoice import Invoice
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
    style = None
    if fact.checkout_id is None:
        style = await assistant.database.read(_style, workspace_id, fact)
        if style is None or (fact.account_id and fact.account_id != integration.account_id):
            return replace(fact, confirm=False)  # of others, or of an account that cannot be asked any more
    provider = assistant.provider_for(integration)
    try:
        return replace(await _asked(provider, fact, style), confirm=False)
    except NotAuthorised:
        raise
    except Refused as no:
        if assistant.now() - heard_at < PATIENCE:
            raise Unreachable(no.message, code=no.code) from no
        return None


def invoice_there(tx: sa.Connection, workspace_id: int, provider: str, external_id: str) -> Invoice | None:
    """The invoice that a provider means by its own id, also when another page has taken that one's place."""
    invoice = invoices.by_external_id(tx, workspace_id, provider, external_id)
    if invoice is not None:
        return invoice
    before = payments.invoice_of(tx, workspace_id, provider, external_id)
    return None if before is None else invoices.get(tx, workspace_id, before)


def _style(tx: sa.Connection, workspace_id: int, fact: Fact) -> CheckoutStyle | None:
    """What a fact is about at its provider: an invoice, a link, or the page of an order; None for nothing of ours."""
    if fact.external_id is None:
        return None
    if checkouts.by_ref(tx, workspace_id, fact.provider, fact.external_id) is not None:
        return CheckoutStyle.CHECKOUT
    invoice = invoice_there(tx, workspace_id, fact.provider, fact.external_id)
    return None if invoice is None else CheckoutStyle(invoice.style)


async def _asked(provider: PaymentProvider, fact: Fact, style: CheckoutStyle | None) -> Fact:
    """Raises Refused when there is no such money, or not yet."""
    assert fact.payment_id is not None, "whoever calls has looked"
    if fact.external_id is None or style is None:
        payment = await provider.ask_payment(fact.payment_id)
        return replace(fact, amount=payment.amount.amount, currency=payment.amount.currency)
    if fact.state in (PaymentState.REFUNDED, PaymentState.PARTLY_REFUNDED):
        return await _what_went_back(provider, fact, fact.external_id, style)
    return await _what_came(provider, fact, fact.external_id, style)


async def _what_came(provider: PaymentProvider, fact: Fact, external_id: str, style: CheckoutStyle) -> Fact:
    if style is CheckoutStyle.CHECKOUT:
        page = await provider.ask_checkout(external_id)
        is_paid, total = page.state == "paid", page.total
        came = (
            total.amount
            if is_paid
            else sum(one.amount.amount for one in await provider.payments_of(external_id, style))
        )
    else:
        there = await provider.ask_invoice(external_id, style)
        is_paid, total, came = there.state == "paid", there.total, there.amount_paid
    if not is_paid and not came:
        raise Refused("Nothing of that has come yet.", code="not_paid")
    state = PaymentState.PAID if is_paid else PaymentState.PARTLY_PAID
    return replace(fact, state=state, amount=came, currency=total.currency)


async def _what_went_back(provider: PaymentProvider, fact: Fact, external_id: str, style: CheckoutStyle) -> Fact:
    there = {one.payment_id: one for one in await provider.payments_of(external_id, style)}
    payment = there.get(fact.payment_id or "")
    if payment is None or not payment.refunded_cents:
        raise Refused("Nothing of that has gone back yet.", code="not_refunded")
    whole = payment.refunded_cents >= payment.amount.amount
    state = PaymentState.REFUNDED if whole else PaymentState.PARTLY_REFUNDED
    return replace(fact, state=state, amount=payment.refunded_cents, currency=payment.amount.currency)
