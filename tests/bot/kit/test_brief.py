"""A brief answer: nobody can tell it from one that was put together for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import web

from bot.kit.brief import Brief
from bot.kit.headers import add_headers

ASKED = b"POST /brief HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 4\r\n\r\nbody"


@asynccontextmanager
async def _served() -> AsyncIterator[int]:
    async def brief(_request: web.Request) -> web.Response:
        return Brief("ok")

    async def put_together(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def last(_request: web.Request) -> web.Response:
        answer = Brief("ok")
        answer.force_close()
        return answer

    app = web.Application()
    app.on_response_prepare.append(add_headers)
    for handler in (brief, put_together, last):
        app.router.add_post(f"/{handler.__name__}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> tuple[bytes, set[str]]:
    """The line of an answer, and its headers; its body is there, too."""
    writer.write(asked)
    line, *headers = (await reader.readuntil(b"\r\n\r\n")).rstrip().split(b"\r\n")
    assert await reader.readexactly(2) == b"ok"
    return line, {header.decode() for header in headers}


def _undated(headers: set[str]) -> set[str]:
    return {header for header in headers if not header.startswith("Date: ")}


async def test_it_says_what_any_answer_says_and_the_time_of_day_as_often_as_it_is_asked() -> None:
    async with _served() as port, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        line, usual = await _ask(reader, writer, ASKED.replace(b"/brief", b"/put_together"))
        for _ in range(3):
            said, headers = await _ask(reader, writer, ASKED)
            assert (said, _undated(headers)) == (line, _undated(usual))
            (date,) = headers - _undated(headers)
            told = parsedate_to_datetime(date.removeprefix("Date: "))
            assert abs((datetime.now(UTC) - told).total_seconds()) < 10
        writer.close()


@pytest.mark.parametrize(
    "asked",
    [
        ASKED.replace(b"HTTP/1.1", b"HTTP/1.0"),
        ASKED.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost"),
        ASKED.replace(b"/brief", b"/last"),
    ],
)
async def test_whoever_is_to_hang_up_is_hung_up_on(asked: bytes) -> None:
    async with _served() as port, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        line, headers = await _ask(reader, writer, asked)
        assert line.endswith(b" 200 OK")
        assert ("Connection: close" in headers) == line.startswith(b"HTTP/1.1")
        assert await reader.read() == b""
        writer.close()


async def test_an_old_connection_that_is_to_be_kept_is_told_so() -> None:
    async with _served() as port, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        asked = ASKED.replace(b"HTTP/1.1", b"HTTP/1.0").replace(b"\r\nHost", b"\r\nConnection: keep-alive\r\nHost")
        for _ in range(2):
            _, headers = await _ask(reader, writer, asked)
            assert "Connection: keep-alive" in headers
        writer.close()
