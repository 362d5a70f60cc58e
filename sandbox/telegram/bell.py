"""A bell: everybody who waits for the next change wakes when it rings."""

from __future__ import annotations

import asyncio


class Bell:
    """Check, then `await bell.wait()` with nothing awaited in between: no change can be missed."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self) -> None:
        await self._next.wait()
