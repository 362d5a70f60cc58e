"""How fast Stripe may be called: so many requests a second for an account, and for each endpoint of it."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import urlsplit

from bot.kit.pacing import Limit, Pace

# https://docs.stripe.com/rate-limits; a little below, as two requests may arrive closer together than they left.
LIVE_EVERY = 1 / 96
TEST_EVERY = 1 / 24
ENDPOINT_EVERY = 1 / 24

_ID = re.compile(r"/[a-z]{2,6}_(?=[A-Za-z0-9_]*[A-Z0-9])[A-Za-z0-9_]{6,}(?=/|$)")


class Pacing:
    """The turns of one account; two connections with the same key share them through the same `pace`."""

    def __init__(self, pace: Pace, secret_key: str) -> None:
        self._pace = pace
        self._account = sha256(secret_key.encode()).hexdigest()[:16]
        self._every = LIVE_EVERY if "_live_" in secret_key else TEST_EVERY

    async def turn(self, method: str, url: str) -> None:
        """Wait until this request may be made. Raises Busy when that is long."""
        await self._pace.turns(
            Limit(("stripe", self._account, endpoint(method, url)), ENDPOINT_EVERY),
            Limit(("stripe", self._account), self._every),
        )


def endpoint(method: str, url: str) -> str:
    """What Stripe counts together: `POST /v1/invoices/…/finalize` for every invoice."""
    return f"{method.upper()} {_ID.sub('/…', urlsplit(url).path)}"
