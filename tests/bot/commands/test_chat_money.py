"""Money: invoices and links set going, voided, and how the evening stands."""

from __future__ import annotations

import pytest

from bot.domain.invoice import InvoiceStatus
from bot.workflows.send_links import queue_link
from storage import deliveries, invoices, runs
from storage.deliveries import DeliveryStatus
from tests.bot.commands.conftest import GROUP, Chatter, Shop, payloads


@pytest.fixture
async def sold(shop: Shop, seller: Chatter) -> Chatter:
    """Stripe is connected, @mai has 12 and 14, @lan has 12, and the show is over."""
    await shop.connect_stripe()
    for buyer, text in (("mai", "sold 12"), ("mai", "sold 14"), ("lan", "sold 12")):
        await shop.comments(buyer, text)
    await seller.says("/end")
    return seller


async def test_invoice_all_starts_a_run_that_speaks_for_itself(shop: Shop, sold: Chatter) -> None:
    await sold.says("/invoice all", group=GROUP, hears="")
    assert shop.jobs.placed == [1, 2]
    (run_id,) = shop.jobs.watched
    run = await shop.read(runs.get, shop.workspace_id, run_id)
    assert (run.channel_id, run.chat_id) == (shop.channel.id, GROUP)


async def test_invoicing_twice_bills_nothing_twice(shop: Shop, sold: Chatter) -> None:
    await sold.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await sold.says("/invoice ALL", hears="Nothing new to bill: 2 sent.")
    assert len(shop.jobs.placed) == 2


async def test_one_buyer_can_be_billed_alone(shop: Shop, sold: Chatter) -> None:
    await sold.says("/invoice @lan", hears="")
    (bill,) = await shop.read(invoices.of_show, shop.workspace_id, 1)
    assert bill.amount_cents == 1990
    await sold.says("/invoice @nobody_at_all", hears="Nobody in this show is called")


async def test_why_nothing_is_billed_is_said(shop: Shop, operator: Chatter) -> None:
    await shop.connect_stripe()
    await operator.says("/show new Friday\n/item add 12 Hat 5")
    await operator.says("/invoice all", hears="“Friday” is a draft without claims")
    await operator.says("/live\n/end")
    await operator.says("/invoice all", hears="No winners yet: nothing to bill.")


async def test_without_a_provider_the_next_step_is_said(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all", hears="No payment provider is connected")


async def test_refused_invoices_are_tried_again(shop: Shop, sold: Chatter) -> None:
    await sold.says("/invoice retry", hears="Nothing to try again")
    await sold.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.ERROR, error_message="no such country")
    await sold.says("/invoice all", hears=["Nothing new to bill: 2 refused.", "/invoice retry"])
    await sold.taps("retry", hears="")
    assert shop.jobs.placed == [1, 2, 1, 2]


async def test_a_price_set_late_leads_to_the_invoices_that_waited(shop: Shop, seller: Chatter) -> None:
    await shop.connect_stripe()
    await seller.says("/item add 15 Scarf")
    await shop.comments("mai", "sold 15")
    await seller.says("/invoice all")
    await shop.set_invoices()
    await seller.says("/invoice all", hears="Waiting for a price: 15. Set it: /item edit 15 19.90")
    await seller.says("/item edit 15 8", hears="Now send: /invoice retry")
    await seller.says("/invoice retry", hears="")
    assert shop.jobs.placed == [1, 2]


async def _queue_links(shop: Shop, status: DeliveryStatus) -> None:
    def queue(tx: object) -> None:
        for one in (1, 2):
            for parcel in queue_link(tx, shop.workspace_id, one, "", shop.clock()):  # type: ignore[arg-type]
                deliveries.settle(tx, shop.workspace_id, parcel.delivery_id, status)  # type: ignore[arg-type]

    await shop.write(queue)


async def test_send_all_sends_what_did_not_arrive(shop: Shop, sold: Chatter) -> None:
    await sold.says("/send all", hears="Nothing to send: no unpaid invoice.")
    await sold.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await _queue_links(shop, DeliveryStatus.SENT)
    await sold.says("/send all", hears="Nothing to send: every link has arrived.")
    await sold.says("/send @mai", hears="")
    assert len(shop.jobs.watched) == 2


@pytest.mark.parametrize("status", [DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN, DeliveryStatus.MANUAL])
async def test_resend_sends_what_went_wrong_or_one_buyers_link(
    shop: Shop, sold: Chatter, status: DeliveryStatus
) -> None:
    await sold.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await _queue_links(shop, status)
    links = [link.id for link in await shop.told("link")]
    await sold.says("/resend", hears="")
    assert shop.jobs.delivered[-2:] == links
    for link in links:
        await shop.write(deliveries.settle, shop.workspace_id, link, DeliveryStatus.SENT)
    await sold.says("/resend", hears="Nothing to send: every link has arrived.")
    await sold.says("/resend @mai", hears="")
    assert shop.jobs.delivered[-1] == links[0]
    await sold.says("/resend 1", hears="Nobody in this show is called 1")


async def test_status_offers_what_needs_a_hand(shop: Shop, sold: Chatter) -> None:
    await sold.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await _queue_links(shop, DeliveryStatus.MANUAL)
    (reply,) = await sold.replies("/status")
    assert "• @mai: copy the link by hand https://pay.example/1" in reply.text
    handed = len(shop.jobs.delivered)
    await sold.taps(payloads(reply)[0], hears="Sending it again.")
    assert len(shop.jobs.delivered) == handed + 2  # the link and this answer
    await sold.taps(payloads(reply)[0], hears="Not sent again: it is under way")


async def test_void_closes_what_is_unpaid(shop: Shop, sold: Chatter) -> None:
    await sold.says("/void @mai", hears="@mai has no invoice in “Friday sale”.")
    await sold.says("/invoice all")
    await sold.says("/void @mai", hears="being made right now")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await sold.says("/void @mai", hears="Voiding @mai's invoice of 24.90 USD.")
    assert shop.jobs.voided == [1]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (InvoiceStatus.PAID, "@mai paid already. To send the money back: /refund @mai"),
        (InvoiceStatus.VOID, "@mai's invoice is void already."),
        (InvoiceStatus.EXPIRED, "@mai's invoice is expired already."),
    ],
)
async def test_void_leaves_the_rest_alone(shop: Shop, sold: Chatter, status: InvoiceStatus, answer: str) -> None:
    await sold.says("/invoice all")
    await shop.set_invoices(status=status)
    await sold.says("/void @mai", hears=answer)
    assert shop.jobs.voided == []


async def test_status_says_how_everything_stands(shop: Shop, sold: Chatter) -> None:
    await sold.says(
        "/status",
        hears=["“Friday sale”: ended", "3 comments, 3 winners, 0 waiting", "No invoices yet.", "Telegram: First bot"],
    )
    await sold.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.PAID)
    await sold.says("/status", hears=["2 paid: 44.80 USD", "Stripe: Mai's shop, active, test mode"])


async def test_status_says_how_long_a_show_is_live(shop: Shop, seller: Chatter) -> None:
    shop.clock.passes(minutes=7)
    await seller.says("/status", hears="live for 7 min")
    shop.clock.passes(hours=2)
    await seller.says("/status", hears="live for 2 h 07 min")


async def test_status_before_anything_says_where_to_begin(operator: Chatter) -> None:
    await operator.says("/status", hears=["No show yet. Send: /show new", "No payment provider."])


async def test_buyers_say_what_is_billed(shop: Shop, sold: Chatter) -> None:
    await sold.says("/invoice @mai")
    await shop.set_invoices(status=InvoiceStatus.PAID)
    await sold.says("/buyers", hears=["@mai: 12, 14, 24.90 USD, paid", "@lan: 12, 19.90 USD, not billed yet"])
