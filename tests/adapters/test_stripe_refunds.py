"""Money that goes back at Stripe: whole or in part, once, and known for what it is in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.base import CheckoutStyle, PaymentState, PaymentUpdate, RefundState
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, Refused
from tests.at_stripe import CHECKOUT, LINK, ORDER, PAGE, STRIPES_FAILURE, AtStripe

FIVE = Money(500, "USD")


async def paid_invoice(shop: AtStripe) -> str:
    """A paid invoice of ours."""
    placed = await shop.provider.place_invoice(ORDER)
    shop.stripe.pay(placed.external_id)
    return placed.external_id


async def payment_of(shop: AtStripe) -> str:
    """The payment of a paid invoice of ours."""
    (payment,) = await shop.provider.payments_of(await paid_invoice(shop))
    return payment.payment_id


async def test_the_payment_of_an_invoice_says_how_much_came_and_how(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    invoice = await paid_invoice(shop)
    (payment,) = await shop.provider.payments_of(invoice)
    assert payment.payment_id.startswith("pi_")
    assert (payment.amount, payment.refunded_cents, payment.method) == (Money(4150, "USD"), 0, "card")
    assert payment.paid_at == shop.clock.now
    assert payment.fee_cents == 150, "2.9 % and 30"
    await shop.provider.refund_payment(payment.payment_id, FIVE, key="r1", reason="")
    (payment,) = await shop.provider.payments_of(invoice)
    assert payment.refunded_cents == 500


async def test_a_fee_that_is_kept_in_another_currency_is_not_told_as_one_of_this(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    invoice = await paid_invoice(shop)
    (booked,) = shop.books.all("balance_transaction")
    booked["currency"] = "eur"
    (payment,) = await shop.provider.payments_of(invoice)
    assert payment.fee_cents is None


async def test_what_is_not_paid_or_was_paid_elsewhere_has_no_payment_to_send_back(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    placed = await shop.provider.place_invoice(ORDER)
    assert await shop.provider.payments_of(placed.external_id) == ()
    await shop.provider._client.call(
        shop.provider._client.v1.invoices.pay_async(placed.external_id, {"paid_out_of_band": True})
    )
    assert (await shop.provider.ask_invoice(placed.external_id)).state == "paid"
    assert await shop.provider.payments_of(placed.external_id) == ()


@pytest.mark.parametrize("style", [CHECKOUT, LINK])
async def test_the_payment_of_a_page_and_of_a_link_is_found_too(shop_at_stripe: AtStripe, style: CheckoutStyle) -> None:
    shop = shop_at_stripe
    if style is CHECKOUT:
        external_id = session = (await shop.provider.open_checkout(PAGE, key="c1")).external_id
    else:
        external_id = (await shop.provider.place_invoice(replace(ORDER, style=LINK))).external_id
        session = shop.stripe.visit_link(external_id)["id"]
    assert await shop.provider.payments_of(external_id, style) == ()
    shop.stripe.pay_session(session)
    (payment,) = await shop.provider.payments_of(external_id, style)
    assert payment.amount == Money(4150, "USD")
    assert await shop.provider.find_invoice(payment.payment_id) == external_id
    refund = await shop.provider.refund_payment(payment.payment_id, FIVE, key="r1", reason="")
    assert (refund.payment_id, refund.amount, refund.state) == (payment.payment_id, FIVE, RefundState.SUCCEEDED)


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("duplicate", "duplicate"),
        ("fraudulent", "fraudulent"),
        ("requested_by_customer", "requested_by_customer"),
        ("The bangle was cracked", "requested_by_customer"),
        ("it smells of fraud", "requested_by_customer"),
        ("", "requested_by_customer"),
    ],
)
async def test_a_reason_of_ours_becomes_one_of_stripes(shop_at_stripe: AtStripe, said: str, sent: str) -> None:
    shop = shop_at_stripe
    await shop.provider.refund_payment(await payment_of(shop), FIVE, key="r1", reason=said)
    (kept,) = shop.books.all("refund")
    assert kept["reason"] == sent
    assert kept["metadata"] == {"live_assist_refund": "r1"} | ({"live_assist_reason": said} if said else {})


async def test_a_refund_is_made_once_per_key(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    payment = await payment_of(shop)
    first = await shop.provider.refund_payment(payment, FIVE, key="r1", reason="")
    assert await shop.provider.refund_payment(payment, FIVE, key="r1", reason="") == first
    second = await shop.provider.refund_payment(payment, FIVE, key="r2", reason="")
    assert second.refund_id != first.refund_id
    assert [one["amount"] for one in shop.books.all("refund")] == [500, 500]


async def test_a_lost_answer_and_a_repeat_make_one_refund(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    payment = await payment_of(shop)
    shop.stripe.fail("drop_response", method="POST", path="/v1/refunds")
    with pytest.raises(OutcomeUnknown):
        await shop.provider.refund_payment(payment, FIVE, key="r1", reason="")
    await shop.provider.refund_payment(payment, FIVE, key="r1", reason="")
    assert len(list(shop.books.all("refund"))) == 1


async def test_a_failure_after_the_effect_is_found_by_its_mark_and_one_without_is_tried_again(
    shop_at_stripe: AtStripe,
) -> None:
    shop = shop_at_stripe
    payment = await payment_of(shop)
    shop.stripe.fail("status_after", method="POST", path="/v1/refunds", status=500, body=STRIPES_FAILURE)
    await shop.provider.refund_payment(payment, FIVE, key="r1", reason="")
    assert len(list(shop.books.all("refund"))) == 1
    shop.stripe.crash(path="/v1/refunds")
    await shop.provider.refund_payment(payment, FIVE, key="r2", reason="")
    assert len(list(shop.books.all("refund"))) == 2


async def test_more_than_there_is_left_is_refused_with_stripes_reason(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    payment = await payment_of(shop)
    with pytest.raises(Refused, match=r"greater than unrefunded amount on charge \(\$41\.50\)"):
        await shop.provider.refund_payment(payment, Money(4151, "USD"), key="r1", reason="")
    await shop.provider.refund_payment(payment, Money(4150, "USD"), key="r2", reason="")
    with pytest.raises(Refused, match="There is nothing left of it to send back") as no:
        await shop.provider.refund_payment(payment, FIVE, key="r3", reason="")
    assert no.value.code == "charge_already_refunded"


async def test_a_refund_under_way_is_pending_until_it_arrives_or_comes_back(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    page = await shop.provider.open_checkout(PAGE, key="c1")
    shop.stripe.pay_session(page.external_id, "pm_card_pendingRefund")
    (payment,) = await shop.provider.payments_of(page.external_id, CHECKOUT)
    first = await shop.provider.refund_payment(payment.payment_id, FIVE, key="r1", reason="")
    second = await shop.provider.refund_payment(payment.payment_id, FIVE, key="r2", reason="")
    assert first.state is RefundState.PENDING
    shop.stripe.settle_refund(first.refund_id)
    shop.stripe.fail_refund(second.refund_id)
    first, second = [await shop.provider.ask_refund(one.refund_id) for one in (first, second)]
    assert (first.state, first.reason) == (RefundState.SUCCEEDED, None)
    assert (second.state, second.reason) == (RefundState.FAILED, "expired or canceled card")


async def test_of_a_connected_accounts_payment_the_platforms_share_goes_back_too(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    seller = shop.for_seller()
    placed = await seller.place_invoice(replace(ORDER, fee_cents=100, first_tried_at=shop.clock.now))
    free = await seller.place_invoice(replace(ORDER, invoice_id=8, first_tried_at=shop.clock.now))
    for one, shares in ((placed, "true"), (free, None)):
        shop.stripe.pay(one.external_id)
        (payment,) = await seller.payments_of(one.external_id)
        await seller.refund_payment(payment.payment_id, FIVE, key=f"r-{one.external_id}", reason="")
        assert shop.asked("POST /v1/refunds").get("refund_application_fee") == shares


# What is heard of it


async def test_a_refund_in_parts_is_heard_with_all_that_went_back_so_far(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    payment = await payment_of(shop)
    await shop.provider.refund_payment(payment, FIVE, key="r1", reason="")
    await shop.provider.refund_payment(payment, Money(3650, "USD"), key="r2", reason="")
    facts = [one for one in await shop.facts() if one.kind == "charge.refunded"]
    assert {(one.state, one.payment_id, one.amount) for one in facts} == {
        (PaymentState.PARTLY_REFUNDED, payment, FIVE),
        (PaymentState.REFUNDED, payment, Money(4150, "USD")),
    }


async def test_only_a_refund_that_came_back_is_a_fact_of_its_own(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    payment = await payment_of(shop)
    refund = await shop.provider.refund_payment(payment, FIVE, key="r1", reason="")
    shop.stripe.fail_refund(refund.refund_id)
    told = [one for one in await shop.facts() if "refund" in one.kind]
    facts = {(one.kind, one.state, one.refund_id, one.amount, one.reason) for one in told}
    why = "expired_or_canceled_card"
    assert facts == {
        ("charge.refunded", PaymentState.PARTLY_REFUNDED, None, FIVE, None),
        ("refund.updated", PaymentState.UNKNOWN, None, None, None),
        ("refund.failed", PaymentState.REFUND_FAILED, refund.refund_id, FIVE, why),
    }


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        ("won", PaymentState.DISPUTE_WON),
        ("warning_closed", PaymentState.DISPUTE_WON),
        ("lost", PaymentState.DISPUTE_LOST),
        ("prevented", PaymentState.UNKNOWN),
    ],
)
async def test_a_dispute_is_heard_when_it_begins_and_when_it_ends(
    shop_at_stripe: AtStripe, verdict: str, state: PaymentState
) -> None:
    shop = shop_at_stripe
    invoice = await paid_invoice(shop)
    await shop.listen()
    dispute: dict[str, Any] = shop.stripe.dispute(invoice)
    shop.clock.now += timedelta(days=30)
    shop.stripe.close_dispute(dispute["id"], verdict)
    facts = [one for one in await shop.told() if isinstance(one, PaymentUpdate)]
    told = {(one.kind, one.state, one.payment_id, one.reason) for one in facts}
    why = "product_not_received"
    assert told == {
        ("charge.dispute.created", PaymentState.DISPUTED, dispute["payment_intent"], why),
        ("charge.dispute.closed", state, dispute["payment_intent"], None if state is PaymentState.UNKNOWN else why),
    }
