"""Stripe is never called faster than it allows: per endpoint, and per account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from adapters.stripe.client import Client, Settings
from adapters.stripe.pacing import AN_ENDPOINT, BURST, LIVE, STRICT, STRICT_FOR, Pacing, endpoint
from bot.kit.errors import Busy
from bot.kit.pacing import Pace
from sandbox.stripe import DEFAULT_KEY, StripeStandIn

PATHS = ["a", "b", "c", "d", "e", "f", "g", "h"]


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def calls_a_second(pacing: Pacing, clock: Clock, paths: list[str] = PATHS, calls: int = 400) -> int:
    """The most calls in any second, of so many that go through these paths again and again."""
    made = []
    for number in range(calls):
        with await pacing.turn("POST", f"https://api.stripe.com/v1/{paths[number % len(paths)]}"):
            made.append(clock.now)
    return max(sum(start <= at < start + 1 for at in made) for start in made)


@pytest.mark.parametrize(
    ("url", "counted_as"),
    [
        ("https://api.stripe.com/v1/invoices", "POST /v1/invoices"),
        ("https://api.stripe.com/v1/invoices/in_1Ox2y3Z4a5B6c7/add_lines", "POST /v1/invoices/…/add_lines"),
        ("https://api.stripe.com/v1/webhook_endpoints", "POST /v1/webhook_endpoints"),
        ("https://api.stripe.com/v1/webhook_endpoints/we_1Ox2y3Z4?x=1", "POST /v1/webhook_endpoints/…"),
    ],
)
def test_calls_about_different_objects_count_as_one_endpoint(url: str, counted_as: str) -> None:
    assert endpoint("post", url) == counted_as


@pytest.mark.parametrize("key", ["sk_test_1", "sk_live_1"])
@pytest.mark.parametrize(("paths", "most"), [(["customers"], AN_ENDPOINT), (PATHS, LIVE)])
async def test_the_narrower_limit_decides(clock: Clock, key: str, paths: list[str], most: int) -> None:
    pacing = Pacing(Pace(clock, clock.sleep), key)
    assert await calls_a_second(pacing, clock, paths) == most


@pytest.mark.parametrize(
    ("key", "headers", "then"),
    [
        ("sk_test_1", {"Stripe-Rate-Limited-Reason": "global-rate"}, STRICT),
        ("sk_test_1", {}, STRICT),
        ("sk_test_1", {"Stripe-Rate-Limited-Reason": "endpoint-rate"}, LIVE),
        ("sk_test_1", {"Stripe-Rate-Limited-Reason": "global-concurrency"}, LIVE),
        ("sk_live_1", {"Stripe-Rate-Limited-Reason": "global-rate"}, LIVE),
    ],
)
async def test_a_test_key_is_paced_as_documented_once_stripe_insists_and_for_an_hour(
    clock: Clock, key: str, headers: Mapping[str, str], then: int
) -> None:
    pacing = Pacing(Pace(clock, clock.sleep), key)
    pacing.refused("POST", "https://api.stripe.com/v1/a", headers, "rate_limit", None)
    assert await calls_a_second(pacing, clock) == then
    clock.now = STRICT_FOR
    assert await calls_a_second(pacing, clock) == LIVE


async def test_those_who_wait_already_are_slowed_down_with_the_rest(clock: Clock) -> None:
    pacing = Pacing(Pace(clock, clock.sleep), "sk_test_1")
    turns = [asyncio.create_task(pacing.turn("POST", f"https://api.stripe.com/v1/{path}")) for path in PATHS]
    await asyncio.sleep(0)  # the first has gone, the others wait for their turn among all
    pacing.refused(
        "POST", "https://api.stripe.com/v1/a", {"Stripe-Rate-Limited-Reason": "global-rate"}, "rate_limit", 1
    )
    await asyncio.gather(*turns)
    assert clock.now >= 1 + (len(PATHS) - 2 - BURST) / STRICT


@pytest.mark.parametrize(
    ("reason", "code", "waits", "others_wait"),
    [
        ("endpoint-rate", "rate_limit", 3.0, 0.0),
        ("resource-specific", "rate_limit", 3.0, 0.0),
        ("global-rate", "rate_limit", 3.0, 3.0),
        ("global-concurrency", "rate_limit", 3.0, 3.0),
        ("", "lock_timeout", 0.0, 0.0),
    ],
)
async def test_what_was_refused_is_left_alone_for_a_while_and_nothing_else_is(
    clock: Clock, reason: str, code: str, waits: float, others_wait: float
) -> None:
    pacing = Pacing(Pace(clock, clock.sleep), "sk_live_1")
    headers = {"Stripe-Rate-Limited-Reason": reason} if reason else {}
    pacing.refused("POST", "https://api.stripe.com/v1/customers", headers, code, 3.0)
    await pacing.turn("POST", "https://api.stripe.com/v1/invoices")
    assert clock.now == others_wait
    await pacing.turn("POST", "https://api.stripe.com/v1/customers")
    assert clock.now == max(waits, others_wait)


async def test_a_refusal_on_the_wire_slows_the_next_call_down(clock: Clock) -> None:
    stripe = StripeStandIn()
    await stripe.start()
    client = Client(Settings(DEFAULT_KEY, api_base=stripe.url), lambda: datetime.now(UTC), Pace(clock, clock.sleep))
    try:
        stripe.limits(overall=0)
        with pytest.raises(Busy):
            await client.call(client.v1.balance.retrieve_async())
        stripe.limits(overall=None)
        await client.call(client.v1.balance.retrieve_async())
        assert clock.now == 1.0
    finally:
        await client.close()
        await stripe.stop()
