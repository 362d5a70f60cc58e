"""A bell: rung when something was written, so that whoever follows looks at once instead of now and then."""

from __future__ import annotations

import asyncio


class Bell:
    """Everybody who waits hears it; nobody is waited for."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake everybody up."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def listen(self) -> asyncio.Future[None]:
        """Something to await that is done at the next ring; taken before looking, no ring can be missed."""
        heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(heard)
        return heard

    def forget(self, heard: asyncio.Future[None]) -> None:
        """Stop listening."""
        self._waiting.discard(heard)
        heard.cancel()
