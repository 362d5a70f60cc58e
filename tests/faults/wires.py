"""A wire between two programs, which a test can cut: also what stands in front of replicas."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 2**16


@dataclass(eq=False)
class Wire:
    """A port on loopback whose connections go on to one of `ports`, in turn; to the next one when nobody answers."""

    ports: deque[int]
    url: str = ""
    cuts: deque[int | None] = field(default_factory=deque)
    """For each connection to come: after how many bytes of what is answered it breaks; None is never."""
    broken: int = 0
    """How many connections were cut."""
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for as long as both sides keep it."""
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        ends = [writer]
        try:
            there, back = await self._reach()
            ends.append(back)
            left = self.cuts.popleft() if self.cuts else None
            ways = [asyncio.create_task(_carry(reader, back)), asyncio.create_task(_carry(there, writer, left))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            self.broken += left is not None
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._talks.discard(task)
            for end in ends:
                end.transport.abort()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(len(self.ports)):
            self.ports.rotate()
            with suppress(ConnectionError):
                return await asyncio.open_connection("127.0.0.1", self.ports[0])
        raise ConnectionRefusedError

    async def hang_up(self) -> None:
        """End every connection."""
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None = None) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(CHUNK):
            if most is not None and len(chunk) > most:
                writer.write(chunk[:most])
                await writer.drain()
                return
            most = None if most is None else most - len(chunk)
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def a_wire(ports: Iterable[int], *, at: int = 0) -> AsyncIterator[Wire]:
    """A wire that listens at this port, or at a free one."""
    wire = Wire(deque(ports))
    server = await asyncio.start_server(wire.talk, "127.0.0.1", at)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        await wire.hang_up()
        await server.wait_closed()
