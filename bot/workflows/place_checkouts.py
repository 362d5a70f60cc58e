"""Places an invoice whose page is opened when its buyer comes: its link is ours, and its provider hears of it then.

Where the world does not reach us the page is opened now and is the link itself, if it lasts for hours.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.invoice import Invoice, InvoiceStatus
from bot.kit.errors import Refused
from bot.workflows.ask_checkouts import close_pages
from bot.workflows.assistant import Assistant
from bot.workflows.follow_links import open_invoice_page
from bot.workflows.send_links import queue_link
from bot.workflows.tell import Parcel, label_of, tell_operators
from storage import integrations, invoices, runs

LASTS = timedelta(hours=6)
"""A page that is sent as the link itself has to be there at least so long: people pay when they have time."""


async def place_checkout(assistant: Assistant, workspace_id: int, invoice_id: int) -> list[Parcel]:
    """Give the invoice its link, and write the message with it down. Raises OutsideError when it cannot have one."""
    invoice = await assistant.database.read(invoices.get, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    public_url = assistant.settings.public_url
    url = f"{public_url}/pay/{invoice.pay_token}" if public_url else ""
    if not url and not invoice.unpriced:
        url = await _page_that_lasts(assistant, invoice)
    return await assistant.database.write(_placed, workspace_id, invoice_id, url, public_url, assistant.now())


async def _page_that_lasts(assistant: Assistant, invoice: Invoice) -> str:
    chats = [
        one.platform.chat_link()
        for one in assistant.connected.values()
        if one.channel.workspace_id == invoice.workspace_id
    ]
    if not chats:
        raise Refused("A buyer would find no way back from the pay page. Set LIVE_ASSIST_PUBLIC_URL.")
    checkout = await open_invoice_page(assistant, invoice, back=chats[0])
    if checkout is None or checkout.url is None:
        raise Refused("There is no page to pay on.")
    if checkout.expires_at is None or checkout.expires_at - assistant.now() >= LASTS:
        return checkout.url
    integration = await assistant.database.read(integrations.by_id, invoice.workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    provider = assistant.provider_for(integration)
    await close_pages(assistant, provider, invoice)
    raise Refused(
        f"{provider.display_name}'s pay pages end after a short time, so they are opened when the buyer comes to one "
        "of ours. Set LIVE_ASSIST_PUBLIC_URL to where the world reaches me, then /invoice retry"
    )


def _placed(
    tx: sa.Connection, workspace_id: int, invoice_id: int, url: str, public_url: str, now: datetime
) -> list[Parcel]:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    if invoice.status is not InvoiceStatus.DRAFT and not invoice.lacks_page:
        return []
    if invoice.unpriced:
        return wait_for_price(tx, workspace_id, invoice, now)
    invoices.change(tx, workspace_id, invoice_id, external_url=url, open_cents=None, error_message=None)
    page = invoice.attempt if invoice.lacks_page else 0
    return queue_link(tx, workspace_id, invoice_id, public_url, now, page=page)


def wait_for_price(tx: sa.Connection, workspace_id: int, invoice: Invoice, now: datetime) -> list[Parcel]:
    """Tell the operators that an invoice is not sent as long as something on it has no price."""
    codes = ", ".join(invoice.unpriced)
    who = label_of(tx, workspace_id, invoice.buyer_id)
    runs.settle(tx, workspace_id, invoice.id, "draft", f"{codes} has no price")
    return tell_operators(
        tx,
        workspace_id,
        f"The invoice for {who} waits as a draft: {codes} has no price. "
        f"Set it with /item edit {invoice.unpriced[0]} 19.90 and send /invoice retry, or fill it in at the provider.",
        key=f"unpriced:{invoice.id}",
        now=now,
    )
