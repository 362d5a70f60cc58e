"""Every route there is, asked by those who may not: without a token, with a wrong one, a small one, another's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from yarl import URL

from adapters.registry import PROVIDERS
from bot.api.openapi import all_routes
from bot.api.table import Route
from bot.app import utc_now
from bot.jobs.clock import Clock
from bot.workflows.connect_providers import connect_by_key
from storage import tokens
from storage.database import new_id
from storage.tables import buyers, claims, items, ledger, metadata, runs, shows, subscriptions, workspaces
from storage.tables import invoices as invoices_table
from tests.bot.test_api_deeds import WITHOUT_FACEBOOK
from tests.shop import Shop, a_shop
from tests.till import GOOD, Books, Till

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
MARK = "Zanzibar"
"""A word that only the books of the one who is spied on hold."""
ENVELOPE = {"success", "message", "error_code", "details"}
ROUTES = {f"{route.method} {route.path}": route for route in all_routes()}
GUARDED = {name: route for name, route in ROUTES.items() if route.scope}
OURS = re.compile(r"{(\w+_id|code)}")
"""What in a path names a thing of one workspace."""


@dataclass
class Street:
    """Two workspaces with the same provider, one of which wants to know about the other."""

    shop: Shop
    session: aiohttp.ClientSession
    ids: dict[str, Any]
    """What the victim's things are called, in paths and in bodies."""
    read: str
    spy: str

    def path(self, route: Route) -> URL:
        filled = re.sub(r"{(\w+)}", lambda found: str(self.ids.get(found[1], "1")), route.path)
        return URL(f"{self.shop.url}{filled}", encoded=True)

    def body(self, route: Route) -> Json | None:
        """What the route takes, about the victim's things."""
        if route.method == "GET":
            return None
        wanted = {name for name, field in route.body.items() if field.required or name in self.ids}
        if {"buyer", "buyer_id"} <= wanted:
            wanted.remove("buyer")
        ids = self.ids | ({"buyer": self.ids["buyer_id"]} if "anyOf" in _schema(route, "buyer") else {})
        return {name: ids.get(name, _sample(route.body[name].schema)) for name in wanted}

    async def asks(self, route: Route, *tokens: str) -> tuple[int, str]:
        headers = [("Authorization", token) for token in tokens]
        async with self.session.request(
            route.method, self.path(route), json=self.body(route), headers=headers, allow_redirects=False
        ) as answer:
            text = await answer.text()
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Server"] == "Live Assist"
            if answer.status >= 400:
                told = await answer.json()
                assert set(told) == ENVELOPE, route.path
                assert told["success"] is False
                assert re.fullmatch(r"[A-Z][A-Z_]+", told["error_code"])
            return answer.status, text

    async def books(self) -> str:
        """All that is kept for the victim, but for what only tells of it."""

        def look(tx: sa.Connection) -> str:
            mine = [table for table in metadata.sorted_tables if "workspace_id" in table.c]
            kept = [
                repr(tx.execute(sa.select(table).where(table.c.workspace_id == self.ids["workspace_id"])).all())
                for table in mine
                if table.name not in ("events", "integration_logs")
            ]
            return "\n".join(kept)

        return await self.shop.assistant.database.read(look)


def _schema(route: Route, name: str) -> Json:
    return route.body[name].schema if name in route.body else {}


def _sample(schema: Json) -> Any:
    """Something that a field may be."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [_sample(schema["items"])]
    return {"integer": schema.get("minimum", 1), "boolean": True, "object": {}}.get(kind, "x")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def street(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Street]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROVIDERS, "till", Till)
        patch.setattr(Till, "books", Books())
        patch.setattr(Clock, "start", _stands_still)
        async with a_shop(tmp_path_factory.mktemp("street"), shared_database_url) as shop, aiohttp.ClientSession() as s:
            await shop.open(**WITHOUT_FACEBOOK, TILL_CLIENT_ID="client_1")
            victim, spy = [await shop.assistant.database.write(_workspace, name) for name in (MARK, "Spy")]
            for one in (victim, spy):
                await connect_by_key(shop.assistant, one, "till", {"access_token": GOOD})
            await shop.assistant.errands_done()
            ids = await shop.assistant.database.write(_things, victim)
            read, other = [
                await shop.assistant.database.write(tokens.create, one, name="t", scope=scope, now=utc_now())
                for one, scope in ((victim, "read"), (spy, "admin"))
            ]
            yield Street(shop, s, ids, read, other)


async def _stands_still(_clock: Clock) -> None:
    """What happens by the clock happens whenever it wants, and is nobody's request."""


def _workspace(tx: sa.Connection, name: str) -> int:
    values = {"uid": name.lower(), "name": name, "plan": "business", "currency": "USD"}
    return new_id(tx.execute(workspaces.insert().values(created_at=utc_now(), **values)))


def _things(tx: sa.Connection, workspace_id: int) -> Json:
    """One of everything, each with the word in it."""
    of: Json = {"workspace_id": workspace_id}
    at = {"created_at": utc_now()}
    show = new_id(tx.execute(shows.insert().values(title=MARK, currency="USD", status="ended", **of, **at)))
    buyer = new_id(tx.execute(buyers.insert().values(handle=MARK, handle_key=MARK.lower(), name=MARK, **of, **at)))
    item = {"show_id": show, "code": "12", "code_key": "12", "title": MARK, "currency": "USD", "options": []}
    item_id = new_id(tx.execute(items.insert().values(**item, price_cents=1990, won=1, **of, **at)))
    moments = {"commented_at": utc_now(), "decided_at": utc_now()}
    entry = {"show_id": show, "seq": 1, "kind": "comment", "buyer_id": buyer, "text": MARK, "status": "winner"}
    tx.execute(ledger.insert().values(**entry, **of, **moments))
    claim = {"show_id": show, "seq": 1, "wish": 0, "item_id": item_id, "item_code": "12", "buyer_id": buyer}
    claim_id = new_id(
        tx.execute(claims.insert().values(**claim, options=[], status="winner", decided_at=utc_now(), **of))
    )
    integration = tx.scalar(sa.text("SELECT id FROM integrations WHERE workspace_id = :id"), {"id": workspace_id})
    invoice = new_id(
        tx.execute(
            invoices_table.insert().values(
                show_id=show, buyer_id=buyer, integration_id=integration, provider="till", account_id="shop_1",
                number="1", external_id="till_1", external_url=f"https://till.example/{MARK}", status="sent",
                amount_cents=1990, currency="USD", line_items=[], **of, **at,
            )
        )
    )  # fmt: skip
    subscription = new_id(
        tx.execute(
            subscriptions.insert().values(
                buyer_id=buyer, integration_id=integration, provider="till", account_id="shop_1", title=MARK,
                external_id="sub_1", amount_cents=1990, currency="USD", interval="month", status="active",
                updated_at=utc_now(), **of, **at,
            )
        )
    )  # fmt: skip
    run = new_id(tx.execute(runs.insert().values(show_id=show, kind="invoice", **of, **at)))
    return {
        "workspace_id": workspace_id, "show_id": show, "buyer_id": buyer, "buyer": MARK, "buyers": [buyer],
        "claim_id": claim_id, "invoice_id": invoice, "run_id": run, "code": "12", "item": "12", "provider": "till",
        "subscription_id": subscription, "currency": "USD",
    }  # fmt: skip


@pytest.mark.parametrize("name", GUARDED)
async def test_whoever_shows_no_token_or_a_wrong_one_gets_nothing(street: Street, name: str) -> None:
    before = await street.books()
    for wrong in ((), ("",), ("Bearer",), ("Bearer la_wrong",), (f"Basic {street.read}",), (street.read,)):
        assert (await street.asks(GUARDED[name], *wrong))[0] == 401
    twice = f"Bearer {street.read}"
    assert (await street.asks(GUARDED[name], twice, twice))[0] == 401
    assert await street.books() == before


@pytest.mark.parametrize("name", [name for name, route in GUARDED.items() if route.scope != "read"])
async def test_a_token_that_may_only_look_changes_nothing(street: Street, name: str) -> None:
    before = await street.books()
    status, text = await street.asks(GUARDED[name], f"Bearer {street.read}")
    assert (status, "SCOPE_TOO_SMALL" in text) == (403, True)
    assert await street.books() == before


@pytest.mark.parametrize("name", GUARDED)
async def test_another_workspaces_token_learns_and_changes_nothing(street: Street, name: str) -> None:
    route = GUARDED[name]
    before = await street.books()
    status, text = await street.asks(route, f"Bearer {street.spy}")
    assert status < 500, text
    assert MARK not in text
    about_ours = OURS.search(route.path) or {"show_id", "invoice_id", "buyer", "workspace_id"} & route.body.keys()
    assert status in (403, 404, 409) if about_ours else status not in (401, 403), text
    assert await street.books() == before


async def test_a_nul_is_nobodys_name_and_no_answer_to_anything(street: Street) -> None:
    """PostgreSQL takes no text with one in it."""
    owner = {"Authorization": f"Bearer {street.read}"}
    for route in ROUTES.values():
        if route.method == "GET":
            asked = street.path(route)
            for url, status in ((f"{asked}?cursor=%00&provider=%00&state=%00", 400), (f"{asked}%00", 404)):
                async with street.session.get(URL(url, encoded=True), headers=owner, allow_redirects=False) as answer:
                    assert answer.status == status, url
                    assert set(await answer.json()) == ENVELOPE
    async with street.session.get(URL(f"{street.shop.url}/pay/%00", encoded=True)) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/api/show", 404, "GET /api/openapi.json lists what there is."),
        ("GET", "/api/shows/", 404, "GET /api/openapi.json lists what there is."),
        ("PUT", "/api/shows", 405, "PUT is not possible at this address. GET, HEAD, POST would be."),
        ("OPTIONS", "/healthz", 405, "OPTIONS is not possible at this address. GET, HEAD would be."),
        ("GET", "/api/shows", 401, "live-assist token create"),
    ],
)
async def test_who_asks_wrongly_is_told_how_to_ask(
    street: Street, method: str, path: str, status: int, says: str
) -> None:
    async with street.session.request(method, f"{street.shop.url}{path}") as answer:
        told = await answer.json()
    assert (answer.status, set(told)) == (status, ENVELOPE)
    assert says in told["message"]


async def test_what_is_not_in_the_table_is_a_door_a_buyers_link_or_says_how_we_are(street: Street) -> None:
    there = {route.resource.canonical for route in street.shop.app.router.routes() if route.resource is not None}
    others = there - {route.path for route in ROUTES.values()}
    assert [path for path in others if not re.search(r"/webhooks?(/|$)|^/pay/{token}$|^/(healthz|readyz)$", path)] == []


@pytest.mark.parametrize(
    "door", ["/webhooks/facebook", "/webhooks/telegram/1", "/api/webhooks/till", "/api/connect/webhook"]
)
async def test_a_door_lets_nobody_in_who_has_not_signed(street: Street, door: str) -> None:
    before = await street.books()
    for url in (door, f"/api/webhooks/till/{street.ids['workspace_id']}"):
        async with street.session.post(f"{street.shop.url}{url}", data=b'{"id": 1, "kind": "paid"}') as answer:
            assert answer.status in (401, 403, 404, 503)
            assert set(await answer.json()) == ENVELOPE
    await street.shop.assistant.errands_done()
    assert await street.books() == before
