"""The API on the wire: who asks, how often, with what, and whether they asked before."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.standin import Fault
from sandbox.stripe import accounts, checkout
from sandbox.stripe.accepted import ACCEPTED
from sandbox.stripe.books import Books
from sandbox.stripe.errors import Refused
from sandbox.stripe.fields import API_VERSION
from sandbox.stripe.form import FORM, decode
from sandbox.stripe.idempotency import Memory
from sandbox.stripe.kinds import Params
from sandbox.stripe.limits import Limits
from sandbox.stripe.resources import random_text
from sandbox.stripe.routes import HANDLERS

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ApiCall:
    """One request that reached an endpoint, as Stripe's own request log would show it."""

    request_id: str
    account: str
    route: str
    id: str
    params: dict[str, Any]
    """As they were sent: nested text."""
    idempotency_key: str | None
    replayed: bool
    status: int


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A request that may be carried out."""

    route: str
    path: str
    books: Books
    params: Params
    id: str
    request_id: str
    key: str | None
    platform: str | None


class Api:
    """Takes requests apart, refuses what Stripe refuses, and has the rest carried out."""

    def __init__(self, books: Mapping[str, Books], clock: Callable[[], float]) -> None:
        self.keys: dict[str, str] = {}
        """Account ids by API key."""
        self.revoked: set[str] = set()
        self.requests: deque[ApiCall] = deque(maxlen=20_000)
        self.versions: Counter[str] = Counter()
        """Every Stripe-Version asked for."""
        self.memory = Memory()
        self.limits = Limits()
        self.crashes: list[Fault] = []
        self.going = asyncio.Event()
        """Clear it to keep requests in flight: their keys taken, nothing done yet."""
        self.going.set()
        self._books = books
        self._clock = clock

    def routes(self, app: web.Application) -> None:
        """Add every route Stripe has here, and the refusal of all others."""
        for route in HANDLERS:
            method, path = route.split()
            app.router.add_route(method, path, self._endpoint(route))
        app.router.add_route("*", "/{version:v[12]}/{rest:.*}", self._endpoint(None))

    def _endpoint(self, route: str | None) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            request_id = f"req_{random_text(14)}"
            try:
                response = await self._answer(route, request, request_id)
            except Refused as no:
                response = _json(json.dumps(no.body(), indent=2), no.status, no.headers)
            response.headers["Request-Id"] = request_id
            response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
            return response

        return answer

    async def _answer(self, route: str | None, request: web.Request, request_id: str) -> web.Response:
        caller, books = self._authenticate(request)
        self._note_version(request)
        if route is None:
            raise Refused(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
        self.limits.admit(books.id, route, self._clock())
        raw = await _raw_params(request)
        asked = _Asked(
            route=route,
            path=request.path,
            books=books,
            params=ACCEPTED[route].read(raw),
            id=next(iter(request.match_info.values()), ""),
            request_id=request_id,
            key=request.headers.get("Idempotency-Key") if request.method == "POST" else None,
            platform=caller.id if caller is not books else None,
        )
        headers: dict[str, str] = {}
        if asked.key is None:
            status, body, _began = await self._carry_out(asked)
        else:
            status, body, headers = await self._once(asked, asked.key, raw)
        self.requests.append(
            ApiCall(
                request_id=request_id,
                account=books.id,
                route=route,
                id=asked.id,
                params=raw,
                idempotency_key=asked.key,
                replayed="Idempotent-Replayed" in headers,
                status=status,
            )
        )
        return _json(body, status, headers)

    async def _once(self, asked: _Asked, key: str, raw: dict[str, Any]) -> tuple[int, str, dict[str, str]]:
        """Carry out, or repeat the answer given under this key."""
        account = asked.books.id
        saved = self.memory.begin(account, key, asked.path, raw, request_id=asked.request_id, now=self._clock())
        headers = {"Idempotency-Key": key, "Original-Request": saved.request_id}
        if saved.status:
            return saved.status, saved.body, headers | {"Idempotent-Replayed": "true"}
        status, body, began = await self._carry_out(asked)
        if began:
            saved.status, saved.body = status, body
        else:
            self.memory.forget(account, key)
        return status, body, headers

    async def _carry_out(self, asked: _Asked) -> tuple[int, str, bool]:
        """Status, body, and whether execution began: a request whose parameters are at fault did not."""
        await self.going.wait()
        books, params = asked.books, dict(asked.params)
        expand = params.pop("expand", [])
        books.request = {"id": asked.request_id, "idempotency_key": asked.key}
        books.acting = asked.platform
        try:
            self._maybe_crash(asked)
            checkout.expire_due(books)
            shown = books.present(HANDLERS[asked.route](books, params, asked.id), expand)
            return 200, json.dumps(shown, indent=2), True
        except Refused as no:
            began = not (no.code or "").startswith("parameter_")
            return no.status, json.dumps(no.body(), indent=2), began
        except Exception:
            log.exception("%s failed", asked.route)
            error = {"message": "An unknown error occurred", "type": "api_error"}
            return 500, json.dumps({"error": error}), True
        finally:
            books.request = {"id": None, "idempotency_key": None}
            books.acting = None

    def _maybe_crash(self, asked: _Asked) -> None:
        for crash in self.crashes:
            if crash.matches(asked.route.split()[0], asked.path, ""):
                crash.times -= 1
                raise Refused("An unknown error occurred", status=500, kind="api_error")

    def _authenticate(self, request: web.Request) -> tuple[Books, Books]:
        """The books of whoever calls, and those the call is about."""
        books = self.caller(request)
        return books, accounts.acting_for(books, request.headers.get("Stripe-Account", books.id))

    def caller(self, request: web.Request) -> Books:
        """The books of the account whose key this is; Refused with 401 when it is nobody's."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise Refused(
                "You did not provide an API key. You need to provide your API key in the Authorization "
                "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        masked = f"{key[:8]}{'*' * max(4, len(key) - 12)}{key[-4:]}"
        if key in self.revoked:
            raise Refused(f"Expired API Key provided: {masked}", status=401, code="api_key_expired")
        if key not in self.keys:
            raise Refused(f"Invalid API Key provided: {masked}", status=401)
        return self._books[self.keys[key]]

    def _note_version(self, request: web.Request) -> None:
        version = request.headers.get("Stripe-Version", API_VERSION)
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(\.\w+)?", version):
            raise Refused(f"Invalid Stripe API version: {version}")
        self.versions[version] += 1


async def _raw_params(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    if body and request.content_type != FORM:
        raise Refused(f"Invalid request (check that your POST content type is {FORM}).")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Refused("Invalid request: the body is not UTF-8.") from None
    return decode("&".join(filter(None, (request.rel_url.raw_query_string, text))))


def _json(body: str, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(text=body, status=status, content_type="application/json", headers=headers)
