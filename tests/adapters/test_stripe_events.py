"""What Stripe has on record is read as the same facts that its webhooks tell."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.base import PaymentState
from adapters.stripe import StripeProvider
from adapters.stripe.webhooks import STATES, translate
from bot.domain.money import Money
from bot.kit.errors import NotAuthorised, Refused
from sandbox.stripe import DEFAULT_ACCOUNT, DEFAULT_KEY, StripeStandIn
from sandbox.stripe.books import Books
from sandbox.stripe.resources import new

SAMPLES = Path(__file__).parents[3] / "shared" / "fixtures" / "stripe_resources"
NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)


class Clock:
    """Stripe's clock."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def stripe(clock: Clock) -> AsyncIterator[StripeStandIn]:
    stripe = StripeStandIn(now=clock)
    await stripe.start()
    yield stripe
    await stripe.stop()


@pytest.fixture
def books(stripe: StripeStandIn) -> Books:
    return stripe.accounts[DEFAULT_ACCOUNT]


@pytest.fixture
async def provider(stripe: StripeStandIn) -> AsyncIterator[StripeProvider]:
    provider = StripeProvider(StripeProvider.Settings(secret_key=DEFAULT_KEY, api_base=stripe.url))
    yield provider
    await provider.close()


async def test_events_are_read_oldest_first_from_one_moment_to_another(
    provider: StripeProvider, books: Books, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.stripe.events.PAGE", 2)
    for number in range(7):
        clock.at = NOW + timedelta(seconds=number)
        paid = {"status": "paid", "currency": "usd", "amount_paid": 100 + number}
        books.emit("invoice.paid", new("invoice", id=f"in_{number}", **paid))
        books.emit("invoice.created", new("invoice", id=f"in_{number}"))
    every = await provider.list_events(NOW)
    assert [update.external_id for update in every] == [f"in_{number}" for number in range(7)]
    assert every[3].amount == Money(103, "USD")
    some = await provider.list_events(NOW + timedelta(seconds=2), NOW + timedelta(seconds=5))
    assert [update.external_id for update in some] == ["in_2", "in_3", "in_4"]
    clock.at = NOW + timedelta(days=30, seconds=4)
    assert [update.external_id for update in await provider.list_events(NOW)] == ["in_5", "in_6"]


async def test_a_listed_event_is_the_update_its_webhook_is(provider: StripeProvider, books: Books) -> None:
    paid = books.emit("invoice.paid", new("invoice", id="in_1", status="paid", metadata={"live_assist_invoice": "7"}))
    (listed,) = await provider.list_events(NOW)
    assert replace(listed, raw={}) == replace(translate(books.present(paid), NOW), raw={})
    assert (listed.event_id, listed.invoice_id) == (paid["id"], 7)


async def test_a_key_that_may_not_read_events_is_refused_and_a_dead_one_is_dead(
    provider: StripeProvider, stripe: StripeStandIn
) -> None:
    body = {"error": {"type": "invalid_request_error", "message": "The key lacks the permission."}}
    stripe.fail("status", path="/v1/events", status=403, body=body)
    with pytest.raises(Refused, match="right to read events") as no:
        await provider.list_events(NOW)
    assert not isinstance(no.value, NotAuthorised)
    stripe.revoke(DEFAULT_KEY)
    with pytest.raises(NotAuthorised):
        await provider.list_events(NOW)


async def test_the_invoice_of_a_payment_is_found_and_of_another_payment_there_is_none(
    provider: StripeProvider, books: Books
) -> None:
    books.keep(new("invoice_payment", invoice="in_9", payment={"type": "payment_intent", "payment_intent": "pi_9"}))
    assert await provider.find_invoice("pi_9") == "in_9"
    assert await provider.find_invoice("pi_8") is None


def event(kind: str, about: dict[str, Any]) -> dict[str, Any]:
    return {"id": "evt_1", "object": "event", "type": kind, "created": 1, "data": {"object": about}}


def sample(name: str) -> dict[str, Any]:
    if not SAMPLES.exists():
        pytest.skip("the sample resources are not here")
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return loaded


@pytest.mark.parametrize(("refunded", "state"), [(True, PaymentState.REFUNDED), (False, PaymentState.PARTLY_REFUNDED)])
def test_a_refunded_charge_names_its_payment_and_how_much_went_back(refunded: bool, state: PaymentState) -> None:
    about = sample("charge") | {"refunded": refunded, "amount_refunded": 40, "payment_intent": "pi_1"}
    update = translate(event("charge.refunded", about), NOW)
    assert (update.state, update.payment_id, update.external_id) == (state, "pi_1", None)
    assert update.amount == Money(40, "USD")
    assert translate(event("charge.refunded", about | {"invoice": "in_1"}), NOW).external_id == "in_1"


def test_a_dispute_names_its_payment_and_its_reason() -> None:
    update = translate(event("charge.dispute.created", sample("dispute") | {"payment_intent": "pi_1"}), NOW)
    assert (update.state, update.payment_id, update.reason) == (PaymentState.DISPUTED, "pi_1", "general")
    assert update.amount == Money(1000, "USD")


@pytest.mark.parametrize("kind", STATES)
def test_an_event_about_something_else_than_its_name_says_is_not_acted_on(kind: str) -> None:
    assert translate(event(kind, {"object": "plan", "id": "plan_1"}), NOW).state is PaymentState.UNKNOWN
    assert translate(sample("event"), NOW).state is PaymentState.UNKNOWN
