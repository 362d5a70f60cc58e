"""Credentials that end are renewed before they do, once for everybody, and kept before anybody uses them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.base import App
from adapters.registry import PROVIDERS
from bot.jobs.duties import AllMine
from bot.kit.errors import NotAuthorised, Refused, Unreachable
from bot.workflows.disconnect_providers import disconnect_provider
from bot.workflows.renew_credentials import Renewal
from storage import integration_logs, integrations, oauth_states
from storage.integrations import Integration
from tests.bot.commands.conftest import NOON, Shop, a_shop, an_environment  # noqa: F401
from tests.till import GOOD, Books, Till

ENDS = NOON + timedelta(days=7)
OLD = {
    "access_token": GOOD, "refresh_token": "till_refresh_0", "ends": ENDS.isoformat(), "webhook_secret": "hook_1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def till(monkeypatch: pytest.MonkeyPatch) -> Books:
    monkeypatch.setitem(PROVIDERS, "till", Till)
    monkeypatch.setattr(Till, "books", Books())
    return Till.books


@pytest.fixture
async def connected(shop: Shop) -> Integration:
    await shop.write(
        integrations.connect, shop.assistant.vault, shop.workspace_id, "till", display_name="Corner shop",
        account_id="shop_1", livemode=False, credentials=OLD, settings={}, now=NOON,
    )  # fmt: skip
    found: Integration = await shop.read(integrations.get, shop.workspace_id, "till")
    return found


def a_replica(shop: Shop) -> Renewal:
    return Renewal(
        database=shop.assistant.database,
        vault=shop.assistant.vault,
        app_of=lambda name: App(),
        alone=AllMine().alone,
        now=shop.clock,
    )


async def _kept(shop: Shop) -> dict[str, str]:
    found = await shop.read(integrations.get, shop.workspace_id, "till")
    return integrations.credentials(shop.assistant.vault, found) or {}


async def test_they_are_renewed_when_they_are_due_though_nobody_calls(
    shop: Shop, connected: Integration, till: Books
) -> None:
    replica = a_replica(shop)
    await replica.renew_due()
    assert till.renewals == 0
    shop.clock.passes(days=7)
    await replica.renew_due()
    await replica.renew_due()
    assert till.renewals == 1
    kept = await _kept(shop)
    assert kept["refresh_token"] == "till_refresh_2"
    assert kept["webhook_secret"] == "hook_1"


async def test_whoever_asks_at_once_gets_the_same(shop: Shop, connected: Integration, till: Books) -> None:
    replica = a_replica(shop)
    keys = [replica.keys_of(connected) for _ in range(5)]
    newer = await asyncio.gather(*(one.renew(OLD) for one in keys))
    assert till.renewals == 1
    kept = await _kept(shop)
    assert [dict(one) for one in newer] == [kept] * 5


async def test_a_refusal_is_the_end_and_is_said_so(shop: Shop, connected: Integration, till: Books) -> None:
    till.refuses = Refused("The token till_refresh_0 was used.", code="invalid_grant")
    with pytest.raises(NotAuthorised, match=r"The token … was used\."):
        await a_replica(shop).renew(connected, OLD)
    found = await shop.read(integrations.get, shop.workspace_id, "till")
    assert (found.status, found.error) == ("error", "The token … was used.")
    (entry,) = await shop.read(integration_logs.page, shop.workspace_id, "till", limit=5)
    assert (entry.level, entry.event) == ("error", "renewal_refused")
    shop.clock.passes(days=8)
    till.refuses = None
    await a_replica(shop).renew_due()
    assert till.renewals == 0, "what is over is not asked for again and again"


async def test_one_that_cannot_be_reached_is_tried_again(
    shop: Shop, connected: Integration, till: Books, caplog: pytest.LogCaptureFixture
) -> None:
    shop.clock.passes(days=7)
    till.refuses = Unreachable("The till is down.")
    await a_replica(shop).renew_due()
    assert "the credentials of Corner shop are not renewed: The till is down." in caplog.text
    till.refuses = None
    await a_replica(shop).renew_due()
    assert till.renewals == 1


async def test_after_a_disconnect_there_is_nothing_to_renew(shop: Shop, connected: Integration, till: Books) -> None:
    keys = a_replica(shop).keys_of(connected)
    await disconnect_provider(shop.assistant, shop.workspace_id, "till")
    with pytest.raises(NotAuthorised, match="Corner shop is disconnected"):
        await keys.renew(OLD)
    assert (till.renewals, await _kept(shop)) == (0, {})


async def test_logs_are_forgotten_after_a_while_and_the_newest_are_kept(shop: Shop) -> None:
    entry = {"level": "info", "event": "tested", "message": "", "details": {}}
    for day in (0, 1, 2, 3):
        for provider in ("till", "stripe"):
            at = NOON + timedelta(days=day)
            await shop.write(integration_logs.add, shop.workspace_id, provider, now=at, **entry)

    async def days(provider: str) -> list[int]:
        found = await shop.read(integration_logs.page, shop.workspace_id, provider, limit=10)
        return [(one.happened_at - NOON).days for one in found]

    await shop.write(integration_logs.prune, NOON + timedelta(days=1), 2000)
    assert await days("till") == await days("stripe") == [3, 2, 1]
    await shop.write(integration_logs.prune, NOON, 2)
    assert await days("till") == await days("stripe") == [3, 2]


async def test_a_state_nobody_came_back_with_is_forgotten(shop: Shop) -> None:
    state = await shop.write(
        oauth_states.begin, shop.assistant.vault, shop.workspace_id, "till", operator="Ann", channel_id=None,
        chat_id="", verifier="v", redirect_uri="https://shop.example", expires_at=NOON,
    )  # fmt: skip
    await shop.write(oauth_states.prune, NOON + timedelta(seconds=1))
    early = NOON - timedelta(minutes=1)
    assert await shop.write(oauth_states.use, shop.assistant.vault, "till", state, early) is None
