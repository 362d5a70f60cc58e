"""Connecting Stripe from the chat, and what becomes of the key."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.domain.invoice import InvoiceStatus
from bot.kit.errors import NotAuthorised, Refused, Unreachable
from bot.workflows.connect_providers import connect_from_settings
from storage import integrations, workspaces
from storage.tables import deliveries as deliveries_table
from storage.tables import workspaces as workspaces_table
from tests.bot.commands.billing import bills, plays_stripe
from tests.bot.commands.conftest import GROUP, KEY, Chatter, Shop, open_shop
from tests.postgres import one_database

PUBLIC = {"LIVE_ASSIST_PUBLIC_URL": "https://shop.example"}
FROM_ENVIRONMENT = {"STRIPE_SECRET_KEY": KEY}


async def _credentials(shop: Shop) -> dict[str, str] | None:
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")
    return None if integration is None else integrations.credentials(shop.assistant.vault, integration)


async def test_a_key_is_tried_stored_sealed_and_its_message_deleted(shop: Shop, operator: Chatter) -> None:
    await operator.says(
        f"/stripe connect {KEY}",
        hears=[
            "Stripe is connected:\nMai's shop (acct_1), test mode",
            "found by asking Stripe, as I have no public address",
            "I deleted your message",
        ],
    )
    assert len(shop.platform.deleted) == 1
    assert (shop.stripe.tested, shop.stripe.closed) == (1, 1)
    assert await _credentials(shop) == {"secret_key": KEY}


async def test_where_messages_cannot_be_deleted_the_operator_is_asked_to(shop: Shop, operator: Chatter) -> None:
    shop.platform.can_delete = False
    await operator.says(f"/stripe connect {KEY}", hears="please delete it yourself")


@pytest.mark.parametrize("environment", [PUBLIC])
async def test_with_a_public_address_stripe_reports_by_itself(shop: Shop, operator: Chatter) -> None:
    await operator.says(f"/stripe connect {KEY}", hears="Stripe tells me about payments by itself.")
    assert shop.stripe.webhooks == [f"https://shop.example/api/webhooks/stripe/{shop.workspace_id}"]
    assert await _credentials(shop) == {
        "secret_key": KEY,
        "webhook_id": "we_1",
        "webhook_secret": "whsec_neverShown99",
    }
    await operator.says(f"/stripe connect {KEY}", hears="Stripe is connected")
    assert shop.stripe.closed_webhooks == ["we_1"]
    await operator.says("/stripe disconnect", hears="its key forgotten")
    assert shop.stripe.closed_webhooks == ["we_1", "we_2"]


@pytest.mark.parametrize("environment", [PUBLIC])
async def test_a_webhook_that_is_refused_does_not_stop_the_connection(shop: Shop, operator: Chatter) -> None:
    shop.stripe.refuses_webhooks = Refused("The address is not public.")
    await operator.says(
        f"/stripe connect {KEY}", hears=["Stripe is connected", "found by asking Stripe", "The address is not public."]
    )
    assert await _credentials(shop) == {"secret_key": KEY}


async def test_in_a_group_the_key_is_deleted_and_not_taken(shop: Shop, operator: Chatter) -> None:
    answer = await operator.says(f"/stripe connect {KEY}", group=GROUP, hears=["in our private chat", "I deleted"])
    assert KEY not in answer
    assert shop.stripe.tested == 0
    assert [chat for chat, _ in shop.platform.deleted] == [GROUP]


@pytest.mark.parametrize(
    "typed", [f"/stripe conect {KEY}", f"/strpe connect {KEY}", f"/stripe {KEY}", f"/pair {KEY} x"]
)
@one_database
@pytest.mark.parametrize("group", [None, GROUP])
async def test_a_mistyped_command_does_not_repeat_the_key(
    shop: Shop, operator: Chatter, typed: str, group: str | None
) -> None:
    answer = await operator.says(typed, group=group)
    assert "NobodysSecret" not in answer
    assert len(shop.platform.deleted) == 1


@one_database
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("pk_test_51NobodysSecret4242", "That is the publishable key"),
        ("whsec_NobodysSecret4242", "That is a webhook secret"),
        ("sk_test", "That key is not complete"),
        ("hunter2", "That is not a Stripe key"),
    ],
)
async def test_what_is_no_secret_key_is_never_sent_to_stripe(
    shop: Shop, operator: Chatter, key: str, reason: str
) -> None:
    await operator.says(f"/stripe connect {key}", hears=["Not connected.", reason, "I deleted"])
    assert shop.stripe.keys == []
    assert await _credentials(shop) is None


@pytest.mark.parametrize("trouble", [NotAuthorised("Stripe does not accept this key."), Unreachable("Stripe is down.")])
async def test_a_key_that_does_not_work_is_not_stored(shop: Shop, operator: Chatter, trouble: Exception) -> None:
    shop.stripe.refuses = trouble
    await operator.says(f"/stripe connect {KEY}", hears=f"Not connected. {trouble}")
    assert await _credentials(shop) is None
    assert shop.stripe.closed == 1
    await operator.says("/stripe status", hears="Stripe is not connected. In our private chat send: /stripe connect")


async def test_a_failed_reconnection_keeps_the_connection_there_was(shop: Shop, operator: Chatter) -> None:
    await operator.says(f"/stripe connect {KEY}")
    shop.stripe.refuses = NotAuthorised("No.")
    await operator.says("/stripe connect sk_test_51AnotherSecret", hears="Not connected")
    assert await _credentials(shop) == {"secret_key": KEY}


async def test_the_first_connection_sets_the_currency_of_new_shows(shop: Shop, operator: Chatter) -> None:
    await operator.says(f"/stripe connect {KEY}")
    await operator.says("/show new Friday", hears="in EUR")
    shop.stripe.account = replace(shop.stripe.account, currency="GBP")
    await operator.says(f"/stripe connect {KEY}")
    assert (await shop.read(workspaces.get, shop.workspace_id)).currency == "EUR"


async def test_an_account_that_cannot_charge_yet_is_said_so(shop: Shop, operator: Chatter) -> None:
    shop.stripe.account = replace(shop.stripe.account, can_charge=False, livemode=True)
    await operator.says(f"/stripe connect {KEY}", hears=["live mode", "It cannot take payments yet"])


async def test_stripe_test_asks_now_and_remembers_the_answer(shop: Shop, operator: Chatter) -> None:
    await operator.says("/stripe test", hears="Stripe is not connected")
    await operator.says(f"/stripe connect {KEY}")
    await operator.says("/stripe status", hears="Stripe: Mai's shop (acct_1), test mode, since 2026-11-20.")
    await operator.says("/stripe test", hears="Stripe answers:\nMai's shop (acct_1), test mode")
    shop.stripe.refuses = NotAuthorised("Stripe does not accept this key.")
    await operator.says("/stripe test", hears="Stripe does not accept this key.")
    await operator.says("/stripe status", hears="does not accept the key any more")
    await operator.says("/status", hears="Stripe: Mai's shop, not working: Stripe does not accept this key.")
    shop.stripe.refuses = None
    await operator.says("/stripe test", hears="Stripe answers")
    await operator.says("/status", hears="active, test mode")


async def test_disconnecting_forgets_the_key_and_warns_of_what_stays_open(shop: Shop, seller: Chatter) -> None:
    await seller.says("/stripe disconnect", hears="Stripe is not connected")
    await seller.says(f"/stripe connect {KEY}")
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    await seller.says("/stripe disconnect", hears="1 unpaid invoice stays open at Stripe")
    assert await _credentials(shop) == {"secret_key": KEY}, "I ask before, whichever way it is said"
    await seller.taps("disconnect stripe now", hears="its key forgotten. 1 unpaid invoice stays open there")
    assert await _credentials(shop) is None
    await seller.says("/status", hears="Stripe: Mai's shop, disconnected")


async def test_another_account_is_told_what_the_one_before_still_holds(shop: Shop, seller: Chatter) -> None:
    await seller.says(f"/stripe connect {KEY}")
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    shop.stripe.account = replace(shop.stripe.account, id="acct_2")
    await seller.says(f"/stripe connect {KEY}", hears="1 unpaid invoice stays open in the account before this one")


async def test_only_the_owner_connects_and_disconnects(shop: Shop, operator: Chatter) -> None:
    bob = await shop.operator("Bob")
    await bob.says(f"/stripe connect {KEY}", hears=["Only the owner", "I deleted your message"])
    await operator.says(f"/stripe connect {KEY}")
    await bob.says("/stripe disconnect", hears="Only the owner")
    await bob.says("/stripe test", hears="Stripe answers")


async def test_a_connection_belongs_to_one_workspace(shop: Shop, operator: Chatter) -> None:
    other = await open_shop(shop.assistant, shop.clock, shop.jobs, shop.stripe, name="Second")
    bob = await other.operator("Bob")
    await operator.says(f"/stripe connect {KEY}")
    await bob.says("/stripe status", hears="Stripe is not connected")
    await bob.says("/stripe disconnect", hears="Stripe is not connected")
    assert await _credentials(shop) == {"secret_key": KEY}


@pytest.mark.parametrize("environment", [PUBLIC])
async def test_the_key_is_in_no_message_and_no_log(
    shop: Shop, operator: Chatter, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for line in (f"/stripe connect {KEY}", "/stripe status", "/stripe test", "/status", f"/stripe x {KEY}"):
            await operator.says(line)
        shop.stripe.refuses = NotAuthorised(f"Invalid API Key provided: {KEY}")
        await operator.says(f"/stripe connect {KEY}", hears="Not connected")
        await operator.says("/stripe test", hears="Invalid API Key provided")
        await operator.says("/status")
        await operator.says("/stripe disconnect")

    def everything(tx: object) -> str:
        return repr(tx.execute(deliveries_table.select()).all())  # type: ignore[attr-defined]

    for text in (await shop.read(everything), caplog.text):
        assert "NobodysSecret" not in text
        assert "neverShown" not in text


@pytest.mark.parametrize("environment", [FROM_ENVIRONMENT | PUBLIC])
async def test_a_key_in_the_environment_is_connected_at_the_start(shop: Shop) -> None:
    await connect_from_settings(shop.assistant, shop.workspace_id)
    await connect_from_settings(shop.assistant, shop.workspace_id)
    assert shop.stripe.tested == 1
    assert len(shop.stripe.webhooks) == 1


@pytest.mark.parametrize("environment", [FROM_ENVIRONMENT | PUBLIC | {"STRIPE_WEBHOOK_SECRET": "whsec_own"}])
async def test_with_a_webhook_of_the_platform_none_is_opened(shop: Shop) -> None:
    await connect_from_settings(shop.assistant, shop.workspace_id)
    assert shop.stripe.webhooks == []
    assert await _credentials(shop) == {"secret_key": KEY}


@pytest.mark.parametrize("environment", [FROM_ENVIRONMENT])
async def test_a_start_without_stripe_goes_on_and_the_operator_can_try_again(
    shop: Shop, operator: Chatter, caplog: pytest.LogCaptureFixture
) -> None:
    shop.stripe.refuses = Unreachable(f"Stripe could not be reached with {KEY}.")
    await connect_from_settings(shop.assistant, shop.workspace_id)
    assert "Stripe is not connected by the settings" in caplog.text
    assert "NobodysSecret" not in caplog.text
    await operator.says("/status", hears="Stripe: what the settings say is not connected. To try it now: /stripe test")
    await operator.says("/stripe test", hears="could not be reached")
    shop.stripe.refuses = None
    await operator.says("/stripe test", hears="Stripe answers")
    assert await _credentials(shop) == {"secret_key": KEY}


@pytest.mark.parametrize("environment", [FROM_ENVIRONMENT])
async def test_what_was_done_in_chat_counts_more_than_the_environment(shop: Shop, operator: Chatter) -> None:
    await connect_from_settings(shop.assistant, shop.workspace_id)
    await operator.says("/stripe disconnect")
    await connect_from_settings(shop.assistant, shop.workspace_id)
    assert await _credentials(shop) is None


@pytest.mark.parametrize("plan", ["free", "pro"])
async def test_the_plan_decides_whether_a_provider_can_be_connected(shop: Shop, operator: Chatter, plan: str) -> None:
    def set_plan(tx: sa.Connection) -> None:
        tx.execute(workspaces_table.update().values(plan=plan))

    await shop.write(set_plan)
    expected = "this workspace has the free one" if plan == "free" else "Stripe is connected"
    await operator.says(f"/stripe connect {KEY}", hears=expected)


async def test_a_key_that_failed_works_again_with_the_next_invoice_that_stripe_takes(
    shop: Shop, seller: Chatter, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays_stripe(shop, monkeypatch)
    await shop.connect_stripe()
    await shop.comments("Mai", "sold 12")
    await seller.says("/invoice all", hears="")
    integration = await shop.read(integrations.get, shop.workspace_id, "stripe")
    assert integration is not None
    await shop.write(integrations.set_health, shop.workspace_id, integration.id, error="Stripe is away.")
    await bills(shop)
    again = await shop.read(integrations.get, shop.workspace_id, "stripe")
    assert again == integration
