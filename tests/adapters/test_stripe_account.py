"""Connecting a Stripe account: the key as typed, whose it is, and the webhook that reports on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.base import PaymentState
from adapters.stripe import StripeProvider
from bot.kit.errors import BadInput, NotAuthorised, Refused
from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_KEY, StripeStandIn

FORBIDDEN = {"error": {"type": "invalid_request_error", "message": "This key lacks the account permission."}}


@pytest.fixture
async def stripe() -> AsyncIterator[StripeStandIn]:
    standin = StripeStandIn()
    await standin.start()
    yield standin
    await standin.stop()


@pytest.fixture
async def provider(stripe: StripeStandIn) -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(StripeProvider.Settings(DEFAULT_KEY, stripe.url))
    yield provider
    await provider.close()


@pytest.mark.parametrize(
    "typed",
    [
        "sk_test_51HabcDEF",
        "  sk_test_51HabcDEF\n",
        '"sk_test_51HabcDEF"',
        "`sk_test_51HabcDEF`",
        "sk_test_51Habc DEF",
        "\ufeffsk_test_51HabcDEF\u200b",
    ],
)
def test_a_key_survives_how_people_paste_it(typed: str) -> None:
    assert StripeProvider.check_credentials({"secret_key": typed}) == {"secret_key": "sk_test_51HabcDEF"}


@pytest.mark.parametrize(
    "key", ["sk_live_51HabcDEF", "rk_live_51HabcDEF", "rk_test_51HabcDEF", "sk_test_123", DEFAULT_KEY]
)
def test_secret_and_restricted_keys_of_both_modes_are_taken(key: str) -> None:
    assert StripeProvider.check_credentials({"secret_key": key}) == {"secret_key": key}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pk_live_51HabcDEF", "That is the publishable key. Send the secret one"),
        ("whsec_51HabcDEF", "That is a webhook secret. Send the secret key"),
        ("sk_test_", "not complete"),
        ("sk_51HabcDEF", "not complete"),
        ("sk_test_51Habc…DEF", "not complete"),
        ("sk_test_" + "a" * 1000, "not complete"),
        ("acct_51HabcDEF", "not a Stripe key"),
        ("my dog", "not a Stripe key"),
        ("", "not a Stripe key"),
    ],
)
def test_anything_else_is_refused_with_what_to_send(typed: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refusal:
        StripeProvider.check_credentials({"secret_key": typed})
    assert "https://dashboard.stripe.com/apikeys" in str(refusal.value)


def test_the_key_stays_out_of_what_is_printed() -> None:
    assert "sk_test" not in repr(StripeProvider.Settings(DEFAULT_KEY))


async def test_the_account_says_whose_it_is(provider: StripeProvider) -> None:
    account = await provider.test()
    assert account.id == DEFAULT_ACCOUNT
    assert account.name == "Sandbox Shop"
    assert account.currency == "USD"
    assert account.livemode is False
    assert account.can_charge is True


async def test_a_live_key_is_known_as_live(stripe: StripeStandIn) -> None:
    stripe.add_account("sk_live_abcdefgh", "acct_live", name="Lan's Jade", currency="vnd")
    provider = StripeProvider(StripeProvider.Settings("sk_live_abcdefgh", stripe.url))
    account = await provider.test()
    assert (account.id, account.name, account.currency, account.livemode) == (
        "acct_live",
        "Lan's Jade",
        "VND",
        True,
    )
    await provider.close()


async def test_an_account_without_a_name_goes_by_what_it_has(stripe: StripeStandIn, provider: StripeProvider) -> None:
    account = stripe.accounts[DEFAULT_ACCOUNT].account
    account["settings"] = None
    account["business_profile"] = None
    account["email"] = None
    assert (await provider.test()).name == DEFAULT_ACCOUNT


async def test_a_key_stripe_does_not_know_is_not_authorised(stripe: StripeStandIn) -> None:
    provider = StripeProvider(StripeProvider.Settings("sk_test_unknown", stripe.url))
    with pytest.raises(NotAuthorised):
        await provider.test()
    assert [call.path for call in stripe.calls] == ["/v1/account"]
    await provider.close()


async def test_a_restricted_key_proves_itself_by_the_balance(stripe: StripeStandIn, provider: StripeProvider) -> None:
    stripe.fail("status", path="/v1/account", status=403, body=FORBIDDEN)
    account = await provider.test()
    assert account.id == ""
    assert account.currency is None
    assert [call.path for call in stripe.calls] == ["/v1/account", "/v1/balance"]


async def test_a_key_that_may_do_neither_is_not_authorised(stripe: StripeStandIn, provider: StripeProvider) -> None:
    stripe.fail("status", status=403, body=FORBIDDEN, times=2)
    with pytest.raises(NotAuthorised, match="lacks the account permission"):
        await provider.test()


async def test_a_webhook_asks_for_the_events_we_act_on_and_no_others(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    endpoint = await provider.open_webhook("https://assist.example/webhooks/stripe/1", key="open-1")
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret not in repr(endpoint)
    (kept,) = stripe.accounts[DEFAULT_ACCOUNT].all("webhook_endpoint")
    assert kept["id"] == endpoint.id
    assert kept["url"] == "https://assist.example/webhooks/stripe/1"
    heard = set(kept["enabled_events"])
    assert heard > set(StripeProvider.states)
    assert heard - set(StripeProvider.states) == {
        "account.application.deauthorized",
        "account.updated",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
    }
    assert PaymentState.UNKNOWN not in StripeProvider.states.values()
    assert kept["api_version"] == "2026-10-28.endive"


async def test_a_webhook_whose_answer_was_lost_is_opened_once(stripe: StripeStandIn, provider: StripeProvider) -> None:
    first = await provider.open_webhook("https://assist.example/webhooks/stripe/1", key="open-1")
    assert await provider.open_webhook("https://assist.example/webhooks/stripe/1", key="open-1") == first
    assert len(list(stripe.accounts[DEFAULT_ACCOUNT].all("webhook_endpoint"))) == 1


async def test_closing_a_webhook_twice_is_fine(stripe: StripeStandIn, provider: StripeProvider) -> None:
    endpoint = await provider.open_webhook("https://assist.example/webhooks/stripe/1", key="open-1")
    await provider.close_webhook(endpoint.id)
    await provider.close_webhook(endpoint.id)
    assert list(stripe.accounts[DEFAULT_ACCOUNT].all("webhook_endpoint")) == []


async def test_a_webhook_that_may_not_be_closed_is_told(stripe: StripeStandIn, provider: StripeProvider) -> None:
    stripe.fail("status", method="DELETE", status=400, body={"error": {"message": "Not now"}})
    with pytest.raises(Refused, match="Not now"):
        await provider.close_webhook("we_1")
