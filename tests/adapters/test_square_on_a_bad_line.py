"""Square on a bad line: a call ends soon, in the right kind of error, and what may have worked is not called dead."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.square import SquareProvider
from adapters.square.wire import EVERY, LONGEST_ANSWER
from bot.kit.circuit import OPENS_AFTER, REST_SECONDS
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.pacing import Pace
from tests.adapters.square_shop import Clock
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

TOKEN = "EAAAthe_token_that_nobody_may_read_4242"
SUBSCRIPTION = '{"subscription": {"id": "wbhk_1", "signature_key": "key"}}'


def error(status: int, code: str, category: str = "INVALID_REQUEST_ERROR") -> Behaviour:
    return says(status, f'{{"errors": [{{"category": "{category}", "code": "{code}", "detail": "No."}}]}}')


BEHAVIOURS: dict[str, tuple[Behaviour, type[OutsideError]]] = {
    "a black hole": (says_nothing, OutcomeUnknown),
    "a drip": (drips, OutcomeUnknown),
    "a reset midway": (resets_midway, OutcomeUnknown),
    "hanging up": (hangs_up, OutcomeUnknown),
    "no HTTP": (babbles, OutcomeUnknown),
    "a body that stops": (says(200, SUBSCRIPTION, length=1000), OutcomeUnknown),
    "truncated JSON": (says(200, SUBSCRIPTION[:-9]), OutcomeUnknown),
    "JSON nested without end": (says(200, "[" * 100_000), OutcomeUnknown),
    "a list": (says(200, "[]"), OutcomeUnknown),
    "an answer about something else": (says(200, '{"subscription": "soon"}'), OutcomeUnknown),
    "a gateway's page": (says(502, "<html>Bad gateway</html>", "Content-Type: text/html"), OutcomeUnknown),
    "a page that says yes": (says(200, "<html>Welcome to the hotel</html>", "Content-Type: text/html"), OutcomeUnknown),
    "no, said with a status of yes": (error(200, "BAD_REQUEST"), OutcomeUnknown),
    "a redirect into our network": (says(302, "", f"Location: {METADATA}"), OutcomeUnknown),
    "a gigabyte": (says_a_gigabyte, OutcomeUnknown),
    "a proxy that is busy": (says(429, "Slow down"), Busy),
    "too much": (error(429, "RATE_LIMITED", "RATE_LIMIT_ERROR"), Busy),
    "the same thing under way": (error(409, "CONFLICT"), Busy),
    "a version that is old": (error(409, "VERSION_MISMATCH"), Refused),
    "a failure of theirs": (error(500, "INTERNAL_SERVER_ERROR", "API_ERROR"), OutcomeUnknown),
    "a door that is shut for now": (error(503, "SERVICE_UNAVAILABLE", "API_ERROR"), OutcomeUnknown),
    "a timeout of theirs": (error(408, "REQUEST_TIMEOUT"), OutcomeUnknown),
    "a dead token": (error(401, "ACCESS_TOKEN_REVOKED", "AUTHENTICATION_ERROR"), NotAuthorised),
    "a refusal": (error(400, "BAD_REQUEST"), Refused),
    "a refusal without a reason": (says(400, '{"errors": [{}]}'), Refused),
    "a refusal under a wrong content type": (
        says(400, '{"errors": [{"code": "BAD_REQUEST", "category": "X"}]}', "Content-Type: image/png"),
        Refused,
    ),
}


def square_on(line: BadLine, clock: Clock, pace: Pace | None = None, *, timeout: float = SOON) -> SquareProvider:
    settings = SquareProvider.Settings(
        access_token=TOKEN, application_id="", application_secret="", api_base=line.url, timeout=timeout
    )
    return SquareProvider(settings, clock=clock, pace=pace)


async def call(provider: SquareProvider) -> str:
    return (await provider.open_webhook("https://assist.example/api/webhooks/square/1", key="open-1")).id


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_a_call_ends_soon_in_the_right_kind_of_error(behaviour: str) -> None:
    how, kind = BEHAVIOURS[behaviour]
    async with bad_line(how) as line:
        provider = square_on(line, Clock(), timeout=patience(behaviour))
        async with asyncio.timeout(SOON):
            with pytest.raises(kind) as caught:
                await call(provider)
        await provider.close()
    assert type(caught.value) is kind
    assert len(line.asked) == 1, "whoever retries must know what is being asked"
    assert TOKEN not in str(caught.value)
    assert line.said < LONGEST_ANSWER + 16 * 2**20 < GIGABYTE


async def test_a_small_answer_that_unpacks_into_a_huge_one_is_not_asked_for() -> None:
    async with bad_line(says(200, SUBSCRIPTION)) as line:
        provider = square_on(line, Clock())
        await call(provider)
        await provider.close()
    assert b"accept-encoding: identity" in line.asked[0].lower()


async def test_a_dead_line_is_left_alone_until_one_call_finds_it_alive() -> None:
    answers = False

    async def behave(line: BadLine, writer: asyncio.StreamWriter) -> None:
        if answers:
            await says(200, SUBSCRIPTION, "Connection: close")(line, writer)

    clock = Clock()
    async with bad_line(behave) as line:
        provider = square_on(line, clock)
        for _ in range(OPENS_AFTER):
            with pytest.raises(OutcomeUnknown):
                await call(provider)
        answers = True
        with pytest.raises(Unreachable, match="Square has not answered for a while"):
            await call(provider)
        assert len(line.asked) == OPENS_AFTER
        clock.now += timedelta(seconds=REST_SECONDS)
        assert await call(provider) == "wbhk_1"
        await provider.close()
    assert len(line.asked) == OPENS_AFTER + 1


async def test_calls_of_one_account_are_spaced_and_wait_after_a_refusal() -> None:
    slept: list[float] = []
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    pace = Pace(clock=lambda: now, sleep=sleep)
    answers = iter([says(200, SUBSCRIPTION)] * 3 + [says(429, "", "Retry-After: 4"), says(200, SUBSCRIPTION)])

    async def behave(line: BadLine, writer: asyncio.StreamWriter) -> None:
        await next(answers)(line, writer)

    async with bad_line(behave) as line:
        one, other = (square_on(line, Clock(), pace) for _ in range(2))
        for provider in (one, other, one):
            await call(provider)
        assert slept == pytest.approx([EVERY, EVERY])
        with pytest.raises(Busy):
            await call(one)
        await call(other)
        assert slept[-1] == pytest.approx(4.0)
        await one.close()
        await other.close()
