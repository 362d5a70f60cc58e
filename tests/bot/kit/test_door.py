"""The door: who is sent away at it, who is let in, and that nobody is mistaken for somebody else."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.kit import door
from bot.kit.door import ROOM, WINDOW, Doors, Throng, as_bytes, whole_post

HEAD = b"POST /hook HTTP/1.1\r\nHost: shop.example\r\n"
WHOLE = HEAD + b"Content-Length: 4\r\nX-Signature: abc\r\n\r\nbody"

is_whole = whole_post("/hook")


@pytest.mark.parametrize(
    "data",
    [
        WHOLE,
        HEAD + b"content-length:4\r\n\r\nbody",
        HEAD + b"Connection: keep-alive\r\nContent-Length: 4\r\n\r\nbody",
        HEAD + b"Content-Length: 0\r\n\r\n",
    ],
)
def test_a_whole_webhook_is_known_by_its_bytes(data: bytes) -> None:
    assert is_whole(data)


@pytest.mark.parametrize(
    "data",
    [
        WHOLE[:-1],
        WHOLE + b"P",
        WHOLE.replace(b"/hook", b"/hooks"),
        WHOLE.replace(b"/hook", b"/hook?a=1"),
        WHOLE.replace(b"POST", b"PUT"),
        WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        WHOLE.replace(b"X-Signature: abc", b"Content-Length: 4"),
        WHOLE.replace(b"X-Signature: abc", b"Transfer-Encoding: chunked"),
        WHOLE.replace(b"X-Signature: abc", b"Expect: 100-continue"),
        WHOLE.replace(b"X-Signature: abc", b"Connection: close"),
        WHOLE.replace(b"X-Signature: abc", b"Upgrade: websocket"),
        HEAD + b"\r\nbody",
    ],
)
def test_whatever_is_not_plainly_one_whole_webhook_is_left_to_the_server(data: bytes) -> None:
    assert not is_whole(data)


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def _leave(throng: Throng, clock: _Clock, count: int, seconds: float) -> None:
    """So many come and go within so many seconds, one after the other."""
    for _ in range(count):
        clock.now += seconds / count
        throng.leave()
        throng.enter()


def test_a_few_never_wait_however_slow_it_goes(clock: _Clock) -> None:
    throng = Throng(clock)
    for _ in range(ROOM - 1):
        throng.enter()
    clock.now += 60
    assert throng.wait() == 0.0


def test_a_crowd_waits_for_as_long_as_those_inside_take_to_leave(clock: _Clock) -> None:
    throng = Throng(clock)
    for _ in range(1000):
        throng.enter()
    _leave(throng, clock, 5000, 10.0)
    assert throng.wait() == pytest.approx(2.0, rel=0.05)


def test_a_quiet_time_is_not_taken_for_slowness(clock: _Clock) -> None:
    throng = Throng(clock)
    throng.enter()
    _leave(throng, clock, 1000, 2 * WINDOW)
    _leave(throng, clock, 10, 10.0)
    clock.now += 60
    for _ in range(2 * ROOM):
        throng.enter()
    throng.leave()
    assert throng.wait() < 0.5


@asynccontextmanager
async def _served(throng: Throng, refusals: Iterator[bytes | None]) -> AsyncIterator[int]:
    async def hook(request: web.Request) -> web.Response:
        body = await request.text()
        return web.Response(text=f"kept {body}, {throng.inside} inside")

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = Doors(app, path="/hook", throng=throng, full=lambda: next(refusals), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _rounds() -> None:
    """Let the loop, which the server shares, go round until nothing is left to do: by the clock it may not have."""
    for _ in range(100):
        await asyncio.sleep(0)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length"))
    return int(head.split()[1]), await reader.readexactly(length)


async def test_one_connection_is_sent_away_and_let_in_as_there_is_room() -> None:
    throng = Throng()
    refusal = as_bytes(web.Response(status=503, text="come again", headers={"Retry-After": "1"}))
    async with _served(throng, iter([None, refusal, refusal, None])) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        heard = []
        for body in (b"one!", b"two!", b"thre", b"four"):
            writer.write(WHOLE.replace(b"body", body))
            heard.append(await _answer(reader))
            await _rounds()  # until it waits for the next one: before that it is left to the server
        writer.close()
    assert heard == [
        (200, b"kept one!, 1 inside"),
        (503, b"come again"),
        (503, b"come again"),
        (200, b"kept four, 1 inside"),
    ]
    assert throng.inside == 0


async def test_what_comes_in_pieces_is_never_answered_halfway() -> None:
    throng = Throng()
    async with _served(throng, iter([])) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        inner = WHOLE.replace(b"body", b"evil")
        around = HEAD + b"Content-Length: %d\r\n" % len(inner)
        for piece in (around, b"\r\n", inner):
            writer.write(piece)
            await writer.drain()
            await _rounds()
        assert await _answer(reader) == (200, b"kept " + inner + b", 0 inside")
        writer.close()


async def test_a_head_that_has_begun_goes_on_whatever_comes_next() -> None:
    async with _served(Throng(), iter([])) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD)
        await _rounds()
        writer.write(WHOLE)  # no header has a space in its name
        assert (await _answer(reader))[0] == 400
        writer.close()


@pytest.mark.parametrize("part", [b"", b"P", HEAD])
async def test_who_does_not_come_to_the_point_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, part: bytes) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS" if part else "FIRST_BYTE_SECONDS", 0.1)
    async with _served(Throng(), iter([])) as port, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(part)
        assert await reader.read() == b""
        writer.close()


async def test_who_opens_a_connection_long_before_there_is_something_to_say_is_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.1)
    async with _served(Throng(), iter([None])) as port, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.3)
        writer.write(WHOLE)
        assert (await _answer(reader))[0] == 200
        writer.close()


async def test_a_second_head_that_never_ends_is_hung_up_on_and_a_quiet_time_before_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.1)
    refusal = as_bytes(web.Response(status=503, text="come again"))
    async with _served(Throng(), iter([None, refusal, None])) as port, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for status in (200, 503, 200):
            writer.write(WHOLE)
            assert (await _answer(reader))[0] == status
            await asyncio.sleep(0.3)
        writer.write(HEAD)
        assert await reader.read() == b""
        writer.close()


async def test_a_head_that_came_in_pieces_is_not_hung_up_on_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.1)
    async with _served(Throng(), iter([None])) as port, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for part in (WHOLE[:5], WHOLE[5:20], WHOLE[20:]):
            writer.write(part)
            await _rounds()
        assert (await _answer(reader))[0] == 200
        await asyncio.sleep(0.3)
        writer.write(WHOLE)
        assert (await _answer(reader))[0] == 200
        writer.close()


async def test_a_body_has_a_time_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.1)
    async with _served(Throng(), iter([])) as port, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE[:-4])
        for byte in (b"b", b"o", b"d", b"y"):
            await asyncio.sleep(0.1)
            writer.write(byte)
        assert await _answer(reader) == (200, b"kept body, 0 inside")
        writer.close()


async def _asks_until_refused(port: int, asked: asyncio.Event) -> int:
    """Ask again and again on connections that are kept while nobody says otherwise; how often there was an answer."""
    answers = 0
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return answers
        kept = True
        while kept:
            writer.write(WHOLE)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))
            answers, kept = answers + 1, b"\r\nconnection: close\r\n" not in head.lower()
            asked.set()
        writer.close()


async def test_nobody_who_has_asked_is_left_without_an_answer_when_the_doors_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.kit.door.GOODBYE_SECONDS", 60.0)  # everybody leaves long before
    refused = itertools.cycle([False, True])

    async def hook(request: web.Request) -> web.Response:
        await request.read()
        if next(refused):
            raise web.HTTPServiceUnavailable(text="come again")
        return web.Response(text="kept")

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = Doors(app, path="/hook", throng=Throng(), full=lambda: None, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    asked = [asyncio.Event() for _ in range(8)]
    asking = [asyncio.create_task(_asks_until_refused(port, one)) for one in asked]
    for one in asked:
        await one.wait()
    await runner.cleanup()
    assert all(await asyncio.gather(*asking))


async def test_who_hangs_up_is_inside_no_more() -> None:
    throng = Throng()
    asked = asyncio.Event()

    async def never(_request: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    app = web.Application()
    app.router.add_post("/hook", never)
    runner = Doors(app, path="/hook", throng=throng, full=lambda: None, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
        writer.write(WHOLE)
        await asked.wait()
        assert throng.inside == 1
        writer.close()
        async with asyncio.timeout(60):
            while throng.inside:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
    finally:
        await runner.cleanup()
