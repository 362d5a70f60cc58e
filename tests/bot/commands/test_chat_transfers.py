"""Pictures of bank transfers: kept, shown to operators, and worth nothing until one of them says so."""

from __future__ import annotations

import pytest

from bot.domain.books import PaymentStatus
from bot.domain.invoice import InvoiceStatus
from bot.workflows.connect_providers import connect_by_key
from storage import invoices, payments
from tests.bot.commands.billing import bills
from tests.bot.commands.conftest import Chatter, Shop, payloads


@pytest.fixture
async def mai(shop: Shop, seller: Chatter) -> Chatter:
    """She owes 19.90, to be paid to the seller's bank."""
    how = "Bank: Example Bank, account 12-345"
    await connect_by_key(shop.assistant, shop.workspace_id, "manual", {"how_to_pay": how})
    await shop.comments("mai", "sold 12")
    await seller.says("/end\n/invoice all")
    await bills(shop)
    return shop.person("mai", as_buyer=True)


async def test_a_picture_is_shown_to_the_operators_and_confirmed_with_one_tap(
    shop: Shop, seller: Chatter, mai: Chatter
) -> None:
    await mai.says("paid!", picture="photo:f1", hears="Thank you! The shop will check your picture")
    assert (await shop.read(invoices.get, shop.workspace_id, 1)).paid_cents == 0
    shown = (await shop.told("notice"))[-1]
    assert "@mai sent a picture of a transfer and writes: paid!. 19.90 USD of LA-1-1 is open." in shown.text
    assert shown.picture == "photo:f1"
    (row,) = await shop.read(payments.of_invoice, shop.workspace_id, 1)
    assert (row.status, row.slip["channel"], row.slip["file"]) == (PaymentStatus.PENDING, "1", "photo:f1")
    await seller.taps(payloads(shown)[0], hears="Written down: all of LA-1-1 is paid.")
    paid = await shop.read(invoices.get, shop.workspace_id, 1)
    assert (paid.status, paid.paid_cents) == (InvoiceStatus.PAID, 1990)
    assert (await shop.told("thanks"))[-1].text == "Thank you! Your payment of 19.90 USD has arrived."
    await seller.taps(payloads(shown)[1], hears="That was decided already.")


async def test_a_transfer_that_has_not_come_is_told(shop: Shop, seller: Chatter, mai: Chatter) -> None:
    await mai.says("", picture="document:f2", hears="Thank you!")
    shown = (await shop.told("notice"))[-1]
    await seller.taps(payloads(shown)[1], hears="They are told that it has not come. 19.90 USD of LA-1-1 is open.")
    told = (await shop.told("notice"))[-1]
    assert (told.buyer_id, told.text.split(".")[0]) == (1, "The shop has not found your transfer of 19")
    await seller.taps(payloads(shown)[0], hears="That was decided already.")


async def test_a_flood_of_pictures_asks_only_three_times(shop: Shop, seller: Chatter, mai: Chatter) -> None:
    for number in range(5):
        await mai.says("", picture=f"photo:{number}", hears="Thank you!")
    assert len([one for one in await shop.told("notice") if "picture of a transfer" in one.text]) == 3


async def test_who_owes_nothing_is_only_greeted(shop: Shop, mai: Chatter) -> None:
    lan = shop.person("lan", as_buyer=True)
    await lan.says("", picture="photo:f3", hears="nothing to pay")
    assert not [one for one in await shop.told("notice") if "picture of a transfer" in one.text]


async def test_an_operator_sends_the_picture_with_the_command(shop: Shop, seller: Chatter, mai: Chatter) -> None:
    await seller.says("/paid @mai bank 5", picture="photo:f4", hears="Written down: 5.00 USD (bank).")
    (row,) = await shop.read(payments.of_invoice, shop.workspace_id, 1)
    assert (row.status, row.slip["file"], row.method) == (PaymentStatus.PAID, "photo:f4", "bank_transfer")
