"""Learns of money that came what no report says: by which way, and what is kept of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import Capability, CheckoutStyle, ProviderPayment
from adapters.registry import provider_class
from bot.domain.books import Payment, PaymentStatus
from bot.domain.invoice import Invoice
from bot.kit.errors import NotAuthorised, OutsideError, Refused
from bot.workflows.assistant import Assistant
from bot.workflows.keep_books import add_up
from storage import integrations, invoices, payments
from storage.integrations import Integration

_log = logging.getLogger(__name__)

FOR = timedelta(days=3)
"""Whoever could not be asked for so long is asked no more; when money goes back it is looked up all the same."""


async def learn_payments(assistant: Assistant, *, every: timedelta) -> int:
    """Ask about payments that nobody was asked about for `every`; returns of how many something was learned."""
    learned = 0
    now = assistant.now()
    failed: set[tuple[int, str]] = set()
    for payment in await assistant.database.read(payments.unlearned, paid_since=now - FOR, asked_before=now - every):
        account = payment.workspace_id, payment.provider
        # Whoever is passed over has had a turn, too: else the same would come first at the next look, before everybody.
        where = await assistant.database.write(_where, payment, now)
        if where is None or account in failed or payment.provider_ref is None:
            continue
        integration, style = where
        try:
            there = await assistant.provider_for(integration).payments_of(payment.provider_ref, style)
        except OutsideError as trouble:
            _log.info("payment %s could not be asked about: %s", payment.id, trouble)
            if isinstance(trouble, NotAuthorised) or not isinstance(trouble, Refused):
                failed.add(account)  # what is refused is about this payment alone
            continue
        if there:
            await assistant.database.write(_learn, payment, there, assistant.now())
            learned += 1
    return learned


def take_down(tx: sa.Connection, invoice: Invoice, page: str, there: Sequence[ProviderPayment], now: datetime) -> None:
    """Have the rows of a page say what the provider says: one for each payment, with its way and its fee."""
    rows = [
        one
        for one in payments.of_invoice(tx, invoice.workspace_id, invoice.id)
        if one.provider_ref == page and one.status is PaymentStatus.PAID
    ]
    named = {one.payment_ref: one for one in rows if one.payment_ref is not None}
    free = [one for one in rows if one.payment_ref is None]
    for place, one in enumerate(there, 1):
        row_id = named[one.payment_id].id if one.payment_id in named else free.pop(0).id if free else None
        if row_id is None:
            row_id = payments.add(
                tx,
                invoice.workspace_id,
                order_id=f"invoice-{invoice.id}-at-{place}:{one.payment_id}",
                invoice_id=invoice.id,
                provider=invoice.provider,
                account_id=invoice.account_id,
                provider_ref=page,
                amount_cents=one.amount.amount,
                currency=invoice.currency,
                status=PaymentStatus.PAID,
                now=one.paid_at or now,
            )
            assert row_id is not None, "no row has that payment"
        payments.change(tx, invoice.workspace_id, row_id, amount_cents=one.amount.amount, **_facts(one))
    add_up(tx, invoice)


def _facts(one: ProviderPayment) -> dict[str, object]:
    return {"payment_ref": one.payment_id, "method": one.method, "fee_cents": one.fee_cents}


def _where(tx: sa.Connection, payment: Payment, now: datetime) -> tuple[Integration, CheckoutStyle] | None:
    """Whom to ask, and as what it was paid; None when nobody can be."""
    payments.change(tx, payment.workspace_id, payment.id, asked_at=now)
    found = integrations.get(tx, payment.workspace_id, payment.provider)
    if found is None or found.status == "inactive" or found.account_id != payment.account_id:
        return None
    if Capability.REFUND not in provider_class(payment.provider).capabilities:
        return None
    if payment.invoice_id is None:
        return found, CheckoutStyle.CHECKOUT
    invoice = invoices.get(tx, payment.workspace_id, payment.invoice_id)
    assert invoice is not None, "payments refer to their invoice"
    return found, CheckoutStyle(invoice.style)


def _learn(tx: sa.Connection, payment: Payment, there: Sequence[ProviderPayment], now: datetime) -> None:
    if payment.invoice_id is None:
        payments.change(tx, payment.workspace_id, payment.id, **_facts(there[0]))
        return
    invoice = invoices.lock(tx, payment.workspace_id, payment.invoice_id)
    assert invoice is not None, "payments refer to their invoice"
    assert payment.provider_ref is not None, "somebody was asked about its page"
    take_down(tx, invoice, payment.provider_ref, there, now)
