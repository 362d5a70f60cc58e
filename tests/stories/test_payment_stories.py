"""Money comes early, late, twice and in any order; the books say paid, and the buyer is thanked once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.workflows.ask_payments import ask_payments
from sandbox.postman import Order
from tests.shop import PATIENCE, Operator, Shop
from tests.stories.sales import heard, invoices_at_stripe, no_wait, sells_dresses, stripe_says

PAID = "@mai paid 19.90 USD"
THANKS = "Thank you! Your payment of 19.90 USD has arrived."


async def invoices_everybody(shop: Shop, operator: Operator, count: int) -> list[str]:
    """Every invoice sent; their ids at Stripe."""
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears(f"{count} sent")
    return [one["external_id"] for one in await shop.invoices(*["sent"] * count)]


async def test_who_paid_before_the_link_was_sent_gets_thanks_and_no_link(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    busy = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 1}}
    shop.telegram.fail("status", path="sendMessage", contains="Total", status=429, body=busy)
    await operator.person.says("/invoice all", to=shop.bot)
    found = await shop.until(
        "/api/shows/1/invoices", lambda answer: [bool(i["external_url"]) for i in answer["invoices"]] == [True]
    )
    shop.stripe.pay(found["invoices"][0]["external_id"])
    await operator.hears(PAID)
    await operator.hears("1 paid")
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    (invoice,) = await shop.invoices("paid")
    assert invoice["sent_at"] is None
    assert invoice["delivery"]["error"] == "there is nothing to pay any more"
    assert await heard(mai, shop, "Total") == 0
    assert await heard(operator.person, shop, "did not go out") == 0


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
async def test_whatever_order_and_number_webhooks_come_in_the_end_is_the_same(shop: Shop, order: Order) -> None:
    shop.sleep = no_wait
    operator, (mai, lan) = await sells_dresses(shop, "Mai", "Lan")
    first, second = await invoices_everybody(shop, operator, 2)
    shop.stripe.hold_webhooks()
    shop.stripe.decline(first)
    shop.stripe.pay(first)
    await operator.says("/void @lan", hears="Voiding")
    await operator.hears("@lan's invoice of 19.90 USD is now void")
    assert shop.stripe.release_webhooks(order=order, duplicate=3) >= 12
    await operator.hears(PAID)
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    await shop.stripe.drain()
    await shop.invoices("paid", "void")
    assert {delivery.status for delivery in shop.stripe.deliveries} == {200}
    assert await heard(operator.person, shop, PAID) == 1
    assert await heard(operator.person, shop, "is now void") == 1
    assert (await heard(mai, shop, "Thank you"), await heard(lan, shop, "Thank you")) == (1, 0)
    assert second != first


async def test_a_declined_card_is_told_with_its_reason_and_the_link_still_works(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    (invoice,) = await invoices_everybody(shop, operator, 1)
    shop.stripe.decline(invoice)
    told = await operator.hears("@mai's payment of 19.90 USD failed")
    assert "The link still works; they can try again." in told
    await shop.invoices("sent")
    shop.stripe.pay(invoice)
    await operator.hears(PAID)
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    await shop.invoices("paid")


async def test_money_that_is_faster_than_the_answer_to_our_own_call_is_taken(shop: Shop) -> None:
    async def pays_meanwhile(_seconds: float) -> None:
        (invoice,) = shop.stripe.accounts["acct_sandbox"].all("invoice")
        shop.stripe.pay(invoice["id"])
        await shop.stripe.drain()
        await operator.hears(PAID)

    operator, (mai,) = await sells_dresses(shop, "Mai")
    shop.assistant.sleep = pays_meanwhile
    shop.stripe.fail("drop_response", path="/finalize")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 paid")
    (invoice,) = await shop.invoices("paid")
    assert invoice["external_id"]
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    assert await heard(mai, shop, "Total") == 0
    assert invoices_at_stripe(shop) == {"paid": 1}


async def test_a_voided_invoice_is_closed_at_stripe_and_its_claims_are_billed_again(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai")
    (first,) = await invoices_everybody(shop, operator, 1)
    await operator.says("/void @mai", hears="Voiding @mai's invoice of 19.90 USD.")
    await operator.hears("is now void")
    await shop.invoices("void")
    assert invoices_at_stripe(shop) == {"void": 1}
    await operator.person.says("/invoice @mai", to=shop.bot)
    await operator.hears("1 sent")
    found = await shop.invoices("sent", "void")
    assert first not in [one["external_id"] for one in found if one["status"] == "sent"]
    assert invoices_at_stripe(shop) == {"void": 1, "open": 1}
    assert await heard(mai, shop, "Total: 19.90 USD") == 2


async def test_who_pays_while_we_void_has_paid(shop: Shop) -> None:
    async def pays_meanwhile(_seconds: float) -> None:
        shop.stripe.hold_webhooks()
        shop.stripe.pay(invoice)

    operator, (mai,) = await sells_dresses(shop, "Mai")
    (invoice,) = await invoices_everybody(shop, operator, 1)
    shop.assistant.sleep = pays_meanwhile
    shop.stripe.fail("status", path="/void", status=429, body=stripe_says("lock_timeout", "Somebody else has it."))
    await operator.says("/void @mai", hears="Voiding")
    await operator.hears(PAID)
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    shop.stripe.release_webhooks()
    await shop.stripe.drain()
    await shop.invoices("paid")
    assert invoices_at_stripe(shop) == {"paid": 1}
    assert await heard(mai, shop, "Thank you") == 1


async def test_what_cannot_be_voided_now_is_said_and_stays_payable(shop: Shop) -> None:
    shop.sleep = no_wait
    operator, _ = await sells_dresses(shop, "Mai")
    await invoices_everybody(shop, operator, 1)
    shop.stripe.fail("cut", path="/v1/invoices", times=100)
    await operator.says("/void @mai", hears="Voiding")
    told = await operator.hears("The invoice for @mai could not be voided: The connection to Stripe broke")
    assert "/void @mai" in told
    await shop.invoices("sent")
    shop.stripe.faults.clear()
    await operator.says("/void @mai", hears="Voiding")
    await operator.hears("is now void")
    assert invoices_at_stripe(shop) == {"void": 1}


async def test_payments_nobody_told_us_of_are_found_by_asking_and_a_dead_key_is_noticed(shop: Shop) -> None:
    operator, (mai, _) = await sells_dresses(shop, "Mai", "Lan")
    first, _ = await invoices_everybody(shop, operator, 2)
    shop.stripe.hold_webhooks()
    shop.stripe.pay(first)
    assert await ask_payments(shop.assistant, every=timedelta(0)) == 1
    await mai.hears(contains=THANKS, timeout=PATIENCE)
    await shop.invoices("paid", "sent")
    shop.stripe.revoke("sk_test_sandbox")
    assert await ask_payments(shop.assistant, every=timedelta(0)) == 0
    await operator.says("/status", hears="not working: Stripe does not accept this key")
