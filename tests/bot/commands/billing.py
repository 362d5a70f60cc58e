"""Jobs that place invoices, done at once, at a Stripe that takes every invoice."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import AsyncMock

import pytest

from adapters.base import (
    Capability,
    CheckoutStyle,
    InvoiceOrder,
    PaymentState,
    PaymentUpdate,
    ProviderInvoice,
    ProviderPayment,
    ProviderRefund,
    RefundState,
)
from adapters.registry import PROVIDERS
from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown
from bot.kit.retry import Later
from bot.workflows.balance_invoices import balance_invoice
from bot.workflows.keep_updates import keep_updates
from bot.workflows.place_invoices import place_invoice, take_over
from bot.workflows.reconcile_payments import Reconciliation
from bot.workflows.refund_payments import send_back
from bot.workflows.settle_payments import settle_payment
from storage import invoices
from tests.bot.commands.conftest import Shop, numbers


class Looks:
    """Looks for what nobody told us, at a provider that lists no events, and how often they ask it something."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch, question: str, ask: AsyncMock) -> None:
        monkeypatch.setattr(type(shop.stripe), "capabilities", type(shop.stripe).capabilities - {Capability.EVENTS})
        monkeypatch.setattr(shop.stripe, question, ask)
        self.look = Reconciliation(shop.assistant).look
        self._shop = shop
        self._ask = ask

    async def ask_within(self, looks: int, about: str, **apart: float) -> int:
        """How often so many looks, each so long after the one before, ask about one thing."""
        before = self._ask.await_count
        for _ in range(looks):
            self._shop.clock.passes(**apart)
            await self.look()
        return sum(call.args[0] == about for call in self._ask.await_args_list[before:])


def plays_stripe(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Have Stripe take every invoice; external id → how it stands there, to be changed by hand."""
    there: dict[str, str] = {}

    def answer(external_id: str, total: Money) -> ProviderInvoice:
        return ProviderInvoice(
            external_id=external_id,
            customer_id="cus_1",
            url=f"https://pay.example/{external_id}",
            state=there[external_id],
            total=total,
            amount_paid=0,
        )

    async def place(order: InvoiceOrder) -> ProviderInvoice:
        external_id = order.external_id or f"in_{order.invoice_id}"
        there.setdefault(external_id, "open")
        return answer(external_id, Money(sum(line.amount_cents for line in order.lines), order.currency))

    async def void(external_id: str, *, key: str, style: CheckoutStyle) -> ProviderInvoice:
        there[external_id] = "void" if there[external_id] == "open" else there[external_id]
        return answer(external_id, Money(0, "USD"))

    monkeypatch.setattr(shop.stripe, "place_invoice", place)
    monkeypatch.setattr(shop.stripe, "void_invoice", void)
    return there


async def bills(shop: Shop, show_id: int = 1) -> list[Invoice]:
    """Whatever was handed over is done; the invoices then."""
    await shop.assistant.errands_done()
    for invoice_id in shop.jobs.placed:
        await take_over(shop.assistant, shop.workspace_id, invoice_id)
        await place_invoice(shop.assistant, shop.workspace_id, invoice_id)
    shop.jobs.placed.clear()
    return list(await shop.read(invoices.of_show, shop.workspace_id, show_id))


class Till:
    """A Stripe whose invoices are paid and refunded by hand, and that loses answers when told to."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop = shop
        self.there = plays_stripe(shop, monkeypatch)
        self.orders: list[InvoiceOrder] = []
        self.came: dict[str, list[ProviderPayment]] = {}
        """External id → its payments."""
        self.refunds: dict[str, ProviderRefund] = {}
        """By idempotency key."""
        self.state = RefundState.SUCCEEDED
        self.refuses: Exception | None = None
        self.loses_answers = 0
        place = shop.stripe.place_invoice

        async def place_and_note(order: InvoiceOrder) -> ProviderInvoice:
            self.orders.append(order)
            attempt = f"in_{order.invoice_id}_{order.attempt}" if order.attempt > 1 else None
            placed = await place(replace(order, external_id=order.external_id or attempt))
            if self.loses_answers:
                self.loses_answers -= 1
                raise OutcomeUnknown("Stripe did not answer.")
            return replace(placed, total=order.total)

        stripe = PROVIDERS["stripe"]
        monkeypatch.setattr(stripe, "capabilities", stripe.capabilities | {Capability.REFUND})
        monkeypatch.setattr(shop.stripe, "place_invoice", place_and_note)
        monkeypatch.setattr(shop.stripe, "void_invoice", self.void)
        monkeypatch.setattr(shop.stripe, "payments_of", self.payments_of)
        monkeypatch.setattr(shop.stripe, "refund_payment", self.refund_payment)
        monkeypatch.setattr(shop.stripe, "ask_refund", self.ask_refund)

    async def void(self, external_id: str, *, key: str, style: str = "") -> ProviderInvoice:
        """Close an invoice, unless it is paid."""
        if self.refuses is not None:
            raise self.refuses
        paid = sum(one.amount.amount for one in self.came.get(external_id, []))
        self.there[external_id] = "paid" if paid else "void"
        return ProviderInvoice(
            external_id=external_id,
            customer_id="cus_1",
            url=None,
            state=self.there[external_id],
            total=Money(paid, "USD"),
            amount_paid=paid,
        )

    def takes(self, external_id: str, cents: int, *, fee: int | None = None) -> str:
        """Money comes there; nobody has told us yet. Returns the payment."""
        known = self.came.setdefault(external_id, [])
        payment_id = f"pi_{external_id}_{len(known) + 1}"
        known.append(
            ProviderPayment(
                payment_id=payment_id,
                amount=Money(cents, "USD"),
                refunded_cents=0,
                method="card",
                fee_cents=fee,
                paid_at=None,
            )
        )
        return payment_id

    async def payments_of(self, external_id: str, _style: str = "") -> tuple[ProviderPayment, ...]:
        """All that came there."""
        return tuple(self.came.get(external_id, []))

    async def refund_payment(self, payment_id: str, amount: Money, *, key: str, reason: str) -> ProviderRefund:
        """Send it back, once per key."""
        if self.refuses is not None:
            raise self.refuses
        if key not in self.refunds:
            self.refunds[key] = ProviderRefund(
                refund_id=f"re_{len(self.refunds) + 1}",
                payment_id=payment_id,
                amount=amount,
                state=self.state,
                reason="the account is closed" if self.state is RefundState.FAILED else None,
            )
            if self.state is not RefundState.FAILED:
                self._goes_back(payment_id, amount.amount)
        if self.loses_answers:
            self.loses_answers -= 1
            raise OutcomeUnknown("Stripe did not answer.")
        return self.refunds[key]

    async def ask_refund(self, refund_id: str) -> ProviderRefund:
        """As it stands now."""
        (found,) = (one for one in self.refunds.values() if one.refund_id == refund_id)
        return replace(found, state=self.state, reason="the card is gone" if self.state is RefundState.FAILED else None)

    def _goes_back(self, payment_id: str, cents: int) -> None:
        for external_id, known in self.came.items():
            self.came[external_id] = [
                replace(one, refunded_cents=one.refunded_cents + cents) if one.payment_id == payment_id else one
                for one in known
            ]

    async def tells(
        self,
        state: PaymentState,
        *,
        external_id: str | None = None,
        payment_id: str | None = None,
        refund_id: str | None = None,
        cents: int = 0,
    ) -> None:
        """A webhook comes and is acted on."""
        update = PaymentUpdate(
            provider="stripe",
            event_id=f"evt_{next(numbers)}",
            kind=state.value,
            state=state,
            account_id=None,
            external_id=external_id,
            payment_id=payment_id,
            refund_id=refund_id,
            workspace_uid=None,
            invoice_id=None,
            amount=Money(cents, "USD") if cents else None,
            reason=None,
            happened_at=self.shop.clock(),
            livemode=False,
            raw={},
        )

        async def find_invoice(payment_id: str) -> str | None:
            found = [one for one, came in self.came.items() if payment_id in {here.payment_id for here in came}]
            return found[0] if found else None

        self.shop.stripe.find_invoice = find_invoice  # type: ignore[method-assign]
        self.shop.jobs.settled.clear()
        await keep_updates(self.shop.assistant, self.shop.workspace_id, [update], account_id="acct_1")
        for inbox_id, _ in self.shop.jobs.settled:
            await settle_payment(self.shop.assistant, self.shop.workspace_id, inbox_id)

    async def works(self) -> list[str | Later]:
        """Whatever was handed over about pages and refunds is done; what came of it."""
        came = []
        for queue, deed in ((self.shop.jobs.balanced, balance_invoice), (self.shop.jobs.refunded, send_back)):
            while queue:
                came.append(await deed(self.shop.assistant, self.shop.workspace_id, queue.pop(0)))
        return came

    async def invoice(self, invoice_id: int = 1) -> Invoice:
        """As it is in our books."""
        found = await self.shop.read(invoices.get, self.shop.workspace_id, invoice_id)
        assert isinstance(found, Invoice)
        return found
