"""The JSON API towards strangers: who may ask, what is refused, and in which words."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict
from yarl import URL

from bot.problems import BODY_LIMIT, problems, takes
from storage import shows, tokens
from storage.database import new_id
from storage.tables import workspaces
from tests.shop import BOT_TOKEN, PAGE_TOKEN, Shop, a_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
LISTS = {
    "shows": "/api/shows",
    "claims": "/api/shows/1/claims",
    "buyers": "/api/shows/1/buyers",
    "invoices": "/api/shows/1/invoices",
}
PATHS = [*LISTS.values(), "/api/shows/1", "/api/shows/1/items"]


@dataclass
class Api:
    """The API of a shop with two shows and a full ledger, and of another workspace with a show of its own."""

    shop: Shop
    session: aiohttp.ClientSession
    token: str
    other_token: str
    other_show: int

    async def ask(
        self, path: str, *headers: tuple[str, str], method: str = "GET", body: Any = None
    ) -> tuple[int, Json, CIMultiDict[str]]:
        """Ask with a good token unless headers are given; status, answer and its headers."""
        sent = CIMultiDict(headers or [("Authorization", f"Bearer {self.token}")])
        url = URL(f"{self.shop.url}{path}", encoded=True)
        data = io.BytesIO(body) if isinstance(body, bytes) else body
        async with self.session.request(method, url, headers=sent, data=data) as answer:
            told = await answer.read()
            return answer.status, json.loads(told) if told else {}, CIMultiDict(answer.headers)

    async def refusal(self, path: str, *headers: tuple[str, str], **more: Any) -> tuple[int, str]:
        """The status and the code of a refusal, after a look at the whole envelope."""
        status, told, _ = await self.ask(path, *headers, **more)
        assert set(told) == {"success", "message", "error_code", "details"}, told
        assert told["success"] is False
        assert told["message"].endswith(".")
        assert told["details"] == {}
        for secret in (self.token, self.other_token, BOT_TOKEN, PAGE_TOKEN):
            assert secret not in json.dumps(told)
        return status, str(told["error_code"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Api]:
    """One shop for the whole file; nothing here changes it."""
    folder = tmp_path_factory.mktemp("api")
    async with a_shop(folder, shared_database_url) as shop, aiohttp.ClientSession() as session:
        await shop.open(FACEBOOK_PAGE_ID="", FACEBOOK_PAGE_TOKEN="", FACEBOOK_APP_SECRET="", FACEBOOK_VERIFY_TOKEN="")
        operator = await shop.opens_show("12 Blue dress 19.90 x3")
        for name in ("Mai", "Lan", "Hoa"):
            buyer = await shop.buyer(name, starts=False)
            await buyer.says("sold 12", to=shop.group)
            await buyer.says("so pretty", to=shop.group)
        await shop.heard()
        await operator.says("/end", hears="59.70 USD")
        await operator.says("/show new Saturday", hears="Saturday")
        database = shop.assistant.database
        token = await database.write(tokens.create, 1, name="ours", scope="read", now=shop.now())
        other = await database.write(_another_workspace, shop)
        other_token = await database.write(tokens.create, other, name="theirs", scope="admin", now=shop.now())
        theirs = await database.write(shows.create, other, title="Theirs", currency="USD", now=shop.now())
        yield Api(shop, session, token, other_token, theirs.id)


def _another_workspace(tx: sa.Connection, shop: Shop) -> int:
    made = tx.execute(
        workspaces.insert().values(uid="another", name="Other", plan="free", currency="USD", created_at=shop.now())
    )
    return new_id(made)


# --- who may ask -------------------------------------------------------------------------------------------

NO_TOKENS = {
    "nothing": ("X-Nothing", "1"),
    "an empty one": ("Authorization", ""),
    "only the word": ("Authorization", "Bearer"),
    "the word and a space": ("Authorization", "Bearer "),
    "another way": ("Authorization", "Basic bGE6Yg=="),
    "a made-up one": ("Authorization", "Bearer la_made_up"),
    "not ASCII": ("Authorization", "Bearer ключ"),
    "8 KB": ("Authorization", "Bearer " + "x" * 8000),
    "SQL": ("Authorization", "Bearer ' OR 1=1 --"),
}


@pytest.mark.parametrize("what", NO_TOKENS)
async def test_without_a_token_nothing_is_told(api: Api, what: str, caplog: pytest.LogCaptureFixture) -> None:
    for path in PATHS:
        assert await api.refusal(path, NO_TOKENS[what]) == (401, "UNAUTHORIZED")
    _, _, headers = await api.ask(PATHS[0], NO_TOKENS[what])
    assert headers["WWW-Authenticate"] == "Bearer"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_token_almost_right_is_wrong(api: Api) -> None:
    for almost in (api.token[:-1], api.token + "x", api.token.upper(), api.token.removeprefix("la_"), f"{api.token} x"):
        assert await api.refusal("/api/shows", ("Authorization", f"Bearer {almost}")) == (401, "UNAUTHORIZED")
    both = ("Authorization", f"Bearer {api.token}"), ("Authorization", "Bearer la_made_up")
    for headers in (both, both[::-1]):
        assert await api.refusal("/api/shows", *headers) == (401, "UNAUTHORIZED")
    assert (await api.ask("/api/shows", ("authorization", f"bearer {api.token}")))[0] == 200


async def test_a_token_in_the_address_is_no_token(api: Api) -> None:
    for name in ("token", "access_token", "api_key"):
        assert await api.refusal(f"/api/shows?{name}={api.token}", ("X-Nothing", "1")) == (401, "UNAUTHORIZED")


async def test_a_scope_too_small_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "SCOPES", ("nothing", *tokens.SCOPES))
    small = await api.shop.assistant.database.write(tokens.create, 1, name="small", scope="nothing", now=api.shop.now())
    assert await api.refusal("/api/shows", ("Authorization", f"Bearer {small}")) == (403, "SCOPE_TOO_SMALL")


async def test_the_shows_of_another_workspace_are_not_there(api: Api) -> None:
    ours, theirs = ("Authorization", f"Bearer {api.token}"), ("Authorization", f"Bearer {api.other_token}")
    for path in PATHS[1:]:
        assert (await api.ask(path, ours))[0] == 200
        assert await api.refusal(path, theirs) == (404, "NOT_FOUND")
        assert await api.refusal(path.replace("/1", f"/{api.other_show}"), ours) == (404, "NOT_FOUND")
    assert [show["title"] for show in (await api.ask("/api/shows", ours))[1]["shows"]] == ["Saturday", "Friday"]
    assert [show["title"] for show in (await api.ask("/api/shows", theirs))[1]["shows"]] == ["Theirs"]


# --- what is asked -----------------------------------------------------------------------------------------

NO_SHOWS = [
    "9",
    "0",
    "-1",
    "1.0",
    "1e0",
    "0x1",
    "x",
    "%00",
    "%20",
    "%D9%A1",
    "9" * 19,
    "9" * 5000,
    "%ff%fe",
    "1%0a",
    "1;--",
    "null",
]


@pytest.mark.parametrize("number", NO_SHOWS)
async def test_there_is_no_such_show(api: Api, number: str) -> None:
    for rest in ("", "/items", "/claims", "/buyers", "/invoices"):
        assert await api.refusal(f"/api/shows/{number}{rest}") == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", LISTS.values())
async def test_a_bad_limit_or_cursor_is_a_bad_request(api: Api, path: str) -> None:
    for limit in ("", "0", "-1", "501", "9" * 30, "1.5", "ten", "1e2", "%00", "%D9%A1", "+5", "%205"):
        assert await api.refusal(f"{path}?limit={limit}") == (400, "BAD_REQUEST")
    for cursor in ("", "x", "-1", "1-", "1-2-3", "9" * 19, "%00", "1%27--", "%D9%A1", "null", "%ff", "1.5"):
        assert await api.refusal(f"{path}?cursor={cursor}") == (400, "BAD_REQUEST")


@pytest.mark.parametrize(("noun", "path"), LISTS.items())
async def test_pages_add_up_to_the_whole(api: Api, noun: str, path: str) -> None:
    whole = (await api.ask(f"{path}?limit=500"))[1]
    assert whole["next_cursor"] is None
    pages: list[Json] = []
    cursor = ""
    for _ in range(len(whole[noun]) + 1):
        page = (await api.ask(f"{path}?limit=1{cursor}"))[1]
        assert len(page[noun]) <= 1
        pages += page[noun]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == whole[noun]
    assert noun == "invoices" or len(pages) > 1
    beyond = "999999999999999999-0" if noun == "claims" else "999999999999999999"
    assert (await api.ask(f"{path}?cursor={beyond}"))[0] == 200


# --- how it is asked ---------------------------------------------------------------------------------------


async def test_what_is_not_there_is_said_in_the_envelope(api: Api) -> None:
    for path in ("/", "/api", "/api/", "/api/nothing", "/api/shows/", "/..%2f..%2fetc/passwd", "/%00", "/%ff", "//api"):
        assert await api.refusal(path) == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "PROPFIND"])
async def test_another_method_is_refused_with_those_there_are(api: Api, method: str) -> None:
    for path in ("/api/shows/1/buyers", "/api/shows/1/invoices", "/healthz", "/readyz"):
        assert await api.refusal(path, method=method) == (405, "METHOD_NOT_ALLOWED")
        assert "GET" in (await api.ask(path, method=method))[2]["Allow"]


async def test_a_method_in_a_header_changes_nothing(api: Api) -> None:
    headers = ("Authorization", f"Bearer {api.token}"), ("X-HTTP-Method-Override", "DELETE")
    assert (await api.ask("/api/shows/1", *headers))[1]["title"] == "Friday"


async def test_a_large_body_is_refused_whatever_is_asked(api: Api) -> None:
    body = b" " * (BODY_LIMIT + 1)
    for method, path in (("GET", "/api/shows"), ("POST", "/api/shows"), ("PUT", "/nowhere"), ("GET", "/healthz")):
        assert await api.refusal(path, method=method, body=body) == (413, "BODY_TOO_LARGE")
    assert (await api.ask("/api/shows", method="GET", body=body[1:]))[0] == 200


async def test_a_body_in_chunks_is_read_as_far_as_its_handler_takes() -> None:
    """Whatever the application as a whole would read; a route that reads bodies has nothing to do for it."""

    async def small(request: web.Request) -> web.Response:
        return web.json_response({"bytes": len(await request.read())})

    @takes(3 * BODY_LIMIT)
    async def large(request: web.Request) -> web.Response:
        return await small(request)

    async def chunks(size: int) -> AsyncIterator[bytes]:
        for start in range(0, size, 65_536):
            yield b" " * min(65_536, size - start)

    app = web.Application(middlewares=[problems], client_max_size=2 * BODY_LIMIT)
    app.router.add_post("/small", small)
    app.router.add_post("/large", large)
    async with TestClient(TestServer(app)) as client:
        for path, limit in (("/small", BODY_LIMIT), ("/large", 3 * BODY_LIMIT)):
            async with client.post(path, data=chunks(limit)) as answer:
                assert await answer.json() == {"bytes": limit}
            async with client.post(path, data=chunks(limit + 1)) as answer:
                assert (answer.status, (await answer.json())["error_code"]) == (413, "BODY_TOO_LARGE")


async def test_a_compressed_body_is_refused_whatever_is_asked(api: Api) -> None:
    packed = gzip.compress(b"{}")
    for method, path in (("POST", "/api/shows"), ("GET", "/api/shows"), ("PUT", "/nowhere")):
        told = await api.refusal(path, ("Content-Encoding", "gzip"), method=method, body=packed)
        assert told == (415, "BODY_COMPRESSED")


RAW = {
    "a method nobody has": (b"SHOUT / HTTP/1.1\r\nHost: shop\r\n\r\n", b"400 405 404"),
    "TRACE": (b"TRACE / HTTP/1.1\r\nHost: shop\r\n\r\n", b"404 405 400"),
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", b"200 400"),
    "HTTP/1.0": (b"GET /healthz HTTP/1.0\r\n\r\n", b"200"),
    "HTTP/3.7": (b"GET /healthz HTTP/3.7\r\nHost: shop\r\n\r\n", b"400 505"),
    "absolute": (b"GET http://evil.example/healthz HTTP/1.1\r\nHost: shop\r\n\r\n", b"200 400 404"),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n", b"400 404 405"),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"400 404 405"),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", b"400"),
    "length and chunks": (
        b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"400",
    ),
    "odd chunks": (b"POST / HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", b"400 404 501"),
    "a negative length": (b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: -1\r\n\r\n", b"400"),
    "a length of 5,000 digits": (
        b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"400 413",
    ),
    "a folded header": (b"GET /healthz HTTP/1.1\r\nHost: s\r\nX: a\r\n b\r\n\r\n", b"200 400"),
    "a space before the colon": (b"GET /healthz HTTP/1.1\r\nHost : s\r\n\r\n", b"400"),
    "100 KB of header": (b"GET /healthz HTTP/1.1\r\nHost: s\r\nX: " + b"x" * 102_400 + b"\r\n\r\n", b"400 431"),
    "a thousand headers": (b"GET /healthz HTTP/1.1\r\nHost: s\r\n" + b"X: y\r\n" * 1000 + b"\r\n", b"400 431"),
    "a path of 100 KB": (b"GET /" + b"x" * 102_400 + b" HTTP/1.1\r\nHost: s\r\n\r\n", b"400 414"),
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64, b"400"),
}


@pytest.mark.parametrize("what", RAW)
async def test_odd_http_is_answered_and_the_next_one_is_not_confused(api: Api, what: str) -> None:
    sent, allowed = RAW[what]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.shop.url.rpartition(":")[2]))
    writer.write(sent)
    status = (await reader.readline()).split()[1]
    writer.close()
    assert status in allowed.split()
    assert (await api.ask("/healthz"))[0] == 200
    assert (await api.ask("/readyz"))[0] == 200


async def test_an_error_of_our_own_says_nothing_about_our_insides(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("the till is on fire")

    monkeypatch.setattr(shows, "get", breaks)
    status, told, _ = await api.ask("/api/shows/1%0aFAKE%20LINE/items?secret=hidden")
    assert status == 404
    status, told, _ = await api.ask("/api/shows/1/items?secret=hidden")
    assert (status, told["error_code"]) == (500, "INTERNAL_ERROR")
    assert "fire" not in json.dumps(told)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage() == "GET /api/shows/{show_id}/items failed"
    assert "hidden" not in caplog.text
    assert api.token not in caplog.text


async def test_buyers_come_with_their_light_and_what_they_owe_in_every_show(api: Api) -> None:
    _, told, _ = await api.ask("/api/shows/1/buyers")
    seen = {one["handle"]: (one["light"], one["blocked"], one["owed_cents"]) for one in told["buyers"]}
    assert seen == dict.fromkeys(("mai", "lan", "hoa"), ("red", False, 1990))
    _, told, _ = await api.ask("/api/shows/1/claims")
    assert {one["buyer"]["light"] for one in told["claims"] if one["buyer"]} == {"red"}
