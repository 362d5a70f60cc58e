"""Reminders by an operator's word: once a day, of what is left to pay, and never of what is paid."""

from __future__ import annotations

from bot.domain.invoice import InvoiceStatus
from storage import deliveries, invoices, runs
from storage.deliveries import DeliveryStatus
from tests.bot.commands.conftest import Chatter, Shop


async def test_who_owes_is_reminded_once_a_day_and_by_name_at_any_time(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await seller.says("/remind", hears="Nobody to remind: there is no unpaid link.")
    for buyer, text in (("mai", "sold 12"), ("lan", "sold 12"), ("hoa", "sold 14")):
        await shop.comments(buyer, text)
    await seller.says("/end\n/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await shop.write(invoices.change, shop.workspace_id, 2, status=InvoiceStatus.PAID)
    await shop.write(invoices.change, shop.workspace_id, 3, status=InvoiceStatus.PARTLY_PAID, paid_cents=200)
    await seller.says("/remind", hears="")
    told = await shop.told("reminder")
    assert [(one.buyer_id, one.text) for one in told] == [
        (1, "You have an open order: 19.90 USD. Tap to pay:"),
        (3, "You have an open order: 3.00 USD. Tap to pay:"),
    ]
    assert told[0].buttons[0][0] == {"title": "Pay 19.90 USD", "url": "https://pay.example/1", "payload": ""}
    run = shop.jobs.watched[-1]
    await seller.says("/remind", hears="was reminded within a day. To remind one all the same: /remind @mai")
    await seller.says("/remind @mai", hears="")
    await seller.says("/remind @lan", hears="Nobody to remind")
    await shop.write(deliveries.settle, shop.workspace_id, told[1].id, DeliveryStatus.FAILED)
    await seller.says("/remind", hears="")
    shop.clock.passes(days=1)
    await seller.says("/remind", hears="")
    assert [one.buyer_id for one in await shop.told("reminder")] == [1, 3, 1, 3, 1, 3]
    assert {part.outcome for part in await shop.read(runs.parts, shop.workspace_id, run)} == {""}
