"""Asks the operators who it is that wrote to the Page: Facebook does not say which commenter somebody is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.domain.buyer import Buyer
from bot.workflows.tell import Parcel, tell_operators
from messaging.base import Button
from storage import buyers, cursors, deliveries
from storage.channels import Channel
from storage.deliveries import DeliveryStatus

MOST_NAMED = 5
"""Buyers who are offered to tap, those asked last to open the chat."""
MOST_AN_HOUR = 5
"""Strangers who are asked about. A Page hears from many, and most of them wait for no link."""
_HOUR = 3600


def ask_who(tx: sa.Connection, channel: Channel, buyer_id: int, now: datetime, *, followed_us: bool) -> list[Parcel]:
    """A stranger opened a conversation: offer those who wait for a link and could not be written to.

    Once a day for each who writes, and of those who did not come by a link of ours only a few. The tap makes both one,
    and the link goes out.
    """
    began, asked = _asked_lately(tx, channel, now)
    if asked >= MOST_AN_HOUR and not followed_us:
        return []
    waiting = _not_reached(tx, channel)
    if not waiting:
        return []
    parcels = tell_operators(
        tx,
        channel.workspace_id,
        f"Somebody wrote to {channel.title} on Messenger, and Facebook does not tell me which commenter that is: the "
        "Page's inbox shows their name. Is it somebody who waits for a pay link? A tap sends it, and cannot be undone:",
        key=f"who:{channel.id}:{buyer_id}:{now:%Y-%m-%d}",
        now=now,
        buttons=[
            [Button(title=f"It is {one.label}"[:40], payload=f"merge yes #{one.id} #{buyer_id}")] for one in waiting
        ],
    )
    if parcels:
        cursors.move(tx, channel.workspace_id, _name(channel), f"{began} {asked + 1}", now)
    return parcels


def _asked_lately(tx: sa.Connection, channel: Channel, now: datetime) -> tuple[int, int]:
    """When this hour of questions began, in seconds since 1970, and how many were asked in it."""
    moment = int(now.timestamp())
    cursor = cursors.get(tx, channel.workspace_id, _name(channel))
    began, asked = map(int, cursor.place.split()) if cursor is not None else (moment, 0)
    return (began, asked) if moment - began < _HOUR else (moment, 0)


def _name(channel: Channel) -> str:
    return f"who:{channel.id}"


def is_stranger(tx: sa.Connection, workspace_id: int, buyer_id: int) -> bool:
    """Whether they have only written to the Page: what they claimed and owe, if anything, is under another name."""
    return all(identity.kind == "psid" for identity in buyers.identities_of(tx, workspace_id, buyer_id))


def _not_reached(tx: sa.Connection, channel: Channel) -> list[Buyer]:
    """Commenters of this Page with a link that did not get through, and no conversation that we know of."""
    stuck = [
        link.buyer_id
        for link in deliveries.links_not_through(tx, channel.workspace_id)
        if link.buyer_id is not None and link.status is not DeliveryStatus.UNKNOWN
    ]
    found: list[int] = []
    for one in dict.fromkeys(stuck):
        ids = buyers.identities_of(tx, channel.workspace_id, one)
        kinds = {identity.kind for identity in ids if identity.channel_id == channel.id}
        if "commenter" in kinds and "psid" not in kinds:
            found.append(one)
        if len(found) == MOST_NAMED:
            break
    known = buyers.many(tx, channel.workspace_id, found)
    return [known[one] for one in found]
