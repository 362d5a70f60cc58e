"""Connecting an account to our platform on Stripe's page, acting for it, and giving the access back."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.base import AccountState, AccountUpdate, App, FixedKeys, NotOffered, PaymentState, PaymentUpdate
from adapters.stripe import StripeProvider
from adapters.stripe.webhooks import HEARD
from bot.kit.errors import NotAuthorised, OutcomeUnknown, Refused
from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_CLIENT, DEFAULT_KEY
from sandbox.stripe.connect import CODE_LASTS
from tests.at_stripe import ORDER, SELLER, AtStripe

BACK = "https://assist.example/api/integrations/stripe/callback"


def seller_comes(shop: AtStripe) -> str:
    """A seller with an account of their own agrees; the code their browser brings back."""
    shop.stripe.add_account("sk_test_seller", SELLER, name="Seller", currency="eur")
    return shop.stripe.agree(SELLER)


async def exchange(shop: AtStripe, **answer: str) -> dict[str, str]:
    """What is kept of what the browser brought back."""
    return await StripeProvider.exchange_code(shop.app(), answer, verifier="v", redirect_uri=BACK)


async def test_a_seller_agrees_on_stripes_page_and_comes_back_connected(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    shop.stripe.add_account("sk_test_seller", SELLER, name="Lan's Jade")
    shop.stripe.add_platform(DEFAULT_CLIENT, DEFAULT_ACCOUNT, BACK)
    url = StripeProvider.auth_url(shop.app(), state="st&te", verifier="v", redirect_uri=BACK)
    assert DEFAULT_KEY not in url
    async with aiohttp.ClientSession() as browser:
        async with browser.get(url) as page:
            assert "Lan&#39;s Jade" in await page.text()
        async with browser.post(url, data={"account": SELLER}, allow_redirects=False) as agreed:
            location = urlsplit(agreed.headers["Location"])
    answer = {name: values[0] for name, values in parse_qs(location.query).items()}
    assert location.geturl().startswith(BACK)
    assert answer["state"] == "st&te"
    credentials = await exchange(shop, **answer)
    assert credentials == {"account_id": SELLER, "livemode": "false"}
    provider = StripeProvider.open(FixedKeys(credentials), app=shop.app())
    account = await provider.test()
    assert (account.id, account.name, account.livemode) == (SELLER, "Lan's Jade", False)
    await provider.close()


def test_the_page_is_stripes_and_the_way_back_the_registered_one() -> None:
    url = StripeProvider.auth_url(App(values={"CLIENT_ID": "ca_1"}), state="s", verifier="v", redirect_uri=BACK)
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith("https://connect.stripe.com/oauth/authorize?")
    assert asked == {
        "response_type": ["code"],
        "client_id": ["ca_1"],
        "scope": ["read_write"],
        "state": ["s"],
        "redirect_uri": [BACK],
    }
    registered = App(values={"CLIENT_ID": "ca_1", "REDIRECT_URI": "https://shop.example/cb"})
    url = StripeProvider.auth_url(registered, state="s", verifier="v", redirect_uri=BACK)
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == ["https://shop.example/cb"]


async def test_a_code_is_good_once_and_for_minutes(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    code = seller_comes(shop)
    await exchange(shop, code=code)
    with pytest.raises(Refused, match=r"already been used.*Begin again") as no:
        await exchange(shop, code=code)
    assert no.value.code == "STRIPE_OAUTH_FAILED"
    late = shop.stripe.agree(SELLER)
    shop.clock.now += timedelta(seconds=CODE_LASTS + 1)
    with pytest.raises(Refused, match="expired"):
        await exchange(shop, code=late)
    with pytest.raises(Refused, match="does not exist") as no:
        await exchange(shop, code="-".join(("ac", "none")))
    assert "ac-none" not in "".join(traceback.format_exception(no.value))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {"error": "access_denied", "error_description": "The user denied your request"},
            "The user denied your request",
        ),
        ({"error": "access_denied"}, "access_denied"),
        ({}, "it sent no code"),
    ],
)
async def test_a_seller_who_refuses_is_told_so_and_nobody_is_asked(
    shop_at_stripe: AtStripe, answer: dict[str, str], said: str
) -> None:
    with pytest.raises(Refused, match=said) as no:
        await exchange(shop_at_stripe, **answer)
    assert no.value.code == "STRIPE_OAUTH_FAILED"
    assert shop_at_stripe.calls == []


async def test_a_platform_without_a_key_or_with_a_dead_one_connects_nobody(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    code = seller_comes(shop)
    with pytest.raises(NotAuthorised, match="set STRIPE_SECRET_KEY"):
        await StripeProvider.exchange_code(shop.app(SECRET_KEY=""), {"code": code}, verifier="v", redirect_uri=BACK)
    with pytest.raises(NotAuthorised, match="set STRIPE_SECRET_KEY"):
        StripeProvider.open(FixedKeys({"account_id": SELLER}), app=shop.app(SECRET_KEY=""))
    shop.stripe.revoke(DEFAULT_KEY)
    with pytest.raises(NotAuthorised):
        await exchange(shop, code=code)


async def test_a_lost_answer_is_not_asked_for_twice(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    code = seller_comes(shop)
    shop.stripe.fail("drop_response", path="/oauth/token")
    with pytest.raises(OutcomeUnknown):
        await exchange(shop, code=code)
    assert shop.calls == ["POST /oauth/token"]


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"stripe_user_id": 5}', '{"object": "account"}'])
async def test_something_else_in_stripes_place_is_not_believed(shop_at_stripe: AtStripe, body: str) -> None:
    shop = shop_at_stripe
    shop.stripe.fail("status", path="/oauth/token", status=200, body=body or "\n")
    with pytest.raises(OutcomeUnknown):
        await exchange(shop, code=seller_comes(shop))


async def test_every_call_is_about_the_sellers_account(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    credentials = await exchange(shop, code=seller_comes(shop))
    seller = StripeProvider.open(FixedKeys(credentials), app=shop.app())
    placed = await seller.place_invoice(ORDER)
    shop.stripe.pay(placed.external_id)
    await seller.payments_of(placed.external_id)
    await seller.summary()
    await seller.list_events(shop.clock.now)
    assert {one.account for one in shop.stripe.requests} == {SELLER}
    assert list(shop.books.all("invoice")) == []
    await seller.close()


async def test_the_platforms_own_endpoint_hears_of_a_connected_account(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    seller = shop.for_seller()
    with pytest.raises(NotOffered, match="platform's endpoint"):
        await seller.open_webhook(shop.hook, key="w1")
    client = shop.provider._client
    made = await client.call(
        client.v1.webhook_endpoints.create_async({"url": shop.hook, "enabled_events": [*HEARD], "connect": True})  # type: ignore[list-item]
    )
    shop._secret = made["secret"]
    placed = await seller.place_invoice(replace(ORDER, first_tried_at=shop.clock.now))
    shop.stripe.pay(placed.external_id)
    shop.stripe.accounts[SELLER].emit("account.updated", shop.stripe.accounts[SELLER].account)
    shop.stripe.disconnect(SELLER)
    facts: dict[str, Any] = {one.kind: one for one in await shop.told()}
    paid, changed, gone = (
        facts[kind] for kind in ("invoice.paid", "account.updated", "account.application.deauthorized")
    )
    assert isinstance(paid, PaymentUpdate)
    assert (paid.state, paid.account_id, paid.invoice_id) == (PaymentState.PAID, SELLER, 7)
    assert isinstance(changed, AccountUpdate)
    assert (changed.state, changed.account_id) == (AccountState.CHANGED, SELLER)
    assert isinstance(gone, AccountUpdate)
    assert (gone.state, gone.account_id) == (AccountState.DISCONNECTED, SELLER)
    with pytest.raises(NotAuthorised, match="access may have been revoked"):
        await seller.test()


async def test_an_account_of_ones_own_is_named_by_the_change_itself(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    await shop.listen()
    shop.books.emit("account.updated", shop.books.account)
    (changed,) = await shop.told()
    assert isinstance(changed, AccountUpdate)
    assert changed.account_id == DEFAULT_ACCOUNT


async def test_the_platforms_share_is_taken_from_a_connected_accounts_invoice_only(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    order = replace(ORDER, fee_cents=124)
    await shop.provider.place_invoice(order)
    assert "application_fee_amount" not in shop.asked("POST /v1/invoices")
    placed = await shop.for_seller().place_invoice(order)
    assert shop.asked("POST /v1/invoices")["application_fee_amount"] == "124"
    shop.stripe.pay(placed.external_id)
    (charge,) = shop.stripe.accounts[SELLER].all("charge")
    assert charge["application_fee_amount"] == 124


async def test_the_access_is_given_back_once(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    credentials = await exchange(shop, code=seller_comes(shop))
    seller = StripeProvider.open(FixedKeys(credentials), app=shop.app())
    await seller.revoke()
    assert shop.stripe.accounts[SELLER].platforms == []
    with pytest.raises(NotAuthorised):
        await seller.test()
    await seller.revoke()
    await seller.close()
    other = StripeProvider.open(FixedKeys(credentials), app=shop.app(SECRET_KEY="sk_test_unknown1"))
    with pytest.raises(NotAuthorised):
        await other.revoke()
    await other.close()


async def test_a_key_of_ones_own_has_nothing_to_give_back(shop_at_stripe: AtStripe) -> None:
    await shop_at_stripe.provider.revoke()
    assert shop_at_stripe.calls == []
