"""What was committed and not handed over is found, however much else waits before it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import utc_now
from bot.jobs.clock import Clock
from bot.jobs.duties import AllMine
from bot.webhooks import EARS
from bot.workflows.reconcile_payments import Reconciliation
from bot.workflows.settle_payments import WAITS
from storage import deliveries, inbox
from tests.shop import PATIENCE, Shop


async def nothing() -> None:
    pass


def clock_of(shop: Shop) -> Clock:
    """A clock of this shop that goes when it is told to."""
    engine: Any = shop.assistant.jobs
    return Clock(shop.assistant, engine, shop.app[EARS], AllMine(), connect=nothing, meet=nothing, renew=nothing)


def queue(tx: sa.Connection, channel_id: int, chat_id: str, texts: list[str], now: datetime) -> list[int]:
    """Messages to one chat, written down."""
    to = {"channel_id": channel_id, "chat_id": chat_id, "purpose": "notice", "now": now}
    made = [deliveries.queue(tx, 1, text=text, dedupe_key=f"test/{text}", **to) for text in texts]
    return [one for one in made if one is not None]


async def test_messages_behind_many_that_wait_are_handed_over(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.deliveries.PAGE", 2)
    await shop.open()
    operator = await shop.pairs_operator()
    assistant, jobs = shop.assistant, shop.assistant.jobs
    ((channel_id, telegram),) = (
        (one, at.platform) for one, at in assistant.connected.items() if at.channel.platform == "telegram"
    )
    our_turn, turn = asyncio.Event(), telegram.turn

    async def waits(*where: Any) -> Any:
        await our_turn.wait()
        return await turn(*where)

    monkeypatch.setattr(telegram, "turn", waits)
    chat_id, texts = str(operator.person.id), [f"message {n}" for n in range(7)]
    ids = await assistant.database.write(queue, channel_id, chat_id, texts, utc_now())
    for one in ids[:4]:
        await jobs.deliver(1, one, 1, f"{channel_id}:{chat_id}")
    handed: list[int] = []
    deliver = jobs.deliver

    async def watched(workspace_id: int, delivery_id: int, *how: Any, **more: Any) -> None:
        handed.append(delivery_id)
        await deliver(workspace_id, delivery_id, *how, **more)

    monkeypatch.setattr(jobs, "deliver", watched)
    sweep = clock_of(shop).sweep
    await sweep()
    assert list(dict.fromkeys(handed)) == ids[4:], "the others are in hand"
    handed.clear()
    await sweep()
    assert not handed, "now these are, too"
    our_turn.set()
    await operator.person.hears(contains=texts[-1], in_chat=operator.person.chat(shop.bot), timeout=PATIENCE)
    heard = [message.text for message in operator.person.chat(shop.bot).messages]
    assert heard[-len(texts) :] == texts


def keep(tx: sa.Connection, source: str, moments: list[datetime]) -> list[int]:
    """Events of which nobody knows yet what they are about."""
    kept: list[int] = []
    for n, moment in enumerate(moments):
        made = inbox.keep(tx, 1, source=source, event_id=f"evt_{n}", kind="?", body_enc=None, now=moment)
        assert made is not None
        inbox.set_aside(tx, 1, made, WAITS)
        kept.append(made)
    return kept


async def test_events_behind_many_that_wait_are_taken_up_oldest_first(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.inbox.PAGE", 2)
    await shop.open()
    database, long_ago = shop.assistant.database, utc_now() - timedelta(hours=1)
    at_once = [long_ago, long_ago, long_ago - timedelta(seconds=1), long_ago, long_ago]
    kept = await database.write(keep, "stripe:1", at_once)
    in_order = [kept[2], kept[0], kept[1], kept[3], kept[4]]
    settled: list[int] = []

    async def settle(*work: Any) -> str:
        settled.append(work[-1])
        return "done"

    monkeypatch.setattr(shop.assistant.jobs, "settle", settle)
    await clock_of(shop).sweep()
    assert list(dict.fromkeys(settled)) == in_order, "the shop's own clock may have swept beside ours"
    settled.clear()
    monkeypatch.setattr("bot.workflows.reconcile_payments.settle_payment", settle)
    await Reconciliation(shop.assistant).look()
    assert list(dict.fromkeys(settled)) == in_order
