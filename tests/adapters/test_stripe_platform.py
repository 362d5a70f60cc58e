"""Accounts of sellers under the platform's own: each is made once, and so is each transfer, whatever Stripe does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from adapters.platform import AccountPlatform
from adapters.stripe import StripeProvider
from bot.domain.money import Money
from bot.kit.errors import OutcomeUnknown, OutsideError
from sandbox.stripe import DEFAULT_ACCOUNT
from tests.at_stripe import ORDER, STRIPES_FAILURE, AtStripe

Deed = Callable[[], Awaitable[object]]


@pytest.fixture
async def platform(shop_at_stripe: AtStripe) -> AsyncIterator[AccountPlatform]:
    platform = StripeProvider.platform(shop_at_stripe.app())
    yield platform
    await platform.close()


async def account(platform: AccountPlatform, country: str = "US") -> str:
    standing = await platform.create_account(workspace_uid="5h0p", country=country, email="", key="la-5h0p-account")
    return standing.account_id


async def funded(shop: AtStripe, platform: AccountPlatform) -> str:
    """A seller's account that can be sent money, and money to send."""
    seller = await account(platform)
    shop.stripe.onboard(seller)
    shop.stripe.pay((await shop.provider.place_invoice(ORDER)).external_id)
    return seller


async def sent(platform: AccountPlatform, seller: str) -> str:
    return await platform.transfer(seller, Money(500, "USD"), description="", key="la-5h0p-transfer-1")


def transfers(shop: AtStripe) -> int:
    return len(list(shop.books.all("transfer")))


@pytest.mark.parametrize("trouble", ["kept", "after", "on the way"])
async def test_a_seller_gets_one_account_though_stripe_fails(
    shop_at_stripe: AtStripe, platform: AccountPlatform, trouble: str
) -> None:
    shop = shop_at_stripe
    fail(shop, "/v1/accounts", trouble)
    made = await account(platform)
    assert await account(platform) == made
    assert list(shop.stripe.accounts) == [DEFAULT_ACCOUNT, made]


async def test_a_seller_who_corrects_their_country_is_not_held_to_the_first_answer(
    shop_at_stripe: AtStripe, platform: AccountPlatform
) -> None:
    shop = shop_at_stripe
    shop.stripe.crash("/v1/accounts", times=2)
    with pytest.raises(OutsideError):
        await account(platform, "XX")
    made = await account(platform, "SG")
    assert shop.stripe.accounts[made].account["country"] == "SG"


@pytest.mark.parametrize("trouble", ["kept", "after", "on the way"])
async def test_money_is_sent_once_though_stripe_fails(
    shop_at_stripe: AtStripe, platform: AccountPlatform, trouble: str
) -> None:
    shop = shop_at_stripe
    seller = await funded(shop, platform)
    fail(shop, "/v1/transfers", trouble)
    first = await sent(platform, seller)
    assert await sent(platform, seller) == first
    assert transfers(shop) == 1


async def test_money_whose_way_nobody_knows_is_not_sent_again(
    shop_at_stripe: AtStripe, platform: AccountPlatform
) -> None:
    shop = shop_at_stripe
    seller = await funded(shop, platform)
    fail(shop, "/v1/transfers", "after")
    shop.stripe.fail("status", method="GET", path="/v1/transfers", status=500, body=STRIPES_FAILURE)
    with pytest.raises(OutcomeUnknown):
        await sent(platform, seller)
    await sent(platform, seller)
    assert transfers(shop) == 1


@pytest.mark.parametrize("trouble", ["kept", "after", "on the way"])
async def test_there_is_one_endpoint_and_it_is_one_whose_secret_is_known(
    shop_at_stripe: AtStripe, trouble: str
) -> None:
    shop = shop_at_stripe
    fail(shop, "/v1/webhook_endpoints", trouble)
    opened = await shop.provider.open_webhook(shop.hook, key="listen")
    (endpoint,) = shop.books.all("webhook_endpoint")
    assert (endpoint["id"], endpoint["_secret"]) == (opened.id, opened.secret)


async def test_an_endpoint_whose_secret_nobody_knows_is_closed(shop_at_stripe: AtStripe) -> None:
    shop = shop_at_stripe
    lost = await shop.provider.open_webhook(shop.hook, key="listen")
    memory = shop.stripe._api.memory.saved
    memory[DEFAULT_ACCOUNT, "listen"].status, memory[DEFAULT_ACCOUNT, "listen"].body = 500, json.dumps(STRIPES_FAILURE)
    opened = await shop.provider.open_webhook(shop.hook, key="listen")
    assert opened.id != lost.id
    (endpoint,) = shop.books.all("webhook_endpoint")
    assert (endpoint["id"], endpoint["_secret"]) == (opened.id, opened.secret)


def fail(shop: AtStripe, path: str, how: str) -> None:
    """Have Stripe fail and keep that under the key, fail after the deed is done, or never hear of it."""
    if how == "kept":
        shop.stripe.crash(path)
    else:
        do = "status_after" if how == "after" else "status"
        shop.stripe.fail(do, method="POST", path=path, status=500, body=STRIPES_FAILURE)
