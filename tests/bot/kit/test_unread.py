"""How long what somebody sent has lain unread: asked of real connections."""

from __future__ import annotations

import asyncio
import socket
import sys
import time

import pytest

from bot.kit.unread import seconds_unread


async def _unread_after(seconds: float, family: str) -> float:
    """What a server is told that looks at a connection so late."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[float] = loop.create_future()

    class Server(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, _data: bytes) -> None:
            time.sleep(seconds)
            found.set_result(seconds_unread(self.transport))
            self.transport.close()

    if family == "tcp":
        async with await loop.create_server(Server, "127.0.0.1", 0) as server:
            return await _said(*await asyncio.open_connection(*server.sockets[0].getsockname()), found)
    one, other = socket.socketpair()
    await loop.connect_accepted_socket(Server, one)
    return await _said(*await asyncio.open_connection(sock=other), found)


async def _said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, found: asyncio.Future[float]) -> float:
    writer.write(b"hello")
    assert await reader.read() == b"", "the server hangs up"
    writer.close()
    await writer.wait_closed()
    return await found


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say")
async def test_what_lay_in_the_kernel_is_as_old_as_it_is() -> None:
    assert 0.1 <= await _unread_after(0.12, "tcp") < 5


async def test_what_is_not_known_is_no_time_at_all() -> None:
    assert await _unread_after(0.0, "unix") == 0.0
    assert seconds_unread(None) == 0.0
