"""Clover's four limits, when switched on. https://docs.clover.com/dev/docs/api-usage-rate-limits"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.clover.errors import Refused

WINDOW = 1.0
WAIT = 2
"""Seconds that a refusal for too much at once asks to wait."""


class Limits:
    """At most so many requests in any second, and so many at once, for a token and for an app."""

    def __init__(self) -> None:
        self.token_rate: int | None = None
        self.app_rate: int | None = None
        self.token_at_once: int | None = None
        self.app_at_once: int | None = None
        self.refused = 0
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def admit(self, token: str, app: str, now: float) -> Iterator[None]:
        """Around one request; refused with 429 and the header that says which limit it was."""
        names = [("token", token, self.token_rate, self.token_at_once)]
        if app:
            names.append(("crossToken", app, self.app_rate, self.app_at_once))
        for kind, name, rate, at_once in names:
            recent = self._seen[name]
            while recent and recent[0] <= now - WINDOW:
                recent.popleft()
            if rate is not None and len(recent) >= rate:
                self._refuse({f"X-RateLimit-{kind}Limit": str(rate)})
            if at_once is not None and self._under_way[name] >= at_once:
                self._refuse({f"X-RateLimit-{kind}ConcurrentLimit": str(at_once), "retry-after": str(WAIT)})
        for _, name, _, _ in names:
            self._seen[name].append(now)
            self._under_way[name] += 1
        try:
            yield
        finally:
            for _, name, _, _ in names:
                self._under_way[name] -= 1

    def _refuse(self, headers: dict[str, str]) -> None:
        self.refused += 1
        raise Refused(429, headers=headers)
