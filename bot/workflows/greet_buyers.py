"""Greets buyers in their private chat: what they wait for is sent as soon as they open the door."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.reading import Catalogue, Kind, Rules, read
from bot.kit.text import clean_text
from bot.workflows.ask_who import ask_who, is_stranger
from bot.workflows.choose_texts import texts_for
from bot.workflows.deliver_messages import arrived
from bot.workflows.send_links import requeue
from bot.workflows.show_carts import Asker, show_carts
from bot.workflows.tell import Parcel, tell_chat
from messaging.base import Echo, Message, Person, Reachability
from messaging.templates import pay_buttons, reminder_message
from messaging.texts import known_language
from storage import answers, buyers, deliveries, invoices, shows
from storage.channels import Channel
from storage.deliveries import REPLY, DeliveryStatus


def greet_buyer(
    tx: sa.Connection, channel: Channel, message: Message, inbox_id: int, public_url: str, now: datetime
) -> list[Parcel]:
    """Answer somebody who wrote in private: with their links, or with what this bot is for; never to a command."""
    buyer_id = meet_buyer(tx, channel, message.person, message.sent_at, now)
    parcels = send_stuck(tx, channel.workspace_id, buyer_id)
    if parcels or (message.text.startswith("/") and not _is_start(message.text)):
        return parcels
    stranger = is_stranger(tx, channel.workspace_id, buyer_id)
    if cart := _show_cart(tx, channel.workspace_id, buyer_id, message.text, inbox_id, public_url, now, stranger):
        return cart
    payable = [
        invoice
        for invoice in invoices.unpaid_of_buyer(tx, channel.workspace_id, buyer_id)
        if invoice.external_url is not None
    ]
    texts = texts_for(tx, channel.workspace_id, buyer_id, None)
    is_start = _is_start(message.text)
    asked = ask_who(tx, channel, buyer_id, now, followed_us=is_start) if stranger and not payable else []
    plain = "greeting" if stranger or is_start else "nothing_open"
    return asked + tell_chat(
        tx,
        channel.workspace_id,
        channel_id=channel.id,
        chat_id=message.chat_id,
        text=reminder_message(texts, payable) if payable else texts.say(plain),
        key=f"greeting:{inbox_id}",
        purpose=REPLY,
        now=now,
        buttons=pay_buttons(texts, payable, public_url),
    )


def settle_reachability(tx: sa.Connection, channel: Channel, event: Reachability) -> list[Parcel]:
    """Somebody opened or closed the door; an open one lets through what waits."""
    heard_at = event.at if event.open else None
    buyer_id = buyers.set_reachable(
        tx, channel.workspace_id, channel.id, event.person.id, reachable=event.open, heard_at=heard_at
    )
    return send_stuck(tx, channel.workspace_id, buyer_id) if event.open and buyer_id is not None else []


def settle_echo(tx: sa.Connection, channel: Channel, event: Echo, now: datetime) -> list[Parcel]:
    """The platform shows us a message of ours: whatever we knew of it, it was sent."""
    kind, _, rest = event.tag.partition(":")
    number, _, attempt = rest.partition(":")
    if kind != "delivery" or not number.isdecimal() or not attempt.isdecimal():
        return []
    delivery = deliveries.get(tx, channel.workspace_id, int(number))
    if delivery is None or delivery.attempt != int(attempt):
        return []
    if delivery.status not in (DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN):
        return []
    arrived(tx, delivery, event.message_id, now)
    return []


def meet_buyer(tx: sa.Connection, channel: Channel, person: Person, heard_at: datetime, now: datetime) -> int:
    """The buyer who wrote in private, met for the first time if need be."""
    key = (channel.id, person.kind, person.id)
    language = known_language(person.language) or ""
    known = buyers.known(tx, channel.workspace_id, [key])
    if known and language:
        buyers.set_language(tx, channel.workspace_id, known[key], language, where_unknown=True)
    if not known:
        known = buyers.meet(
            tx,
            channel.workspace_id,
            [
                buyers.Author(
                    channel_id=channel.id,
                    platform=channel.platform,
                    kind=person.kind,
                    platform_user_id=person.id,
                    username=clean_text(person.username),
                    name=clean_text(person.name)[:200],
                    language=language,
                )
            ],
            now,
        )
    buyers.set_reachable(tx, channel.workspace_id, channel.id, person.id, reachable=True, heard_at=heard_at)
    return known[key]


def send_stuck(tx: sa.Connection, workspace_id: int, buyer_id: int) -> list[Parcel]:
    """The links that did not reach a buyer, on their way again."""
    return [
        parcel
        for delivery in deliveries.stuck_with(tx, workspace_id, buyer_id)
        for parcel in requeue(tx, workspace_id, delivery.id)
    ]


def _show_cart(
    tx: sa.Connection,
    workspace_id: int,
    buyer_id: int,
    text: str,
    inbox_id: int,
    public_url: str,
    now: datetime,
    stranger: bool,
) -> list[Parcel]:
    """Their cart in the newest show, if that is what they ask for; a stranger's is not known to be empty."""
    show = next(iter(shows.newest(tx, workspace_id, limit=1)), None)
    if show is None or read(text, _NO_ITEMS, Rules.heard_in(show.market, show.rules.words)).kind is not Kind.CART:
        return []
    if stranger and not answers.in_carts(tx, workspace_id, show.id, [buyer_id]):
        return []
    return show_carts(tx, workspace_id, show, [Asker(buyer_id, f"private:{inbox_id}")], public_url, now)


_NO_ITEMS = Catalogue.of([], [])


def _is_start(text: str) -> bool:
    return text.split(maxsplit=1)[:1] == ["/start"]
