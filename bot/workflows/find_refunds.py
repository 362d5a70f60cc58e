"""Finds in a provider's books what went back of our payments, where no webhook told us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import Capability, PaymentState, PaymentUpdate, ProviderPayment
from adapters.registry import provider_class
from bot.domain.money import Money
from storage import invoices, payments
from storage.integrations import Integration

_CLOCKS_DIFFER = timedelta(days=1)


def refunded_since(
    tx: sa.Connection, integration: Integration, moved: Sequence[ProviderPayment], now: datetime
) -> list[PaymentUpdate]:
    """What to act on, as if a webhook had told it: once for each sum that went back of a payment.

    A payment that is not in our books by its id is traced by its provider, where that can be; one that came before our
    first invoice in this account is nobody's of ours.
    """
    back = [one for one in moved if one.refunded_cents]
    if not back:
        return []
    first = invoices.first_made(tx, integration.workspace_id, integration.provider, integration.account_id)
    if first is None:
        return []
    traces = Capability.TRACE in provider_class(integration.provider).capabilities
    pages = payments.pages_of(
        tx,
        integration.workspace_id,
        integration.provider,
        integration.account_id,
        {one.payment_id for one in back},
    )
    found = []
    for one in back:
        page = pages.get(one.payment_id)
        if page is not None or (traces and (one.paid_at is None or one.paid_at > first - _CLOCKS_DIFFER)):
            found.append(_update(integration, one, page, now))
    return found


def _update(integration: Integration, one: ProviderPayment, page: str | None, now: datetime) -> PaymentUpdate:
    whole = one.refunded_cents >= one.amount.amount
    return PaymentUpdate(
        provider=integration.provider,
        event_id=f"books:{one.payment_id}:{one.refunded_cents}",
        kind="books",
        state=PaymentState.REFUNDED if whole else PaymentState.PARTLY_REFUNDED,
        account_id=integration.account_id or None,
        external_id=page,
        payment_id=one.payment_id,
        workspace_uid=None,
        invoice_id=None,
        amount=Money(one.refunded_cents, one.amount.currency),
        reason=None,
        happened_at=now,
        livemode=integration.livemode,
        raw={},
    )
