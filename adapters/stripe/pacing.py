"""How fast Stripe may be called: so many requests a second for an account, and for each endpoint of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from bot.kit.pacing import Limit, Pace, Turn

# https://docs.stripe.com/rate-limits, calls in any second.
LIVE = 100
STRICT = 25
"""What is documented for test keys. Some accounts allow their test keys as much as live ones, so it has to be told."""
AN_ENDPOINT = 25
BURST = 3
"""So many may go at once after a quiet time."""

STRICT_FOR = 3600.0
"""Seconds that a test key is paced as documented after Stripe has said so."""
PAUSE = 1.0
"""Seconds to wait after a refusal: the window that Stripe counts in."""

_ID = re.compile(r"/[a-z]{2,6}_(?=[A-Za-z0-9_]*[A-Z0-9])[A-Za-z0-9_]{6,}(?=/|$)")


class Pacing:
    """The turns of one account; two connections with the same key share them through the same `pace`."""

    def __init__(self, pace: Pace, secret_key: str) -> None:
        self._pace = pace
        self._account = sha256(secret_key.encode()).hexdigest()[:16]
        self._is_live = "_live_" in secret_key
        self._overall = Limit(("stripe", self._account), 1 / LIVE, BURST, most=LIVE)

    async def turn(self, method: str, url: str) -> Turn:
        """Wait until this request may be made, inside of the turn. Raises Busy when that is long."""
        endpoint = Limit(self._endpoint(method, url), 1 / AN_ENDPOINT, BURST, most=AN_ENDPOINT)
        return await self._pace.turns(endpoint, self._overall)

    def refused(self, method: str, url: str, headers: Mapping[str, str], code: str, wait: float | None) -> None:
        """Stripe answered 429: be slower from now on, about whatever it was that was too much.

        `lock_timeout` is about one object that was busy, not about how often we call.
        """
        if code == "lock_timeout":
            return
        # https://docs.stripe.com/rate-limits#rate-limited-reason; without a reason it may have been either.
        reason = headers.get("Stripe-Rate-Limited-Reason", "global-rate")
        if reason == "global-rate" and not self._is_live:
            self._pace.slow(self._overall.key, 1 / STRICT, STRICT_FOR)
        key = self._overall.key if reason.startswith("global") else self._endpoint(method, url)
        self._pace.pause(key, wait or PAUSE)

    def _endpoint(self, method: str, url: str) -> tuple[str, ...]:
        return ("stripe", self._account, endpoint(method, url))


def endpoint(method: str, url: str) -> str:
    """What Stripe counts together: `POST /v1/invoices/…/finalize` for every invoice."""
    return f"{method.upper()} {_ID.sub('/…', urlsplit(url).path)}"
