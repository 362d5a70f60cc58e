"""Providers in chat: listed, connected in two ways, chosen to bill through, synced, and left out by a variant."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from adapters.base import App, FixedKeys, PaymentProvider, SyncedRecord, SyncKind
from adapters.registry import PROVIDERS
from bot.domain.invoice import InvoiceStatus
from bot.workflows.connect_by_oauth import finish_oauth
from bot.workflows.sync_provider import sync_due
from messaging.base import Button
from storage import integration_logs, integrations, invoices
from storage.integrations import Integration
from storage.tables import workspaces as workspaces_table
from tests.bot.commands.conftest import GROUP, KEY, Chatter, Shop, payloads
from tests.till import GOOD, Books, Till

AGREE = {"LIVE_ASSIST_PUBLIC_URL": "https://shop.example", "TILL_CLIENT_ID": "client_1"}


@pytest.fixture(autouse=True)
def till(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Books:
    """The shop knows the till, too."""
    monkeypatch.setitem(PROVIDERS, "till", Till)
    monkeypatch.setattr(Till, "books", Books())
    stripe_for, stripe_with = shop.assistant.provider_for, shop.assistant.connect_provider

    def provider_for(integration: Integration) -> PaymentProvider:
        if integration.provider != "till":
            return stripe_for(integration)
        return Till(FixedKeys(integrations.credentials(shop.assistant.vault, integration) or {}))

    def connect_provider(name: str, credentials: dict[str, str]) -> PaymentProvider:
        if name == "manual":
            return PROVIDERS[name].open(FixedKeys(credentials), app=App())
        return Till(FixedKeys(credentials)) if name == "till" else stripe_with(name, credentials)

    shop.assistant.provider_for, shop.assistant.connect_provider = provider_for, connect_provider
    return Till.books


async def _events(shop: Shop) -> list[str]:
    found = await shop.read(integration_logs.page, shop.workspace_id, "till", limit=100)
    return [entry.event for entry in reversed(found)]


async def test_the_list_says_how_each_stands_and_offers_what_is_next(shop: Shop, operator: Chatter) -> None:
    (answer,) = await operator.replies("/integrations")
    assert "– Stripe: not connected" in answer.text
    assert "connect stripe" in payloads(answer)
    await operator.says(f"/connect till {GOOD}")
    await operator.says(f"/connect stripe {KEY}", hears="Stripe is connected")
    (answer,) = await operator.replies("/integrations")
    assert "✓ Till: Corner shop (shop_1), test mode\nNew invoices are made here.\nDoes invoices" in answer.text
    assert {"integrations use stripe", "till test"} <= set(payloads(answer))
    assert not {"connect stripe", "connect till"} & set(payloads(answer))


async def test_a_till_is_connected_by_its_token_and_the_message_deleted(shop: Shop, operator: Chatter) -> None:
    await operator.says("/connect till hunter2", hears=["Not connected. That is not a token", "I deleted"])
    await operator.says("/connect till till_secret_wrong", hears="Not connected. The till does not know ….")
    await operator.says(f"/connect till {GOOD} L9", hears="Not connected. There is no such location.")
    await operator.says(f"/connect till {GOOD}", group=GROUP, hears=["in our private chat", "I deleted"])
    await operator.says(
        f"/connect till {GOOD} L1", hears=["Till is connected:\nCorner shop (shop_1)", "reading its customers"]
    )
    await shop.assistant.errands_done()
    assert len(shop.platform.deleted) == 5
    integration = await shop.read(integrations.get, shop.workspace_id, "till")
    assert integrations.credentials(shop.assistant.vault, integration) == {"access_token": GOOD, "location_id": "L1"}


async def test_without_credentials_one_hears_what_to_type(operator: Chatter) -> None:
    for line in ("/connect stripe", "/stripe connect"):
        await operator.says(line, hears=["Send it like this: /stripe connect <secret key>", "dashboard.stripe.com"])
    await operator.says("/connect", hears=["– Stripe: not connected", "– Till: not connected"])
    await operator.says("/connect nothing", hears="There are: stripe")


@pytest.mark.parametrize("environment", [AGREE])
async def test_without_credentials_a_button_leads_to_the_providers_page(
    shop: Shop, operator: Chatter, till: Books
) -> None:
    (answer,) = await operator.replies("/connect till")
    assert "The link works once, for ten minutes." in answer.text
    ((button,),) = [[Button(**data) for data in row] for row in answer.buttons]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(button.url).query).items()}
    assert asked["redirect_uri"] == "https://shop.example/api/integrations/till/callback"
    till.codes["code_1"] = (asked["challenge"], asked["redirect_uri"])
    await finish_oauth(shop.assistant, "till", {"code": "code_1", "state": asked["state"]})
    told = (await shop.told("notice"))[-1]
    assert (told.text, told.chat_id) == ("Till is connected: Corner shop, test mode.", "private-Ann")
    await operator.says("/disconnect till", hears="Till is disconnected")
    assert till.revoked == 1


@pytest.mark.parametrize("environment", [AGREE])
async def test_access_that_another_workspace_lives_on_is_not_given_back(
    shop: Shop, operator: Chatter, till: Books
) -> None:
    (answer,) = await operator.replies("/connect till")
    asked = {name: one[0] for name, one in parse_qs(urlsplit(answer.buttons[0][0]["url"]).query).items()}
    till.codes["code_1"] = (asked["challenge"], asked["redirect_uri"])
    await finish_oauth(shop.assistant, "till", {"code": "code_1", "state": asked["state"]})
    assert not await shop.read(integrations.is_shared, shop.workspace_id, await _integration(shop))

    def share(tx: sa.Connection) -> None:
        other = tx.scalar(
            workspaces_table.insert()
            .values(uid="other", name="Other", plan="business", currency="USD", created_at=shop.clock())
            .returning(workspaces_table.c.id)
        )
        assert other is not None
        integrations.connect(
            tx, shop.assistant.vault, other, "till", display_name="", account_id="shop_1", livemode=False,
            credentials={}, settings={}, now=shop.clock(),
        )  # fmt: skip

    await shop.write(share)
    await operator.says("/disconnect till", hears="Till is disconnected")
    assert till.revoked == 0


async def _integration(shop: Shop) -> Integration:
    found: Integration = await shop.read(integrations.get, shop.workspace_id, "till")
    return found


async def test_disconnecting_asks_first_when_unpaid_invoices_are_open_there(shop: Shop, seller: Chatter) -> None:
    await seller.says("/disconnect till", hears="Till is not connected")
    await seller.says(f"/connect till {GOOD}")
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    (answer,) = await seller.replies("/disconnect till")
    assert answer.text.startswith("1 unpaid invoice stays open at Till")
    assert (await _integration(shop)).status == "active"
    await seller.taps(payloads(answer)[0], hears="Till is disconnected and its key forgotten. 1 unpaid invoice stays")
    assert (await _integration(shop)).sealed is None
    assert await _events(shop) == ["connected", "disconnected"]


async def test_new_invoices_are_made_where_the_seller_chose_and_open_ones_stay(shop: Shop, seller: Chatter) -> None:
    await seller.says("/integrations use till", hears="Till is not connected")
    await seller.says(f"/stripe connect {KEY}")
    await seller.says(f"/connect till {GOOD}")
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await seller.says("/integrations use till", hears="New invoices are made at Till")
    await shop.comments("lan", "sold 14")
    await seller.says("/invoice all")
    await seller.says("/integrations use stripe", hears="New invoices are made at Stripe")
    await shop.comments("hoa", "sold 12")
    await seller.says("/invoice all")
    found = await shop.read(invoices.of_show, shop.workspace_id, 1)
    assert [one.provider for one in found] == ["stripe", "till", "stripe"]


async def test_syncing_says_what_was_read(shop: Shop, operator: Chatter, till: Books) -> None:
    await operator.says("/sync", hears="Nothing is connected whose books could be read")
    await operator.says("/sync stripe", hears="Stripe is not connected")
    await operator.says(f"/connect till {GOOD}")
    await shop.assistant.errands_done()
    till.records[SyncKind.CUSTOMERS] = [
        SyncedRecord(kind=SyncKind.CUSTOMERS, external_id=f"c{n}", data={"n": n}) for n in range(3)
    ]
    await operator.says("/sync till", hears="Till: 3 new, 0 updated.")
    till.records[SyncKind.CUSTOMERS][0] = replace(till.records[SyncKind.CUSTOMERS][0], data={"n": 7})
    await operator.says("/sync", hears="Till: 0 new, 1 updated.")


async def test_books_are_read_every_hour_unless_the_seller_does_not_want_that(
    shop: Shop, operator: Chatter, till: Books
) -> None:
    await operator.says(f"/connect till {GOOD}")
    await shop.assistant.errands_done()
    till.since.clear()
    await sync_due(shop.assistant)
    assert not till.since
    shop.clock.passes(hours=1)
    await sync_due(shop.assistant)
    assert set(till.since) == set(SyncKind)
    till.since.clear()
    integration = await _integration(shop)
    await shop.write(integrations.set_settings, shop.workspace_id, integration.id, {"auto_sync": False})
    shop.clock.passes(hours=2)
    await sync_due(shop.assistant)
    assert not till.since


@pytest.mark.parametrize("environment", [{"LIVE_ASSIST_VARIANT": "lite"}, {"LIVE_ASSIST_VARIANT": "export"}])
async def test_a_smaller_variant_knows_no_providers_at_all(shop: Shop, operator: Chatter) -> None:
    for line in ("/integrations", "/connect till", f"/stripe connect {KEY}", "/sync", "/disconnect stripe now"):
        answer = await operator.says(line)
        assert "tripe" not in answer.removeprefix(line)
    assert "tripe" not in await operator.says("/help")
    assert "tripe" not in await operator.says("/help integrations")
    assert "provider" not in await operator.says("/status")
    assert await shop.read(integrations.get, shop.workspace_id, "stripe") is None


async def test_only_the_owner_connects_chooses_and_disconnects(shop: Shop, operator: Chatter) -> None:
    bob = await shop.operator("Bob")
    for line in (f"/connect till {GOOD}", "/integrations use till", "/disconnect till", "/disconnect till now"):
        await bob.says(line, hears="Only the owner")
    await bob.says("/integrations", hears="– Till: not connected")


@pytest.mark.parametrize("environment", [{"LIVE_ASSIST_VARIANT": "lite"}])
async def test_a_smaller_variant_is_paid_by_hand(shop: Shop, seller: Chatter) -> None:
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all", hears="In our private chat send /manual connect")
    said = await seller.says("/manual connect Bank: Example Bank, account 12-345", hears="is connected")
    assert "Buyers read it with their bill." in said
    assert "asking" not in said
    await seller.says("/manual status", hears="Manual: buyers are told how to pay you, since")
    await seller.says("/invoice all")
    (invoice,) = await shop.read(invoices.of_show, shop.workspace_id, 1)
    assert invoice.provider == "manual"


async def test_being_paid_by_hand_gives_way_to_a_provider_unless_it_was_chosen(shop: Shop, seller: Chatter) -> None:
    await seller.says("/connect manual Bank: Example Bank, account 12-345", hears="is connected")
    await seller.says(f"/connect till {GOOD}")
    await shop.comments("mai", "sold 12")
    await seller.says("/invoice all")
    await seller.says("/integrations use manual", hears="New invoices are made at")
    await shop.comments("lan", "sold 14")
    await seller.says("/invoice all")
    found = await shop.read(invoices.of_show, shop.workspace_id, 1)
    assert [one.provider for one in found] == ["till", "manual"]
