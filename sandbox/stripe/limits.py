"""Stripe's request rates, when switched on. https://docs.stripe.com/rate-limits"""

from __future__ import annotations

from collections import defaultdict, deque

from sandbox.stripe.errors import Refused

WINDOW = 1.0


class Limits:
    """At most so many requests in any second, per endpoint of an account and per account."""

    def __init__(self) -> None:
        self.per_endpoint: int | None = None
        self.overall: int | None = None
        self._seen: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def admit(self, account: str, route: str, now: float) -> None:
        """Count one request, or refuse it with 429."""
        rates = ((self.overall, "", "global-rate"), (self.per_endpoint, route, "endpoint-rate"))
        for most, name, reason in rates:
            recent = self._seen[account, name]
            while recent and recent[0] <= now - WINDOW:
                recent.popleft()
            if most is not None and len(recent) >= most:
                raise Refused(
                    "Request rate limit exceeded. You can learn more about rate limits here "
                    "https://stripe.com/docs/rate-limits.",
                    status=429,
                    code="rate_limit",
                    headers={"Stripe-Rate-Limited-Reason": reason},
                )
        for most, name, _reason in rates:
            if most is not None:
                self._seen[account, name].append(now)
