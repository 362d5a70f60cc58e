"""What all references have in common: the door, the signature, the JSON, and one commit for whatever came meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop
from aiohttp import web

from benchmarks.comments import APP_SECRET

Comment = tuple[str, str, str, int]
"""(comment id, author's id, text, when it was written)"""
Claim = tuple[str, int, str, str, int | None]
"""(comment id, code, author's id, status, place in line)"""
Keep = Callable[[list[Comment]], Awaitable[None]]
"""Keeps and decides comments; done when they are on disk."""

MOST_IN_A_BATCH = 500
BODY_LIMIT = 4 * 2**20
CODE = re.compile(r"(?<!\d)(\d{1,4})(?!\d)")


class Line:
    """Comments that wait for the commit under way to end: natural group commit."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._comments: list[Comment] = []
        self._answers: list[asyncio.Future[None]] = []
        self._under_way = False

    async def join(self, comments: list[Comment]) -> None:
        """Returns when these are on disk."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._comments += comments
        self._answers.append(answer)
        if not self._under_way:
            self._under_way = True
            self._task = asyncio.create_task(self._work())
        await answer

    async def _work(self) -> None:
        while self._answers:
            comments, answers = self._comments, self._answers
            self._comments, self._answers = [], []
            try:
                for start in range(0, len(comments), MOST_IN_A_BATCH):
                    await self._keep(comments[start : start + MOST_IN_A_BATCH])
            except Exception as failure:
                for answer in answers:
                    answer.set_exception(failure)
                continue
            for answer in answers:
                if not answer.done():
                    answer.set_result(None)
        self._under_way = False


def read(body: bytes) -> list[Comment]:
    """The new comments of a delivery."""
    return [
        (value["comment_id"], value["from"]["id"], value["message"], value["created_time"])
        for entry in json.loads(body)["entry"]
        for change in entry["changes"]
        if change["field"] == "feed" and (value := change["value"])["item"] == "comment" and value["verb"] == "add"
    ]


class Stock:
    """What is left of every item while a batch is decided."""

    def __init__(self, rows: Iterable[Sequence[int]]) -> None:
        self._items = {code: [quantity, won, waiting] for code, quantity, won, waiting in rows}
        self._touched: set[int] = set()

    def decide(self, comments: list[Comment], known: set[str]) -> tuple[list[Comment], list[Claim]]:
        """First come, first served; the new comments, and their claims."""
        fresh: list[Comment] = []
        claims: list[Claim] = []
        for comment in comments:
            comment_id, author, text, _at = comment
            if comment_id in known:
                continue
            known.add(comment_id)
            fresh.append(comment)
            code = code_in(text)
            if code is None or (item := self._items.get(code)) is None:
                continue
            self._touched.add(code)
            if item[1] < item[0]:
                item[1] += 1
                claims.append((comment_id, code, author, "winner", None))
            else:
                item[2] += 1
                claims.append((comment_id, code, author, "waitlisted", item[2]))
        return fresh, claims

    def changed(self) -> list[tuple[int, int, int]]:
        """The counters that moved: (code, won, waiting)."""
        return [(code, self._items[code][1], self._items[code][2]) for code in self._touched]


def code_in(text: str) -> int | None:
    """The code of the item a comment names, if it does."""
    found = CODE.search(text)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Options:
    """What a reference is told on its command line."""

    port: int
    home: Path
    database: str
    items: int
    pieces: int


def options(what: str | None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(what or "").partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--database", default="")
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--pieces", type=int, default=200)
    return Options(**vars(parser.parse_args()))


def serve(open_keeper: Callable[[], Awaitable[Keep]], *, port: int, alone: bool = False) -> None:
    """Answer webhooks until it is killed; `alone` gives each of them a commit of its own."""
    secret = APP_SECRET.encode()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        given = request.headers.get("X-Hub-Signature-256", "")
        right = hmac.digest(secret, body, hashlib.sha256).hex()
        if not hmac.compare_digest(given.encode(), b"sha256=" + right.encode()):
            return web.Response(status=403)
        await request.app[_JOIN](read(body))
        return web.Response(text="ok")

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="ready")

    async def make() -> web.Application:
        app = web.Application(client_max_size=BODY_LIMIT)
        keep = await open_keeper()
        app[_JOIN] = keep if alone else Line(keep).join
        app.router.add_post("/webhooks/facebook", take)
        app.router.add_get("/", ready)
        return app

    web.run_app(make(), host="127.0.0.1", port=port, access_log=None, print=None, loop=uvloop.new_event_loop())


_JOIN: web.AppKey[Keep] = web.AppKey("join")
