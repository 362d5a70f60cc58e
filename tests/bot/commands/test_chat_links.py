"""Pay links, for operators who send them by hand."""

from __future__ import annotations

import pytest

from bot.domain.invoice import InvoiceStatus
from storage import invoices
from tests.bot.commands.conftest import GROUP, Chatter, Shop

URL = "https://assist.example"


@pytest.fixture(name="environment")
def an_environment() -> dict[str, str]:
    return {"LIVE_ASSIST_PUBLIC_URL": URL}


@pytest.fixture
async def billed(shop: Shop, seller: Chatter) -> Chatter:
    """@mai and @lan have an invoice each."""
    await shop.connect_stripe()
    await shop.comments("mai", "sold 12")
    await shop.comments("lan", "sold 12")
    await seller.says("/invoice all")
    return seller


async def test_a_buyers_link_is_ours_and_can_be_copied(shop: Shop, billed: Chatter) -> None:
    await billed.says("/link @mai", hears="@mai's invoice has no link yet")
    await shop.set_invoices(status=InvoiceStatus.SENT)
    mai, _ = await shop.read(invoices.of_show, shop.workspace_id, 1)
    (reply,) = await billed.replies("/link @mai")
    assert reply.text == f"@mai, LA-1-1, 19.90 USD:\n{URL}/pay/{mai.pay_token}"
    assert [one["copy"] for row in reply.buttons for one in row] == [f"{URL}/pay/{mai.pay_token}"]


async def test_without_a_name_every_unpaid_link_is_listed_and_only_in_private(shop: Shop, billed: Chatter) -> None:
    await shop.set_invoices(status=InvoiceStatus.SENT)
    mai, lan = await shop.read(invoices.of_show, shop.workspace_id, 1)
    await billed.says("/link", group=GROUP, hears="private chat")
    await shop.write(invoices.change, shop.workspace_id, mai.id, paid_cents=500, status=InvoiceStatus.PARTLY_PAID)
    await billed.says(
        "/link", hears=[f"@mai, 14.90 USD: {URL}/pay/{mai.pay_token}", f"@lan, 19.90 USD: {URL}/pay/{lan.pay_token}"]
    )
    await shop.set_invoices(status=InvoiceStatus.PAID)
    await billed.says("/link", hears="No pay link is open")
    await billed.says("/link @mai", hears="@mai has nothing to pay.")
