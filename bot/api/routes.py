"""The routes of the API: shows, their items, ledgers, buyers and invoices."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from bot.api import people
from bot.api.access import BEARER
from bot.api.finding import the_show
from bot.api.shapes import Json, claim_json, holder_json, invoice_json, item_json, show_json
from bot.api.table import Route, register
from bot.domain.option_stock import gathered
from bot.domain.show import Show
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from storage import claims, deliveries, holders, invoices, items, shows, tallies
from storage.holders import Held

PAGE, LARGEST_PAGE = 100, 500


def add_routes(app: web.Application) -> None:
    """Every route that only looks."""
    register(app, ROUTES)


Reader = Callable[[sa.Connection, int, web.Request], Json]


def _answer(read: Reader) -> Callable[[web.Request], Any]:
    async def handler(request: web.Request) -> web.Response:
        workspace_id = request[BEARER].workspace_id
        return web.json_response(await request.app[ASSISTANT].database.read(read, workspace_id, request))

    return handler


def _shows(tx: sa.Connection, workspace_id: int, request: web.Request) -> Json:
    limit = limit_of(request)
    before = cursor_of(request, 1)
    found = shows.newest(tx, workspace_id, before=before[0] if before else None, limit=limit + 1)
    return {
        "shows": [show_json(show) for show in found[:limit]],
        "next_cursor": str(found[limit - 1].id) if len(found) > limit else None,
    }


def _show(tx: sa.Connection, workspace_id: int, request: web.Request) -> Json:
    show = the_show(tx, workspace_id, request.match_info)
    return show_json(show) | {"tally": tallies.of_show(tx, workspace_id, show.id)}


def _items(tx: sa.Connection, workspace_id: int, request: web.Request) -> Json:
    show = the_show(tx, workspace_id, request.match_info)
    return {
        "items": [item_json(item) for item in gathered(items.of_show(tx, workspace_id, show.id))],
        "next_cursor": None,
    }


def _claims(tx: sa.Connection, workspace_id: int, request: web.Request) -> Json:
    show = the_show(tx, workspace_id, request.match_info)
    limit = limit_of(request)
    after = cursor_of(request, 2)
    rows = claims.ledger_page(
        tx, workspace_id, show.id, after=(after[0], after[1]) if after else (0, -1), limit=limit + 1
    )
    page = rows[:limit]
    known = people.known(tx, workspace_id, {row.buyer_id for row in page if row.buyer_id is not None})
    last = page[-1] if len(rows) > limit else None
    return {
        "claims": [claim_json(row, known.get(row.buyer_id or 0)) for row in page],
        "next_cursor": f"{last.seq}-{last.wish or 0}" if last else None,
    }


def _buyers(tx: sa.Connection, workspace_id: int, request: web.Request) -> Json:
    show = the_show(tx, workspace_id, request.match_info)
    limit = limit_of(request)
    after = cursor_of(request, 1)
    held = holders.of_show(tx, workspace_id, show.id, after=after[0] if after else 0, limit=limit + 1)
    found = {buyer_id: list(theirs) for buyer_id, theirs in groupby(held, key=lambda one: one.buyer_id)}
    page = list(found)[:limit]
    known = people.with_debts(tx, workspace_id, page)
    return {
        "buyers": [_holder(*known[buyer_id], found[buyer_id], show) for buyer_id in page],
        "next_cursor": str(page[-1]) if len(found) > limit else None,
    }


def _holder(buyer: Json, owed: Mapping[str, int], held: Sequence[Held], show: Show) -> Json:
    return buyer | holder_json(held, show.currency) | {"owed_cents": owed.get(show.currency, 0)}


def _invoices(tx: sa.Connection, workspace_id: int, request: web.Request) -> Json:
    show = the_show(tx, workspace_id, request.match_info)
    limit = limit_of(request)
    after = cursor_of(request, 1)
    found = invoices.of_show(tx, workspace_id, show.id, after=after[0] if after else 0, limit=limit + 1)
    page = found[:limit]
    known = people.known(tx, workspace_id, {invoice.buyer_id for invoice in page})
    links = deliveries.links_of(tx, workspace_id, [invoice.id for invoice in page])
    public_url = request.app[ASSISTANT].settings.public_url
    return {
        "invoices": [invoice_json(i, known.get(i.buyer_id), links.get(i.id), public_url) for i in page],
        "next_cursor": str(page[-1].id) if len(found) > limit else None,
    }


def limit_of(request: web.Request) -> int:
    """How many of a page are wanted. Raises Problem."""
    given = request.query.get("limit", str(PAGE))
    if not re.fullmatch(r"[0-9]{1,6}", given) or not 1 <= int(given) <= LARGEST_PAGE:
        raise Problem(400, "BAD_REQUEST", f"limit is a number from 1 to {LARGEST_PAGE}.")
    return int(given)


def cursor_of(request: web.Request, parts: int) -> list[int] | None:
    """Where the page before ended, in so many numbers. Raises Problem."""
    given = request.query.get("cursor")
    if given is None:
        return None
    if not re.fullmatch("-".join(["[0-9]{1,18}"] * parts), given):
        raise Problem(400, "BAD_REQUEST", "cursor is the next_cursor of the page before.")
    return [int(part) for part in given.split("-")]


def _look(path: str, does: str, read: Reader, answers: str, *query: str) -> Route:
    return Route(method="GET", path=path, does=does, handler=_answer(read), answers=answers, query=query)


SHOW = "/api/shows/{show_id}"

ROUTES = (
    _look("/api/shows", "List the shows, newest first", _shows, "Shows", "limit", "cursor"),
    _look(SHOW, "Say how a show stands, with how many claims there are of each status", _show, "ShowWithTally"),
    _look(f"{SHOW}/items", "List the items in the order they were added", _items, "Items"),
    _look(
        f"{SHOW}/claims",
        "List the ledger: every comment and its decision, in the order decided",
        _claims,
        "Claims",
        "limit",
        "cursor",
    ),
    _look(f"{SHOW}/buyers", "List who won and who waits, with what it comes to", _buyers, "Buyers", "limit", "cursor"),
    _look(f"{SHOW}/invoices", "List the invoices, oldest first", _invoices, "Invoices", "limit", "cursor"),
)
