"""How fast a bot may write: overall, to one person, and into one group."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Messages per window; edits count as messages. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits

    The real numbers are not guaranteed, so these are the strict reading of them.
    """

    overall: int = 30
    overall_seconds: float = 1.0
    private_burst: int = 1
    """How many messages may follow each other at once; on average it stays one per `private_seconds`."""
    private_seconds: float = 1.0
    group_burst: int = 1
    """The same for a group, which is a chat as well."""
    group_burst_seconds: float = 1.0
    group: int = 20
    group_seconds: float = 60.0


class Window:
    """At most `count` events in any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._count = count
        self._times: deque[float] = deque(maxlen=count)

    def wait(self, now: float) -> float:
        """Seconds until one more is allowed; 0 or less is now."""
        return self._times[0] + self._seconds - now if len(self._times) == self._count else 0.0

    def add(self, now: float) -> None:
        self._times.append(now)


class Limiter:
    """One bot's windows."""

    def __init__(self, rates: Rates, clock: Callable[[], float]) -> None:
        self._rates = rates
        self._clock = clock
        self._overall = Window(rates.overall, rates.overall_seconds)
        self._chats: dict[int, tuple[Window, ...]] = {}

    def admit(self, chat_id: int) -> int:
        """Count one message to this chat and return 0, or return the whole seconds to wait first."""
        now = self._clock()
        windows = (self._overall, *self._chats.setdefault(chat_id, self._windows_for(chat_id)))
        wait = max(window.wait(now) for window in windows)
        if wait > 0:
            return max(1, math.ceil(wait))
        for window in windows:
            window.add(now)
        return 0

    def _windows_for(self, chat_id: int) -> tuple[Window, ...]:
        rates = self._rates
        if chat_id < 0:
            burst = Window(rates.group_burst, rates.group_burst * rates.group_burst_seconds)
            return burst, Window(rates.group, rates.group_seconds)
        return (Window(rates.private_burst, rates.private_burst * rates.private_seconds),)
