"""What every stand-in shares: a loopback server, a book of calls, and faults on request."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(kw_only=True)
class Fault:
    """One way to misbehave, for the next `times` requests that match.

    `do` is one of
    - ``status``: answer `status` with `body` and `headers`, doing nothing;
    - ``status_after``: do the work, then answer `status` (an effect with a lost confirmation);
    - ``hang``: hold the request for `seconds` and cut it, doing nothing;
    - ``cut``: close the connection, doing nothing;
    - ``drop_response``: do the work, then close the connection without an answer;
    - ``delay``: wait `seconds`, then behave.
    """

    do: str
    method: str = "*"
    path: str = ""
    """A request matches when its path contains this text."""
    contains: str = ""
    """... and when its body contains this text (for example one buyer's name)."""
    times: int = 1
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def matches(self, method: str, path: str, body: str) -> bool:
        return (
            self.times > 0
            and self.method in ("*", method)
            and self.path in path
            and (not self.contains or self.contains in body)
        )


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as it arrived, for the books."""

    at: float
    method: str
    path: str
    body: str
    status: int


class StandIn:
    """A loopback server. Subclasses add routes in `routes()` and keep their books as plain attributes."""

    name = "stand-in"

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.calls: deque[Call] = deque(maxlen=20_000)
        self.url = ""
        self._runner: web.AppRunner | None = None

    def routes(self, app: web.Application) -> None:
        """Add this stand-in's routes to `app`."""
        raise AssertionError("a stand-in has routes")

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen on loopback and return the base URL, without a trailing slash."""
        app = web.Application(client_max_size=8 * 2**20, middlewares=[self._book_and_fault])
        app.router.add_post("/_sandbox/faults", self._add_fault)
        app.router.add_delete("/_sandbox/faults", self._clear_faults)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0]
        self.url = f"http://{bound[0]}:{bound[1]}"
        return self.url

    async def stop(self) -> None:
        """Stop listening; idempotent."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def fail(self, do: str, **how: Any) -> Fault:
        """Misbehave on the next matching request(s); see `Fault`."""
        fault = Fault(do=do, **how)
        self.faults.append(fault)
        return fault

    async def _add_fault(self, request: web.Request) -> web.Response:
        self.fail(**await request.json())
        return web.json_response({"faults": len(self.faults)})

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response({"faults": 0})

    @web.middleware
    async def _book_and_fault(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/_sandbox"):
            response: web.StreamResponse = await handler(request)
            return response
        body = (await request.read()).decode("utf-8", "replace")
        fault = next((f for f in self.faults if f.matches(request.method, request.path, body)), None)
        status = 0
        try:
            if fault is not None:
                fault.times -= 1
                if fault.do in ("hang", "delay"):
                    await asyncio.sleep(fault.seconds)
                if fault.do in ("hang", "cut"):
                    return self._cut(request)
                if fault.do == "status":
                    status = fault.status
                    return self._faulty(fault)
            response = await handler(request)
            status = response.status
            if fault is not None and fault.do == "drop_response":
                return self._cut(request)
            if fault is not None and fault.do == "status_after":
                status = fault.status
                return self._faulty(fault)
            return response
        except web.HTTPException as refusal:
            status = refusal.status
            raise
        finally:
            self.calls.append(Call(at=time.time(), method=request.method, path=request.path, body=body, status=status))

    @staticmethod
    def _faulty(fault: Fault) -> web.Response:
        if isinstance(fault.body, str):
            return web.Response(status=fault.status, text=fault.body, headers=fault.headers)
        return web.json_response(fault.body or {}, status=fault.status, headers=fault.headers)

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=499)
