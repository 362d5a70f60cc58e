"""Connecting a Square account: by token or on Square's page, which location sells, and the reports on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.base import App, FixedKeys, NotOffered
from adapters.square import SquareProvider, oauth
from adapters.square.oauth import SCOPES
from adapters.square.webhooks import REVOKED
from bot.kit.errors import BadInput, NotAuthorised, Refused
from sandbox.square import DEFAULT_LOCATION, DEFAULT_MERCHANT, DEFAULT_TOKEN
from tests.adapters.square_shop import ANOTHER_TOKEN, ORDER, SquareShop, a_square_shop

BACK = "https://assist.example/api/integrations/square/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123"
APPLICATION, SECRET = "sandbox-sq0idb-app", "sandbox-sq0csb-secret"


@pytest.fixture
async def shop() -> AsyncIterator[SquareShop]:
    async with a_square_shop() as shop:
        yield shop


def app_of(shop: SquareShop, **settings: str) -> App:
    shop.square.add_application(APPLICATION, SECRET, BACK)
    values = {"APPLICATION_ID": APPLICATION, "APPLICATION_SECRET": SECRET, "ENVIRONMENT": "sandbox"}
    return App(values={"API_BASE": shop.url, **values, **settings}, public_url="https://assist.example")


# By token


@pytest.mark.parametrize(
    "typed", [DEFAULT_TOKEN, f" {DEFAULT_TOKEN}\n", f"`{DEFAULT_TOKEN}`", f"\ufeff{DEFAULT_TOKEN}"]
)
def test_a_token_survives_how_people_paste_it(typed: str) -> None:
    assert SquareProvider.check_credentials({"access_token": typed}) == {"access_token": DEFAULT_TOKEN}
    both = SquareProvider.check_credentials({"access_token": typed, "location_id": " L1 "})
    assert both == {"access_token": DEFAULT_TOKEN, "location_id": "L1"}


def test_whatever_may_be_a_bearer_token_is_tried_at_square() -> None:
    for typed in ("EAAA-short", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln~_-", "abc+/def=="):
        assert SquareProvider.check_credentials({"access_token": typed}) == {"access_token": typed}


@pytest.mark.parametrize(
    ("typed", "location", "said"),
    [
        ("sq0idp-abcdefghijklmnop", "", "That is the application ID"),
        ("sandbox-sq0csb-abcdefghijkl", "", "That is the application secret"),
        ("EAAA…", "", "not a Square access token"),
        ("my dog", "", "not a Square access token"),
        ("", "", "not a Square access token"),
        (DEFAULT_TOKEN, "Main street!", "not the ID of a location"),
    ],
)
def test_anything_else_is_refused_with_what_to_send(typed: str, location: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refusal:
        SquareProvider.check_credentials({"access_token": typed, "location_id": location})
    assert "https://developer.squareup.com/apps" in str(refusal.value)


def test_the_environment_may_hold_a_token_and_a_location() -> None:
    assert SquareProvider.from_settings(App()) is None
    found = SquareProvider.from_settings(App(values={"ACCESS_TOKEN": DEFAULT_TOKEN, "LOCATION_ID": "L1"}))
    assert found == {"access_token": DEFAULT_TOKEN, "location_id": "L1"}


def test_secrets_stay_out_of_what_is_printed() -> None:
    app = App(values={"APPLICATION_SECRET": SECRET})
    settings = SquareProvider.Settings.of(app, {"access_token": DEFAULT_TOKEN})
    assert DEFAULT_TOKEN not in repr(settings)
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("settings", "base"),
    [
        ({}, "https://connect.squareup.com"),
        ({"ENVIRONMENT": "sandbox"}, "https://connect.squareupsandbox.com"),
        ({"ENVIRONMENT": "Sandbox", "API_BASE": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
    ],
)
def test_where_square_is_is_for_the_settings_to_say(settings: dict[str, str], base: str) -> None:
    url = SquareProvider.auth_url(App(values=settings), state="s", verifier=VERIFIER, redirect_uri=BACK)
    assert url.startswith(f"{base}/oauth2/authorize?")


def test_a_mistyped_sandbox_is_not_taken_for_the_real_one() -> None:
    with pytest.raises(BadInput, match="SQUARE_ENVIRONMENT is production or sandbox, not 'sandbx'"):
        SquareProvider.auth_url(App(values={"ENVIRONMENT": "sandbx"}), state="s", verifier=VERIFIER, redirect_uri=BACK)


async def test_the_account_says_whose_it_is(shop: SquareShop) -> None:
    account = await shop.provider.test()
    assert (account.id, account.name, account.currency, account.country) == (
        DEFAULT_MERCHANT,
        "Sandbox Shop",
        "USD",
        "US",
    )
    assert account.can_charge
    assert not account.livemode
    live = shop.connects(environment="production")
    assert (await live.test()).livemode
    await live.close()


async def test_a_location_that_takes_no_cards_cannot_charge(shop: SquareShop) -> None:
    shop.all("location")[0]["capabilities"] = ["AUTOMATIC_TRANSFERS"]
    assert not (await shop.provider.test()).can_charge


async def test_the_summary_names_locations_and_counts_customers(shop: SquareShop) -> None:
    await shop.provider.place_invoice(ORDER)
    shop.books.add_location("LCLOSED", "Old town", active=False)
    summary = await shop.provider.summary()
    assert summary.customers == 1
    assert summary.locations == (
        {"id": DEFAULT_LOCATION, "name": "Main street", "status": "active"},
        {"id": "LCLOSED", "name": "Old town", "status": "inactive"},
    )


async def test_with_several_locations_one_has_to_be_named(shop: SquareShop) -> None:
    shop.books.add_location("LSECOND", "Harbour")
    with pytest.raises(Refused, match=rf"LSECOND \(Harbour\); {DEFAULT_LOCATION} \(Main street\)") as refusal:
        await shop.provider.test()
    assert refusal.value.code == "SQUARE_LOCATION_NOT_FOUND"
    for location, fine in (("LSECOND", True), ("LTHIRD", False)):
        provider = shop.connects(location_id=location)
        if fine:
            assert (await provider.test()).id == DEFAULT_MERCHANT
            placed = await provider.place_invoice(ORDER)
            assert shop.books.at("invoice", placed.external_id)["location_id"] == "LSECOND"
        else:
            with pytest.raises(Refused, match="no active location LTHIRD"):
                await provider.test()
        await provider.close()


async def test_a_token_that_is_not_accepted_is_not_authorised(shop: SquareShop) -> None:
    provider = shop.connects(access_token="EAAAsomebody_else_s_token_0123")
    with pytest.raises(NotAuthorised):
        await provider.test()
    await provider.close()


# Reports


async def test_reports_are_subscribed_to_once_and_given_up(shop: SquareShop) -> None:
    made = [await shop.provider.open_webhook("https://assist.example/w", key="k" * 90) for _ in range(2)]
    (subscription,) = shop.all("subscription")
    assert made[0] == made[1]
    assert (made[0].id, made[0].secret) == (subscription["id"], subscription["signature_key"])
    assert set(subscription["event_types"]) == {*SquareProvider.states, REVOKED}
    assert made[0].secret not in repr(made[0])
    for _ in range(2):
        await shop.provider.close_webhook(made[0].id)
    assert not shop.all("subscription")


async def test_a_seller_s_own_token_from_the_page_subscribes_nothing(shop: SquareShop) -> None:
    provider = shop.connects(keys=FixedKeys({"access_token": "EAAA", "refresh_token": "EQAA"}))
    with pytest.raises(NotOffered, match="SQUARE_WEBHOOK_SIGNATURE_KEY"):
        await provider.open_webhook("https://assist.example/w", key="k")
    await provider.close()


# On Square's page


async def agrees(url: str, *, choice: str = "allow", merchant: str = DEFAULT_MERCHANT) -> dict[str, str]:
    """The seller presses a button on the page, and comes back with this."""
    async with aiohttp.ClientSession() as browser:
        async with browser.get(url) as page:
            assert page.status == 200, await page.text()
            assert f'value="{choice}"' in await page.text()
        async with browser.post(url, data={"choice": choice, "merchant": merchant}, allow_redirects=False) as answer:
            back = urlsplit(answer.headers["Location"])
    return {name: values[0] for name, values in parse_qs(back.query).items()}


async def connected(app: App, shop: SquareShop, **how: str) -> dict[str, str]:
    answer = await agrees(SquareProvider.auth_url(app, state="st4te", verifier=VERIFIER, redirect_uri=BACK), **how)
    return await oauth.exchange_code(app, answer, verifier=VERIFIER, redirect_uri=BACK, clock=shop.clock)


@pytest.mark.parametrize("secret", [SECRET, ""], ids=["secret", "pkce"])
async def test_a_seller_agrees_and_what_comes_of_it_makes_invoices(shop: SquareShop, secret: str) -> None:
    app = app_of(shop, APPLICATION_SECRET=secret)
    url = SquareProvider.auth_url(app, state="st4te", verifier=VERIFIER, redirect_uri=BACK)
    asked = parse_qs(urlsplit(url).query)
    assert asked["state"] == ["st4te"]
    assert asked["scope"] == [" ".join(SCOPES)]
    assert ("code_challenge" in asked) is not bool(secret)
    assert VERIFIER not in url
    credentials = await connected(app, shop)
    assert credentials["merchant_id"] == DEFAULT_MERCHANT
    assert credentials["location_id"] == DEFAULT_LOCATION
    provider = SquareProvider.open(FixedKeys(credentials), app=app)
    assert (await provider.test()).id == DEFAULT_MERCHANT
    assert (await provider.summary()).customers == 0
    assert await provider.read_stock(["X"]) == {}
    await provider.close()


async def test_in_production_the_seller_has_to_log_in(shop: SquareShop) -> None:
    for environment, session in (("production", ["false"]), ("sandbox", None)):
        app = app_of(shop, ENVIRONMENT=environment)
        url = SquareProvider.auth_url(app, state="s", verifier=VERIFIER, redirect_uri=BACK)
        assert parse_qs(urlsplit(url).query).get("session") == session


async def test_a_seller_who_does_not_agree_is_told_kindly(shop: SquareShop) -> None:
    app = app_of(shop)
    with pytest.raises(Refused, match="not connected: user denied") as refusal:
        await connected(app, shop, choice="deny")
    assert refusal.value.code == "access_denied"


@pytest.mark.parametrize("answer", [{}, {"code": ""}, {"code": "made-up"}])
async def test_a_code_that_is_none_is_refused(shop: SquareShop, answer: dict[str, str]) -> None:
    with pytest.raises(Refused, match="Begin again"):
        await SquareProvider.exchange_code(app_of(shop), answer, verifier=VERIFIER, redirect_uri=BACK)


async def test_a_code_somebody_else_picked_up_is_worth_nothing_to_them(shop: SquareShop) -> None:
    app = app_of(shop, APPLICATION_SECRET="")
    answer = await agrees(SquareProvider.auth_url(app, state="s", verifier=VERIFIER, redirect_uri=BACK))
    with pytest.raises(Refused):
        await SquareProvider.exchange_code(app, answer, verifier="another" * 8, redirect_uri=BACK)


async def test_with_several_locations_the_main_one_sells(shop: SquareShop) -> None:
    shop.books.add_location("LAAA", "Annex")
    assert (await connected(app_of(shop), shop))["location_id"] == DEFAULT_LOCATION
    assert (await connected(app_of(shop, LOCATION_ID="LAAA"), shop))["location_id"] == "LAAA"


class Renewing:
    """A keyring that renews as the product does, only in memory."""

    def __init__(self, app: App, credentials: Mapping[str, str], shop: SquareShop) -> None:
        self.credentials: Mapping[str, str] = credentials
        self.renewals = 0
        self._app, self._shop = app, shop

    async def renew(self, stale: Mapping[str, str]) -> Mapping[str, str]:
        self.renewals += 1
        self.credentials = await oauth.renew(self._app, stale, clock=self._shop.clock)
        return self.credentials


@pytest.mark.parametrize("secret", [SECRET, ""], ids=["secret", "pkce"])
async def test_an_expired_token_is_renewed_and_the_call_made_once_more(shop: SquareShop, secret: str) -> None:
    app = app_of(shop, APPLICATION_SECRET=secret)
    first = await connected(app, shop)
    keys = Renewing(app, first, shop)
    provider = shop.connects(keys=keys, access_token=first["access_token"], location_id=DEFAULT_LOCATION)
    assert (await provider.place_invoice(ORDER)).state == "open"
    shop.clock.now += timedelta(days=31)
    again: Any = {"first_tried_at": shop.clock.now, "invoice_id": 8}
    assert (await provider.place_invoice(ORDER.__class__(**{**vars(ORDER), **again}))).state == "open"
    assert keys.renewals == 1
    assert keys.credentials["access_token"] != first["access_token"]
    assert (keys.credentials["refresh_token"] == first["refresh_token"]) is bool(secret)
    assert keys.credentials["location_id"] == DEFAULT_LOCATION
    await provider.close()


async def test_tokens_are_renewed_weeks_before_they_end(shop: SquareShop) -> None:
    credentials = await connected(app_of(shop), shop)
    due = SquareProvider.renew_at(credentials)
    assert due is not None
    assert due - shop.clock.now == timedelta(days=8)
    assert SquareProvider.renew_at({"access_token": DEFAULT_TOKEN}) is None
    assert SquareProvider.renew_at({"refresh_token": "x", "expires_at": "soon"}) is None


async def test_access_that_was_taken_away_cannot_be_renewed(shop: SquareShop) -> None:
    app = app_of(shop)
    credentials = await connected(app, shop)
    shop.square.disconnect(DEFAULT_MERCHANT, APPLICATION)
    with pytest.raises(Refused):
        await SquareProvider.renew(app, credentials)
    keys = Renewing(app, credentials, shop)
    provider = shop.connects(keys=keys, access_token=credentials["access_token"])
    with pytest.raises(Refused):
        await provider.test()
    await provider.close()


async def test_our_access_is_given_back_and_the_seller_s_own_token_stays(shop: SquareShop) -> None:
    app = app_of(shop)
    credentials = await connected(app, shop)
    provider = SquareProvider.open(FixedKeys(credentials), app=app)
    await provider.revoke()
    with pytest.raises(NotAuthorised):
        await provider.test()
    assert (await shop.provider.test()).id == DEFAULT_MERCHANT
    await provider.revoke()
    await provider.close()


async def test_without_a_secret_the_seller_has_to_take_it_away_and_that_is_seen(shop: SquareShop) -> None:
    app = app_of(shop, APPLICATION_SECRET="")
    provider = SquareProvider.open(FixedKeys(await connected(app, shop)), app=app)
    with pytest.raises(Refused, match="my-applications"):
        await provider.revoke()
    shop.square.disconnect(DEFAULT_MERCHANT, APPLICATION)
    await provider.revoke()
    await provider.close()


async def test_what_a_seller_has_not_agreed_to_is_not_a_dead_token(
    shop: SquareShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "SCOPES", ("MERCHANT_PROFILE_READ",))
    app = app_of(shop)
    credentials = await connected(app, shop)
    keys = Renewing(app, credentials, shop)
    provider = shop.connects(keys=keys, access_token=credentials["access_token"])
    with pytest.raises(NotAuthorised, match="agree to everything") as refusal:
        await provider.place_invoice(ORDER)
    assert refusal.value.code == "INSUFFICIENT_SCOPES"
    assert keys.renewals == 0
    await provider.close()


async def test_two_merchants_keep_their_books_apart(shop: SquareShop) -> None:
    other = shop.square.add_merchant(ANOTHER_TOKEN, "MOTHER0SHOP", name="Lan's", location="LOTHER")
    provider = shop.connects(access_token=ANOTHER_TOKEN)
    placed = await provider.place_invoice(ORDER)
    assert not shop.all("invoice")
    assert [one["id"] for one in other.all("invoice")] == [placed.external_id]
    with pytest.raises(Refused) as refusal:
        await shop.provider.ask_invoice(placed.external_id)
    assert refusal.value.code == "NOT_FOUND"
    await provider.close()
