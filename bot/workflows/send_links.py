"""Sends pay links: every placed invoice's link on its way to its buyer, or on its way again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.domain.integration import Preferences
from bot.domain.invoice import OPEN, Invoice
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_of
from bot.workflows.tell import Parcel, hand_over, tell_buyer
from messaging.templates import link_message, pay_buttons
from messaging.texts import Texts
from storage import buyers, deliveries, integrations, invoices, runs, shows
from storage.deliveries import DeliveryStatus

_IN_HAND = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)
_ARRIVED = (DeliveryStatus.SENT,)


def queue_link(
    tx: sa.Connection, workspace_id: int, invoice_id: int, public_url: str, now: datetime, *, page: int = 0
) -> list[Parcel]:
    """Write the message with an invoice's pay link down, once per invoice, and once per `page` that took its place."""
    invoice = invoices.get(tx, workspace_id, invoice_id)
    assert invoice is not None, "the caller has it"
    integration = integrations.by_id(tx, workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    return queue_link_of(tx, invoice, integration, public_url, now, page=page)


def queue_link_of(
    tx: sa.Connection,
    invoice: Invoice,
    integration: integrations.Integration,
    public_url: str,
    now: datetime,
    *,
    page: int = 0,
) -> list[Parcel]:
    """The same, where the invoice and where it is made are at hand."""
    assert invoice.is_payable, "a link is sent when there is one"
    buyer = buyers.get(tx, invoice.workspace_id, invoice.buyer_id)
    show = shows.get(tx, invoice.workspace_id, invoice.show_id)
    assert buyer is not None
    assert show is not None
    texts = _in_own_words(texts_of(tx, buyer, show), integration)
    return tell_buyer(
        tx,
        invoice.workspace_id,
        buyer.id,
        link_message(texts, buyer.name or buyer.handle, show.title, invoice),
        purpose="link",
        key=f"link:{invoice.id}:{page}" if page else f"link:{invoice.id}",
        invoice_id=invoice.id,
        buttons=pay_buttons(texts, [invoice], public_url),
        now=now,
    )


def _in_own_words(texts: Texts, integration: integrations.Integration) -> Texts:
    """The texts with the words that a provider's preferences have for a pay link, in any language."""
    words = Preferences.of(integration.settings).message_template
    return replace(texts, own={**texts.own, ("link", texts.language): words}) if words else texts


async def send_links(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None = None,
    invoice_id: int | None = None,
    channel_id: int | None = None,
    chat_id: str = "",
) -> int:
    """Send the links that did not arrive yet, or, to `only` these buyers, send them whatever happened before.

    With an `invoice_id` it is about no other invoice. Returns how many are on their way. Raises BadInput when there
    is nothing to send.
    """
    run_id, count, parcels = await assistant.database.write(
        _send,
        workspace_id,
        show_id,
        only=only,
        invoice_id=invoice_id,
        channel_id=channel_id,
        chat_id=chat_id,
        public_url=assistant.settings.public_url,
        now=assistant.now(),
    )
    await assistant.jobs.watch_run(workspace_id, run_id)
    await hand_over(assistant, workspace_id, parcels)
    return count


async def resend(assistant: Assistant, workspace_id: int, delivery_id: int) -> bool:
    """Send one message again from the top of the ladder; False when it arrived, is under way, or says nothing now."""
    parcels = await assistant.database.write(requeue, workspace_id, delivery_id, but=(*_IN_HAND, *_ARRIVED))
    await hand_over(assistant, workspace_id, parcels)
    return bool(parcels)


def _send(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None,
    invoice_id: int | None,
    channel_id: int | None,
    chat_id: str,
    public_url: str,
    now: datetime,
) -> tuple[int, int, list[Parcel]]:
    payable = [
        invoice
        for invoice in invoices.of_show(tx, workspace_id, show_id)
        if invoice.is_payable
        and invoice.status in OPEN
        and (only is None or invoice.buyer_id in only)
        and invoice_id in (None, invoice.id)
    ]
    links = deliveries.links_of(tx, workspace_id, [invoice.id for invoice in payable])
    parcels: list[Parcel] = []
    going: list[int] = []
    for invoice in payable:
        link = links.get(invoice.id)
        if link is None:
            parcels += queue_link(tx, workspace_id, invoice.id, public_url, now)
        elif link.status in _IN_HAND or (only is None and link.status in _ARRIVED):
            continue
        else:
            parcels += requeue(tx, workspace_id, link.id)
        going.append(invoice.id)
    if not going:
        raise BadInput(_why_nothing(tx, workspace_id, show_id, only, payable))
    run_id = runs.create(
        tx,
        workspace_id,
        show_id=show_id,
        kind="send",
        channel_id=channel_id,
        chat_id=chat_id,
        invoice_ids=going,
        now=now,
    )
    return run_id, len(going), parcels


def _why_nothing(
    tx: sa.Connection, workspace_id: int, show_id: int, only: Collection[int] | None, payable: Collection[Invoice]
) -> str:
    waiting = [one for one in invoices.of_show(tx, workspace_id, show_id, statuses=OPEN) if one.waits_for_page]
    if any(only is None or one.buyer_id in only for one in waiting):
        return "Nothing to send: there is no page for what is left to pay. To have a new one: /invoice retry"
    return "Nothing to send: every link has arrived." if payable else "Nothing to send: no unpaid invoice."


def requeue(
    tx: sa.Connection, workspace_id: int, delivery_id: int, *, but: Collection[DeliveryStatus] = _IN_HAND
) -> list[Parcel]:
    """Put a message back at the foot of the ladder, `but` not as it stands now, nor when it has nothing to say."""
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    if delivery is None or delivery.status in but or has_nothing_to_say(tx, delivery):
        return []
    attempt = deliveries.again(tx, workspace_id, delivery_id, but=but)
    return (
        []
        if attempt is None
        else [Parcel(delivery_id=delivery_id, attempt=attempt, chat=delivery.chat, reply=delivery.reply)]
    )


def has_nothing_to_say(tx: sa.Connection, delivery: deliveries.Delivery) -> bool:
    """Whether this is a pay link, or a reminder of one, that nobody is to use any more, or that another took over."""
    if delivery.purpose not in ("link", "reminder") or delivery.invoice_id is None:
        return False
    invoice = invoices.get(tx, delivery.workspace_id, delivery.invoice_id)
    if invoice is None or invoice.status not in OPEN:
        return True
    newest = deliveries.links_of(tx, delivery.workspace_id, [invoice.id]).get(invoice.id)
    return delivery.purpose == "link" and newest is not None and newest.id != delivery.id
