"""A card on file charged in chat: asked first, never twice, and a decline with a way out."""

from __future__ import annotations

import pytest

from adapters.base import CheckoutStyle, ProviderInvoice
from bot.domain.invoice import InvoiceStatus
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from storage import invoices
from tests.bot.commands.conftest import Chatter, Shop, payloads


class Card:
    """What charging comes to; the keys it was tried with."""

    def __init__(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys: list[str] = []
        self.trouble: Exception | None = None
        self.state = "paid"
        monkeypatch.setattr(shop.stripe, "pay_invoice", self.pay_invoice)
        monkeypatch.setattr(shop.stripe, "ask_invoice", self.ask_invoice)

    async def pay_invoice(self, external_id: str, *, key: str) -> ProviderInvoice:
        self.keys.append(key)
        if self.trouble is not None:
            raise self.trouble
        return self._as("paid" if self.state == "paid" else self.state, external_id)

    async def ask_invoice(self, external_id: str, _style: CheckoutStyle) -> ProviderInvoice:
        return self._as("open", external_id)

    def _as(self, state: str, external_id: str) -> ProviderInvoice:
        return ProviderInvoice(
            external_id=external_id,
            customer_id="cus_1",
            url=f"https://pay.example/{external_id}",
            state=state,
            total=Money(1990, "USD"),
            amount_paid=1990 if state == "paid" else 0,
        )


@pytest.fixture
async def card(shop: Shop, seller: Chatter, monkeypatch: pytest.MonkeyPatch) -> Card:
    """@mai has an open invoice at Stripe."""
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    return Card(shop, monkeypatch)


async def test_it_asks_with_the_sum_and_charges_once(shop: Shop, seller: Chatter, card: Card) -> None:
    (asked,) = await seller.replies("/charge @mai")
    assert asked.text == "Charge 19.90 USD for LA-1-1 to the card @mai left at Stripe?"
    assert (card.keys, payloads(asked)) == ([], ["charge now 1 1990"])
    await seller.taps(payloads(asked)[0], hears="Charged: @mai has paid 19.90 USD.")
    assert await shop.statuses() == [InvoiceStatus.PAID]
    await seller.taps(payloads(asked)[0], hears="That invoice is paid already.")
    assert len(card.keys) == 1
    await seller.says("/charge @mai", hears="@mai has no unpaid invoice.")


async def test_a_sum_that_has_changed_is_asked_about_again(shop: Shop, seller: Chatter, card: Card) -> None:
    (asked,) = await seller.replies("/charge @mai")
    await shop.write(invoices.change, shop.workspace_id, 1, paid_cents=500, status=InvoiceStatus.PARTLY_PAID)
    await seller.taps(payloads(asked)[0], hears="Charge 14.90 USD for LA-1-1")
    assert card.keys == []


async def test_a_decline_says_why_and_offers_the_link(shop: Shop, seller: Chatter, card: Card) -> None:
    card.trouble = Refused("Your card has insufficient funds.", code="insufficient_funds")
    (told,) = await seller.replies("charge now 1 1990", tap=True)
    assert told.text == "@mai was not charged: Your card has insufficient funds.\nThey can pay by their link."
    assert await shop.statuses() == [InvoiceStatus.SENT]
    await seller.taps(payloads(told)[0], hears="")
    assert [one.invoice_id for one in await shop.told("link")] == [1]
    card.trouble = None
    await seller.taps("charge now 1 1990", hears="Charged")
    assert len(set(card.keys)) == 2, "the bank is asked anew"


async def test_an_answer_that_is_lost_is_asked_for_under_the_same_key(seller: Chatter, card: Card) -> None:
    card.trouble = OutcomeUnknown("Stripe did not answer.")
    (told,) = await seller.replies("charge now 1 1990", tap=True)
    assert "Nobody knows yet whether 19.90 USD was charged" in told.text
    card.trouble = None
    await seller.taps(payloads(told)[0], hears="Charged")
    assert len(set(card.keys)) == 1


async def test_a_bank_that_takes_its_time_is_told_of(seller: Chatter, card: Card) -> None:
    card.state = "open"
    await seller.taps("charge now 1 1990", hears="19.90 USD is being charged.")


async def test_what_cannot_be_charged_is_said_before_anybody_is_asked(shop: Shop, seller: Chatter, card: Card) -> None:
    await shop.write(invoices.change, shop.workspace_id, 1, style=CheckoutStyle.CHECKOUT.value)
    await seller.says("/charge @mai", hears="paid on a page of its own")
    await shop.write(invoices.change, shop.workspace_id, 1, provider="manual")
    await seller.says("/charge @mai", hears="charges no stored method. Send the link instead: /send")
    assert card.keys == []
