"""Delivers messages: marked `sending` before the call, one rung of the ladder at a time, never again on a guess."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.invoice import InvoiceEvent, after
from bot.kit.errors import Busy, OutcomeUnknown, Refused, Unreachable
from bot.kit.retry import RETRIES
from bot.workflows.assistant import Assistant
from bot.workflows.ladder import OwnComment, Rung, next_rung
from bot.workflows.tell import Parcel, buttons_from, hand_over, tell_chat, tell_operators
from messaging.base import Address, Because, Button, CannotReach, Outgoing, Platform, Sent, Where
from messaging.templates import prompt_message
from storage import buyers, channels, claims, deliveries, invoices, runs
from storage.deliveries import Delivery, DeliveryStatus


@dataclass(frozen=True, kw_only=True)
class _Try:
    """A message, and the way it is tried next."""

    delivery: Delivery
    rung: Rung


@dataclass(frozen=True, kw_only=True)
class Again:
    """Not over yet: try the next rung, or the same one, after so many seconds."""

    seconds: float
    waiting: bool = False
    """Nothing was tried: it is only not our turn yet."""


_NOT_NOW = 5.0
"""Seconds to wait after Busy or Unreachable without a word on how long."""


async def try_delivery(assistant: Assistant, workspace_id: int, delivery_id: int, tries: int) -> Again | None:
    """Try the next rung once; None when the delivery is over, one way or the other.

    A message found `sending` was cut off in flight: it becomes `unknown` and is never repeated on its own. `tries`
    counts refusals that may pass; after three of them the delivery has failed.
    """
    now = assistant.now()
    trying = await assistant.database.read(_next_try, workspace_id, delivery_id, now)
    if trying is None:
        await _finish(assistant, workspace_id, delivery_id, _give_up)
        return None
    connected = assistant.on(trying.rung.channel_id)
    if connected is None:
        await _finish(assistant, workspace_id, delivery_id, _refuse, trying.rung, "the channel is not connected")
        return Again(seconds=0)
    try:
        await connected.platform.turn(trying.rung.to)
    except Busy as full:
        return Again(seconds=full.retry_after or _NOT_NOW, waiting=True)
    if not await assistant.database.write(deliveries.begin, workspace_id, delivery_id, trying.rung.name):
        await _finish(assistant, workspace_id, delivery_id, _give_up)
        return None
    try:
        sent = await connected.platform.send(_message(trying, connected.platform))
    except (Busy, Unreachable) as not_now:
        waiting = tries < RETRIES
        error = not_now.message
        await assistant.database.write(_put_back, workspace_id, delivery_id, None if waiting else error)
        asked = not_now.retry_after if isinstance(not_now, Busy) else None
        if waiting:
            return Again(seconds=asked or _NOT_NOW * 2**tries)
        await _finish(assistant, workspace_id, delivery_id, _fail, error)
    except OutcomeUnknown as unclear:
        await _finish(assistant, workspace_id, delivery_id, _unknown, unclear.message)
    except Refused as refusal:
        await _finish(assistant, workspace_id, delivery_id, _refuse, trying.rung, refusal)
        return Again(seconds=0)
    else:
        await _finish(assistant, workspace_id, delivery_id, _sent, trying.rung, sent)
    return None


async def _finish(assistant: Assistant, workspace_id: int, delivery_id: int, how: Any, *more: Any) -> None:
    parcels = await assistant.database.write(how, workspace_id, delivery_id, assistant.now(), *more)
    await hand_over(assistant, workspace_id, parcels)


def _message(trying: _Try, platform: Platform) -> Outgoing:
    delivery = trying.delivery
    buttons = tuple(
        tuple(
            Button(title=button.title, url=platform.chat_link("checkout")) if button.payload == OPEN_CHAT else button
            for button in row
        )
        for row in buttons_from(delivery.buttons)
    )
    return Outgoing(
        to=trying.rung.to,
        text=delivery.text[: platform.text_limit],
        buttons=buttons,
        tag=f"delivery:{delivery.id}:{delivery.attempt}",
    )


def _next_try(tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime) -> _Try | None:
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    if delivery is None or delivery.status is not DeliveryStatus.QUEUED:
        return None
    if delivery.buyer_id is None:
        rung = None if delivery.tried else _fixed(delivery)
    else:
        rung = next_rung(
            purpose=delivery.purpose,
            identities=buyers.identities_of(tx, workspace_id, delivery.buyer_id),
            comments=_comments(tx, workspace_id, delivery),
            tried=delivery.tried,
            used=deliveries.rungs_used(tx, workspace_id, delivery.buyer_id, but=delivery.id),
            now=now,
        )
    return None if rung is None else _Try(delivery=delivery, rung=rung)


def _fixed(delivery: Delivery) -> Rung | None:
    """The one way of a message whose chat was named when it was written: `comment:<id>` is an answer everybody sees."""
    if delivery.channel_id is None:
        return None
    where, _, comment_id = delivery.chat_id.partition("comment:")
    to = (
        Address(where=Where.COMMENT_PUBLICLY, id=comment_id)
        if comment_id and not where
        else Address(where=Where.CHAT, id=delivery.chat_id)
    )
    return Rung(name=to.where.value, channel_id=delivery.channel_id, to=to)


def _comments(tx: sa.Connection, workspace_id: int, delivery: Delivery) -> list[OwnComment]:
    """The comments behind the claims this delivery's invoice bills, newest first."""
    if delivery.invoice_id is None:
        return []
    return [
        OwnComment(
            channel_id=row.channel_id,
            feed_id=row.feed_id,
            comment_id=row.comment_id,
            written_at=row.commented_at,
        )
        for row in claims.comments_behind(tx, workspace_id, delivery.invoice_id)
    ]


def _sent(
    tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, rung: Rung, sent: Sent
) -> list[Parcel]:
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    assert delivery is not None, "deliveries are never deleted"
    if delivery.buyer_id is not None:
        if rung.to.where is Where.COMMENT_PRIVATELY:
            buyers.link_identity(
                tx,
                workspace_id,
                delivery.buyer_id,
                channel_id=rung.channel_id,
                kind="psid",
                platform_user_id=sent.chat_id,
            )
        elif rung.to.where is Where.CHAT:
            buyers.set_reachable(tx, workspace_id, rung.channel_id, rung.to.id, reachable=True)
    return arrived(tx, delivery, sent.message_id, now)


def arrived(tx: sa.Connection, delivery: Delivery, message_id: str, now: datetime) -> list[Parcel]:
    """A message is with its person: also said by an echo, after a call whose outcome nobody knew."""
    workspace_id = delivery.workspace_id
    deliveries.settle(tx, workspace_id, delivery.id, DeliveryStatus.SENT, platform_message_id=message_id, sent_at=now)
    if delivery.purpose == "link" and delivery.invoice_id is not None:
        invoice = invoices.lock(tx, workspace_id, delivery.invoice_id)
        assert invoice is not None, "invoices are never deleted"
        status = after(invoice.status, InvoiceEvent.LINK_DELIVERED)
        if status is not invoice.status:
            invoices.change(tx, workspace_id, invoice.id, status=status, sent_at=now)
        runs.settle(tx, workspace_id, invoice.id, "sent")
    return []


def _put_back(tx: sa.Connection, workspace_id: int, delivery_id: int, error: str | None) -> None:
    """Nothing was sent: wait for the next try."""
    deliveries.settle(tx, workspace_id, delivery_id, DeliveryStatus.QUEUED, error=error or "")


def _refuse(
    tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, rung: Rung, why: Refused | str
) -> list[Parcel]:
    """This way is closed; note it, and leave the message to the next one."""
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    assert delivery is not None, "deliveries are never deleted"
    error = why if isinstance(why, str) else why.message
    deliveries.settle(
        tx, workspace_id, delivery_id, DeliveryStatus.QUEUED, error=error, tried=[*delivery.tried, rung.name]
    )
    if isinstance(why, CannotReach) and why.because in _SHUT and rung.to.where is Where.CHAT:
        buyers.set_reachable(tx, workspace_id, rung.channel_id, rung.to.id, reachable=False)
    return []


_SHUT = frozenset({Because.NEVER_STARTED, Because.BLOCKED, Because.UNAVAILABLE})


def _fail(tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, error: str) -> list[Parcel]:
    """Tried often enough: failed, and the operator can have it tried again."""
    return _end(tx, workspace_id, delivery_id, DeliveryStatus.FAILED, error, now)


def _unknown(tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, error: str) -> list[Parcel]:
    """It may have been sent; only a person may decide to send it again."""
    return _end(tx, workspace_id, delivery_id, DeliveryStatus.UNKNOWN, error, now)


def _give_up(tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime) -> list[Parcel]:
    """No way is left, or somebody else is at it, or the message was cut off in flight."""
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    if delivery is None:
        return []
    if delivery.status is DeliveryStatus.SENDING:
        return _unknown(tx, workspace_id, delivery_id, now, "it was being sent when the service stopped")
    if delivery.status is not DeliveryStatus.QUEUED:
        return []
    status = DeliveryStatus.MANUAL if delivery.purpose == "link" else DeliveryStatus.FAILED
    return _end(tx, workspace_id, delivery_id, status, delivery.error or "there is no open chat with them", now)


def _end(
    tx: sa.Connection, workspace_id: int, delivery_id: int, status: DeliveryStatus, error: str, now: datetime
) -> list[Parcel]:
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    assert delivery is not None, "deliveries are never deleted"
    deliveries.settle(tx, workspace_id, delivery_id, status, error=error)
    if delivery.purpose != "link" or delivery.invoice_id is None or delivery.buyer_id is None:
        return []
    runs.settle(tx, workspace_id, delivery.invoice_id, status.value, error)
    invoice = invoices.get(tx, workspace_id, delivery.invoice_id)
    buyer = buyers.get(tx, workspace_id, delivery.buyer_id)
    assert invoice is not None, "invoices are never deleted"
    assert buyer is not None, "buyers are never deleted"
    error = error.rstrip(".")
    what = {
        DeliveryStatus.MANUAL: f"I could not send {buyer.label} the pay link: {error}. Copy it to them:",
        DeliveryStatus.FAILED: f"The pay link for {buyer.label} did not go out: {error}. Copy it to them, or tap:",
        DeliveryStatus.UNKNOWN: f"The pay link for {buyer.label} may or may not have arrived: {error}. Ask, or tap:",
    }[status]
    parcels = tell_operators(
        tx,
        workspace_id,
        f"{what}\n{invoice.external_url}",
        key=f"link-{status.value}:{delivery.id}:{delivery.attempt}",
        now=now,
        buttons=[[Button(title="Send again", payload=f"resend {delivery.id}")]],
    )
    if status is DeliveryStatus.MANUAL:
        parcels += _ask_in_public(tx, delivery, buyer.label, now)
    return parcels


def _ask_in_public(tx: sa.Connection, delivery: Delivery, label: str, now: datetime) -> list[Parcel]:
    """Ask the buyer, where they wrote, to open a private chat: the link itself is nobody else's business."""
    for comment in _comments(tx, delivery.workspace_id, delivery):
        in_a_group = channels.platform_of(tx, delivery.workspace_id, comment.channel_id) == "telegram"
        return tell_chat(
            tx,
            delivery.workspace_id,
            channel_id=comment.channel_id,
            chat_id=comment.feed_id if in_a_group else f"comment:{comment.comment_id}",
            text=prompt_message(label),
            key=f"prompt:{delivery.id}:{delivery.attempt}",
            purpose="prompt",
            now=now,
            buttons=[[Button(title="Get my pay link", payload=OPEN_CHAT)]],
        )
    return []


OPEN_CHAT = "open-chat"
"""A button with this payload becomes the platform's link to our private chat."""
