"""A lean Bot API on loopback: takes messages at the limits of the real one, and can shut a chat."""

from __future__ import annotations

import asyncio
import math
import time
from itertools import count
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from benchmarks.outbound_calls import Call, Calls, Ceiling, Windows

# https://core.telegram.org/bots/faq#my-bot-is-hitting-limits
OVERALL = 30
PER_CHAT, CHAT_SECONDS = 1, 1.0
PER_GROUP, GROUP_SECONDS = 20, 60.0

TOKEN = "1001:AAbenchmark_token_of_a_bot_that_is_nowhere"  # noqa: S105 - it opens nothing
BOT = {
    "id": int(TOKEN.partition(":")[0]),
    "is_bot": True,
    "first_name": "Benchmark",
    "username": "benchmark_bot",
    "can_read_all_group_messages": True,
}
SEND = "sendMessage"


class Telegram:
    """One bot. A chat in `shut` is closed for so many seconds from the first time somebody writes to it."""

    def __init__(self) -> None:
        self.limited = True
        self.shut: dict[str, float] = {}
        self.calls = Calls()
        self._opens: dict[str, float] = {}
        self._windows = Windows()
        self._number = count(1)

    def app(self) -> web.Application:
        """Every method of the Bot API is posted."""
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        form = dict(parse_qsl(await request.text()))
        chat = form.get("chat_id", "") if method == SEND else ""
        wait = self._wait(chat) if chat else 0.0
        with self.calls.answering(Call(perf_counter(), method, chat, refused=wait > 0)):
            if wait:
                return _too_many(max(1, math.ceil(wait)))
            return web.json_response({"ok": True, "result": await self._result(method, form)})

    def _wait(self, chat: str) -> float:
        """Seconds until this chat may be written to; 0 when it may be now."""
        now = perf_counter()
        if chat in self.shut:
            self._opens[chat] = now + self.shut.pop(chat)
        if (opens := self._opens.get(chat, now)) > now:
            return opens - now
        if not self.limited:
            return 0.0
        group = chat.startswith("-")
        own = Ceiling(chat, PER_GROUP, GROUP_SECONDS) if group else Ceiling(chat, PER_CHAT, CHAT_SECONDS)
        refused = self._windows.admit((own, Ceiling("everything", OVERALL)), now)
        return refused[1] if refused else 0.0

    async def _result(self, method: str, form: dict[str, str]) -> Any:
        if method == "getMe":
            return BOT
        if method == "getUpdates":
            await asyncio.sleep(int(form["timeout"]))
            return []
        if method != SEND:
            return True
        return {
            "message_id": next(self._number),
            "from": BOT,
            "chat": {"id": int(form["chat_id"]), "type": "private", "first_name": "Somebody"},
            "date": int(time.time()),
            "text": form["text"],
        }


def _too_many(seconds: int) -> web.Response:
    """https://core.telegram.org/bots/api#responseparameters"""
    said = f"Too Many Requests: retry after {seconds}"
    answer = {"ok": False, "error_code": 429, "description": said, "parameters": {"retry_after": seconds}}
    return web.json_response(answer, status=429)
