"""Serves the page: its files, and one WebSocket that shows the board and takes what people do."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.panes.board import Board
from sandbox.panes.people import Misasked

HERE = Path(__file__).parent
BREATH = 0.05
"""Seconds between two sendings: a burst is shown in a few steps."""
HEARTBEAT = 20.0

Deed = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class Panes:
    """One page on loopback. `frames` are the addresses whose pages may be shown inside it."""

    def __init__(self, board: Board, do: Deed, *, frames: Sequence[str]) -> None:
        self._board = board
        self._do = do
        self._frames = frames
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int = 0) -> str:
        """Listen; returns the address to open."""
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/ws", self._follow)
        app.router.add_static("/static", HERE / "static")
        app.on_response_prepare.append(self._dress)
        app.on_shutdown.append(self._hang_up)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self.url

    async def stop(self) -> None:
        """Stop listening; pages lose their connection and say so."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _page(self, _request: web.Request) -> web.Response:
        text = (HERE / "templates" / "page.html").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/html")

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        """`?board=<name>&upto=<number>` goes on where a page has left off."""
        # Any website may open a socket to loopback; only our own page is answered.
        if request.headers.get("Origin") != self.url:
            raise web.HTTPForbidden(text="This socket is for the page it belongs to.")
        upto = request.query.get("upto", "")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
        await socket.prepare(request)
        self._sockets.add(socket)
        showing = asyncio.create_task(
            self._show(socket, request.query.get("board", ""), int(upto) if upto.isdecimal() else 0)
        )
        doing: set[asyncio.Task[None]] = set()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    task = asyncio.create_task(self._answer(socket, message.data))
                    doing.add(task)
                    task.add_done_callback(doing.discard)
        finally:
            self._sockets.discard(socket)
            for task in (showing, *doing):
                task.cancel()
            await asyncio.gather(showing, *doing, return_exceptions=True)
        return socket

    async def _show(self, socket: web.WebSocketResponse, board: str, upto: int) -> None:
        while not socket.closed:
            changes = self._board.since(board, upto)
            await socket.send_json(changes.wire(self._board.name))
            board, upto = self._board.name, changes.upto
            await asyncio.sleep(BREATH)
            await self._board.beyond(upto)

    async def _answer(self, socket: web.WebSocketResponse, words: str) -> None:
        wish: Any = None
        try:
            wish = json.loads(words)
            if not isinstance(wish, dict):
                raise Misasked("A deed is a JSON object.")
            answer = await self._do(wish)
        except (ValueError, Misasked) as why:
            answer = {"error": str(why)}
        number = wish.get("id") if isinstance(wish, dict) else None
        with contextlib.suppress(ConnectionError):
            await socket.send_json({"answer": number, **answer})

    async def _hang_up(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close()

    async def _dress(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Everything the page needs comes from here; only the buyers' pages come in frames from their own address."""
        headers = {
            "Content-Security-Policy": (
                f"default-src 'self'; connect-src 'self' {self.url.replace('http', 'ws', 1)}; "
                f"frame-src {' '.join(self._frames)}; object-src 'none'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        response.headers.update(headers)
