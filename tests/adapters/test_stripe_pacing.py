"""Stripe is never called faster than it allows: per endpoint, and per account."""

from __future__ import annotations

import asyncio

import pytest

from adapters.stripe.pacing import ENDPOINT_EVERY, LIVE_EVERY, TEST_EVERY, Pacing, endpoint
from bot.kit.pacing import Pace


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


@pytest.mark.parametrize(
    ("key", "paths", "seconds"),
    [
        ("sk_test_1", ["customers", "invoices", "invoices/in_1Abc2Def3/finalize"], TEST_EVERY),
        ("sk_live_1", ["customers"], ENDPOINT_EVERY),
        ("sk_live_1", ["a", "b", "c", "d", "e", "f", "g", "h"], LIVE_EVERY),
    ],
)
async def test_the_narrower_limit_decides(key: str, paths: list[str], seconds: float) -> None:
    elapsed = 0.0

    async def wait(by: float) -> None:
        nonlocal elapsed
        elapsed += by
        await asyncio.sleep(0)

    pacing = Pacing(Pace(clock=lambda: elapsed, sleep=wait), key)
    for number in range(49):
        await pacing.turn("POST", f"https://api.stripe.com/v1/{paths[number % len(paths)]}")
    assert elapsed == pytest.approx(48 * seconds)
