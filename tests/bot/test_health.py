"""Whether we live and can work, with nothing set up and with the database gone."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import bot.api.routes
import bot.health
from bot.api.table import VARIANT
from bot.app import utc_now
from bot.problems import problems
from bot.settings import load_settings
from bot.webhooks import ASSISTANT
from bot.workflows.assistant import Assistant
from storage.crypto import Vault
from storage.database import Database, sync_url
from storage.upgrade import migrate
from tests.shop import Shop, free_port

Ask = Callable[[str], Coroutine[Any, Any, tuple[int, dict[str, Any]]]]
NOTHING = {
    "TELEGRAM_BOT_TOKEN": "",
    "FACEBOOK_APP_SECRET": "",
    "FACEBOOK_VERIFY_TOKEN": "",
    "FACEBOOK_PAGE_ID": "",
    "FACEBOOK_PAGE_TOKEN": "",
}


async def test_with_nothing_set_up_it_lives_and_its_doors_are_closed(shop: Shop) -> None:
    await shop.open(**NOTHING)
    body = b"{}"
    signed_with_nothing = {
        "X-Hub-Signature-256": "sha256=" + hmac.digest(b"", body, hashlib.sha256).hex(),
        "X-Telegram-Bot-Api-Secret-Token": "",
        "Stripe-Signature": "t=1,v1=" + hmac.digest(b"", b"1." + body, hashlib.sha256).hex(),
    }
    handshake = "/webhooks/facebook?hub.mode=subscribe&hub.verify_token=&hub.challenge=1"
    async with aiohttp.ClientSession(shop.url, headers=signed_with_nothing) as session:
        told = {}
        for method, path in (
            ("GET", "/healthz"),
            ("GET", "/readyz"),
            ("GET", handshake),
            ("POST", "/webhooks/facebook"),
            ("POST", "/webhooks/telegram/1"),
            ("POST", "/api/webhooks/stripe"),
            ("POST", "/api/webhooks/stripe/1"),
            ("POST", "/api/webhooks/square"),
            ("POST", "/api/webhooks/paypal"),
        ):
            async with session.request(method, path, data=body if method == "POST" else None) as answer:
                told[path] = (answer.status, (await answer.json()).get("error_code"))
    assert told == {
        "/healthz": (200, None),
        "/readyz": (200, None),
        handshake: (503, "FACEBOOK_NOT_CONFIGURED"),
        "/webhooks/facebook": (503, "FACEBOOK_NOT_CONFIGURED"),
        "/webhooks/telegram/1": (404, "NOT_FOUND"),
        "/api/webhooks/stripe": (503, "STRIPE_NOT_CONFIGURED"),
        "/api/webhooks/stripe/1": (404, "NOT_FOUND"),
        "/api/webhooks/square": (503, "SQUARE_NOT_CONFIGURED"),
        "/api/webhooks/paypal": (404, "NOT_FOUND"),
    }
    async with aiohttp.ClientSession(shop.url) as session, session.post("/api/webhooks/square", data=b"{}") as answer:
        assert "Set SQUARE_WEBHOOK_SIGNATURE_KEY first." in (await answer.json())["message"]


async def test_a_page_without_an_app_secret_has_a_closed_door(shop: Shop) -> None:
    await shop.open(**NOTHING | {"FACEBOOK_PAGE_ID": "9001", "FACEBOOK_PAGE_TOKEN": "EAApagetoken0000000000000"})
    signature = "sha256=" + hmac.digest(b"", b"{}", hashlib.sha256).hex()
    async with aiohttp.ClientSession(shop.url, headers={"X-Hub-Signature-256": signature}) as session:
        async with session.post("/webhooks/facebook", data=b"{}") as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (503, "FACEBOOK_NOT_CONFIGURED")
        async with session.get("/webhooks/facebook?hub.mode=subscribe&hub.verify_token=&hub.challenge=1") as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (503, "FACEBOOK_NOT_CONFIGURED")


@pytest.fixture
async def ask_with(tmp_path: Path) -> AsyncIterator[Callable[[str], Coroutine[Any, Any, Ask]]]:
    """Serves the health checks and the API on any database, and asks them."""
    opened: list[tuple[TestClient[web.Request, web.Application], Database]] = []

    async def open_on(database_url: str) -> Ask:
        app = web.Application(middlewares=[problems])
        bot.health.add_routes(app)
        app[VARIANT] = "full"
        bot.api.routes.add_routes(app)
        database = Database(database_url)
        app[ASSISTANT] = Assistant(
            settings=load_settings({"LIVE_ASSIST_DATA_DIR": str(tmp_path)}),
            database=database,
            vault=Vault([b"k" * 32]),
            now=utc_now,
            provider_for=_no_provider,
            connect_provider=_no_provider,
            app_of=_no_provider,
        )
        client = TestClient(TestServer(app))
        await client.start_server()
        opened.append((client, database))

        async def ask(path: str) -> tuple[int, dict[str, Any]]:
            async with client.get(path, headers={"Authorization": "Bearer la_x"}) as answer:
                return answer.status, json.loads(await answer.read())

        return ask

    yield open_on
    for client, database in opened:
        await client.close()
        await database.close()


def _no_provider(*_: object) -> Any:
    raise AssertionError("nobody asks a provider here")


def _sqlite(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def _is_down(ask: Ask, *paths: str) -> None:
    assert (await ask("/healthz"))[0] == 200
    for path in paths:
        status, told = await ask(path)
        assert (status, told["error_code"]) == (503, "DATABASE_BUSY")
        assert set(told) == {"success", "message", "error_code", "details"}
        assert "nobody" not in json.dumps(told)


async def test_nobody_listens_where_the_database_should_be(
    ask_with: Callable[[str], Coroutine[Any, Any, Ask]], caplog: pytest.LogCaptureFixture
) -> None:
    with free_port() as port:
        ask = await ask_with(f"postgresql+asyncpg://nobody:hush-hush@127.0.0.1:{port}/shop")
        await _is_down(ask, "/readyz")
        assert caplog.records == []  # asked every second, it would fill the log
        await _is_down(ask, "/api/shows")
    assert "hush-hush" not in caplog.text


async def test_the_database_file_is_gone(ask_with: Callable[[str], Coroutine[Any, Any, Ask]], tmp_path: Path) -> None:
    await _is_down(await ask_with(_sqlite(tmp_path / "nowhere" / "shop.db")), "/readyz", "/api/shows")


async def test_the_database_file_is_empty(ask_with: Callable[[str], Coroutine[Any, Any, Ask]], tmp_path: Path) -> None:
    await _is_down(await ask_with(_sqlite(tmp_path / "empty.db")), "/readyz", "/api/shows")


async def test_the_database_file_is_something_else(
    ask_with: Callable[[str], Coroutine[Any, Any, Ask]], tmp_path: Path
) -> None:
    (tmp_path / "photo.db").write_bytes(b"\x89PNG\r\n" * 1000)
    await _is_down(await ask_with(_sqlite(tmp_path / "photo.db")), "/readyz")


async def test_a_database_that_does_not_answer_is_not_waited_for(
    ask_with: Callable[[str], Coroutine[Any, Any, Ask]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.health, "ANSWERS_WITHIN", 0.01)
    path = tmp_path / "locked.db"
    migrate(_sqlite(path))
    ask = await ask_with(_sqlite(path))
    assert (await ask("/healthz"))[0] == 200
    holder = sa.create_engine(f"sqlite:///{path}")
    with holder.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        connection.exec_driver_sql("PRAGMA locking_mode=EXCLUSIVE")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        assert (await ask("/readyz"))[0] == 503
    holder.dispose()
    monkeypatch.undo()
    assert (await ask("/readyz"))[0] == 200


async def test_a_database_that_takes_no_writes_is_not_ready_until_it_does(
    ask_with: Callable[[str], Coroutine[Any, Any, Ask]], postgres_url: str
) -> None:
    engine = sa.create_engine(sync_url(sa.make_url(postgres_url)), isolation_level="AUTOCOMMIT")
    name = str(engine.url.database)
    for which, expected in (("on", (503, "DATABASE_READ_ONLY")), ("off", (200, None))):
        with engine.connect() as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {which}')
        engine.dispose()
        ask = await ask_with(postgres_url)
        status, told = await ask("/readyz")
        assert (status, told.get("error_code")) == expected
        assert (await ask("/healthz"))[0] == 200
        if which == "on":
            assert "takes no writes" in told["message"]
            assert "primary" in told["message"]
