"""A service on a bad line: a port that takes a request and then does everything but answer it properly."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

GIGABYTE = 2**30
SOON = 60.0
"""Seconds in which everything is over, on however busy a machine."""
METADATA = "http://169.254.169.254/latest/meta-data/"
"""Where a cloud machine keeps its secrets: a favourite address to be redirected to."""


def patience(behaviour: str) -> float:
    """Seconds a call gets: few where they are spent in vain, and where something comes, enough for a busy machine."""
    return 1.0 if behaviour in ("a black hole", "a drip", "a body that stops") else SOON / 2


@dataclass
class BadLine:
    """What was asked of it, and how much it has said."""

    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    said: int = 0


Behaviour = Callable[[BadLine, asyncio.StreamWriter], Awaitable[None]]


def says(status: int, body: str | bytes, *headers: str, length: int | None = None) -> Behaviour:
    """One answer; `length` is what it claims to be long, if that is not the truth."""
    content = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status} So", f"Content-Length: {len(content) if length is None else length}", *headers]

    async def answer(line: BadLine, writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join([*head, "", ""]).encode() + content)
        await writer.drain()

    return answer


async def says_nothing(_line: BadLine, _writer: asyncio.StreamWriter) -> None:
    """A black hole."""
    await asyncio.Event().wait()


async def drips(line: BadLine, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that nothing ever seems to have stopped."""
    writer.write(b"HTTP/1.1 200 So\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def resets_midway(line: BadLine, writer: asyncio.StreamWriter) -> None:
    """Half an answer, then RST."""
    await says(200, '{"ok": true,', length=1000)(line, writer)
    await asyncio.sleep(0.02)
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hangs_up(_line: BadLine, _writer: asyncio.StreamWriter) -> None:
    """Not a word."""


async def babbles(_line: BadLine, writer: asyncio.StreamWriter) -> None:
    """Something that is no HTTP."""
    writer.write(b"220 mail.example ESMTP\r\n" * 5)
    await writer.drain()


async def says_a_gigabyte(line: BadLine, writer: asyncio.StreamWriter) -> None:
    """As much as anybody takes, of the gigabyte it announces."""
    writer.write(f"HTTP/1.1 200 So\r\nContent-Type: application/json\r\nContent-Length: {GIGABYTE}\r\n\r\n".encode())
    while line.said < GIGABYTE:
        writer.write(b"[" * 2**16)
        await writer.drain()
        line.said += 2**16


@asynccontextmanager
async def bad_line(behaviour: Behaviour) -> AsyncIterator[BadLine]:
    """A port on loopback that behaves like this, each time it is asked."""
    line = BadLine()
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            line.asked.append(await reader.readuntil(b"\r\n\r\n"))
            await behaviour(line, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            talks.discard(task)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
