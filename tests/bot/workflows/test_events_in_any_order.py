"""Whatever order and number a provider's events come in, by webhook or by looking, the books end the same."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.base import Capability, PaymentState, PaymentUpdate
from bot.domain.invoice import InvoiceStatus, Line
from bot.domain.money import Money
from bot.workflows.keep_updates import keep_updates
from bot.workflows.reconcile_payments import Reconciliation
from bot.workflows.run_shows import go_live, new_show
from bot.workflows.settle_payments import settle_payment
from bot.workflows.stock_items import NewItem, add_items
from storage import inbox, integrations, invoices, shows
from tests.bot.commands.conftest import Shop, a_shop, an_environment  # noqa: F401

STATES = {
    "failed": (PaymentState.FAILED, 0),
    "part paid": (PaymentState.PARTLY_PAID, 500),
    "paid": (PaymentState.PAID, 1990),
    "some back": (PaymentState.PARTLY_REFUNDED, 700),
    "all back": (PaymentState.REFUNDED, 1990),
    "voided": (PaymentState.VOIDED, 0),
    "disputed": (PaymentState.DISPUTED, 900),
    "won": (PaymentState.DISPUTE_WON, 900),
    "lost": (PaymentState.DISPUTE_LOST, 900),
}
"""What can happen to one invoice of 19.90, and what the event says in cents: of money, all that came or went so far."""

NAMES_ITS_PAYMENT = frozenset({"some back", "all back", "disputed", "won", "lost"})
"""Events that do not say which invoice they are about."""

numbers = itertools.count(1)
happenings = st.lists(st.sampled_from(sorted(STATES)), min_size=1, unique=True).map(
    lambda happened: sorted({*happened, *(["paid"] if NAMES_ITS_PAYMENT & set(happened) else [])})
)
"""Nothing goes back that did not come; but what went back may be heard of first."""


def the_end(happened: Collection[str]) -> tuple[InvoiceStatus, int, int]:
    """How the invoice stands, what came and what went back when all of it is known, whatever was heard first."""
    back = 1990 if "all back" in happened else 700 if "some back" in happened else 0
    back = min(back + 900 * ("lost" in happened), 1990)
    paid = 1990 if back or "paid" in happened else 500 if "part paid" in happened else 0
    if back:
        status = InvoiceStatus.REFUNDED if back == paid else InvoiceStatus.PARTLY_REFUNDED
    elif paid:
        status = InvoiceStatus.PAID if paid == 1990 else InvoiceStatus.PARTLY_PAID
    else:
        status = InvoiceStatus.VOID if "voided" in happened else InvoiceStatus.SENT
    return status, paid, back


def event(number: int, name: str) -> PaymentUpdate:
    return PaymentUpdate(
        provider="stripe",
        event_id=f"evt_{number}_{name}",
        kind=name,
        state=STATES[name][0],
        account_id=None,
        external_id=None if name in NAMES_ITS_PAYMENT else f"in_{number}",
        payment_id=f"pi_{number}" if name in NAMES_ITS_PAYMENT else None,
        workspace_uid=None,
        invoice_id=None,
        amount=Money(STATES[name][1], "USD"),
        reason=None,
        happened_at=datetime.now(UTC),
        livemode=False,
        raw={},
    )


async def a_sent_invoice(shop: Shop, number: int) -> int:
    """An invoice with its link delivered, of the first buyer of the first show."""
    if not await shop.read(shows.newest, shop.workspace_id):
        await shop.connect_stripe()
        show = await new_show(shop.assistant, shop.workspace_id, "Friday")
        await add_items(shop.assistant, shop.workspace_id, show.id, [NewItem(code="12", quantity=2)])
        await go_live(shop.assistant, shop.workspace_id, show.id, {})
        await shop.comments("mai", "sold 12")
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")
    invoice_id: int = await shop.write(
        invoices.reserve,
        shop.workspace_id,
        show_id=1,
        integration_id=integration.id,
        provider="stripe",
        account_id=integration.account_id,
        buyer_id=1,
        buyer_handle="mai",
        buyer_platform_user_id="1",
        currency="USD",
        lines=[Line(code="12", title="Dress", options=(), quantity=1, unit_cents=1990)],
        replaces_id=None,
        now=shop.clock(),
    )
    known = {"external_id": f"in_{number}", "external_url": "https://pay.example", "status": InvoiceStatus.SENT}
    await shop.write(invoices.change, shop.workspace_id, invoice_id, **known)
    return invoice_id


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data(), happened=happenings)
async def test_any_order_and_number_of_events_by_either_way_ends_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, data: st.DataObject, happened: list[str]
) -> None:
    number = next(numbers)
    invoice_id = await a_sent_invoice(shop, number)
    listed: list[PaymentUpdate] = []

    async def list_events(_since: datetime, _until: datetime | None = None) -> list[PaymentUpdate]:
        return list(listed)

    async def find_invoice(payment_id: str) -> str | None:
        return f"in_{payment_id.removeprefix('pi_')}"

    monkeypatch.setattr(shop.stripe, "list_events", list_events)
    monkeypatch.setattr(shop.stripe, "find_invoice", find_invoice)
    monkeypatch.setattr(type(shop.stripe), "capabilities", frozenset({Capability.EVENTS}))
    reconciliation = Reconciliation(shop.assistant)
    shop.jobs.settled.clear()

    async def settle(order: list[tuple[int, int]]) -> None:
        for inbox_id, _ in order:
            await settle_payment(shop.assistant, shop.workspace_id, inbox_id)

    told = data.draw(st.lists(st.sampled_from(happened), max_size=8), label="webhooks")
    for name in told:
        if data.draw(st.booleans(), label="look first"):
            listed[:] = [event(number, one) for one in data.draw(st.permutations(happened), label="listed")]
            await reconciliation.look()
        await keep_updates(shop.assistant, shop.workspace_id, [event(number, name)], account_id="acct_1")
        if data.draw(st.booleans(), label="settle now"):
            await settle(list(data.draw(st.permutations(shop.jobs.settled), label="in this order")))
    listed[:] = [event(number, name) for name in happened]
    await reconciliation.look()
    assert len(shop.jobs.settled) == len(happened)
    await settle(list(data.draw(st.permutations(shop.jobs.settled), label="in the end")))
    invoice = await shop.read(invoices.get, shop.workspace_id, invoice_id)
    assert (invoice.status, invoice.paid_cents, invoice.refunded_cents) == the_end(happened)
    waiting = await shop.read(inbox.waiting, shop.clock())
    assert not [one for one in waiting if one.event_id.startswith(f"evt_{number}_")]
