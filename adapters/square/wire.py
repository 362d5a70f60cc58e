"""The wire under Square's SDK: what is sent at most once, what comes back bounded and really Square's."""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

import httpx

from bot.kit.circuit import Circuit
from bot.kit.errors import Busy, OutcomeUnknown, Unreachable
from bot.kit.pacing import Limit, Pace

LONGEST_ANSWER = 8 * 2**20
"""Bytes; a page of a thousand payment links stays below it."""
LONGEST_WAIT = 3600.0
"""A Retry-After beyond this many seconds is not believed: asking once an hour harms nobody."""

EVERY = 1 / 9.5
"""Seconds between two calls for one account. Square publishes no rates, only that there are some.

https://developer.squareup.com/docs/build-basics/general-considerations/handling-errors
"""
PAUSE = 1.0
"""Seconds to wait after a refusal that does not say how long."""

_KEPT = ("content-type", "retry-after")


class _NeverSent(OSError):
    """Nobody was there to send it to."""


class _BrokeOff(OSError):
    """It may have arrived."""


class Wire(httpx.AsyncBaseTransport):
    """A transport for the SDK's client that tells "nothing was sent" from "it may have worked"."""

    def __init__(self, timeout: float, clock: Callable[[], datetime], pace: Pace | None, account: str) -> None:
        self._timeout = timeout
        self._clock = clock
        self._pace = pace
        self._limit = Limit(("square", sha256(account.encode("utf-8", "replace")).hexdigest()[:16]), EVERY)
        self._circuit = Circuit("Square", clock=lambda: clock().timestamp())
        self._line = httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request, no retry: retries need to know what is being asked, and this does not."""
        self._circuit.check()  # before the turn: what is not sent takes nobody's
        if self._pace is not None:
            await self._pace.turns(self._limit)
        try:
            with self._circuit.call():
                response = await self._exchange(request)
        except _NeverSent as failure:
            raise Unreachable("Square cannot be reached right now.", code=str(failure)) from failure
        except (_BrokeOff, TimeoutError) as failure:
            code = str(failure) or type(failure).__name__
            raise OutcomeUnknown("The connection to Square broke before the answer was complete.", code=code) from None
        wait = seconds_to_wait(response.headers, self._clock())
        if response.status_code == 429 and self._pace is not None:
            self._pace.pause(self._limit.key, wait or PAUSE)
        if not _is_squares(response):
            code = f"http_{response.status_code}"
            if response.status_code == 429:
                raise Busy("Square is busy.", code=code, retry_after=wait)
            raise OutcomeUnknown(f"Something else answered in Square's place (HTTP {response.status_code}).", code=code)
        return response

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._line.aclose()

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        request.extensions["timeout"] = httpx.Timeout(self._timeout, connect=self._timeout / 2).as_dict()
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._line.handle_async_request(request)
                try:
                    body = await _read(response)
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as failure:
            raise _NeverSent(type(failure).__name__) from failure
        except (httpx.TransportError, httpx.StreamError) as failure:
            raise _BrokeOff(type(failure).__name__) from failure
        headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
        return httpx.Response(response.status_code, headers=headers, content=body, request=request)


def seconds_to_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Retry-After as seconds, given as a number or as a date; None when it says nothing useful."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text) if text.isascii() and text.isdigit() else (_http_date(text) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None


def _http_date(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raise OutcomeUnknown("The answer in Square's place never ended.", code="answer_too_long")
    return bytes(body)


def _is_squares(response: httpx.Response) -> bool:
    """Every answer of Square's is an object; one that says no has `errors`, or OAuth's `message` and `type`."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return False
    if not isinstance(answer, dict):
        return False
    if 200 <= response.status_code < 300:
        return True
    errors = answer.get("errors")
    if isinstance(errors, list):
        return bool(errors) and all(isinstance(error, dict) for error in errors)
    return isinstance(answer.get("type") or answer.get("error"), str)


@functools.cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
