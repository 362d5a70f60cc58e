"""The door for Telegram: who may come in, and what odd updates do."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa
from multidict import CIMultiDict

from bot.problems import LARGEST_BODY
from bot.webhooks import telegram_secret
from storage.tables import inbox
from tests.shop import BOT_TOKEN, Operator, Shop, a_shop

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEADER = "X-Telegram-Bot-Api-Secret-Token"
SECRET = telegram_secret(BOT_TOKEN)
GROUP = {"id": -1009, "type": "supergroup", "title": "Elsewhere"}
Json = dict[str, Any]


@dataclass
class Door:
    """`/webhooks/telegram/{channel}` of a shop with a live show."""

    shop: Shop
    operator: Operator
    session: aiohttp.ClientSession
    channel: str
    _numbers: int = 700_000_000

    def fresh(self) -> int:
        """A number nobody had before."""
        self._numbers += 1
        return self._numbers

    async def post(self, update: Any, *headers: tuple[str, str], channel: str | None = None) -> tuple[int, Json | str]:
        """Post an update, with the right secret unless headers are given; status and answer."""
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        sent = CIMultiDict(headers or [(HEADER, SECRET)])
        url = f"{self.shop.url}/webhooks/telegram/{channel or self.channel}"
        async with self.session.post(url, data=io.BytesIO(body), headers=sent) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else await answer.text()

    async def item(self) -> str:
        """A new item with a single piece; its code."""
        code = f"N{self.fresh()}"
        await self.operator.says(f"/item add {code} Thing 5", hears=code)
        return code

    async def claims_of(self, code: str) -> list[str]:
        """The statuses of every claim of an item."""
        rows = (await self.shop.api("/api/shows/1/claims?limit=500"))["claims"]
        return [row["status"] for row in rows if row["item"] == code]

    async def kept(self) -> list[str]:
        """The kinds of everything in the inbox that came through this door, oldest first."""
        kinds = sa.select(inbox.c.kind).where(inbox.c.source == f"telegram:{self.channel}").order_by(inbox.c.id)
        return await self.shop.assistant.database.read(lambda tx: list(tx.scalars(kinds)))

    def comment(self, text: Any, **more: Any) -> Json:
        """An update: somebody writes in the group."""
        number = self.fresh()
        message = {
            "message_id": number,
            "date": int(datetime.now(UTC).timestamp()),
            "chat": GROUP,
            "from": {"id": number, "is_bot": False, "first_name": f"Buyer {number}"},
            "text": text,
        } | more
        return {"update_id": number, "message": {key: value for key, value in message.items() if value is not None}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Door]:
    """One shop for the whole file; every case brings its own item and comments."""
    folder = tmp_path_factory.mktemp("telegram")
    async with a_shop(folder, shared_database_url) as shop, aiohttp.ClientSession() as session:
        await shop.open(FACEBOOK_PAGE_ID="", FACEBOOK_PAGE_TOKEN="", FACEBOOK_APP_SECRET="", FACEBOOK_VERIFY_TOKEN="")
        operator = await shop.opens_show("12 Blue dress 19.90 x5000")
        await shop.heard()
        (channel,) = shop.assistant.connected
        yield Door(shop, operator, session, str(channel))


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Nothing", "1")],
        [(HEADER, "")],
        [(HEADER, SECRET[:-1])],
        [(HEADER, SECRET + "0")],
        [(HEADER, SECRET.upper())],
        [(HEADER, BOT_TOKEN)],
        [(HEADER, "секрет")],
        [(HEADER, "x" * 8000)],
        [(HEADER, SECRET), (HEADER, SECRET)],
        [(HEADER, SECRET), (HEADER, "x")],
        [(HEADER, f"{SECRET}, {SECRET}")],
        [("X-Telegram-Bot-Api-Secret", SECRET)],
    ],
    ids=[
        "missing",
        "empty",
        "short",
        "long",
        "upper case",
        "the bot token",
        "not ASCII",
        "8 KB",
        "twice",
        "twice, one wrong",
        "two in one",
        "another header",
    ],
)
async def test_without_the_secret_nobody_comes_in(
    door: Door, headers: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    before = await door.kept(), await door.shop.api("/api/shows/1/claims?limit=500")
    status, told = await door.post(door.comment("12+1"), *headers)
    assert status == 403
    assert isinstance(told, dict)
    assert set(told) == {"success", "message", "error_code", "details"}
    assert (told["success"], told["error_code"]) == (False, "WEBHOOK_SIGNATURE_INVALID")
    assert (await door.kept(), await door.shop.api("/api/shows/1/claims?limit=500")) == before
    for secret in (SECRET, BOT_TOKEN):
        assert secret not in caplog.text
        assert secret not in json.dumps(told)


@pytest.mark.parametrize(
    "channel", ["2", "0", "-1", "01x", "1.0", "%20", "%00", "1%2F2", "9" * 30, "x" * 5000, "01", "١"]
)
async def test_there_is_no_other_channel(door: Door, channel: str) -> None:
    status, told = await door.post(door.comment("12+1"), channel=channel)
    assert (status, told["error_code"] if isinstance(told, dict) else told) == (404, "NOT_FOUND")


UNREADABLE = {
    "not JSON": b"hello",
    "empty": b"",
    "bad UTF-8": b'{"update_id": 1, "message": "\xff"}',
    "trailing bytes": b'{"update_id": 1} and more',
    "depth 100,000": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 5,000 digits": b'{"update_id": ' + b"9" * 5000 + b"}",
}
NOT_ACTED_ON: dict[str, Any] = {
    "a list": [],
    "null": None,
    "a text": "x",
    "no id": {"message": {"text": "12+1"}},
    "message is a list": {"update_id": 1, "message": [1]},
    "message is null": {"update_id": 2, "message": None},
    "chat is a number": {"update_id": 3, "message": {"message_id": 1, "chat": 5, "text": "12+1"}},
    "ids are wrong": {"update_id": 4, "message": {"message_id": [], "chat": {"id": True}, "from": {"id": 1.5}}},
    "a kind nobody knows": {"update_id": 5, "teleported": {"x": "y"}},
    "NaN": {"update_id": float("nan"), "message": {"date": float("inf"), "chat": {"id": float("nan")}}},
    "an id of 400 digits": {"update_id": 10**400, "message": {}},
    "a tap on nothing": {"update_id": 6, "callback_query": {"id": "1", "from": {"id": 5}, "data": "mute 1"}},
    "surrogates and NUL": {"update_id": "\ud800", "\0": "\0", "\udfff": {}},
}


@pytest.mark.parametrize("what", [*UNREADABLE, *NOT_ACTED_ON])
async def test_garbage_is_kept_once_and_blocks_nothing(door: Door, what: str, caplog: pytest.LogCaptureFixture) -> None:
    body = UNREADABLE[what] if what in UNREADABLE else json.dumps(NOT_ACTED_ON[what]).encode()
    before = await door.kept()
    assert (await door.post(body))[0] == 200
    kept = await door.kept()
    assert len(kept) == len(before) + 1
    assert (kept[-1] == "unreadable") == (what in UNREADABLE)
    assert (await door.post(body))[0] == 200
    assert await door.kept() == kept
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    code = await door.item()
    assert (await door.post(door.comment(f"sold {code}")))[0] == 200
    assert await door.claims_of(code) == ["winner"]


async def test_the_same_update_twenty_times_at_once_is_one_claim(door: Door) -> None:
    code = await door.item()
    update = door.comment(f"sold {code}")
    answers = await asyncio.gather(*(door.post(update) for _ in range(20)))
    assert [status for status, _ in answers] == [200] * 20
    assert (await door.post(update | {"update_id": door.fresh()}))[0] == 200
    assert await door.claims_of(code) == ["winner"]


async def test_a_command_sent_twenty_times_at_once_is_obeyed_once(door: Door) -> None:
    person = {"id": door.operator.person.id, "is_bot": False, "first_name": "Olga"}
    code = f"C{door.fresh()}"
    chat = {"id": door.operator.person.id, "type": "private"}
    update = door.comment(f"/item add {code} Lamp 5", chat=chat, **{"from": person})
    answers = await asyncio.gather(*(door.post(update) for _ in range(20)))
    assert [status for status, _ in answers] == [200] * 20
    await door.operator.hears(code)
    await door.shop.assistant.errands_done()
    said = [message.text for message in door.operator.person.chat(door.shop.bot).messages if code in message.text]
    assert len(said) == 1


async def test_a_huge_update_is_taken_and_a_larger_one_is_not(door: Door) -> None:
    code = await door.item()
    body = json.dumps(door.comment(f"sold {code}")).encode()
    body += b" " * (LARGEST_BODY - len(body))
    assert (await door.post(body))[0] == 200
    assert await door.claims_of(code) == ["winner"]
    status, told = await door.post(body + b" ")
    assert (status, told["error_code"] if isinstance(told, dict) else told) == (413, "BODY_TOO_LARGE")


async def test_a_secret_is_asked_for_before_the_body_is_read(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(door.shop.url.rpartition(":")[2]))
    head = f"POST /webhooks/telegram/{door.channel} HTTP/1.1\r\nHost: shop\r\nContent-Length: 4000000\r\n\r\n"
    writer.write(head.encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
    writer.close()


@pytest.mark.parametrize(
    "text", ["12+1 \0", "12+1 \ud800", "12+1 👩‍👩‍👧‍👦", "أريد 12+1 \u202e", "12'); DROP TABLE claims;--"]
)
async def test_whatever_people_write_is_kept(door: Door, text: str) -> None:
    name = {"id": door.fresh(), "is_bot": False, "first_name": text, "username": text}
    update = door.comment(text, **{"from": name})
    assert (await door.post(update))[0] == 200
    rows = (await door.shop.api("/api/shows/1/claims?limit=500"))["claims"]
    (row,) = [row for row in rows if row["comment_id"] == f"-1009:{update['message']['message_id']}"]
    assert row["text"] == text.replace("\0", "").replace("\ud800", "\ufffd")
