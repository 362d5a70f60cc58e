"""Jobs that place invoices, done at once, at a Stripe that takes every invoice."""

from __future__ import annotations

import pytest

from adapters.base import CheckoutStyle, InvoiceOrder, ProviderInvoice
from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.workflows.place_invoices import place_invoice, take_over
from storage import invoices
from tests.bot.commands.conftest import Shop


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
