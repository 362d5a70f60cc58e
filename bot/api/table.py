"""What the API can be asked, as a table: it registers the routes, and the OpenAPI document is written from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from aiohttp import web

from bot.api.access import BEARER, needs
from bot.api.bodies import NOTHING, Body, read_body
from bot.api.finding import Names
from bot.api.shapes import Json
from bot.domain.offers import works_in
from bot.kit.errors import BadInput
from bot.problems import Handler, Problem
from bot.webhooks import ASSISTANT
from bot.workflows.assistant import Assistant
from bot.workflows.keep_deeds import DoneBefore

IDEMPOTENCY_KEY = "Idempotency-Key"
LONGEST_KEY = 255
DONE_BEFORE = "DONE_BEFORE"

VARIANT = web.AppKey("variant", str)
"""The variant of this installation: routes of features that it does not have are not there."""

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that can be asked, and all there is to say about it."""

    method: str
    path: str
    does: str
    """What it is for, beginning with a verb."""
    handler: Handler
    answers: str
    """The name of the answer's schema."""
    scope: str = "read"
    """What a token must include; empty is open to everybody."""
    status: int = 200
    query: tuple[str, ...] = ()
    body: Body = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    """The codes it may be refused with, 409, because of how things stand."""
    also: tuple[int, ...] = ()
    """What else it may be refused with, that no other field tells."""
    once: bool = False
    """Whether an Idempotency-Key keeps it from being done twice."""
    feature: str = ""
    """What it is part of (`bot.domain.offers`); empty is part of every variant."""
    outside: bool = False
    """Whether somebody else is asked, who may be busy or gone."""
    any_body: Json | None = None
    """The schema of a body whose fields depend on the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request to change something, understood: who asks, about what, with which fields."""

    assistant: Assistant
    workspace_id: int
    by: str
    """Who it was, in the ledger."""
    key: str
    """Names the deed among all of the workspace, so that it is done once; empty when nobody asked for that."""
    names: Names
    given: Mapping[str, Any]

    async def look(self, look: Callable[Concatenate[sa.Connection, int, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read something of the workspace."""
        return await self.assistant.database.read(look, self.workspace_id, *args, **kwargs)


Deed = Callable[[Order], Awaitable[Json]]


def change(
    method: str,
    path: str,
    does: str,
    deed: Deed,
    *,
    answers: str,
    status: int = 200,
    body: Body = NOTHING,
    scope: str = "operate",
    conflicts: tuple[str, ...] = (),
    also: tuple[int, ...] = (),
    once: bool = False,
    feature: str = "",
    outside: bool = False,
    any_body: Json | None = None,
    body_of: Callable[[Names], Body] | None = None,
) -> Route:
    """A route that changes something, for tokens with this scope.

    Where the fields of the body depend on the address, `body_of` says which those are, and `any_body` describes them.
    """

    async def handler(request: web.Request) -> web.Response:
        bearer = request[BEARER]
        order = Order(
            assistant=request.app[ASSISTANT],
            workspace_id=bearer.workspace_id,
            by=f"api token {bearer.name}",
            key=_key(request) if once else "",
            names=request.match_info,
            given=await read_body(request, body if body_of is None else body_of(request.match_info)),
        )
        try:
            return web.json_response(await deed(order), status=status)
        except DoneBefore:
            raise Problem(409, DONE_BEFORE, "That is done: this Idempotency-Key was sent before.") from None

    return Route(
        method=method,
        path=path,
        does=does,
        handler=handler,
        answers=answers,
        scope=scope,
        status=status,
        body=body,
        conflicts=(*conflicts, DONE_BEFORE) if once else conflicts,
        also=also,
        once=once,
        feature=feature,
        outside=outside,
        any_body=any_body,
    )


@contextmanager
def refused_as(error_code: str) -> Iterator[None]:
    """What a workflow refuses inside is a conflict with this code, in the workflow's words."""
    try:
        yield
    except DoneBefore:
        raise
    except BadInput as no:
        raise Problem(409, error_code, no.message) from None


def _key(request: web.Request) -> str:
    key, *more = request.headers.getall(IDEMPOTENCY_KEY, [""])
    if more or len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise Problem(400, "BAD_REQUEST", f"{IDEMPOTENCY_KEY} is one text of at most {LONGEST_KEY} ASCII characters.")
    return f"api:{key}" if key else ""


def register(app: web.Application, routes: Iterable[Route]) -> None:
    """Open the routes that this variant has, each with the scope it needs."""
    for route in routes:
        if not works_in(route.feature, app[VARIANT]):
            continue
        handler = needs(route.scope, route.handler) if route.scope else route.handler
        if route.method == "GET":
            app.router.add_get(route.path, handler)
        else:
            app.router.add_route(route.method, route.path, handler)
