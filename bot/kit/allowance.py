"""Allowances: how often somebody may ask us. Who asks too often is told when to come again; nobody waits here.

The same generic cell rate algorithm as `pacing`, from the other side of the door.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_KEYS = 10_000
"""So many keys are remembered; beyond, whoever was seen longest ago begins anew."""


@dataclass(kw_only=True)
class Allowance:
    """One question per `every` seconds for each key on average, and up to `burst` at once after a quiet time."""

    every: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    most_keys: int = MOST_KEYS
    _due: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """When every question so far has been paid for in time."""

    def take(self, key: str) -> float:
        """Seconds until this key may ask again; 0 when it may now, which counts."""
        now = self.clock()
        due = max(self._due.pop(key, now), now)
        wait = due - (self.burst - 1) * self.every - now
        if wait > 0:
            self._remember(key, due)
            return wait
        self._remember(key, due + self.every)
        return 0.0

    def _remember(self, key: str, due: float) -> None:
        self._due[key] = due
        if len(self._due) > self.most_keys:
            self._due.popitem(last=False)
