"""The wire under Stripe's SDK: what is sent at most once, what comes back bounded and really Stripe's."""

from __future__ import annotations

import functools
import json
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import stripe
from multidict import CIMultiDictProxy

from adapters.stripe.pacing import Pacing
from bot.kit.circuit import Circuit
from bot.kit.errors import Busy, OutcomeUnknown, Unreachable
from bot.kit.pacing import Turn

LONGEST_ANSWER = 8 * 2**20
"""A page of a hundred invoices stays well below it."""

LONGEST_WAIT = 3600.0
"""A Retry-After beyond this many seconds is not believed: asking once an hour harms nobody."""


_READ_HERE = b'{"object": "answer"}'


class Answered(CIMultiDictProxy[str]):
    """The headers of a good answer, and what it says."""

    answer: dict[str, Any]


class Wire(stripe.HTTPClient):
    """An HTTP client for the SDK that tells "nothing was sent" from "it may have worked".

    The SDK's own client follows redirects, reads bodies of any size, and leaves a cut body to its caller.

    What Stripe refuses, the SDK reads. A good answer is read here and handed on beside its headers, and the SDK is
    shown an empty object: of every part of an invoice it would make an object of its own, which is half the cost of
    a call, and cannot where a map is null.
    """

    name = "aiohttp"

    def __init__(self, timeout: float, clock: Callable[[], datetime], pacing: Pacing | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._pacing = pacing
        self._circuit = Circuit("Stripe", clock=lambda: clock().timestamp())
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
        self._opened: aiohttp.ClientSession | None = None

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request, no retry: retries need to know what is being asked, and this does not.

        The headers of a good answer are `Answered`.
        """
        self._circuit.check()  # before the turn: what is not sent takes nobody's
        turn = Turn() if self._pacing is None else await self._pacing.turn(method, url)
        try:
            with turn, self._circuit.call():
                async with self._session.request(
                    method, url, headers=headers, data=post_data, allow_redirects=False
                ) as response:
                    body = await _read(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as failure:
            raise Unreachable("Stripe cannot be reached right now.", code=type(failure).__name__) from failure
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            raise OutcomeUnknown(
                "The connection to Stripe broke before the answer was complete.", code=type(failure).__name__
            ) from failure
        if response.status == 429 and self._pacing is not None:
            wait = seconds_to_wait(response.headers, self._clock())
            self._pacing.refused(method, url, response.headers, _code(body), wait)
        answer = _stripes(response.status, body, oauth="/oauth/" in url)
        if answer is None:
            raise self._stranger(response)
        if not _is_good(response.status):
            return body, response.status, response.headers
        headers = Answered(response.headers)
        headers.answer = answer
        return _READ_HERE, response.status, headers

    async def close_async(self) -> None:
        """Let go of the connections; idempotent."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:  # the first request is the first moment with a running loop
            self._opened = aiohttp.ClientSession(
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(ssl=_trust()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._opened

    def _stranger(self, response: aiohttp.ClientResponse) -> Busy | OutcomeUnknown:
        code = f"http_{response.status}"
        if response.status == 429:
            wait = seconds_to_wait(response.headers, self._clock())
            return Busy("Stripe is busy.", code=code, retry_after=wait)
        return OutcomeUnknown(f"Something else answered in Stripe's place (HTTP {response.status}).", code=code)


def seconds_to_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Retry-After as seconds, given as a number or as a date; None when it says nothing useful."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text) if text.isascii() and text.isdigit() else (_http_date(text) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(seconds, LONGEST_WAIT) if seconds > 0 else None


def _http_date(text: str) -> datetime:
    moment = parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            response.close()
            raise OutcomeUnknown("The answer in Stripe's place never ended.", code="answer_too_long")
    return bytes(body)


def _is_good(status: int) -> bool:
    return 200 <= status < 300


def _stripes(status: int, body: bytes, *, oauth: bool = False) -> dict[str, Any] | None:
    """What is really Stripe's. Every answer of theirs is an object that names its kind, or an error envelope.

    Where accounts connect it is one that names the account, or an error's code.
    https://docs.stripe.com/connect/oauth-reference
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    if oauth and _is_good(status):
        is_theirs = isinstance(answer.get("stripe_user_id"), str)
    elif oauth and isinstance(answer.get("error"), str):
        is_theirs = True
    else:
        is_theirs = "object" in answer if _is_good(status) else isinstance(answer.get("error"), dict)
    return answer if is_theirs else None


def _code(body: bytes) -> str:
    """Stripe's code for what it refuses; "" in anything that is no error envelope."""
    refusal = _stripes(400, body)
    return "" if refusal is None else str(refusal["error"].get("code") or "")


@functools.cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=stripe.ca_bundle_path)
