"""Counts wrong pairing codes, so that nobody can go on guessing."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from storage.channels import Channel

WINDOW = timedelta(minutes=10)
TRIES_PER_IDENTITY = 5
TRIES_PER_WORKSPACE = 30
_REMEMBERED = 10_000


class WrongCodes:
    """Counts wrong pairing codes over the last ten minutes, for each identity and for the whole workspace.

    It lives in memory: a restart forgives, which at five tries per identity is of no use to anybody guessing
    one in a million million.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[int, ...] | tuple[int, str], deque[datetime]] = OrderedDict()

    def blocked(self, channel: Channel, person_id: str, now: datetime) -> bool:
        """Whether this identity has to wait before anything it sends is looked at."""
        return len(self._recent((channel.id, person_id), now)) >= TRIES_PER_IDENTITY

    def flooded(self, workspace_id: int, now: datetime) -> bool:
        """Whether so many are guessing that wrong codes are not answered any more; right ones still count."""
        return len(self._recent((workspace_id,), now)) >= TRIES_PER_WORKSPACE

    def add(self, channel: Channel, person_id: str, now: datetime) -> None:
        """Count one more wrong code."""
        for key in ((channel.id, person_id), (channel.workspace_id,)):
            self._recent(key, now).append(now)
            self._tries.move_to_end(key)
        while len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)

    def _recent(self, key: tuple[int, ...] | tuple[int, str], now: datetime) -> deque[datetime]:
        tries = self._tries.setdefault(key, deque(maxlen=TRIES_PER_WORKSPACE))
        while tries and tries[0] <= now - WINDOW:
            tries.popleft()
        return tries
