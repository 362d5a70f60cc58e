"""One buyer, one bill: what is claimed, released or priced later changes the unpaid invoice, never a paid one."""

from __future__ import annotations

from datetime import timedelta

import aiohttp

from bot.workflows.ask_payments import ask_payments
from bot.workflows.keep_deeds import Deed
from bot.workflows.release_claims import _release
from sandbox.stripe.server import DEFAULT_KEY
from tests.shop import PATIENCE, Shop
from tests.stories.sales import heard, invoices_at_stripe, sells_dresses, stripe_says

ITEMS = ("12 Dress 19.90 x20", "A7 Bangle 45")


async def test_a_later_claim_replaces_the_unpaid_invoice_by_one_for_everything(shop: Shop) -> None:
    operator, (mai, _) = await sells_dresses(shop, "Mai", "Lan", items=ITEMS)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 sent")
    await mai.says("sold A7", to=shop.group)
    await shop.heard()
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("Invoices for Friday: 1, 64.90 USD\n1 sent")
    await mai.hears(contains="Total: 64.90 USD", timeout=PATIENCE)
    found = await shop.invoices("sent", "sent", "void")
    assert sorted(one["amount_cents"] for one in found if one["status"] == "sent") == [1990, 6490]
    assert invoices_at_stripe(shop) == {"open": 2, "void": 1}
    assert shop.stripe.books()["acct_sandbox"]["customers"] == 2
    assert await heard(operator.person, shop, "is now void") == 0


async def test_what_was_paid_meanwhile_is_not_billed_again(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    (first,) = await shop.invoices("sent")
    shop.stripe.hold_webhooks()
    shop.stripe.pay(first["external_id"])
    await mai.says("sold A7", to=shop.group)
    await shop.heard()
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("@mai paid 19.90 USD")
    await mai.hears(contains="Total: 45.00 USD", timeout=PATIENCE)
    found = await shop.invoices("paid", "sent")
    assert {one["status"]: one["amount_cents"] for one in found} == {"paid": 1990, "sent": 4500}
    shop.stripe.release_webhooks(duplicate=1)
    await shop.stripe.drain()
    await shop.invoices("paid", "sent")
    assert invoices_at_stripe(shop) == {"paid": 1, "open": 1}
    assert await heard(mai, shop, "Thank you") == 1


async def test_while_the_old_invoice_cannot_be_closed_the_new_one_waits(shop: Shop) -> None:
    async def is_gone_then(_seconds: float) -> None:
        shop.stripe.fail("cut", path="/v1/invoices", times=100)

    shop.sleep = is_gone_then
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    await mai.says("sold A7", to=shop.group)
    await shop.heard()
    # The old one is voided, but the answer is lost, and then Stripe is gone for a while.
    shop.stripe.hold_webhooks()
    shop.stripe.fail("drop_response", path="/void")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 given up")
    assert await heard(mai, shop, "Total") == 1
    await shop.invoices("error", "sent")
    shop.stripe.faults.clear()
    shop.stripe.release_webhooks()
    await shop.invoices("error", "void")
    await operator.person.says("/invoice retry", to=shop.bot)
    await operator.hears("1 sent")
    await mai.hears(contains="Total: 64.90 USD", timeout=PATIENCE)
    await shop.invoices("sent", "void")
    assert invoices_at_stripe(shop) == {"open": 1, "void": 1}


async def test_releasing_an_item_voids_the_unpaid_invoice_and_the_rest_is_billed_again(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await mai.says("sold A7", to=shop.group)
    await shop.heard()
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    await operator.person.says("/release A7 @mai", to=shop.bot)
    await operator.hears("is now void")
    await shop.invoices("void")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("Invoices for Friday: 1, 19.90 USD\n1 sent")
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    await shop.invoices("sent", "void")
    assert invoices_at_stripe(shop) == {"open": 1, "void": 1}


async def test_an_unpriced_item_waits_as_a_draft_until_its_price_is_set(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=("12 Dress",))
    await operator.person.says("/invoice all", to=shop.bot)
    told = await operator.hears("The invoice for @mai waits as a draft: 12 has no price.")
    assert "/item edit 12 19.90" in told
    await operator.hears("1 waiting for a price")
    await shop.invoices("draft")
    assert invoices_at_stripe(shop) == {"draft": 1}
    assert await heard(mai, shop, "Total") == 0

    await operator.says("/item edit 12 19.90", hears="/invoice retry")
    # Refused once on the way: it can be tried again like any other.
    shop.stripe.fail("status", path="/finalize", status=400, body=stripe_says("invoice_no", "Not now."))
    await operator.person.says("/invoice retry", to=shop.bot)
    await operator.hears("1 refused")
    await operator.person.says("/invoice retry", to=shop.bot)
    await operator.hears("1 sent")
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
    assert invoices_at_stripe(shop) == {"open": 1}
    await shop.invoices("sent", "void")


async def test_a_draft_that_is_finished_at_stripe_is_sent_as_it_is_there(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=("12 Dress",))
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 waiting for a price")
    (draft,) = await shop.invoices("draft")
    assert await ask_payments(shop.assistant, every=timedelta(0)) == 0
    url, line = (
        f"{shop.stripe.url}/v1/invoices/{draft['external_id']}",
        {
            "lines[0][description]": "Dress",
            "lines[0][amount]": "2500",
        },
    )
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {DEFAULT_KEY}"}) as dashboard:
        for path, body in (("add_lines", line), ("finalize", {})):
            async with dashboard.post(f"{url}/{path}", data=body) as answer:
                assert answer.status == 200, await answer.text()
    assert await ask_payments(shop.assistant, every=timedelta(0)) == 1
    await mai.hears(contains="Total: 25.00 USD", timeout=PATIENCE)
    (invoice,) = await shop.invoices("sent")
    assert invoice["amount_cents"] == 2500
    shop.stripe.pay(invoice["external_id"])
    await operator.hears("@mai paid 25.00 USD.")


async def test_a_crash_between_a_release_and_its_void_is_mended_at_the_next_start(shop: Shop) -> None:
    operator, (mai,) = await sells_dresses(shop, "Mai", items=ITEMS)
    await mai.says("sold A7", to=shop.group)
    await shop.heard()
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1, 64.90 USD\n1 sent")
    dress = next(claim for claim in (await shop.api("/api/shows/1/claims"))["claims"] if claim["item"] == "12")
    deed = Deed.of("Olga", "")
    await shop.assistant.database.write(_release, 1, dress["id"], deed, shop.now())  # ... and then the power fails
    await shop.close()
    await shop.open()
    await shop.invoices("void")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1, 45.00 USD\n1 sent")
    assert invoices_at_stripe(shop) == {"void": 1, "open": 1}
