"""The server: versions, tokens and proofs, and which deed stands behind which path."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiohttp import web

from sandbox.facebook import control, errors, graph, subscriptions, templates
from sandbox.facebook.books import Books, Node
from sandbox.facebook.calls import GraphCall, read_params
from sandbox.facebook.errors import GraphError
from sandbox.facebook.fields import type_of
from sandbox.facebook.limits import Limits
from sandbox.facebook.pages import Page
from sandbox.facebook.people import Person
from sandbox.facebook.send_api import SendApi
from sandbox.facebook.webhooks import Delivery, Event, VerificationFailed, Webhooks
from sandbox.standin import StandIn

OLDEST_VERSION = 22
VERSION = re.compile(r"v(\d+)\.\d+")
COMMENTED = ("Post", "LiveVideo", "Video", "Comment")

Deed = Callable[[GraphCall], Awaitable[dict[str, Any]]]


class FacebookStandIn(StandIn):
    """One Facebook with one app. `now` is its clock; a test passes its own to make a day go by."""

    name = "facebook"

    def __init__(
        self,
        *,
        app_id: str = "1929000000007568",
        app_secret: str,
        verify_token: str,
        require_proof: bool = False,
        human_agent: bool = False,
        limits: Limits | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.app_id = app_id
        self.app_secret = app_secret
        self.require_proof = require_proof
        self.limits = limits or Limits()
        self.webhooks = Webhooks(app_secret=app_secret, verify_token=verify_token)
        self.books = Books(app_id=app_id, webhooks=self.webhooks, now=now)
        send_api = SendApi(limits=self.limits, human_agent=human_agent)
        self._deeds: dict[tuple[str, str, str], Deed] = {
            ("GET", "Page", "subscribed_apps"): subscriptions.read_subscriptions,
            ("POST", "Page", "subscribed_apps"): subscriptions.subscribe,
            ("DELETE", "Page", "subscribed_apps"): subscriptions.unsubscribe,
            ("POST", "Page", "messages"): send_api.send,
            ("GET", "Page", "message_templates"): templates.read_templates,
            ("POST", "Page", "message_templates"): templates.create_template,
            ("DELETE", "Page", "message_templates"): templates.delete_template,
            ("GET", "Page", "live_videos"): graph.read_live_videos,
            **{("GET", kind, ""): graph.read_node for kind in ("Page", *COMMENTED)},
            **{("GET", kind, "comments"): graph.read_comments for kind in COMMENTED},
            **{("POST", kind, "comments"): graph.reply_publicly for kind in COMMENTED},
        }

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/_sandbox/books", self._books)
        app.router.add_post("/_sandbox/act", self._act)
        app.router.add_route("*", "/{path:.*}", self._graph)

    async def stop(self) -> None:
        await self.webhooks.close()
        await super().stop()

    # What a test sets up and asks for.

    def add_page(self, page_id: str, name: str, token: str) -> Page:
        """A Page whose token the app holds."""
        return self.books.add_page(page_id, name, token)

    def person(self, name: str) -> Person:
        """The person of this name, who begins to exist when first asked for."""
        return self.books.person(name)

    async def verify(self, callback_url: str) -> None:
        """Shake hands with the app's callback; webhooks go there from now on."""
        await self.webhooks.verify(callback_url)

    def batch(
        self, *, size: int = 1000, shuffled: bool = False, duplicates: int = 0
    ) -> AbstractAsyncContextManager[list[Event]]:
        """Deliver what happens inside together; see `Webhooks.batch`."""
        return self.webhooks.batch(size=size, shuffled=shuffled, duplicates=duplicates)

    def lose_webhooks(self, lost: bool = True) -> None:
        """Have what happens never be told, until it is again."""
        self.webhooks.losing = lost

    async def deliver(self, events: Sequence[Event]) -> Delivery:
        """Put these events into one POST; see `Webhooks.deliver`."""
        return await self.webhooks.deliver(events)

    async def redeliver(self, last: int = 1, *, times: int = 1) -> list[Delivery]:
        """Deliver the last deliveries again, byte for byte; see `Webhooks.redeliver`."""
        return await self.webhooks.redeliver(last, times=times)

    async def deliver_forged(self, events: Sequence[Event] = ()) -> Delivery:
        """Deliver with a signature of somebody who does not know the app secret."""
        return await self.webhooks.deliver_forged(events)

    async def drain(self) -> None:
        """Return when every delivery has been acknowledged or given up."""
        await self.webhooks.drain()

    # What the app calls.

    async def _graph(self, request: web.Request) -> web.Response:
        headers = {"facebook-api-version": "v26.0", "x-fb-trace-id": secrets.token_urlsafe(8)}
        page: Page | None = None
        try:
            path = _unversioned(request.path)
            params = await read_params(request)
            page = self._authenticate(request, params)
            self._count(page)
            answer = await self._answer(request, path, params, page)
            status = 200
        except GraphError as no:
            answer = no.body("A" + secrets.token_urlsafe(16))
            status = no.status
            if no.code == 190:
                headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{no.message}"'
        if page is not None:
            headers |= self.limits.headers(self.app_id, page.id, self.books.now())
        return web.json_response(answer, status=status, headers=headers)

    async def _answer(
        self, request: web.Request, path: list[str], params: dict[str, Any], page: Page
    ) -> dict[str, Any]:
        if not 1 <= len(path) <= 2:
            raise errors.unknown_path("/" + "/".join(path))
        node_id, edge = path[0], path[1] if len(path) == 2 else ""
        node = page if node_id == "me" else self.books.nodes.get(node_id)
        if node is None or node.page is not page:
            raise errors.unknown_object(request.method, node_id)
        call = GraphCall(books=self.books, method=request.method, node=node, page=page, params=params, url=request.url)
        return await self._deed(request.method, node, edge, node_id)(call)

    def _deed(self, method: str, node: Node, edge: str, node_id: str) -> Deed:
        deed = self._deeds.get((method, type_of(node), edge))
        if deed is not None:
            return deed
        if method == "GET":
            raise errors.unknown_field(edge, type_of(node))
        raise errors.unknown_object(method, node_id)

    def _authenticate(self, request: web.Request, params: dict[str, Any]) -> Page:
        """The Page whose token this is. A proof, when given, must be right."""
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = params.get("access_token") or (bearer if scheme.lower() == "bearer" else "")
        if not token:
            raise errors.token_missing()
        page = next((page for page in self.books.pages.values() if page.token == token), None)
        if page is None or page.token_death is not None:
            raise errors.token_refused(467 if page is None else page.token_death or 467)
        proof = params.get("appsecret_proof")
        if proof is None and self.require_proof:
            raise errors.proof_missing()
        if proof is not None and proof != app_secret_proof(self.app_secret, page.token):
            raise errors.proof_refused()
        return page

    def _count(self, page: Page) -> None:
        now = self.books.now()
        self.limits.count("app", self.app_id, now)
        self.limits.count("pages", page.id, now)

    # What another process asks for.

    async def _books(self, _request: web.Request) -> web.Response:
        return web.json_response(control.show(self.books))

    async def _act(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(await control.act(self.books, await request.json()))
        except (control.Misasked, VerificationFailed) as no:
            return web.json_response({"error": str(no)}, status=400)


def app_secret_proof(app_secret: str, token: str) -> str:
    """https://developers.facebook.com/docs/graph-api/guides/secure-requests"""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _unversioned(path: str) -> list[str]:
    """The parts of a path without its version, which may be left out."""
    parts = [part for part in path.split("/") if part]
    version = VERSION.fullmatch(parts[0]) if parts else None
    if version is None:
        return parts
    if int(version[1]) < OLDEST_VERSION:
        raise errors.unknown_version(parts[0])
    return parts[1:]
