"""What consoles are told: read once for all of them, in bounded steps, and never kept for one that does not take it."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from bot.api import feed as feed_module
from bot.api.changes import AT_ONCE, Look, Place, Told, look_after, now_at
from bot.api.feed import KEPT, Feed, Feeds
from bot.workflows.decide_comments import Decider
from bot.workflows.read_comments import Heard
from bot.workflows.stock_options import ItemChange
from messaging.base import Comment, Person, Verb
from storage import channels, claims, tokens
from tests.bot.workflows.evening import NOON, Evening, an_evening
from tests.shop import PATIENCE, Shop

START = Place(0)


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        yield opened


def batch(channel_id: int, first: int, count: int, text: str) -> list[Heard]:
    return [
        Heard(
            channel_id=channel_id,
            platform="telegram",
            comment=Comment(
                feed_id="group",
                feed_title="",
                comment_id=f"n{number}",
                verb=Verb.ADDED,
                revision=0,
                author=Person(id=f"id-{number % 40}", kind="user", username=f"buyer{number % 40}"),
                text=text,
                written_at=NOON,
            ),
        )
        for number in range(first, first + count)
    ]


def created(messages: Sequence[Told]) -> list[tuple[str, Any]]:
    told = [json.loads(message.text) for message in messages]
    return [(one["id"], one["data"]) for one in told if one["type"] == "claim.created"]


async def looks(evening: Evening, since: Place = START, limit: int = AT_ONCE) -> list[Look]:
    """Look after look, until there is nothing more."""
    found: list[Look] = []
    while (look := await evening.database.read(look_after, evening.workspace_id, since, limit)).messages:
        found.append(look)
        since = look.upto
    return found


async def test_small_looks_cut_a_batch_anywhere_and_leave_nothing_out(evening: Evening) -> None:
    await evening.add("12", "A7", quantity=9)
    await evening.record([*batch(evening.channel_id, 0, 3, "hello"), *batch(evening.channel_id, 3, 20, "12+1 A7+1")])
    await evening.release(0)
    await evening.record(batch(evening.channel_id, 30, 2, "sold 12"))
    (whole,) = await looks(evening)
    assert not whole.full
    assert len(created(whole.messages)) == 4 + 3 + 2 * 20 + 2, "a comment with two wishes is two messages"
    for limit in (1, 2, 7, 43):
        parts = await looks(evening, limit=limit)
        assert all(len(look.messages) <= limit for look in parts)
        assert [one for look in parts for one in created(look.messages)] == created(whole.messages)
        assert parts[-1].upto == whole.upto
    for told in whole.messages[::5]:
        rest = await looks(evening, told.place, limit=10)
        again = [message for look in rest for message in look.messages]
        assert created(again) == created([one for one in whole.messages if one.place > told.place])


async def test_what_moved_often_is_told_once_as_it_stands(evening: Evening) -> None:
    await evening.add("12")
    since = await evening.database.read(now_at, evening.workspace_id)
    for quantity in range(2, 40):
        await evening.edit("12", ItemChange(quantity=quantity))
    (look,) = await looks(evening, since)
    (told,) = [json.loads(message.text) for message in look.messages]
    assert told["type"] == "show.updated"
    assert told["data"]["items"][0]["quantity"] == 39


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[Place]:
    """From where it was looked, every time."""
    looked: list[Place] = []

    def noted(tx: sa.Connection, workspace_id: int, since: Place, **more: Any) -> Look:
        looked.append(since)
        return look_after(tx, workspace_id, since, **more)

    monkeypatch.setattr(feed_module, "look_after", noted)
    return looked


async def test_ten_consoles_cost_as_many_looks_as_one(evening: Evening, looked: list[Place]) -> None:
    now = await evening.database.read(now_at, evening.workspace_id)

    async def follow(feed: Feed) -> list[Told]:
        told: list[Told] = []
        while len(created(told)) < 600:
            told += await feed.after(told[-1].place if told else now)
        return told

    async with Feeds().follow(evening.assistant, evening.workspace_id, now) as feed:
        following = [asyncio.create_task(follow(feed)) for _ in range(10)]
        await asyncio.sleep(0)
        await evening.record(batch(evening.channel_id, 0, 600, "hello"))
        evening.assistant.bell.ring()
        first, *others = await asyncio.gather(*following)
    for told in others:
        assert all(one.text is another.text for one, another in zip(first, told, strict=True)), "it is the same text"
    assert len(looked) <= 1 + 600 / AT_ONCE + 1


async def test_who_comes_back_to_a_feed_hears_the_rest_and_then_waits_for_the_new(
    evening: Evening, looked: list[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "HURRY", 0.0)
    await evening.says(0, "first")
    (whole,) = await looks(evening)
    now = await evening.database.read(now_at, evening.workspace_id)
    async with Feeds().follow(evening.assistant, evening.workspace_id, now) as feed:
        assert await feed.after(whole.messages[-2].place) == whole.messages[-1:]
        next_one = asyncio.create_task(feed.after(whole.upto))
        for _ in range(30):
            await evening.item("12")  # time passes
        assert len(looked) <= 3, "the rest, that there is no more, and then it listens for the bell"
        await evening.says(1, "second")
        evening.assistant.bell.ring()
        ((_, data),) = created(await next_one)
        assert data["text"] == "second"


async def test_a_console_that_does_not_read_costs_nobody_anything(shop: Shop) -> None:
    """11 MB are told meanwhile; what the process holds of them for it is bounded, and it misses nothing."""
    await shop.open()
    await shop.opens_show("12 Blue dress 19.90")
    database, decider = shop.assistant.database, Decider()
    channel = await database.write(
        channels.ensure, 1, platform="telegram", external_id="77", title="Sale", now=shop.now()
    )
    token = await database.write(tokens.create, 1, name="t", scope="read", now=shop.now())
    headers = {"Authorization": f"Bearer {token}"}

    async def take(ws: aiohttp.ClientWebSocketResponse) -> list[int]:
        taken: list[int] = []
        async with asyncio.timeout(PATIENCE):
            while len(taken) < 5000:
                told = await ws.receive_json()
                if told["type"] == "claim.created":
                    taken.append(told["data"]["seq"])
        return taken

    async with (
        aiohttp.ClientSession(headers=headers) as session,
        aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(socket_factory=narrow)) as other,
        session.ws_connect(f"{shop.url}/api/ws") as quick,
        other.ws_connect(f"{shop.url}/api/ws") as stuck,
    ):
        taking = asyncio.create_task(take(quick))
        for first in range(0, 5000, 500):
            heard = batch(channel.id, first, 500, f"{first} {'so pretty ' * 200}")
            decider.remember(await database.write(decider.decide, 1, heard, NOON))
        seen = await taking
        assert seen == sorted(set(seen))
        gc.collect()
        kept = [one.text for one in gc.get_objects() if isinstance(one, Told)]
        largest_look = AT_ONCE * max(map(len, kept))
        assert sum(map(len, kept)) <= KEPT + 2 * largest_look
        waiting = [one.get_write_buffer_size() for one in gc.get_objects() if isinstance(one, asyncio.Transport)]
        assert sum(waiting) < largest_look
        assert await take(stuck) == seen


def narrow(address: Any) -> socket.socket:
    """A connection that takes in little before it is read."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return made


async def test_pages_of_the_ledger_may_end_inside_a_comment(evening: Evening) -> None:
    await evening.add("12", "A7", quantity=3)
    await evening.record(batch(evening.channel_id, 0, 4, "12+1 A7+1"))
    await evening.says(0, "hello again")
    where = (claims.ledger_page, evening.workspace_id, evening.show_id)
    whole = await evening.database.read(*where)
    assert [row.wish for row in whole].count(1) == 4
    for limit in (1, 2, 3):
        page, after = await evening.database.read(*where, limit=limit), list(whole[:0])
        while page:
            after += page
            last = page[-1]
            page = await evening.database.read(*where, after=(last.seq, last.wish or 0), limit=limit)
        assert after == whole
