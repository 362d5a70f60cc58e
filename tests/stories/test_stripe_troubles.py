"""Stripe refuses, stalls, breaks off and forgets: each buyer's trouble is their own, and nobody is billed twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.base import InvoiceOrder, ProviderInvoice
from adapters.stripe import StripeProvider
from bot.app import utc_now
from bot.kit.errors import Unreachable
from sandbox.stripe.server import DEFAULT_KEY
from storage import integrations
from tests.shop import PATIENCE, Shop
from tests.stories.sales import heard, invoices_at_stripe, no_wait, sells_dresses, stripe_says

PASSING: dict[str, dict[str, Any]] = {
    "Hoa": {"do": "status", "status": 409, "body": stripe_says("idempotency_key_in_use", "Still at it.")},
    "Kim": {
        "do": "status",
        "status": 429,
        "body": stripe_says("rate_limit", "Slowly."),
        "headers": {"Retry-After": "7"},
    },
    "Ngo": {"do": "status", "status": 429, "body": stripe_says("lock_timeout", "Slowly.")},
    "Tam": {"do": "status_after", "status": 500, "body": stripe_says("api_error", "Sorry.")},
    "Quy": {"do": "drop_response"},
    "Dat": {"do": "cut"},
    "Vinh": {"do": "status", "status": 502, "body": "<html>Bad gateway</html>"},
}
"""By the buyer whose first call it hits: trouble that is over when the same is asked again."""

LASTING: dict[str, dict[str, Any]] = {
    "Mai": {"do": "status", "status": 400, "body": stripe_says("account_invalid", "This account is not ready.")},
    "Lan": {"do": "status", "status": 402, "body": stripe_says("card_declined", "Your card was declined.")},
}
"""Trouble that asking again does not end."""


async def test_everybody_has_another_trouble_and_only_the_refused_need_a_hand(shop: Shop) -> None:
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    shop.sleep = note
    noon = utc_now()
    shop.now = lambda: noon  # what is waited is counted from when Stripe said so
    names = [*PASSING, *LASTING]
    operator, buyers = await sells_dresses(shop, *names)
    for name, trouble in (PASSING | LASTING).items():
        shop.stripe.fail(path="/v1/customers", contains=name, **trouble)
    await operator.person.says("/invoice all", to=shop.bot)
    summary = await operator.hears("7 sent, 2 refused")
    assert "@mai: refused — Stripe refused: This account is not ready. Connect the account again." in summary
    assert "@lan: refused — Stripe refused: Your card was declined." in summary
    assert "/invoice retry" in summary
    assert any(7 <= seconds < 8.5 for seconds in waited), waited
    found = await shop.invoices(*["error"] * 2, *["sent"] * 7)
    assert {one["buyer"]["handle"] for one in found if one["status"] == "error"} == {"mai", "lan"}
    assert {bool(one["error_message"]) for one in found if one["status"] == "error"} == {True}

    await operator.person.says("/invoice retry", to=shop.bot)
    await operator.hears("2 sent")
    await shop.invoices(*["sent"] * 9)
    assert [await heard(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * 9
    assert shop.stripe.books()["acct_sandbox"]["customers"] == 9
    assert invoices_at_stripe(shop) == {"open": 9}


async def test_trouble_at_each_of_the_four_calls_is_got_over_without_a_second_invoice(shop: Shop) -> None:
    shop.sleep = no_wait
    operator, buyers = await sells_dresses(shop, "Mai", "Lan", "Hoa")
    for path in ("/v1/customers", "/add_lines", "/finalize"):
        shop.stripe.crash(path)
    shop.stripe.fail("drop_response", method="POST", path="/v1/invoices", contains="collection_method")
    shop.stripe.fail("drop_response", path="/add_lines")
    shop.stripe.fail("drop_response", path="/finalize")
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("3 sent")
    assert [await heard(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * 3
    assert shop.stripe.books()["acct_sandbox"]["customers"] == 3
    assert invoices_at_stripe(shop) == {"open": 3}


async def test_an_invoice_refused_halfway_leaves_no_draft_behind(shop: Shop) -> None:
    shop.sleep = no_wait
    operator, buyers = await sells_dresses(shop, "Mai", "Lan")
    for path in ("/add_lines", "/finalize"):
        shop.stripe.fail("status", path=path, status=400, body=stripe_says("invoice_no", "Not like this."))
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("2 refused")
    assert invoices_at_stripe(shop) == {}
    await operator.person.says("/invoice retry", to=shop.bot)
    await operator.hears("2 sent")
    assert invoices_at_stripe(shop) == {"open": 2}
    assert [await heard(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1, 1]


async def test_a_stripe_that_never_answers_holds_up_one_buyer_and_is_asked_again_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.kit.circuit.OPENS_AFTER", 99)  # it is asked each time, however the two take turns
    shop.sleep = no_wait
    operator, buyers = await sells_dresses(shop, "Mai", "Lan", "Hoa")
    impatient = StripeProvider(StripeProvider.Settings(secret_key=DEFAULT_KEY, api_base=shop.stripe.url, timeout=1.0))
    shop.assistant.provider_for = lambda _integration: impatient
    shop.stripe.fail("hang", path="/v1/customers", contains="Mai", times=4, seconds=5)
    # Lan's invoice is begun there, and every answer that says so is lost.
    shop.stripe.fail("drop_response", path="/v1/invoices", contains="LA-1-2", times=4)
    await operator.person.says("/invoice all", to=shop.bot)
    summary = await operator.hears("1 sent, 2 given up")
    assert "@mai: given up — The connection to Stripe broke before the answer was complete." in summary
    assert "Nothing is billed twice by trying again: /invoice retry" in summary
    given_up = [one["number"] for one in await shop.invoices("error", "error", "sent") if one["status"] == "error"]
    assert given_up == ["LA-1-1", "LA-1-2"]
    await operator.taps("Try again", under="2 given up")
    await operator.hears("2 sent")
    assert [await heard(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * 3
    assert shop.stripe.books()["acct_sandbox"]["customers"] == 3
    assert invoices_at_stripe(shop) == {"open": 3}
    await impatient.close()


async def test_a_run_waits_for_a_stripe_that_is_gone_for_minutes_and_goes_on_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        await no_wait(seconds)

    shop.sleep = wait
    operator, buyers = await sells_dresses(shop, "Mai", "Lan", "Hoa")
    there, is_back = StripeProvider.place_invoice, asyncio.Event()

    async def is_gone(self: StripeProvider, order: InvoiceOrder) -> ProviderInvoice:
        if sum(waited) > 10 * 60 * len(buyers):
            is_back.set()
        if is_back.is_set():
            return await there(self, order)
        raise Unreachable("Stripe cannot be reached right now.")

    monkeypatch.setattr(StripeProvider, "place_invoice", is_gone)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("3 sent")
    assert is_back.is_set()
    assert [await heard(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * 3


async def test_a_stripe_that_stays_away_is_said_while_it_is_waited_for_and_given_up_in_the_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = asyncio.Event()

    async def wait(seconds: float) -> None:
        await may_go_on.wait()
        await no_wait(seconds)

    shop.sleep = wait
    operator, (mai,) = await sells_dresses(shop, "Mai")

    async def is_gone(_self: StripeProvider, _order: InvoiceOrder) -> ProviderInvoice:
        raise Unreachable("Stripe cannot be reached right now.")

    with monkeypatch.context() as away:
        away.setattr(StripeProvider, "place_invoice", is_gone)
        await operator.person.says("/invoice all", to=shop.bot)
        await operator.hears("Stripe cannot be reached right now. I go on as soon as it answers.")
        may_go_on.set()
        await operator.hears("@mai: given up — Stripe cannot be reached right now.")
    await operator.taps("Try again", under="1 given up")
    await mai.hears(contains="Total: 19.90 USD", timeout=PATIENCE)


async def test_stripes_limits_are_waited_out(shop: Shop) -> None:
    operator, buyers = await sells_dresses(shop, "Mai", "Lan", "Hoa")
    shop.stripe.limits(per_endpoint=2, overall=None)
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("3 sent")
    assert 429 in {call.status for call in shop.stripe.calls}
    assert invoices_at_stripe(shop) == {"open": 3}
    assert [await heard(buyer, shop, "Total: 19.90 USD") for buyer in buyers] == [1] * 3


async def test_a_dead_key_is_named_everywhere_until_another_is_connected(shop: Shop) -> None:
    shop.sleep = no_wait
    operator, (mai, lan) = await sells_dresses(shop, "Mai", "Lan")
    shop.stripe.revoke(DEFAULT_KEY)
    await operator.person.says("/invoice all", to=shop.bot)
    assert "Stripe does not accept this key" in await operator.hears("2 refused")
    await operator.says("/status", hears="Stripe: Sandbox Shop, not working: Stripe does not accept this key")
    integration = await shop.assistant.database.read(integrations.get, 1, "stripe")
    assert integration is not None
    assert integration.status == "error"
    await mai.says("sold 12 x2", to=shop.group)
    await shop.heard()
    await operator.says("/invoice all", hears="Stripe is not working")

    shop.stripe.add_account("sk_test_another_one", "acct_sandbox")
    await operator.says("/stripe connect sk_test_another_one", hears="connected")
    await operator.person.says("/invoice retry", to=shop.bot)
    await operator.hears("2 sent")
    assert invoices_at_stripe(shop) == {"open": 2}
    assert [await heard(buyer, shop, "Pay") + await heard(buyer, shop, "Total") for buyer in (mai, lan)] == [1, 1]


async def test_another_account_never_gets_mixed_up_with_the_one_before(shop: Shop) -> None:
    shop.sleep = no_wait
    operator, (mai, lan) = await sells_dresses(shop, "Mai", "Lan", items=("12 Dress 19.90 x9", "A7 Bangle 45"))
    shop.stripe.fail(
        "status", path="/v1/customers", contains="Lan", status=400, body=stripe_says("account_invalid", "No.")
    )
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent, 1 refused")
    shop.stripe.add_account("sk_test_elsewhere", "acct_elsewhere", name="Other Shop")
    await operator.says("/stripe connect sk_test_elsewhere", hears="1 unpaid invoice stays open in the account before")
    await operator.says("/void @mai", hears="Voiding")
    await operator.hears("made in another Stripe account, acct_sandbox")
    await mai.says("sold A7", to=shop.group)
    await shop.heard()
    await operator.person.says("/invoice all", to=shop.bot)
    await operator.hears("1 sent")
    await operator.person.says("/invoice retry", to=shop.bot)
    await operator.hears("1 sent")
    await shop.invoices("sent", "sent", "sent")
    assert invoices_at_stripe(shop, "acct_sandbox") == {"open": 1}
    assert invoices_at_stripe(shop, "acct_elsewhere") == {"open": 2}
    await mai.hears(contains="Total: 45.00 USD", timeout=PATIENCE)
    await lan.hears(contains="Total: 19.90 USD", timeout=PATIENCE)
