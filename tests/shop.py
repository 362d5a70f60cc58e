"""A whole shop in one process: the real service on a real database, beside strict stand-ins for the outside world."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import sqlalchemy as sa
from aiohttp import web

from bot.app import make_app, utc_now
from bot.jobs import engine, queues
from bot.kit.pacing import Pace
from bot.settings import load_settings
from bot.webhooks import ASSISTANT
from bot.workflows.assistant import Assistant
from sandbox.facebook import FacebookStandIn, Page
from sandbox.facebook import Person as Commenter
from sandbox.stripe import DEFAULT_KEY, StripeStandIn
from sandbox.telegram import Group, Person, TelegramStandIn
from storage import tokens
from storage.database import Database
from storage.tables import deliveries
from tests.postgres import copy_to_template

BOT_TOKEN = "1001:AAsandbox_token_of_the_story_bot_00000"
PAGE_TOKEN = "EAApagetoken0000000000000"
PATIENCE = 60.0
"""Seconds a story waits for something that will happen, on however busy a machine."""
SWIFT_BREATH = 0.02
"""Seconds between two looks of the engine into a queue."""


@dataclass
class Operator:
    """The seller, in the private chat with the bot."""

    shop: Shop
    person: Person

    async def says(self, text: str, *, hears: str = "") -> str:
        """Send a message; the next answer that contains `hears`."""
        await self.person.says(text, to=self.shop.bot)
        return await self.hears(hears)

    async def hears(self, contains: str) -> str:
        """The next message in the private chat that contains this."""
        heard = await self.person.hears(contains=contains, in_chat=self.person.chat(self.shop.bot), timeout=PATIENCE)
        return str(heard.text)

    async def taps(self, button: str, *, under: str) -> None:
        """Tap a button under the newest message that contains `under`."""
        messages = [m for m in self.person.chat(self.shop.bot).messages if under in m.text and m.buttons]
        await self.person.taps(messages[-1], button)


@dataclass
class Shop:
    """The service and the world around it."""

    telegram: TelegramStandIn
    facebook: FacebookStandIn
    stripe: StripeStandIn
    url: str
    environ: dict[str, str]
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    """How the service waits before it tries a provider again."""
    said: list[str] = field(default_factory=list)
    bot: Any = None
    group: Group | None = None
    page: Page | None = None
    _runner: web.AppRunner | None = None

    async def open(self, **environ: str) -> None:
        """Start the service; `environ` overrides its settings, an empty value takes one away."""
        app = make_app(
            load_settings(self.environ | environ),
            now=self.now,
            say=self.said.append,
            pace=swift_pace(),
            sleep=self.sleep,
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        swift_start(self.database_url)
        with swift_engine():
            await self._runner.setup()
        remember_start(self.database_url)
        await web.TCPSite(self._runner, "127.0.0.1", int(self.url.rpartition(":")[2])).start()
        if "FACEBOOK_PAGE_ID" not in environ:
            await self.facebook.verify(f"{self.url}/webhooks/facebook")

    async def close(self) -> None:
        """Stop the service."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def database_url(self) -> str:
        """Where the shop keeps everything."""
        return self.environ["LIVE_ASSIST_DATABASE_URL"]

    @property
    def app(self) -> web.Application:
        """The running service."""
        assert self._runner is not None
        return self._runner.app

    @property
    def assistant(self) -> Assistant:
        """The running assistant."""
        return self.app[ASSISTANT]

    async def pairs_operator(self, name: str = "Olga") -> Operator:
        """An operator, paired with the code the service printed."""
        person = self.telegram.person(name, username=name.lower())
        await person.starts(self.bot)
        await person.hears(timeout=PATIENCE)
        found = re.search(r"/pair (\S+)", self.said[-1])
        assert found is not None, self.said
        operator = Operator(self, person)
        await operator.says(f"/pair {found[1]}", hears="Welcome")
        return operator

    async def opens_show(self, *items: str, title: str = "Friday") -> Operator:
        """A paired operator, Stripe connected, a live show with these items, the bot in the group."""
        operator = await self.pairs_operator()
        await operator.says(f"/stripe connect {DEFAULT_KEY}", hears="connected")
        await operator.says(f"/show new {title}", hears=title)
        await operator.says("/item add " + "\n".join(items), hears="✓")
        await operator.says("/live", hears="live")
        self.group = self.telegram.group("Sale group", members=[operator.person])
        await self.group.adds_bot(self.bot)
        return operator

    async def buyer(self, name: str, *, starts: bool = True) -> Person:
        """Somebody in the group; `starts` says whether they opened a private chat with the bot."""
        person = self.telegram.person(name, username=name.lower())
        assert self.group is not None
        await self.group.adds(person)
        if starts:
            await person.starts(self.bot)
            await person.hears(contains="Hello", timeout=PATIENCE)
        return person

    def commenter(self, name: str) -> Commenter:
        """Somebody on Facebook."""
        return self.facebook.person(name)

    async def heard(self) -> None:
        """Everything said so far has reached the service."""
        await self.telegram.drain()
        await self.facebook.drain()

    async def delivered(self) -> None:
        """Every message written down so far is out, or waits for a person: it was said, and no more of them come.

        Whatever acts on an event writes its messages in the same transaction, so this is for counting what came of
        something that is known to have been acted on.
        """
        under_way = sa.select(sa.func.count()).where(deliveries.c.status.in_(("queued", "sending")))
        database = Database(self.database_url)  # of a service that may be another process
        try:
            async with asyncio.timeout(PATIENCE):
                while await database.read(sa.Connection.scalar, under_way):  # noqa: ASYNC110 - no bell is rung for us
                    await asyncio.sleep(0.02)
        finally:
            await database.close()

    async def token(self) -> str:
        """An API token."""
        return await self.assistant.database.write(tokens.create, 1, name="story", scope="read", now=utc_now())

    async def api(self, path: str) -> Any:
        """Ask the JSON API."""
        headers = {"Authorization": f"Bearer {await self.token()}"}
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}{path}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def until(self, path: str, check: Callable[[Any], bool]) -> Any:
        """Ask the API again until the answer satisfies `check`."""
        answer = None
        try:
            async with asyncio.timeout(PATIENCE):
                while not check(answer := await self.api(path)):  # noqa: ASYNC110 - it asks like a script would
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{path} never became what it should; last: {answer}") from None
        return answer

    async def invoices(self, *statuses: str) -> list[dict[str, Any]]:
        """The invoices of the first show, once their statuses (sorted) are these."""
        found = await self.until(
            "/api/shows/1/invoices", lambda answer: sorted(i["status"] for i in answer["invoices"]) == sorted(statuses)
        )
        return list(found["invoices"])

    async def claims(self) -> list[tuple[str, str]]:
        """(buyer, status) of every entry of the first show's ledger that came from a comment."""
        await self.heard()
        rows = (await self.api("/api/shows/1/claims"))["claims"]
        return [
            (row["buyer"]["handle"] if row["buyer"] else "?", row["status"]) for row in rows if row["kind"] == "comment"
        ]


def swift_pace() -> Pace:
    """Pacing by a clock that moves as soon as somebody waits for it: no story takes longer than its work."""
    elapsed = 0.0

    async def wait(seconds: float) -> None:
        nonlocal elapsed
        elapsed += max(seconds, 0.0)
        await asyncio.sleep(0)

    return Pace(clock=lambda: elapsed, sleep=wait)


@contextmanager
def swift_engine() -> Iterator[None]:
    """An engine that looks again at once: a story does not wait for the breath that spares a busy machine."""
    swift = dict.fromkeys(("BREATH", "LONG_BREATH"), SWIFT_BREATH)
    with patch.multiple(queues, **swift), patch.object(engine, "NOTICE_SECONDS", 0.1):
        yield


_started: dict[str, bytes] = {}
"""The engine's tables after the very first start on each database, which takes a second to notice its new queues."""


def swift_start(database_url: str) -> None:
    """Let a new shop begin where the first one of this process was after its start; PostgreSQL copies a template."""
    file = engine_file(database_url)
    if file is not None and "sqlite" in _started and not file.exists():
        file.write_bytes(_started["sqlite"])


def remember_start(database_url: str) -> None:
    """Keep the engine's tables of the first shop, before there is any work in them."""
    file = engine_file(database_url)
    if file is None and "postgresql" not in _started:
        _started["postgresql"] = copy_to_template(database_url, "dbos")
    elif file is not None and "sqlite" not in _started:
        with closing(sqlite3.connect(file)) as jobs:
            _started["sqlite"] = jobs.serialize()


def engine_file(database_url: str) -> Path | None:
    """Where the engine keeps its tables beside a SQLite database; in PostgreSQL they are in the database itself."""
    url = sa.make_url(database_url)
    assert url.database, "a shop has a database"
    return Path(url.database.removesuffix(".db") + "-jobs.db") if url.get_backend_name() == "sqlite" else None


@contextmanager
def free_port() -> Iterator[int]:
    """A port nobody listens on, and nobody gets meanwhile who asks for any: only who asks for this one, to listen."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        port: int = kept.getsockname()[1]
        if sys.platform != "linux":  # elsewhere two may not have one port, even if only one of them listens
            kept.close()
        yield port


@asynccontextmanager
async def a_shop(data_dir: Path, database_url: str = "") -> AsyncIterator[Shop]:
    """The world, started; `await shop.open()` starts the service, on SQLite unless told otherwise."""
    with free_port() as port:
        telegram, stripe = TelegramStandIn(limits=False), StripeStandIn()
        facebook = FacebookStandIn(app_secret="app-secret", verify_token="verify-me")
        for stand_in in (telegram, facebook, stripe):
            await stand_in.start()
        url = f"http://127.0.0.1:{port}"
        shop = Shop(
            telegram=telegram,
            facebook=facebook,
            stripe=stripe,
            url=url,
            environ={
                "LIVE_ASSIST_DATA_DIR": str(data_dir),
                "LIVE_ASSIST_DATABASE_URL": database_url or f"sqlite+aiosqlite:///{data_dir}/live-assist.db",
                "LIVE_ASSIST_PUBLIC_URL": url,
                "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
                "TELEGRAM_API_BASE": telegram.url,
                "FACEBOOK_APP_SECRET": "app-secret",
                "FACEBOOK_VERIFY_TOKEN": "verify-me",
                "FACEBOOK_PAGE_ID": "9001",
                "FACEBOOK_PAGE_TOKEN": PAGE_TOKEN,
                "FACEBOOK_GRAPH_BASE": f"{facebook.url}/v26.0",
                "STRIPE_API_BASE": stripe.url,
            },
        )
        shop.bot = telegram.add_bot(BOT_TOKEN, "sale_bot", "Sale")
        shop.page = facebook.add_page("9001", "Mai's Shop", PAGE_TOKEN)
        try:
            yield shop
        finally:
            await shop.close()
            for stand_in in (telegram, facebook, stripe):
                await stand_in.stop()
