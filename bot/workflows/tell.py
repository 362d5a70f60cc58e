"""Tells people things: messages written down in the transaction of their cause, handed over after its commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.workflows.assistant import Assistant
from messaging.base import Button
from storage import buyers, deliveries, operators
from storage.deliveries import REPLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message that is written down and waits to be handed over."""

    delivery_id: int
    attempt: int
    chat: str
    """Messages with the same `chat` keep their order."""
    reply: bool = False
    """Somebody waits for this one: it goes before what the same chat is told besides."""


def tell_chat(
    tx: sa.Connection,
    workspace_id: int,
    *,
    channel_id: int,
    chat_id: str,
    text: str,
    key: str,
    now: datetime,
    purpose: str = "notice",
    buttons: Sequence[Sequence[Button]] = (),
    picture: str = "",
) -> list[Parcel]:
    """Write a message to one chat down, once per `key`."""
    made = deliveries.queue(
        tx,
        workspace_id,
        purpose=purpose,
        dedupe_key=f"{workspace_id}:{key}",
        text=text,
        buttons=button_data(buttons),
        channel_id=channel_id,
        chat_id=chat_id,
        picture=picture,
        now=now,
    )
    if made is None:
        return []
    return [Parcel(delivery_id=made, attempt=1, chat=f"{channel_id}:{chat_id}", reply=purpose == REPLY)]


def tell_operators(
    tx: sa.Connection,
    workspace_id: int,
    text: str,
    *,
    key: str,
    now: datetime,
    buttons: Sequence[Sequence[Button]] = (),
    but: int | None = None,
) -> list[Parcel]:
    """Write a message to every operator down, once per `key`; to all `but` the one who is answered anyway."""
    return [
        parcel
        for chat in operators.chats(tx, workspace_id)
        if chat.operator_id != but
        for parcel in tell_chat(
            tx,
            workspace_id,
            channel_id=chat.channel_id,
            chat_id=chat.chat_id,
            text=text,
            key=f"{key}:{chat.channel_id}:{chat.chat_id}",
            now=now,
            buttons=buttons,
        )
    ]


def tell_buyer(
    tx: sa.Connection,
    workspace_id: int,
    buyer_id: int,
    text: str,
    *,
    purpose: str,
    key: str,
    now: datetime,
    invoice_id: int | None = None,
    buttons: Sequence[Sequence[Button]] = (),
) -> list[Parcel]:
    """Write a message to a buyer down, once per `key`; the delivery ladder finds the way."""
    made = deliveries.queue(
        tx,
        workspace_id,
        purpose=purpose,
        dedupe_key=f"{workspace_id}:{key}",
        text=text,
        buttons=button_data(buttons),
        buyer_id=buyer_id,
        invoice_id=invoice_id,
        now=now,
    )
    return [] if made is None else [Parcel(delivery_id=made, attempt=1, chat=f"buyer:{buyer_id}")]


def label_of(tx: sa.Connection, workspace_id: int, buyer_id: int | None) -> str:
    """What operators call a buyer, like @mai."""
    buyer = None if buyer_id is None else buyers.get(tx, workspace_id, buyer_id)
    return "the buyer" if buyer is None else buyer.label


async def hand_over(assistant: Assistant, workspace_id: int, parcels: Iterable[Parcel]) -> None:
    """Give committed messages to the durable engine; what a crash leaves out, the sweep finds."""
    for parcel in parcels:
        await assistant.jobs.deliver(workspace_id, parcel.delivery_id, parcel.attempt, parcel.chat, reply=parcel.reply)


def button_data(buttons: Sequence[Sequence[Button]]) -> list[list[dict[str, str]]]:
    """Buttons as they are kept with a delivery."""
    return [
        [
            {"title": button.title, "url": button.url, "payload": button.payload}
            | ({"copy": button.copy} if button.copy else {})
            for button in row
        ]
        for row in buttons
    ]


def buttons_from(data: list[list[dict[str, str]]]) -> tuple[tuple[Button, ...], ...]:
    """Kept buttons, ready to be shown."""
    return tuple(tuple(Button(**button) for button in row) for row in data)
