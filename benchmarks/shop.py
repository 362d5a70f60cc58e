"""Live Assist as its owner runs it: `python -m bot serve` with its settings, a live show and its items.

The shop is set up once, through the command line and the API; every round begins with a fresh copy of it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.comments import APP_SECRET, PAGE_ID, Crowd
from benchmarks.postgres import Postgres
from benchmarks.processes import Failed, Process, environment, free_port, run


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One installation: its files, its database, and a token for its API."""

    home: Path
    settings: Mapping[str, str]
    token: str = ""
    database: str = ""
    """The name of its PostgreSQL database; empty on SQLite."""

    @property
    def database_url(self) -> str:
        """Where it keeps things."""
        return self.settings["LIVE_ASSIST_DATABASE_URL"]

    def serve(self) -> Process:
        """A process that serves it, on a port of its own; two of them are replicas."""
        port = free_port()
        environ = {**self.settings, "LIVE_ASSIST_PORT": str(port)}
        return Process("bot", "serve", home=self.home, port=port, ready="/readyz", environ=environ)

    async def ask(self, process: Process, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask its API. Raises Failed for anything but success."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, f"{process.url}{path}", json=body) as answer,
        ):
            if answer.status >= 300:
                raise Failed(f"{method} {path} answered {answer.status}: {(await answer.text())[:300]}")
            return await answer.json()


@dataclass(kw_only=True)
class Shops:
    """Makes shops, one like the other."""

    home: Path
    graph_url: str
    _models: dict[tuple[Crowd, bool, tuple[tuple[str, str], ...]], Shop] = field(default_factory=dict)
    _made: int = 0

    async def new(
        self, crowd: Crowd, *, postgres: Postgres | None = None, settings: Mapping[str, str] | None = None
    ) -> Shop:
        """A shop with a live show that has the items this crowd wants; `settings` come on top of the usual ones."""
        more = dict(settings or {})
        key = (crowd, postgres is not None, tuple(sorted(more.items())))
        if key not in self._models:
            self._models[key] = await self._set_up(crowd, postgres, more)
        return self._copy(self._models[key], postgres)

    def close(self, shop: Shop, postgres: Postgres | None = None) -> None:
        """Forget a shop whose processes have ended."""
        shutil.rmtree(shop.home, ignore_errors=True)
        if postgres is not None:
            postgres.drop(shop.database)
            postgres.settle()

    def _place(self, postgres: Postgres | None, settings: Mapping[str, str], template: str = "") -> Shop:
        self._made += 1
        home = self.home / f"shop-{self._made}"
        database = ""
        url = f"sqlite+aiosqlite:///{home}/live-assist.db"
        if postgres is not None:
            database = postgres.create(template) if template else postgres.create()
            url = postgres.sqlalchemy_url(database)
        usual = {
            "LIVE_ASSIST_DATA_DIR": str(home),
            "LIVE_ASSIST_DATABASE_URL": url,
            "FACEBOOK_APP_SECRET": APP_SECRET,
            "FACEBOOK_VERIFY_TOKEN": "benchmark",
            "FACEBOOK_PAGE_ID": PAGE_ID,
            "FACEBOOK_PAGE_TOKEN": "EAAbenchmark",
            "FACEBOOK_GRAPH_BASE": self.graph_url,
        }
        return Shop(home=home, settings=usual | dict(settings), database=database)

    async def _set_up(self, crowd: Crowd, postgres: Postgres | None, settings: Mapping[str, str]) -> Shop:
        bare = self._place(postgres, settings)
        bare.home.mkdir()
        environ = environment(bare.settings)
        await run("bot", "migrate", home=bare.home, environ=environ)
        order = ("token", "create", "--name", "benchmark", "--scope", "operate")
        made = await run("bot", *order, home=bare.home, environ=environ)
        shop = Shop(home=bare.home, settings=bare.settings, database=bare.database, token=made.split()[-1])
        async with shop.serve() as process:
            show = await shop.ask(process, "POST", "/api/shows", {"title": "Friday", "currency": "USD"})
            items = f"/api/shows/{show['id']}/items"
            for code in crowd.codes:
                item = {"code": code, "title": f"Thing {code}", "price_cents": 1900, "quantity": crowd.pieces}
                await shop.ask(process, "POST", items, item)
            await shop.ask(process, "POST", f"/api/shows/{show['id']}/start", {})
            await process.stop()
        return shop

    def _copy(self, model: Shop, postgres: Postgres | None) -> Shop:
        """The same shop in another place."""
        own = {"LIVE_ASSIST_DATA_DIR", "LIVE_ASSIST_DATABASE_URL"}
        kept = {name: value for name, value in model.settings.items() if name not in own}
        copy = self._place(postgres, kept, template=model.database)
        shutil.copytree(model.home, copy.home)
        return Shop(home=copy.home, settings=copy.settings, database=copy.database, token=model.token)
