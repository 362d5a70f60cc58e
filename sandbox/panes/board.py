"""The board: what the page shows, by key, with the order of changes. Whoever was away asks for what changed since."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

REMEMBERED = 2000
"""How many keys that were taken away are remembered, for pages that come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to change on a page, and up to where it has then read."""

    upto: int
    anew: bool
    """Whether the page has to forget what it shows first."""
    values: dict[str, Any]
    """By key; None takes the key away."""

    def wire(self, board: str) -> dict[str, Any]:
        """As the page reads it."""
        return {"board": board, "upto": self.upto, "anew": self.anew, "values": self.values}


class Board:
    """Keys and their values. It holds how things stand, not how they came to: a slow page misses nothing."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(8)
        """Differs from that of any board before, so that a page notices a restart."""
        self._count = 0
        self._entries: OrderedDict[str, tuple[int, Any]] = OrderedDict()  # the last changed one is last
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0
        self._changed = asyncio.Event()

    def __getitem__(self, key: str) -> Any:
        return self._entries[key][1]

    def put(self, key: str, value: Any) -> None:
        """Write a value; the same once more is no change."""
        known = self._entries.get(key)
        if known is not None and known[1] == value:
            return
        self._gone.pop(key, None)
        self._entries[key] = (self._next(), value)
        self._entries.move_to_end(key)

    def drop(self, key: str) -> None:
        """Take a key away."""
        if self._entries.pop(key, None) is None:
            return
        self._gone[key] = self._next()
        if len(self._gone) > REMEMBERED:
            _, self._forgotten = self._gone.popitem(last=False)

    def drop_all(self, prefix: str) -> None:
        """Take every key away that begins like this."""
        for key in [key for key in self._entries if key.startswith(prefix)]:
            self.drop(key)

    def since(self, board: str, upto: int) -> Changes:
        """What changed after `upto` on the board of this name; everything, when that cannot be said any more."""
        anew = board != self.name or not self._forgotten <= upto <= self._count
        after = -1 if anew else upto
        values: dict[str, Any] = {}
        for key, (count, value) in reversed(self._entries.items()):
            if count <= after:
                break
            values[key] = value
        for key, count in reversed(self._gone.items()) if not anew else ():
            if count <= after:
                break
            values[key] = None
        return Changes(upto=self._count, anew=anew, values=values)

    async def beyond(self, upto: int) -> None:
        """Wait until something changed after `upto`."""
        while self._count <= upto:
            await self._changed.wait()

    def _next(self) -> int:
        self._count += 1
        self._changed.set()
        self._changed = asyncio.Event()
        return self._count
