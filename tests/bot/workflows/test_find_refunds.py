"""Refunds in a provider's books: those of our payments are acted on, and nobody else's are traced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.base import Capability, PaymentState, ProviderPayment
from adapters.registry import provider_class
from bot.domain.money import Money
from bot.workflows.find_refunds import refunded_since
from storage import integrations
from tests.bot.commands.conftest import Shop, a_shop, an_environment  # noqa: F401
from tests.bot.workflows.till import Counter, a_counter
from tests.statements import statements


@pytest_asyncio.fixture
async def counter(shop: Shop) -> AsyncIterator[Counter]:
    yield await a_counter(shop)


def payment(paid_at: datetime, back: int) -> ProviderPayment:
    return ProviderPayment(
        payment_id="P1", amount=Money(3980, "USD"), refunded_cents=back, method="card", fee_cents=None, paid_at=paid_at
    )


async def test_what_went_back_of_a_payment_since_our_first_invoice_is_acted_on_or_traced(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = counter.shop
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")

    async def found(one: ProviderPayment) -> list[tuple[PaymentState, int | None]]:
        updates = await shop.read(refunded_since, integration, [one], shop.clock())
        return [(update.state, update.amount.amount) for update in updates]

    now = shop.clock()
    assert await found(payment(now, 500)) == [(PaymentState.PARTLY_REFUNDED, 500)]
    assert await found(payment(now, 3980)) == [(PaymentState.REFUNDED, 3980)]
    assert await found(payment(now, 0)) == []
    assert await found(payment(now - timedelta(days=2), 500)) == []
    cannot_trace = provider_class("stripe").capabilities - {Capability.TRACE}
    monkeypatch.setattr(provider_class("stripe"), "capabilities", cannot_trace)
    assert await found(payment(now, 500)) == []


async def test_a_page_of_refunds_is_looked_up_at_once_and_one_without_any_not_at_all(counter: Counter) -> None:
    shop = counter.shop
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")
    assert integration is not None

    def asked(tx: sa.Connection, count: int) -> int:
        back = [replace(payment(shop.clock(), 500), payment_id=f"P{number}") for number in range(count)]
        with statements(tx) as run:
            assert len(refunded_since(tx, integration, back, shop.clock())) == count
        return len(run)

    assert await shop.read(asked, 3) == await shop.read(asked, 1)
    assert await shop.read(asked, 0) == 0
