"""Delivers messages: marked `sending` before the call, one rung of the ladder at a time, never again on a guess."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.invoice import InvoiceEvent, after
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, Refused, Unreachable
from bot.kit.retry import Backoff
from bot.workflows.answer_comments import ANSWER, TOO_LATE, came_too_late
from bot.workflows.assistant import Assistant
from bot.workflows.follow_feeds import follow_feed
from bot.workflows.ladder import OwnComment, Rung, next_rung, whole_channel
from bot.workflows.send_links import has_nothing_to_say
from bot.workflows.tell import Parcel, buttons_from, hand_over
from bot.workflows.tell_shut_out import tell_restricted, tell_shut_out
from bot.workflows.tell_undelivered import OPEN_CHAT, pay_link_in, tell_unasked, tell_undelivered
from messaging.base import Address, Because, CannotReach, Moved, Outgoing, Platform, Restricted, Sent, Where
from storage import buyers, claims, counters, deliveries, invoices, runs
from storage.deliveries import BELOW, Delivery, DeliveryStatus

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Try:
    """A message, and the way it is tried next."""

    delivery: Delivery
    rung: Rung
    blanks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Again:
    """Not over yet: try the next rung, or the same one, after so many seconds."""

    seconds: float
    waiting: bool = False
    """Nothing was tried: it is only not our turn yet."""


IN_A_RUN = ("link", "reminder")
"""Messages whose way a run may show."""
BACKOFF = Backoff(first=5.0, growth=2.0, longest=3600.0)
_AFTER_A_MOVE = 1.0
_ECHO_WITHIN = 3.0
"""Seconds in which a platform that shows us our own messages does so."""


async def try_delivery(assistant: Assistant, workspace_id: int, delivery_id: int, tries: int) -> Again | None:
    """Try the next rung once; None when the delivery is over, one way or the other.

    A message found `sending` was cut off in flight: it becomes `unknown` and is never repeated on its own. `tries`
    counts refusals that may pass; after three of them the delivery has failed.
    """
    now = assistant.now()
    templates = frozenset(channel for channel, one in assistant.connected.items() if one.platform.can_write_first)
    trying = await assistant.database.write(_next_try, workspace_id, delivery_id, templates, now)
    if not isinstance(trying, _Try):
        await hand_over(assistant, workspace_id, trying)
        return None
    connected = assistant.on(trying.rung.channel_id)
    if connected is None:
        await _finish(assistant, workspace_id, delivery_id, _shut_out, trying.rung, "The channel is not connected")
        return Again(seconds=0)
    try:
        turn = await connected.platform.turn(trying.rung.to)
    except Busy as full:
        seconds = full.retry_after or BACKOFF.first
        if seconds <= BACKOFF.longest:
            return Again(seconds=seconds, waiting=True)
        await _finish(assistant, workspace_id, delivery_id, _fail, full.message)
        return None
    if not await assistant.database.write(deliveries.begin, workspace_id, delivery_id, trying.rung.name):
        await _finish(assistant, workspace_id, delivery_id, _give_up)
        return None
    try:
        with turn:
            sent = await connected.platform.send(_message(trying, connected.platform))
    except (Busy, Unreachable) as not_now:
        await assistant.database.write(_put_back, workspace_id, delivery_id)
        if isinstance(not_now, Restricted):
            channel_id, now = trying.rung.channel_id, assistant.now()
            parcels = await assistant.database.write(tell_restricted, workspace_id, channel_id, not_now.message, now)
            await hand_over(assistant, workspace_id, parcels)
        wait = BACKOFF.wait(not_now, tries)
        if wait is not None:
            return Again(seconds=wait)
        await _finish(assistant, workspace_id, delivery_id, _fail, not_now.message)
    except OutcomeUnknown as unclear:
        if connected.platform.can_confirm:
            await assistant.database.write(_in_doubt, workspace_id, delivery_id, unclear.message)
            return Again(seconds=_ECHO_WITHIN, waiting=True)
        await _finish(assistant, workspace_id, delivery_id, _unknown, unclear.message)
    except NotAuthorised as refusal:
        await _finish(assistant, workspace_id, delivery_id, _shut_out, trying.rung, refusal.message)
        return Again(seconds=0)
    except Moved as moved:
        await assistant.database.write(_follow, workspace_id, delivery_id, trying.rung, moved)
        return Again(seconds=_AFTER_A_MOVE)
    except Refused as refusal:
        await _finish(assistant, workspace_id, delivery_id, _refuse, trying.rung, refusal)
        return Again(seconds=0)
    except Exception:
        _log.exception("delivery %s broke down", delivery_id)
        await _finish(assistant, workspace_id, delivery_id, _unknown, "something went wrong here; the log says what")
    else:
        await _finish(assistant, workspace_id, delivery_id, _sent, trying, sent)
    return None


async def _finish(assistant: Assistant, workspace_id: int, delivery_id: int, how: Any, *more: Any) -> None:
    parcels = await assistant.database.write(how, workspace_id, delivery_id, assistant.now(), *more)
    await hand_over(assistant, workspace_id, parcels)


def _message(trying: _Try, platform: Platform) -> Outgoing:
    delivery = trying.delivery
    link = platform.chat_link("checkout")
    buttons = tuple(
        tuple(replace(button, url=link, payload="") if button.payload == OPEN_CHAT else button for button in row)
        for row in buttons_from(delivery.buttons)
        if link or all(button.payload != OPEN_CHAT for button in row)
    )
    return Outgoing(
        to=trying.rung.to,
        text=delivery.text[: platform.text_limit],
        buttons=buttons,
        tag=f"delivery:{delivery.id}:{delivery.attempt}",
        picture=delivery.picture,
        blanks=trying.blanks,
    )


def _next_try(
    tx: sa.Connection, workspace_id: int, delivery_id: int, templates: Collection[int], now: datetime
) -> _Try | list[Parcel]:
    """What to try next. When there is nothing the delivery ends here, with what is to be said about it."""
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    blanks = _blanks(tx, delivery) if delivery is not None and templates else ()
    rung = None if delivery is None else _rung(tx, delivery, templates if blanks else (), now)
    if delivery is None or rung is None:
        return _give_up(tx, workspace_id, delivery_id, now)
    return _Try(delivery=delivery, rung=rung, blanks=blanks)


def _blanks(tx: sa.Connection, delivery: Delivery) -> tuple[str, ...]:
    """What a template needs to say what this message does: who, how much and where; nothing, if it is about no link."""
    link = pay_link_in(delivery)
    if not link or delivery.buyer_id is None or delivery.invoice_id is None:
        return ()
    buyer = buyers.get(tx, delivery.workspace_id, delivery.buyer_id)
    invoice = invoices.get(tx, delivery.workspace_id, delivery.invoice_id)
    return () if buyer is None or invoice is None else (buyer.name or buyer.handle, str(invoice.rest), link)


def _rung(tx: sa.Connection, delivery: Delivery, templates: Collection[int], now: datetime) -> Rung | None:
    if delivery.status is not DeliveryStatus.QUEUED:
        return None
    if has_nothing_to_say(tx, delivery) or came_too_late(tx, delivery, now):
        return None
    if delivery.buyer_id is None:
        return None if delivery.tried else _fixed(delivery)
    identities = buyers.identities_of(tx, delivery.workspace_id, delivery.buyer_id)
    answerable = any(identity.kind == "commenter" for identity in identities)  # most need not be looked for
    comments = _comments(tx, delivery.workspace_id, delivery) if answerable else []
    return next_rung(
        purpose=delivery.purpose,
        identities=identities,
        comments=comments,
        tried=delivery.tried,
        used=deliveries.rungs_used(tx, delivery.workspace_id, delivery.buyer_id, but=delivery.id) if comments else (),
        templates=templates,
        now=now,
    )


def _fixed(delivery: Delivery) -> Rung | None:
    """The one way of a message whose chat was named when it was written."""
    if delivery.channel_id is None:
        return None
    where, _, comment_id = delivery.chat_id.partition(BELOW)
    to = (
        Address(where=Where.COMMENT_PUBLICLY, id=comment_id)
        if comment_id and not where
        else Address(where=Where.CHAT, id=delivery.chat_id)
    )
    return Rung(name=to.where.value, channel_id=delivery.channel_id, to=to)


def _comments(tx: sa.Connection, workspace_id: int, delivery: Delivery) -> list[OwnComment]:
    """The comments behind the claims this delivery's invoice bills, or which it is offering, newest first.

    Or the one that asked for it.
    """
    if delivery.chat_id.startswith(BELOW) and delivery.channel_id is not None:
        asked = delivery.chat_id.removeprefix(BELOW)
        return [OwnComment(channel_id=delivery.channel_id, comment_id=asked, written_at=delivery.created_at)]
    if delivery.purpose == "offer" and delivery.buyer_id is not None:
        rows = claims.comments_offered(tx, workspace_id, delivery.buyer_id)
    elif delivery.invoice_id is not None:
        rows = claims.comments_behind(tx, workspace_id, delivery.invoice_id)
    else:
        return []
    return [
        OwnComment(
            channel_id=row.channel_id,
            comment_id=row.comment_id,
            written_at=row.commented_at,
        )
        for row in rows
    ]


def _sent(tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, way: _Try, sent: Sent) -> list[Parcel]:
    delivery, rung = way.delivery, way.rung  # whose it is, and of which invoice, stays
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
        elif rung.to.where is Where.CHAT and not rung.open:
            buyers.set_reachable(tx, workspace_id, rung.channel_id, rung.to.id, reachable=True)
    arrived(tx, delivery, sent.message_id, now)
    return []


def arrived(tx: sa.Connection, delivery: Delivery, message_id: str, now: datetime) -> None:
    """A message is with its person: also said by an echo, after a call whose outcome nobody knew."""
    workspace_id = delivery.workspace_id
    deliveries.settle(tx, workspace_id, delivery.id, DeliveryStatus.SENT, platform_message_id=message_id, sent_at=now)
    if delivery.purpose == "link" and delivery.invoice_id is not None:
        invoice = invoices.lock(tx, workspace_id, delivery.invoice_id)
        assert invoice is not None, "invoices are never deleted"
        status = after(invoice.status, InvoiceEvent.LINK_DELIVERED)
        if status is not invoice.status:
            invoices.change(tx, workspace_id, invoice.id, status=status, sent_at=now)
    if delivery.purpose in IN_A_RUN and delivery.invoice_id is not None:
        runs.settle(tx, workspace_id, delivery.invoice_id, "sent")


def _put_back(tx: sa.Connection, workspace_id: int, delivery_id: int) -> None:
    """Nothing was sent: wait for the next try."""
    deliveries.settle(tx, workspace_id, delivery_id, DeliveryStatus.QUEUED)


def _follow(tx: sa.Connection, workspace_id: int, delivery_id: int, rung: Rung, moved: Moved) -> None:
    """The group is somewhere else now: this message goes there, and so does whatever else was to go to it."""
    _put_back(tx, workspace_id, delivery_id)
    follow_feed(tx, workspace_id, rung.channel_id, old=moved.feed_id, new=moved.to)


def _in_doubt(tx: sa.Connection, workspace_id: int, delivery_id: int, error: str) -> None:
    """It may have been sent: leave it `sending` for as long as an echo may take to tell."""
    deliveries.settle(tx, workspace_id, delivery_id, DeliveryStatus.SENDING, error=error, unless=DeliveryStatus.SENT)


def _shut_out(
    tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, rung: Rung, error: str
) -> list[Parcel]:
    """The whole channel is closed: no other way through it is tried, and the operators hear of it once a day."""
    _set_back(tx, workspace_id, delivery_id, error, tried=whole_channel(rung.channel_id))
    return tell_shut_out(tx, workspace_id, rung.channel_id, error, now)


def _set_back(tx: sa.Connection, workspace_id: int, delivery_id: int, error: str, *, tried: str) -> None:
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    assert delivery is not None, "deliveries are never deleted"
    deliveries.settle(tx, workspace_id, delivery_id, DeliveryStatus.QUEUED, error=error, tried=[*delivery.tried, tried])


def _refuse(
    tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, rung: Rung, why: Refused
) -> list[Parcel]:
    """This way is closed; note it, and leave the message to the next one."""
    _set_back(tx, workspace_id, delivery_id, why.message, tried=rung.name)
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
        return _unknown(tx, workspace_id, delivery_id, now, delivery.error or CUT_OFF)
    if delivery.status is not DeliveryStatus.QUEUED:
        return []
    if has_nothing_to_say(tx, delivery):
        error = "there is nothing to pay any more"
        deliveries.settle(tx, workspace_id, delivery_id, DeliveryStatus.FAILED, error=error)
        if delivery.purpose == "reminder" and delivery.invoice_id is not None:
            runs.settle(tx, workspace_id, delivery.invoice_id, DeliveryStatus.FAILED.value, error)
        return []
    if came_too_late(tx, delivery, now):
        return _end(tx, workspace_id, delivery_id, DeliveryStatus.FAILED, TOO_LATE, now)
    status = DeliveryStatus.MANUAL if delivery.purpose == "link" else DeliveryStatus.FAILED
    return _end(tx, workspace_id, delivery_id, status, delivery.error or "there is no open chat with them", now)


def break_off(tx: sa.Connection, workspace_id: int, delivery_id: int, now: datetime, error: str) -> list[Parcel]:
    """The work on a message gave up: what may be out is left to a person, what is not has failed."""
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    if delivery is None or delivery.status not in (DeliveryStatus.QUEUED, DeliveryStatus.SENDING):
        return []
    unsure = delivery.status is DeliveryStatus.SENDING
    return (_unknown if unsure else _fail)(tx, workspace_id, delivery_id, now, error)


CUT_OFF = "it was being sent when the service stopped"


UNANSWERED = "unanswered:"
"""What answers that were not given are counted under, with the day: one by one nobody needs to hear of them."""


def _end(
    tx: sa.Connection, workspace_id: int, delivery_id: int, status: DeliveryStatus, error: str, now: datetime
) -> list[Parcel]:
    """Over without success; an echo that came in the meantime counts more."""
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    assert delivery is not None, "deliveries are never deleted"
    if not deliveries.settle(tx, workspace_id, delivery_id, status, error=error, unless=DeliveryStatus.SENT):
        return []
    if delivery.purpose == "offer":
        return tell_unasked(tx, delivery, error, now)
    if delivery.purpose == ANSWER:
        counters.add(tx, workspace_id, f"{UNANSWERED}{now:%Y-%m-%d}")
    if delivery.purpose not in IN_A_RUN or delivery.invoice_id is None:
        return []
    runs.settle(tx, workspace_id, delivery.invoice_id, status.value, error)
    if delivery.purpose != "link":
        return []
    return tell_undelivered(tx, delivery, status, error, _comments(tx, workspace_id, delivery), now)
