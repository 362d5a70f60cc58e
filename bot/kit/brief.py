"""A short answer that is always the same goes out as it was written down once: most webhooks hear only that one."""

from __future__ import annotations

import functools
import time
from email.utils import formatdate

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from bot.kit.door import as_bytes
from bot.kit.headers import dress


class Brief(web.Response):
    """A text, with the headers that every answer has.

    Whoever does not speak HTTP/1.1, or is to hang up, has it put together by aiohttp, which costs as much as reading
    what it answers.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text=text)
        self._words = text
        self._said = False

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection stays open."""
        return True if self._said else super().keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Say it, head and all, where that is possible."""
        if self.keep_alive is not None or not request.keep_alive or request.version != HttpVersion11:
            return await super().prepare(request)
        await request.writer.write_eof(_written(self._words, int(time.time())))
        self._said = True
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to be said, where it was said at once."""
        if not self._said:
            await super().write_eof(data)


@functools.lru_cache(maxsize=4)
def _written(text: str, second: int) -> bytes:
    """An answer, dated: https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1"""
    answer = web.Response(text=text)
    dress(answer)
    answer.headers["Date"] = formatdate(second, usegmt=True)
    return as_bytes(answer)
