"""One process among others on the same PostgreSQL: what it shows of itself, hears from them, and shares with them."""

from __future__ import annotations

import os
import socket
import time

import sqlalchemy as sa

from bot.jobs.duties import Shared
from bot.jobs.shared_pace import SharedPace
from bot.jobs.takeover import Takeover, put_back
from storage.signals import Signals
from storage.standing import Standing


class Replica:
    """Everything that hangs on the standing connection of this process."""

    def __init__(self, url: sa.URL) -> None:
        self.executor_id = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        """What the durable engine calls this process; none has had this name before."""
        self._standing = Standing(url, f"live-assist {self.executor_id}"[:63])
        self.signals = Signals(self._standing)
        self.duties = Shared(self._standing)
        self.pace = SharedPace(self._standing, self.signals)
        self.takeover = Takeover(self._standing, self.executor_id)

    async def start(self) -> None:
        """Be there, before there is anything to do."""
        await self._standing.start()
        await self.takeover.show_life()

    async def leave(self) -> int:
        """Hand over what this process has begun and not ended; it works on nothing any more. Raises Broken."""
        return await put_back(self._standing, self.executor_id)

    async def stop(self) -> None:
        """Be gone."""
        await self.takeover.stop()
        await self.signals.stop()
        await self._standing.stop()
