"""Watches how we stand in groups: the operators are told where a show is not heard any more, and what to do."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.kit.errors import OutsideError
from bot.workflows.assistant import Assistant
from bot.workflows.tell import Parcel, hand_over, tell_operators
from messaging.base import Standing
from storage import channels, operators, shows
from storage.channels import Channel

HOW_TO_HEAR = (
    "Make me an administrator there; or send /setprivacy to @BotFather, choose Disable, take me out of the group and "
    "add me again."
)
"""https://core.telegram.org/bots/features#privacy-mode"""


async def settle_standing(assistant: Assistant, channel: Channel, event: Standing) -> None:
    """Tell the operators when a group that matters to them is closed to us, or lets us hear only commands."""
    hears = event.inside and (event.administrator or await _hears_groups(assistant, channel))
    if hears:
        return
    parcels = await assistant.database.write(_tell, channel, event, assistant.now())
    await hand_over(assistant, channel.workspace_id, parcels)


async def _hears_groups(assistant: Assistant, channel: Channel) -> bool:
    connected = assistant.on(channel.id)
    try:
        return connected is None or await connected.platform.hears_all()
    except OutsideError:
        return True


def _tell(tx: sa.Connection, channel: Channel, event: Standing, now: datetime) -> list[Parcel]:
    ours = operators.by_identity(tx, channel.workspace_id, channel.id, event.person.id) is not None
    if not (_is_heard(tx, channel, event.chat_id) or (ours and event.inside)):
        return []
    group = event.chat_title or "a group"
    text = (
        f"In “{group}” Telegram lets me hear only commands, so no comment there can win anything. {HOW_TO_HEAR}"
        if event.inside
        else f"I am not in “{group}” any more, so nothing written there is heard. Add me again, and the show goes on."
    )
    key = f"standing:{channel.id}:{event.event_id}"
    return tell_operators(tx, channel.workspace_id, text, key=key, now=now)


def _is_heard(tx: sa.Connection, channel: Channel, chat_id: str) -> bool:
    """Whether the live show hears this group, as far as anybody has written there."""
    show = shows.live(tx, channel.workspace_id)
    if show is None:
        return False
    chosen = channels.chosen_feeds(tx, channel.workspace_id, show.id).get(channel.id)
    if chosen is not None:
        return chat_id in chosen
    known = channels.feeds_of(tx, channel.workspace_id)
    return any(one.channel_id == channel.id and one.external_id == chat_id and not one.muted for one in known)
