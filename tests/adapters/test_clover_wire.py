"""Clover's line: paced as documented, told apart by what to do next, and never a word of a secret."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator

import pytest

from adapters.base import App
from adapters.clover import CloverProvider
from adapters.clover.client import Client, Settings
from adapters.clover.pacing import APP_EVERY, MERCHANT_EVERY, Pacing
from bot.kit.errors import BadInput, Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.pacing import Pace
from sandbox.clover import APP_ID, MERCHANT_ID, PRIVATE_KEY
from tests.adapters.clover_shop import NOW, ORDER, Town, a_town
from tests.bad_line import (
    GIGABYTE,
    METADATA,
    SOON,
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

REFUND = '{"id": "R1", "status": "succeeded", "amount": 5}'


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as opened:
        yield opened


# A bad line


def settings_on(url: str, *, timeout: float = 20.0) -> Settings:
    return Settings(merchant_id=MERCHANT_ID, private_key=PRIVATE_KEY, api_base=url, timeout=timeout)


BEHAVIOURS: dict[str, Behaviour] = {
    "a black hole": says_nothing,
    "a drip": drips,
    "a reset midway": resets_midway,
    "hanging up": hangs_up,
    "no HTTP": babbles,
    "a body that stops": says(200, REFUND, length=1000),
    "truncated JSON": says(200, REFUND[:-9]),
    "a list": says(200, "[]"),
    "a gateway's page": says(502, "<html>Bad gateway</html>", "Content-Type: text/html"),
    "a page that says yes": says(200, "<html>Welcome to the hotel</html>", "Content-Type: text/html"),
    "a redirect into our network": says(302, "", f"Location: {METADATA}"),
    "a gigabyte": says_a_gigabyte,
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_what_was_sent_and_not_answered_may_have_been_done(behaviour: str) -> None:
    async with bad_line(BEHAVIOURS[behaviour]) as line:
        client = Client(settings_on(line.url, timeout=patience(behaviour)), None, lambda: NOW, None)
        async with asyncio.timeout(SOON):
            with pytest.raises(OutcomeUnknown) as caught:
                await client.ecommerce("/refunds", {"charge": "P1"}, key="k")
        await client.close()
    assert [asked[:5] for asked in line.asked] == [b"POST "], "whoever retries must know what is being asked"
    assert PRIVATE_KEY not in str(caught.value)
    assert line.said < GIGABYTE / 10


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_what_was_only_asked_can_simply_be_asked_again(behaviour: str) -> None:
    async with bad_line(BEHAVIOURS[behaviour]) as line:
        provider = CloverProvider(settings_on(line.url, timeout=patience(behaviour)))
        async with asyncio.timeout(SOON):
            with pytest.raises(Unreachable):
                await provider.ask_refund("R1")
        await provider.close()


@pytest.mark.parametrize("body", ["{}", '{"error": {"message": "No."}}', '{"id": 5}', '{"elements": []}'])
async def test_an_answer_that_does_not_say_what_was_asked_is_not_made_up(body: str) -> None:
    async with bad_line(says(200, body)) as line:
        provider = CloverProvider(settings_on(line.url))
        for deed in (provider.ask_refund, provider.ask_payment):
            with pytest.raises(OutcomeUnknown):
                await deed("X1")
        with pytest.raises(OutcomeUnknown):
            await provider.open_checkout(ORDER, key="k")
        await provider.close()


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (400, '{"message": "400 Bad Request", "error": {"code": "amount_too_large", "message": "Too much."}}', Refused,
         "Clover refused: Too much. Split"),
        (400, '{"message": "price must be above 0"}', Refused, "price must be above 0"),
        (401, '{"message": "401 Unauthorized"}', NotAuthorised, "Connect Clover again"),
        (403, '{"message": "Invalid permissions"}', NotAuthorised, "does not let this key"),
        (404, '{"message": "404 Not Found"}', Refused, "another merchant"),
        (409, "{}", Refused, "Clover refused"),
        (415, "no", Refused, "Clover refused: no reason given"),
        (429, "slow down", Busy, "Clover is busy"),
        (500, '{"message": "Oops"}', Unreachable, "Clover failed"),
        (503, "<html>", Unreachable, "Clover failed"),
    ],
)  # fmt: skip
async def test_every_answer_is_sorted_by_what_to_do_next(
    status: int, body: str, kind: type[OutsideError], said: str
) -> None:
    async with bad_line(says(status, body)) as line:
        provider = CloverProvider(settings_on(line.url))
        with pytest.raises(kind, match=said):
            await provider.ask_refund("R1")
        await provider.close()


# The pace


class Clock:
    """Seconds that pass as soon as somebody waits for them."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def __call__(self) -> float:
        return self.town.seconds

    async def wait(self, seconds: float) -> None:
        self.town.seconds += max(seconds, 0.0)
        await asyncio.sleep(0)


async def test_sixty_buyers_of_one_shop_and_sixty_of_others_never_leave_too_fast(town: Town) -> None:
    clock = Clock(town)
    pace = Pace(clock, clock.wait, patience=60)
    left: list[tuple[str, float]] = []

    async def call(merchant: str) -> None:
        async with Pacing(pace, merchant, APP_ID).turn():
            left.append((merchant, town.seconds))

    crowd = [call(merchant) for number in range(60) for merchant in (MERCHANT_ID, f"0THER{number % 12:08}")]
    await asyncio.gather(*crowd)
    for most, times in ((16, [at for who, at in left if who == MERCHANT_ID]), (50, [at for _, at in left])):
        assert len(times) > most
        assert all(times[number + most] - times[number] >= 1.0 for number in range(len(times) - most))


async def test_a_crowd_that_comes_at_once_asks_for_the_currency_once(town: Town) -> None:
    pages = await asyncio.gather(*(town.provider.open_checkout(ORDER, key="k") for _ in range(20)))
    assert len({page.external_id for page in pages}) == 20
    assert len(town.asked("GET", "/properties")) == 1


async def test_no_more_than_five_calls_are_under_way_for_one_merchant(town: Town) -> None:
    town.clover.limits.token_at_once = 5
    town.clover.fail("delay", path="/v1/refunds", seconds=0.05, times=12)
    keys = {"merchant_id": MERCHANT_ID, "private_key": PRIVATE_KEY}
    pace = Pace()
    providers = [town.opened(keys, pace) for _ in range(2)]
    asked = [one.ask_refund("R1") for one in providers for _ in range(6)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for one in providers:
        await one.close()
    assert {type(answer) for answer in answers} == {Refused}


@pytest.mark.parametrize(
    ("headers", "mine", "others"),
    [
        ({"Retry-After": "21", "X-RateLimit-tokenConcurrentLimit": "5"}, 21.0, 0.0),
        ({"X-RateLimit-tokenLimit": "16"}, 1.0, 0.0),
        ({"X-RateLimit-crossTokenLimit": "50"}, 1.0, 1.0),
        ({"Retry-After": "9", "X-RateLimit-crossTokenConcurrentLimit": "10"}, 9.0, 9.0),
        ({}, 1.0, 0.0),
        ({"Retry-After": "0"}, 1.0, 0.0),
        ({"Retry-After": "-5"}, 1.0, 0.0),
        ({"Retry-After": "in a moment"}, 1.0, 0.0),
        ({"Retry-After": "5", "X-RateLimit-tokenLimit": "16", "X-RateLimit-crossTokenLimit": "50"}, 5.0, 5.0),
    ],
)
async def test_a_refusal_holds_up_whom_it_is_about_for_as_long_as_it_says(
    town: Town, headers: dict[str, str], mine: float, others: float
) -> None:
    clock = Clock(town)
    pace = Pace(clock, clock.wait, patience=60)
    tokens = town.clover.tokens
    town.clover.add_merchant("0THER0000SH0P", private_key="another")
    keys = [
        {"merchant_id": merchant, "access_token": tokens.issue(merchant).access, "refresh_token": "r"}
        for merchant in (MERCHANT_ID, "0THER0000SH0P")
    ]
    mine_provider, other_provider = (town.opened(one, pace) for one in keys)
    town.clover.fail("status", status=429, headers=headers)
    with pytest.raises(Busy):
        await mine_provider.ask_refund("R1")
    began = town.seconds
    with pytest.raises(Refused):
        await other_provider.ask_refund("R1")
    assert town.seconds - began == pytest.approx(max(others, 0.0), abs=2 * MERCHANT_EVERY)
    with pytest.raises(Refused):
        await mine_provider.ask_refund("R1")
    assert town.seconds - began == pytest.approx(mine, abs=4 * MERCHANT_EVERY)
    await mine_provider.close()
    await other_provider.close()


def test_the_pace_is_below_what_is_documented() -> None:
    assert 15 < 1 / MERCHANT_EVERY < 16
    assert 45 < 1 / APP_EVERY < 50


# Secrets


async def test_no_secret_is_in_any_error_log_or_repr(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ["s3cretPR1VATEkey0001", "s3cretACCESS0001", "s3cretREFRESH0001", "s3cretAPP0001"]
    echo = f'{{"message": "Bearer {secrets[0]} and token={secrets[1]} with secret={secrets[3]}"}}'
    app = App(values={"APP_ID": APP_ID, "APP_SECRET": secrets[3], "API_BASE": town.clover.url})
    keys = {
        "merchant_id": MERCHANT_ID,
        "private_key": secrets[0],
        "access_token": secrets[1],
        "refresh_token": secrets[2],
    }
    provider = town.opened({"merchant_id": MERCHANT_ID, "private_key": secrets[0], "access_token": secrets[1]})
    said = [repr(provider), repr(app), repr(CloverProvider.Settings(merchant_id="M", private_key=secrets[0]))]
    deeds = [provider.test, provider.summary, lambda: provider.open_checkout(ORDER, key="k"),
             lambda: CloverProvider.renew(app, keys)]  # fmt: skip
    for fault in ("cut", "status"):
        for deed in deeds:
            town.clover.fail(fault, status=418, body=echo, times=1)
            with pytest.raises(OutsideError) as caught:
                await deed()
            town.clover.faults.clear()
            said.append("".join(traceback.format_exception(caught.value)))
    await provider.close()
    heard = "\n".join([*said, caplog.text])
    assert [secret for secret in secrets if secret in heard] == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"merchant_id": " abcde12345fgh ", "private_key": "`1234-5678-90ab`"},
         {"merchant_id": "ABCDE12345FGH", "private_key": "1234-5678-90ab"}),
        ({"merchant_id": "ABCDE12345FGH", "private_key": "k" * 36, "webhook_secret": " s" * 20},
         {"merchant_id": "ABCDE12345FGH", "private_key": "k" * 36, "webhook_secret": "s" * 20}),
    ],
)  # fmt: skip
def test_what_is_pasted_is_cleaned(typed: dict[str, str], kept: dict[str, str]) -> None:
    assert CloverProvider.check_credentials(typed) == kept


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"private_key": "k" * 36}, "merchant id has 13"),
        ({"merchant_id": "https://www.clover.com/dashboard", "private_key": "k" * 36}, "merchant id has 13"),
        ({"merchant_id": "ABCDE12345FGH"}, "not a Clover private key"),
        ({"merchant_id": "ABCDE12345FGH", "private_key": "k" * 36, "webhook_secret": "x"}, "not a signing secret"),
    ],
)
def test_what_is_missing_is_named(typed: dict[str, str], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        CloverProvider.check_credentials(typed)


@pytest.mark.parametrize(
    ("credentials", "url", "said"),
    [
        ({"private_key": "k"}, "", "Set LIVE_ASSIST_PUBLIC_URL"),
        ({"private_key": "k"}, "https://a.example/api/webhooks/clover/3", "connect again with the signing secret"),
        ({"private_key": "k", "webhook_secret": "s"}, "https://a.example/api/webhooks/clover/3", "address is https"),
        (
            {"refresh_token": "r"},
            "https://a.example/api/webhooks/clover/3",
            "enter https://a.example/api/webhooks/clover,",
        ),
    ],
)
def test_what_is_left_to_do_by_hand_is_said(credentials: dict[str, str], url: str, said: str) -> None:
    assert said in CloverProvider.still_to_do(credentials, webhook_url=url)
