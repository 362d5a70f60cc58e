"""Sends webhooks faster than anything here answers them, so that the sender is never what is measured.

Requests are made and signed beforehand; a connection is a bare protocol that writes bytes and looks for a status.
A closed loop (throughput) sends the next when the last is answered. An open loop (latency) sends when the clock says
so, and counts the time from then on: whoever is slow does not get fewer questions.
"""

from __future__ import annotations

import asyncio
import gc
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import cast

from benchmarks.answers import LOST, REFUSED, Answers

CONNECTIONS = 64
MOST_CONNECTIONS = 4000
"""An open loop opens more while all of them wait for an answer, as a platform does."""
REFUSED_PAUSE = 1.0
"""Seconds that a client of a closed loop stays away after a 503: the least that Retry-After can say."""
PATIENCE = 60.0
"""How long the last answers are waited for, in seconds."""

_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) .*?\r\ncontent-length: *(\d+)\r\n.*?\r\n\r\n", re.IGNORECASE | re.DOTALL)
_RETRY_AFTER = re.compile(rb"\r\nretry-after: *[^\s]", re.IGNORECASE)


def evenly(count: int, per_second: float, *, after: float = 0.0) -> list[float]:
    """When each of `count` requests is due, at a steady rate."""
    return [after + place / per_second for place in range(count)]


async def closed_loop(
    ports: Sequence[int], requests: Sequence[bytes], *, seconds: float, connections: int = CONNECTIONS
) -> Answers:
    """As much as is answered. With several ports everybody asks each of them in turn, and waits every time."""
    with _undisturbed():
        return await _Closed(requests, seconds).run(ports, connections)


async def open_loop(
    port: int, requests: Sequence[bytes], due: Sequence[float], *, until: Callable[[Answers], bool] = lambda _: False
) -> Answers:
    """Every request when it is due, in seconds from the start, whatever became of the ones before.

    Stops early when `until` says so.
    """
    with _undisturbed():
        return await _Open(port, requests, due).run(until)


class _Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    __slots__ = ("_answered", "_told", "_transport", "client", "head", "place")

    def __init__(self, answered: Callable[[_Connection, int], None], client: int = 0) -> None:
        self._answered = answered
        self._transport: asyncio.Transport | None = None
        self._told = b""
        self.client = client
        self.head = b""
        self.place = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _why: Exception | None) -> None:
        self._transport = None
        if self.place >= 0:
            self._answered(self, LOST)

    def data_received(self, data: bytes) -> None:
        told = self._told + data if self._told else data
        head = _HEAD.match(told)
        if head is None or len(told) < head.end() + int(head[2]):
            self._told = told
            return
        self._told = b""
        self.head = head[0]
        self._answered(self, int(head[1]))

    async def open(self, port: int) -> None:
        """Connect. Raises OSError."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)

    def send(self, place: int, request: bytes) -> None:
        """Send a request; on a connection that has gone meanwhile it is LOST."""
        self.place, self._told = place, b""
        if self._transport is None or self._transport.is_closing():
            asyncio.get_running_loop().call_soon(self._answered, self, LOST)
        else:
            self._transport.write(request)

    def close(self) -> None:
        """Hang up."""
        self.place = -1
        if self._transport is not None:
            self._transport.close()


class _Load:
    """Requests, and what became of them so far."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._answers = Answers.of(len(requests), 0.0)
        self._done = asyncio.Event()
        """Set when nothing is under way any more, and nothing is to come."""

    def _note(self, one: _Connection, status: int, since: float) -> int:
        """Write down an answer; the place of its request."""
        answers, place, now = self._answers, one.place, perf_counter()
        one.place = -1
        answers.status[place], answers.latency[place], answers.at[place] = status, now - since, now
        answers.without_retry_after += status == REFUSED and _RETRY_AFTER.search(one.head) is None
        return place

    async def _wait(self, seconds: float) -> None:
        """Wait for the last answers; whatever is missing then is LOST."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._done.wait(), seconds)


class _Closed(_Load):
    def __init__(self, requests: Sequence[bytes], seconds: float) -> None:
        super().__init__(requests)
        self._seconds = seconds
        self._clients: list[list[_Connection]] = []
        self._since: list[float] = []
        self._next = 0
        self._under_way = 0

    async def run(self, ports: Sequence[int], clients: int) -> Answers:
        for client in range(clients):
            self._clients.append([_Connection(self._answered, client) for _ in ports])
            for one, port in zip(self._clients[-1], ports, strict=True):
                await one.open(port)
        self._answers.turns = [[] for _ in self._clients]
        self._answers.began = perf_counter()
        self._since = [self._answers.began] * clients
        for client in range(clients):
            self._ask(client)
        await self._wait(self._seconds + PATIENCE)
        for one in (one for mine in self._clients for one in mine):
            if one.place >= 0:
                self._note(one, LOST, self._since[one.client])
            one.close()
        return self._answers

    def _ask(self, client: int) -> None:
        self._since[client] = now = perf_counter()
        if self._next >= len(self._requests) or now > self._answers.began + self._seconds:
            if not self._under_way:
                self._done.set()
            return
        place, turns, mine = self._next, self._answers.turns[client], self._clients[client]
        self._next += 1
        self._under_way += 1
        mine[len(turns) % len(mine)].send(place, self._requests[place])
        turns.append(place)

    def _answered(self, one: _Connection, status: int) -> None:
        self._note(one, status, self._since[one.client])
        if status == REFUSED:  # they come again when they were told to, with something else
            asyncio.get_running_loop().call_later(REFUSED_PAUSE, self._next_turn, one.client)
        else:
            self._next_turn(one.client)

    def _next_turn(self, client: int) -> None:
        self._under_way -= 1
        self._ask(client)


class _Open(_Load):
    def __init__(self, port: int, requests: Sequence[bytes], due: Sequence[float]) -> None:
        super().__init__(requests)
        self._port = port
        self._due = due
        self._left = len(requests)
        self._free: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._waiting: deque[int] = deque()
        self._opening: set[asyncio.Task[None]] = set()

    async def run(self, until: Callable[[Answers], bool]) -> Answers:
        for _ in range(CONNECTIONS):
            one = _Connection(self._answered)
            await one.open(self._port)
            self._all.add(one)
            self._free.append(one)
        began = self._answers.began = perf_counter()
        sent = 0
        while sent < len(self._requests) and not until(self._answers):
            while sent < len(self._requests) and began + self._due[sent] <= perf_counter():
                self._ask(sent)
                sent += 1
            if sent < len(self._requests):
                await asyncio.sleep(max(began + self._due[sent] - perf_counter(), 0.0005))
        self._count(len(self._requests) - sent)
        await self._wait(PATIENCE)
        for one in list(self._all):
            if one.place >= 0:
                self._note(one, LOST, began + self._due[one.place])
            one.close()
        return self._answers

    def _ask(self, place: int) -> None:
        if self._free:
            self._free.pop().send(place, self._requests[place])
        elif len(self._all) < MOST_CONNECTIONS:
            task = asyncio.get_running_loop().create_task(self._open_and_send(place))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        else:
            self._waiting.append(place)

    async def _open_and_send(self, place: int) -> None:
        one = _Connection(self._answered)
        self._all.add(one)
        try:
            await one.open(self._port)
        except OSError:
            one.place = place
            self._answered(one, LOST)
        else:
            one.send(place, self._requests[place])

    def _answered(self, one: _Connection, status: int) -> None:
        self._note(one, status, self._answers.began + self._due[one.place])
        if status == LOST:
            self._all.discard(one)
        elif self._waiting:
            place = self._waiting.popleft()
            one.send(place, self._requests[place])
        else:
            self._free.append(one)
        self._count(1)

    def _count(self, fewer: int) -> None:
        self._left -= fewer
        if not self._left:
            self._done.set()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No collection of garbage while the clock runs."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
