"""The live socket: what moves is told in order, once, and nothing is missed by somebody who comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

import bot.api.ws as ws_module
from bot.api.changes import Place
from storage import tokens
from tests.shop import PATIENCE, Shop


@asynccontextmanager
async def following(shop: Shop, after: str = "") -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    token = await shop.assistant.database.write(tokens.create, 1, name="t", scope="read", now=shop.now())
    headers = {"Authorization": f"Bearer {token}"}
    query = f"?after={after}" if after else ""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{shop.url}/api/ws{query}", headers=headers) as ws,
    ):
        assert (await ws.receive_json(timeout=PATIENCE))["type"] == "hello"
        yield ws


async def hear(ws: aiohttp.ClientWebSocketResponse, until: str, count: int = 1) -> list[dict[str, Any]]:
    """Everything up to the `count`th message of the type `until`."""
    heard: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while sum(message["type"] == until for message in heard) < count:
            heard.append(await ws.receive_json())
    return heard


def subject(message: dict[str, Any]) -> tuple[str, int]:
    """What a message is about; of one thing that moved often, only the newest has to be told again."""
    data = message["data"]
    return message["type"], data["seq"] if message["type"] == "claim.created" else data["id"]


async def test_an_evening_is_told_as_it_happens_and_can_be_caught_up_without_gaps(shop: Shop) -> None:
    await shop.open()
    operator = await shop.opens_show("12 Blue dress 19.90", "A7 Jade 45")
    mai, lan = await shop.buyer("Mai"), await shop.buyer("Lan")
    async with following(shop) as ws:
        await mai.says("12+1 A7+1", to=shop.group)
        await shop.heard()
        await lan.says("sold 12", to=shop.group)
        live = await hear(ws, "claim.created", 3)
        claims = [message["data"] for message in live if message["type"] == "claim.created"]
        assert [(c["text"], c["item"], c["status"]) for c in claims][-1] == ("sold 12", "12", "waitlisted")
        await operator.says("/release 12 @mai", hears="@lan")
        moved = await hear(ws, "claim.updated", 2)
        assert {(m["data"]["buyer"]["handle"], m["data"]["status"]) for m in moved if m["type"] == "claim.updated"} == {
            ("mai", "released"),
            ("lan", "winner"),
        }
        await operator.says("/invoice all", hears="2 sent")
        rest = await hear(ws, "run.progress")
        while not rest[-1]["data"].get("finished"):
            rest += await hear(ws, "run.progress")
    told = live + moved + rest
    assert {message["type"] for message in told} == {
        "claim.created",
        "claim.updated",
        "show.updated",
        "invoice.updated",
        "delivery.updated",
        "run.progress",
    }
    places = [Place.parse(message["id"]) for message in told]
    assert places == sorted(set(places)), "every message is told once, in order"

    for cut in (0, len(told) // 2, len(told) - 2):
        rest = told[cut + 1 :]
        async with following(shop, after=told[cut]["id"]) as ws:
            again = [await ws.receive_json(timeout=PATIENCE)]
            while again[-1]["id"] != told[-1]["id"]:
                again.append(await ws.receive_json(timeout=PATIENCE))
        ids = [m["id"] for m in again]
        assert ids == [m["id"] for m in rest if m["id"] in ids], "in the same order, and nothing else"
        assert {subject(m): m["id"] for m in again} == {subject(m): m["id"] for m in rest}, "the newest of each"


async def test_a_batch_can_be_left_and_taken_up_in_the_middle(shop: Shop) -> None:
    await shop.open()
    await shop.opens_show("12 Blue dress 19.90 x9")
    assert shop.page is not None
    live = await shop.page.goes_live("Live")
    async with following(shop) as ws:
        async with shop.facebook.batch():
            for number in range(5):
                await shop.commenter(f"Ana {number}").comments(live, "sold 12")
        told = [m for m in await hear(ws, "claim.created", 5) if m["type"] == "claim.created"]
    async with following(shop, after=told[2]["id"]) as ws:
        rest = [m for m in await hear(ws, "claim.created", 2) if m["type"] == "claim.created"]
    assert [m["id"] for m in rest] == [m["id"] for m in told[3:]]
    assert [m["data"]["text"] for m in rest] == ["sold 12", "sold 12"]


async def test_a_service_that_stops_hangs_up_and_goes_on_later(shop: Shop) -> None:
    await shop.open()
    await shop.opens_show("12 Blue dress 19.90")
    async with following(shop) as ws:
        closing = asyncio.create_task(shop.close())
        assert (await ws.receive(timeout=PATIENCE)).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == aiohttp.WSCloseCode.GOING_AWAY
        await closing


async def test_who_follows_with_a_token_that_is_revoked_hears_no_more(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws_module, "TRUST", 0.0)
    await shop.open()
    operator = await shop.opens_show("12 Blue dress 19.90")
    async with following(shop) as ws:
        await operator.says("/item add A7 Jade 45", hears="A7")
        await hear(ws, "show.updated")
        (mine,) = await shop.assistant.database.read(tokens.listed, 1)
        await shop.assistant.database.write(tokens.revoke, 1, mine.id)
        await operator.says("/end", hears="ended")
        async with asyncio.timeout(PATIENCE):
            said = [message async for message in ws]
    assert said == []
    assert ws.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_strangers_are_not_told_and_odd_requests_get_a_sentence(shop: Shop) -> None:
    await shop.open()
    token = await shop.assistant.database.write(tokens.create, 1, name="t", scope="read", now=shop.now())
    known = {"Authorization": f"Bearer {token}"}
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "a" * 22 + "==",
    }
    async with aiohttp.ClientSession() as session:
        for headers, query, status in [
            (upgrade, "", 401),
            (upgrade | {"Authorization": "Bearer la_wrong"}, "", 401),
            (known, "", 426),
            (known | upgrade, "?after=yesterday", 400),
            (known | upgrade, "?after=" + "9" * 40, 400),
        ]:
            async with session.get(f"{shop.url}/api/ws{query}", headers=headers) as answer:
                assert answer.status == status, (headers, query)
                assert (await answer.json())["success"] is False


@pytest.mark.parametrize("text", ["", "x", "1.x", "-1", "1.2.3", "٣", "9" * 31])
def test_only_places_are_places(text: str) -> None:
    with pytest.raises(ValueError, match="place"):
        Place.parse(text)
