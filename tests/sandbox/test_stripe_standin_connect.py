"""The Stripe stand-in as a place where accounts connect, and what a platform may do for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import stripe

from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_CLIENT, DEFAULT_KEY, StripeStandIn

BACK = "https://assist.example/back"
FEE: Any = {
    "mode": "payment",
    "success_url": "https://shop.example/done",
    "line_items": [
        {"price_data": {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Ring"}}, "quantity": 1}
    ],
    "payment_intent_data": {"application_fee_amount": 100},
}


@pytest.fixture
async def stand_in() -> AsyncIterator[StripeStandIn]:
    stand_in = StripeStandIn()
    await stand_in.start()
    stand_in.add_account("sk_test_seller", "acct_seller")
    stand_in.add_platform(DEFAULT_CLIENT, DEFAULT_ACCOUNT, BACK)
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def client(stand_in: StripeStandIn) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.AIOHTTPClient(timeout=20)
    bases: Any = {"api": stand_in.url, "connect": stand_in.url}
    yield stripe.StripeClient(DEFAULT_KEY, http_client=http, base_addresses=bases)
    await http.close_async()  # type: ignore[no-untyped-call]


def page(stand_in: StripeStandIn, **changes: str) -> str:
    asked = {"client_id": DEFAULT_CLIENT, "response_type": "code", "scope": "read_write", "redirect_uri": BACK}
    return f"{stand_in.url}/oauth/authorize?" + "&".join(f"{name}={value}" for name, value in (asked | changes).items())


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "ca_none"},
        {"response_type": "token"},
        {"scope": "everything"},
        {"redirect_uri": "https://evil.example"},
        {"redirect_uri": f"{BACK}/"},
    ],
)
async def test_the_page_is_for_registered_platforms_and_their_addresses(
    stand_in: StripeStandIn, wrong: dict[str, str]
) -> None:
    async with aiohttp.ClientSession() as browser, browser.get(page(stand_in, **wrong)) as shown:
        assert shown.status == 400


async def test_a_seller_may_refuse(stand_in: StripeStandIn) -> None:
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(page(stand_in, state="s"), data={"account": ""}, allow_redirects=False) as back,
    ):
        assert back.headers["Location"] == (
            f"{BACK}?state=s&error=access_denied&error_description=The+user+denied+your+request"
        )


async def test_a_code_is_traded_by_its_platform_only(stand_in: StripeStandIn, client: stripe.StripeClient) -> None:
    async def trade(**given: Any) -> Any:
        return (await client.raw_request_async("post", "/oauth/token", base="connect", **given)).data

    code = stand_in.agree("acct_seller")
    with pytest.raises(stripe.oauth_error.UnsupportedGrantTypeError):
        await trade(code=code)
    with pytest.raises(stripe.oauth_error.InvalidRequestError):
        await trade(grant_type="authorization_code", code=code, redirect_uri=BACK)
    with pytest.raises(stripe.oauth_error.InvalidGrantError):
        await trade(grant_type="authorization_code", code=code, api_key="sk_test_seller")
    assert (await trade(grant_type="authorization_code", code=code))["stripe_user_id"] == "acct_seller"
    with pytest.raises(stripe.oauth_error.InvalidGrantError, match="revoked"):
        await trade(grant_type="authorization_code", code=code)
    assert stand_in.accounts["acct_seller"].platforms == []
    with pytest.raises(stripe.AuthenticationError):
        await trade(grant_type="authorization_code", code=code, api_key="sk_test_none")


async def test_a_fee_is_for_platforms_and_no_more_than_what_is_paid(
    stand_in: StripeStandIn, client: stripe.StripeClient
) -> None:
    stand_in.connect(DEFAULT_ACCOUNT, "acct_seller")
    sessions = client.v1.checkout.sessions
    with pytest.raises(stripe.InvalidRequestError, match="Can only apply an application_fee_amount"):
        await sessions.create_async(params=FEE)
    await sessions.create_async(params=FEE, options={"stripe_account": "acct_seller"})
    much = FEE | {"payment_intent_data": {"application_fee_amount": 701}}
    with pytest.raises(stripe.InvalidRequestError, match="no greater"):
        await sessions.create_async(params=much, options={"stripe_account": "acct_seller"})


async def test_a_fee_that_was_not_taken_does_not_go_back(stand_in: StripeStandIn, client: stripe.StripeClient) -> None:
    free = {name: value for name, value in FEE.items() if name != "payment_intent_data"}
    session = await client.v1.checkout.sessions.create_async(params=free)  # type: ignore[arg-type]
    intent = str(stand_in.pay_session(session.id)["payment_intent"])
    with pytest.raises(stripe.InvalidRequestError, match="no application fee"):
        await client.v1.refunds.create_async(params={"payment_intent": intent, "refund_application_fee": True})
