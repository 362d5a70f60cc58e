"""Takes coupon codes that buyers write in private: the code counts on their bill, also on one that is out already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.coupon import Coupon, WhyNot, coupon_key
from bot.domain.money import Money
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.greet_buyers import meet_buyer
from bot.workflows.rebill_invoices import rebill_invoices
from bot.workflows.run_coupons import CouponRefused, agree_coupon
from bot.workflows.run_shows import current_show
from bot.workflows.tell import Parcel, hand_over, tell_chat
from messaging.base import Message
from messaging.texts import Texts
from storage import claims, coupons, invoices, shows
from storage.channels import Channel
from storage.deliveries import REPLY

_REFUSED = {
    WhyNot.OFF: "coupon_over",
    WhyNot.RUN_OUT: "coupon_over",
    WhyNot.USED_UP: "coupon_over",
    WhyNot.USED_BEFORE: "coupon_used",
    WhyNot.OTHER_CURRENCY: "coupon_currency",
}
"""What a buyer hears, to whom it is all the same why a code is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What came of a code."""

    buyer_id: int
    show_id: int
    texts: Texts
    said: str
    counts: bool


async def take_code(assistant: Assistant, channel: Channel, message: Message, inbox_id: int) -> bool:
    """Act on a message that is a coupon's code and nothing else; False for any other, and before the first show."""
    code = coupon_key(message.text)
    if code is None or await assistant.database.read(coupons.by_code, channel.workspace_id, code) is None:
        return False
    now = assistant.now()
    taken = await assistant.database.write(_take, channel, message, code, now)
    if taken is None:
        return False
    said = taken.said
    if taken.counts:
        issued = await rebill_invoices(assistant, channel.workspace_id, taken.show_id, only=[taken.buyer_id])
        said = f"{said} {taken.texts.say('new_link')}" if issued.run_id is not None else said
    parcels = await assistant.database.write(_answer, channel, message, said, inbox_id, now)
    await hand_over(assistant, channel.workspace_id, parcels)
    return True


def _take(tx: sa.Connection, channel: Channel, message: Message, code: str, now: datetime) -> _Taken | None:
    buyer_id = meet_buyer(tx, channel, message.person, message.sent_at, now)
    show = _show_of(tx, channel.workspace_id, buyer_id)
    if show is None:
        return None
    texts = texts_for(tx, channel.workspace_id, buyer_id, show.id)
    try:
        coupon = agree_coupon(tx, channel.workspace_id, show.id, buyer_id, code, now)
    except CouponRefused as no:
        said, counts = texts.say(_REFUSED[no.why], coupon=no.coupon.code, currency=no.coupon.currency), False
    else:
        said, counts = _said(texts, coupon, show), True
    return _Taken(buyer_id=buyer_id, show_id=show.id, texts=texts, said=said, counts=counts)


def _show_of(tx: sa.Connection, workspace_id: int, buyer_id: int) -> Show | None:
    """The show a buyer has something to pay of: the current one, unless it is only an earlier one."""
    try:
        current = current_show(tx, workspace_id)
    except BadInput:
        return None
    if claims.active(tx, workspace_id, current.id, buyer_id=buyer_id):
        return current
    unpaid = invoices.unpaid_of_buyer(tx, workspace_id, buyer_id)
    earlier = shows.get(tx, workspace_id, unpaid[-1].show_id) if unpaid else None
    return earlier or current


def _said(texts: Texts, coupon: Coupon, show: Show) -> str:
    said = texts.say("coupon_counts", coupon=coupon.code, worth=coupon.worth, show=show.title)
    if not coupon.least_cents:
        return said
    return f"{said} {texts.say('coupon_from', total=Money(coupon.least_cents, show.currency))}"


def _answer(
    tx: sa.Connection, channel: Channel, message: Message, text: str, inbox_id: int, now: datetime
) -> list[Parcel]:
    return tell_chat(
        tx,
        channel.workspace_id,
        channel_id=channel.id,
        chat_id=message.chat_id,
        text=text,
        key=f"code:{inbox_id}",
        purpose=REPLY,
        now=now,
    )
