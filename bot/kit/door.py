"""The door: a request that is only to hear that there is no room for it hears so before there is any work with it.

A refusal by a handler costs a third of what it refuses, and when twice as many come as there is room for, that third
is missed by those inside. Here it is a look at the bytes. Only aiohttp's own protocol knows where a request begins, so
this is a layer over it; whatever is not plainly one whole request of the kind that is counted goes through.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

_log = logging.getLogger(__name__)

ROOM = 256
"""Requests that may be inside however slow it goes; a burst after a quiet time is no crowd."""
WINDOW = 0.25
"""Seconds over which those are counted who leave."""
GOODBYE_SECONDS = 0.5
"""How long those who keep their connections have, when the doors close, to ask once more and hear that it is over."""

HEAD_SECONDS = 30.0
"""How long the head of a request may take from its first byte on: whoever sends a byte now and then holds a connection
that somebody else could have. A body has a time of its own (`bot.webhooks`)."""
FIRST_BYTE_SECONDS = 600.0
"""How long a connection may stay without any: some open theirs long before they have something to say."""

_UNREADABLE = "That cannot be read as an HTTP request. Look at its first line and at its headers."

_ORDINARY = rb"(?:(?!content-length|transfer-encoding|expect|upgrade|connection(?!: *keep-alive\r\n))[^\r\n]+\r\n)*"


class Throng:
    """How many are inside, and how long whoever comes now will be: as many as are inside have to leave before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._left = 0
        self._per_second = 0.0
        self.inside = 0

    def enter(self) -> None:
        """One more is inside."""
        self.inside += 1
        if self.inside == ROOM:  # the quiet time before says nothing of the crowd that begins now
            self._since, self._left = self._clock(), 0

    def leave(self) -> None:
        """One is done."""
        self.inside -= 1
        self._left += 1
        passed = self._clock() - self._since
        if passed >= WINDOW:
            lately = self._left / passed
            # Without a crowd they leave slowly because few come, which says nothing.
            crowded = self.inside >= ROOM
            self._per_second = (self._per_second + lately) / 2 if crowded else max(self._per_second, lately)
            self._since += passed
            self._left = 0

    def wait(self) -> float:
        """Seconds that whoever comes now will be inside; 0 while there is room anyway."""
        if self.inside < ROOM or not self._per_second:
            return 0.0
        return self.inside / self._per_second


def whole_post(path: str) -> Callable[[bytes], bool]:
    """Tells whether bytes are one whole POST to this path, with nothing about it that aiohttp would have to decide."""
    head = re.compile(
        rb"POST %b HTTP/1\.1\r\n%bcontent-length: *([0-9]{1,7})\r\n%b\r\n"
        % (re.escape(path.encode()), _ORDINARY, _ORDINARY),
        re.IGNORECASE,
    )

    def is_whole(data: bytes) -> bool:
        found = head.match(data)
        return found is not None and len(data) == found.end() + int(found[1])

    return is_whole


def as_bytes(answer: web.Response) -> bytes:
    """An answer as it goes out, by a connection that stays open."""
    assert isinstance(answer.body, bytes), "it is a short text"
    head = [f"HTTP/1.1 {answer.status} {answer.reason}", f"Content-Length: {len(answer.body)}"]
    head += [f"{name}: {value}" for name, value in answer.headers.items() if name != "Content-Length"]
    return "\r\n".join([*head, "", ""]).encode() + answer.body


class Doors(web.AppRunner):
    """An application at whose door whole POSTs to one path are counted, and hear what `full` says if it says any.

    When it stops nobody new is let in, and whoever is there hears with the next answer that it is the last one. aiohttp
    would hang up on everybody it is not just answering, also on who has asked and is not heard yet:
    https://www.rfc-editor.org/rfc/rfc9112#section-9.6
    """

    def __init__(
        self, app: web.Application, *, path: str, throng: Throng, full: Callable[[], bytes | None], **how: Any
    ) -> None:
        super().__init__(app, **how)
        self.throng = throng
        self.full = full
        self.counts = whole_post(path)
        self.closing = False

    async def cleanup(self) -> None:
        """Close the doors, answer who is inside, stop the application."""
        self.closing = True
        for site in list(self.sites):
            await site.stop()
        if self.server is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    while self.server.connections:  # noqa: ASYNC110 - who leaves rings no bell
                        await asyncio.sleep(0.02)
        await super().cleanup()

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self)


class _Server(web.Server):
    def __init__(self, made: web.Server, doors: Doors) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory, loop=made._loop, **made._kwargs)
        self._doors = doors
        self._within = made.request_handler
        self.request_handler = self._handle

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._doors, loop=self._loop, **self._kwargs)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            answer = await self._within(request)
            if self._doors.closing:
                answer.force_close()
            return answer
        except web.HTTPException as refusal:
            if self._doors.closing:
                refusal.force_close()
            raise
        finally:
            connection = request.protocol
            assert isinstance(connection, _Connection), "this server makes no others"
            connection.leave()


class _Connection(web.RequestHandler):
    __slots__ = ("_amid", "_doors", "_is_inside", "_late")

    def __init__(self, server: web.Server, doors: Doors, **how: Any) -> None:
        super().__init__(server, **how)
        self._doors = doors
        self._amid = False
        """Whether these may not be the first bytes of a request."""
        self._is_inside = False
        self._late: asyncio.TimerHandle | None = None
        """Hangs up, while the head of a request has yet to come."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._wait_for_head(FIRST_BYTE_SECONDS)

    def data_received(self, data: bytes) -> None:
        waiter, transport = self._waiter, self.transport
        begins = waiter is not None and not waiter.done() and not self._amid and not self._doors.closing
        # Whoever does not read what they are told is left to aiohttp, which then stops reading, too.
        if begins and transport is not None and not transport.get_write_buffer_size() and self._doors.counts(data):
            refusal = self._doors.full()
            if refusal is not None:
                self._head_is_there()
                transport.write(refusal)
                return
            self._is_inside = True
            self._doors.throng.enter()
        super().data_received(data)
        if data:  # aiohttp asks itself for what it holds back by giving itself nothing
            was_amid, self._amid = self._amid, not self._messages and (waiter is None or not waiter.done())
            if not self._amid or waiter is None:
                self._head_is_there()
            elif not was_amid or self._late is None:
                self._head_is_there()
                self._wait_for_head(HEAD_SECONDS)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What cannot be read as HTTP is refused like everything else, in a line of the log: anybody can send it."""
        if status >= 500 or request.writer.output_size:
            return super().handle_error(request, status, exc, message)
        _log.warning("something that is not HTTP came from %s", request.remote)
        refusal = {"success": False, "message": _UNREADABLE, "error_code": "BAD_REQUEST", "details": {}}
        answer = web.json_response(refusal, status=status)
        answer.force_close()
        return answer

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._head_is_there()
        self.leave()

    def _wait_for_head(self, seconds: float) -> None:
        self._late = self._loop.call_later(seconds, self.force_close)

    def _head_is_there(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def leave(self) -> None:
        """What was counted is answered, or nobody waits for it any more."""
        if self._is_inside:
            self._is_inside = False
            self._doors.throng.leave()
