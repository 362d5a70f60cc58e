"""Takes coupon codes that buyers write in private: the code counts on their bill, also on one that is out already."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.coupon import Coupon, coupon_key
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.greet_buyers import meet_buyer
from bot.workflows.rebill_invoices import rebill_invoices
from bot.workflows.run_coupons import agree_coupon, from_how_much
from bot.workflows.run_shows import current_show
from bot.workflows.tell import Parcel, hand_over, tell_chat
from messaging.base import Message
from storage import claims, coupons, invoices, shows
from storage.channels import Channel

ANEW = "A new pay link is on its way; the old one stops working."


async def take_code(assistant: Assistant, channel: Channel, message: Message, inbox_id: int) -> bool:
    """Act on a message that is a coupon's code and nothing else; False for any other."""
    code = coupon_key(message.text)
    if code is None or await assistant.database.read(coupons.by_code, channel.workspace_id, code) is None:
        return False
    now = assistant.now()
    said, show_id, buyer_id = await assistant.database.write(_take, channel, message, code, now)
    if show_id is not None:
        issued = await rebill_invoices(assistant, channel.workspace_id, show_id, only=[buyer_id])
        said = f"{said} {ANEW}" if issued.run_id is not None else said
    parcels = await assistant.database.write(_answer, channel, message, said, inbox_id, now)
    await hand_over(assistant, channel.workspace_id, parcels)
    return True


def _take(
    tx: sa.Connection, channel: Channel, message: Message, code: str, now: datetime
) -> tuple[str, int | None, int]:
    """(what is answered, the show whose bill it counts on, the buyer)."""
    buyer_id = meet_buyer(tx, channel, message.person, message.sent_at, now)
    try:
        show = _show_of(tx, channel.workspace_id, buyer_id)
        coupon = agree_coupon(tx, channel.workspace_id, show.id, buyer_id, code, now)
    except BadInput as no:
        return no.message, None, buyer_id
    return _said(coupon, show), show.id, buyer_id


def _show_of(tx: sa.Connection, workspace_id: int, buyer_id: int) -> Show:
    """The show a buyer has something to pay of: the current one, unless it is only an earlier one."""
    current = current_show(tx, workspace_id)
    if claims.active(tx, workspace_id, current.id, buyer_id=buyer_id):
        return current
    unpaid = invoices.unpaid_of_buyer(tx, workspace_id, buyer_id)
    earlier = shows.get(tx, workspace_id, unpaid[-1].show_id) if unpaid else None
    return earlier or current


def _said(coupon: Coupon, show: Show) -> str:
    return f"{coupon.code} takes {coupon.worth} off your order from “{show.title}”.{from_how_much(coupon, show)}"


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
        purpose="reply",
        now=now,
    )
