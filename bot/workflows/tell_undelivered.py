"""Tells people about a pay link that did not get through: the operators, and where they can be asked, the buyer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.workflows.choose_texts import texts_for
from bot.workflows.ladder import OwnComment, is_shut_out
from bot.workflows.tell import Parcel, buttons_from, tell_chat, tell_operators
from messaging.base import Button
from messaging.texts import Texts
from storage import buyers, invoices
from storage.deliveries import BELOW, Delivery, DeliveryStatus

OPEN_CHAT = "open-chat"
"""A button with this payload becomes the platform's link to our private chat."""

_SENTENCES = {
    DeliveryStatus.MANUAL: "I could not send {buyer} the pay link: {error}. Copy it to them:",
    DeliveryStatus.FAILED: "The pay link for {buyer} did not go out: {error}. Copy it to them, or tap:",
    DeliveryStatus.UNKNOWN: "The pay link for {buyer} may or may not have arrived: {error}. Ask, or tap:",
}


def tell_undelivered(
    tx: sa.Connection,
    delivery: Delivery,
    status: DeliveryStatus,
    error: str,
    comments: Sequence[OwnComment],
    now: datetime,
) -> list[Parcel]:
    """Give the operators the link to copy and a button to try again; ask the buyer in public to open the chat.

    Where a whole channel is closed they have heard that once, and its buyers are in the summary of the run.
    """
    if is_shut_out(delivery.tried):
        return []
    assert delivery.invoice_id is not None, "a pay link belongs to an invoice"
    assert delivery.buyer_id is not None, "a pay link goes to a buyer"
    invoice = invoices.get(tx, delivery.workspace_id, delivery.invoice_id)
    buyer = buyers.get(tx, delivery.workspace_id, delivery.buyer_id)
    assert invoice is not None, "invoices are never deleted"
    assert buyer is not None, "buyers are never deleted"
    said = _SENTENCES[status].format(buyer=buyer.label, error=error.rstrip("."))
    link = pay_link_in(delivery)
    copy = [Button(title="Copy the link", copy=link)] if link else []
    parcels = tell_operators(
        tx,
        delivery.workspace_id,
        f"{said}\n{link}",
        key=f"link-{status.value}:{delivery.id}:{delivery.attempt}",
        now=now,
        buttons=[[*copy, Button(title="Send again", payload=f"resend {delivery.id}")]],
    )
    if status is DeliveryStatus.MANUAL and comments:
        texts = texts_for(tx, delivery.workspace_id, buyer.id, invoice.show_id)
        parcels += _ask_in_public(tx, delivery, comments[0], buyer.label, texts, now)
    return parcels


def pay_link_in(delivery: Delivery) -> str:
    """The pay link, as the buyer would have had it."""
    return next((button.url for row in buttons_from(delivery.buttons) for button in row if button.url), "")


def tell_unasked(tx: sa.Connection, delivery: Delivery, error: str, now: datetime) -> list[Parcel]:
    """Tell the operators that whoever is next in line could not be asked whether they want what became free."""
    buyer = buyers.get(tx, delivery.workspace_id, delivery.buyer_id or 0)
    assert buyer is not None, "an offer goes to a buyer"
    return tell_operators(
        tx,
        delivery.workspace_id,
        f"I could not ask {buyer.label}: {error.rstrip('.')}. Tell them yourself, or /award or /release it:\n"
        f"{delivery.text}",
        key=f"unasked:{delivery.id}:{delivery.attempt}",
        now=now,
    )


def _ask_in_public(
    tx: sa.Connection, delivery: Delivery, comment: OwnComment, label: str, texts: Texts, now: datetime
) -> list[Parcel]:
    """Ask the buyer, where they wrote, to open a private chat: the link itself is nobody else's business."""
    return tell_chat(
        tx,
        delivery.workspace_id,
        channel_id=comment.channel_id,
        chat_id=f"{BELOW}{comment.comment_id}",
        text=texts.say("prompt", name=label),
        key=f"prompt:{delivery.id}:{delivery.attempt}",
        purpose="prompt",
        now=now,
        buttons=[[Button(title=texts.say("open_button"), payload=OPEN_CHAT)]],
    )
