"""What reaches a stand-in: counted call by call, and refused above its limits."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Ceiling:
    """At most `most` accepted calls for `key` in any window of so many `seconds`."""

    key: Hashable
    most: int
    seconds: float = 1.0


class Windows:
    """Sliding windows: the strictest way to count, whichever way a provider really does."""

    def __init__(self) -> None:
        self._accepted: defaultdict[Ceiling, deque[float]] = defaultdict(deque)

    def admit(self, ceilings: Sequence[Ceiling], now: float) -> tuple[Ceiling, float] | None:
        """Count one call under all of these; or count nothing, and say which is reached and for how many seconds."""
        for ceiling in ceilings:
            recent = self._accepted[ceiling]
            while recent and recent[0] <= now - ceiling.seconds:
                recent.popleft()
            if len(recent) >= ceiling.most:
                return ceiling, recent[0] + ceiling.seconds - now
        for ceiling in ceilings:
            self._accepted[ceiling].append(now)
        return None


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as the stand-in saw it arrive."""

    at: float
    """By `perf_counter`, as everything here."""
    what: str
    """The endpoint or the method."""
    who: str = ""
    """The chat, where there is one."""
    refused: bool = False


@dataclass
class Calls:
    """Everything that was asked of a stand-in since it was last forgotten."""

    seen: list[Call] = field(default_factory=list)
    most_at_once: int = 0
    _under_way: int = 0

    @contextmanager
    def answering(self, call: Call) -> Iterator[None]:
        """Note a call, and that it is under way for as long as this lasts."""
        self.seen.append(call)
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield
        finally:
            self._under_way -= 1

    def forget(self) -> None:
        """Begin a new count."""
        self.seen.clear()
        self.most_at_once = self._under_way

    def of(self, what: str) -> list[Call]:
        """The calls to one endpoint or method that were let in."""
        return [call for call in self.seen if call.what == what and not call.refused]

    @property
    def refused(self) -> list[Call]:
        """The calls that were told to come back later."""
        return [call for call in self.seen if call.refused]


def rate(calls: Sequence[Call]) -> float:
    """Calls a second from the first to the last; a rate takes two."""
    return (len(calls) - 1) / (calls[-1].at - calls[0].at) if len(calls) > 1 else 0.0


def between(calls: Iterable[Call], began: float, ended: float) -> list[Call]:
    """Those of a stretch of time."""
    return [call for call in calls if began <= call.at < ended]


def peak(calls: Iterable[Call]) -> int:
    """The most calls in any second."""
    recent: deque[float] = deque()
    most = 0
    for call in calls:
        recent.append(call.at)
        while recent[0] <= call.at - 1.0:
            recent.popleft()
        most = max(most, len(recent))
    return most


def longest_pause(calls: Sequence[Call]) -> float:
    """Seconds in which nothing came."""
    return max((later.at - earlier.at for earlier, later in pairwise(calls)), default=0.0)
