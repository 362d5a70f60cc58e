"""Stripe on a bad line: a call ends soon, and a dead line is left alone until it answers again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from adapters.stripe import StripeProvider
from adapters.stripe.wire import LONGEST_ANSWER
from bot.kit.circuit import OPENS_AFTER, REST_SECONDS
from bot.kit.errors import OutcomeUnknown, OutsideError, Refused, Unreachable
from tests.bad_line import (
    GIGABYTE,
    METADATA,
    SOON,
    BadLine,
    Behaviour,
    babbles,
    bad_line,
    drips,
    hangs_up,
    patience,
    resets_midway,
    says,
    says_a_gigabyte,
    says_nothing,
)

KEY = "sk_test_51HabcDEFghiJKL4242"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ENDPOINT = '{"object": "webhook_endpoint", "id": "we_1", "secret": "whsec_1"}'

BEHAVIOURS: dict[str, tuple[Behaviour, type[OutsideError]]] = {
    "a black hole": (says_nothing, OutcomeUnknown),
    "a drip": (drips, OutcomeUnknown),
    "a reset midway": (resets_midway, OutcomeUnknown),
    "hanging up": (hangs_up, OutcomeUnknown),
    "no HTTP": (babbles, OutcomeUnknown),
    "a body that stops": (says(200, ENDPOINT, length=1000), OutcomeUnknown),
    "truncated JSON": (says(200, ENDPOINT[:-9]), OutcomeUnknown),
    "a gateway's page": (says(502, "<html>Bad gateway</html>", "Content-Type: text/html"), OutcomeUnknown),
    "a page that says yes": (says(200, "<html>Welcome to the hotel</html>", "Content-Type: text/html"), OutcomeUnknown),
    "no, said with a status of yes": (says(200, '{"error": {"message": "No."}}'), OutcomeUnknown),
    "a redirect into our network": (says(302, "", f"Location: {METADATA}"), OutcomeUnknown),
    "a gigabyte": (says_a_gigabyte, OutcomeUnknown),
    "a refusal under a wrong content type": (
        says(400, '{"error": {"message": "No.", "type": "invalid_request_error"}}', "Content-Type: image/png"),
        Refused,
    ),
}


class Ticks:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def stripe_on(line: BadLine, ticks: Ticks, *, timeout: float = SOON) -> StripeProvider:
    return StripeProvider(StripeProvider.Settings(KEY, line.url, timeout=timeout), clock=ticks)


async def call(provider: StripeProvider) -> str:
    return (await provider.open_webhook("https://assist.example/api/webhooks/stripe/1", key="open-1")).id


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_a_call_ends_soon_in_the_right_kind_of_error(behaviour: str) -> None:
    how, kind = BEHAVIOURS[behaviour]
    async with bad_line(how) as line:
        provider = stripe_on(line, Ticks(), timeout=patience(behaviour))
        async with asyncio.timeout(SOON):
            with pytest.raises(kind) as caught:
                await call(provider)
        await provider.close()
    assert type(caught.value) is kind
    assert len(line.asked) == 1, "whoever retries must know what is being asked"
    assert KEY not in str(caught.value)
    assert line.said < LONGEST_ANSWER + 16 * 2**20 < GIGABYTE


async def test_a_dead_line_is_left_alone_until_one_call_finds_it_alive() -> None:
    answers = False

    async def behave(line: BadLine, writer: asyncio.StreamWriter) -> None:
        if answers:
            await says(200, ENDPOINT, "Connection: close")(line, writer)

    ticks = Ticks()
    async with bad_line(behave) as line:
        provider = stripe_on(line, ticks)
        for _ in range(OPENS_AFTER):
            with pytest.raises(OutcomeUnknown):
                await call(provider)
        answers = True
        with pytest.raises(Unreachable, match="Stripe has not answered for a while"):
            await call(provider)
        assert len(line.asked) == OPENS_AFTER
        ticks.now += timedelta(seconds=REST_SECONDS)
        assert await call(provider) == "we_1"
        assert await call(provider) == "we_1"
        await provider.close()
    assert len(line.asked) == OPENS_AFTER + 2
