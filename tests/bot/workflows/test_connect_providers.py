"""Connecting providers: what follows the environment, and what was left behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.kit.errors import BadInput, NotAuthorised, OutsideError, Unreachable
from bot.workflows.connect_providers import connect_by_key, connect_from_settings, try_settings
from bot.workflows.disconnect_providers import disconnect_provider
from bot.workflows.find_connections import connections
from storage import integrations
from tests.bot.commands.conftest import KEY, Shop, a_shop, an_environment  # noqa: F401

OTHER_KEY = "sk_live_51AnotherSecret4242"


def _with_key(shop: Shop, key: str) -> None:
    settings = shop.assistant.settings
    shop.assistant.settings = replace(settings, providers={"stripe": {"SECRET_KEY": key}})


async def _key(shop: Shop) -> str | None:
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")
    if integration is None:
        return None
    return (integrations.credentials(shop.assistant.vault, integration) or {}).get("secret_key")


async def test_a_new_key_in_the_environment_replaces_the_one_from_there(shop: Shop) -> None:
    _with_key(shop, KEY)
    assert await try_settings(shop.assistant, shop.workspace_id, "stripe")
    assert not await try_settings(shop.assistant, shop.workspace_id, "stripe")
    _with_key(shop, OTHER_KEY)
    assert await try_settings(shop.assistant, shop.workspace_id, "stripe")
    assert await _key(shop) == OTHER_KEY


async def test_a_key_from_the_chat_is_not_replaced_by_the_environment(shop: Shop) -> None:
    await shop.connect_stripe()
    _with_key(shop, OTHER_KEY)
    assert not await try_settings(shop.assistant, shop.workspace_id, "stripe")
    assert await _key(shop) == KEY


async def test_without_a_key_in_the_environment_nothing_is_connected(shop: Shop) -> None:
    await connect_from_settings(shop.assistant, shop.workspace_id)
    assert await shop.read(connections, shop.workspace_id) == []
    assert shop.stripe.keys == []


@pytest.mark.parametrize(("trouble", "again"), [(Unreachable(), True), (NotAuthorised("no such key"), False)])
async def test_a_provider_that_does_not_answer_is_tried_again_and_a_key_it_refuses_is_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, trouble: OutsideError, again: bool
) -> None:
    async def fails() -> None:
        raise trouble

    _with_key(shop, KEY)
    with monkeypatch.context() as patched:
        patched.setattr(shop.stripe, "test", fails)
        assert await connect_from_settings(shop.assistant, shop.workspace_id) is again
    assert await _key(shop) is None
    assert not await connect_from_settings(shop.assistant, shop.workspace_id)
    assert await _key(shop) == KEY


async def test_spaces_and_line_ends_in_a_pasted_key_are_dropped(shop: Shop) -> None:
    await connect_by_key(shop.assistant, shop.workspace_id, "stripe", {"secret_key": f" {KEY[:12]}\n{KEY[12:]} "})
    assert await _key(shop) == KEY


async def test_an_unknown_provider_is_named_as_such(shop: Shop) -> None:
    with pytest.raises(BadInput, match="There are: stripe"):
        await connect_by_key(shop.assistant, shop.workspace_id, "stripes", {"secret_key": KEY})


@pytest.mark.parametrize("environment", [{"LIVE_ASSIST_PUBLIC_URL": "https://shop.example"}])
async def test_a_webhook_that_cannot_be_closed_does_not_keep_the_key(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await shop.connect_stripe()

    async def unreachable(endpoint_id: str) -> None:
        raise Unreachable

    monkeypatch.setattr(shop.stripe, "close_webhook", unreachable)
    assert await disconnect_provider(shop.assistant, shop.workspace_id, "stripe") == 0
    assert await _key_gone(shop)
    assert "the webhook at stripe stays open" in caplog.text


async def _key_gone(shop: Shop) -> bool:
    (integration,) = await shop.read(connections, shop.workspace_id)
    return integration.status == "inactive" and integration.sealed is None
