"""Channels and feeds: the accounts we are connected with, and the groups and posts we hear through them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import new_id
from storage.tables import channels, feeds, show_feeds, shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One connected account on a platform."""

    id: int
    workspace_id: int
    platform: str
    external_id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A group, or a post or video, that comments come from."""

    id: int
    channel_id: int
    external_id: str
    title: str
    muted: bool


def ensure(
    tx: sa.Connection, workspace_id: int, *, platform: str, external_id: str, title: str, now: datetime
) -> Channel:
    """The channel of this account, made on first use; an account stays with the workspace that had it first."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    tx.execute(
        insert(channels)
        .values(workspace_id=workspace_id, platform=platform, external_id=external_id, title=title, created_at=now)
        .on_conflict_do_nothing(index_elements=["platform", "external_id"])
    )
    row = tx.execute(
        sa.select(channels).where(channels.c.platform == platform, channels.c.external_id == external_id)
    ).one()
    if title and row.title != title:
        tx.execute(channels.update().where(channels.c.id == row.id).values(title=title))
    return Channel(
        id=row.id,
        workspace_id=row.workspace_id,
        platform=platform,
        external_id=external_id,
        title=title or row.title,
    )


def platform_of(tx: sa.Connection, workspace_id: int, channel_id: int) -> str | None:
    """The platform a channel is on."""
    platform: str | None = tx.scalar(
        sa.select(channels.c.platform).where(channels.c.id == channel_id, channels.c.workspace_id == workspace_id)
    )
    return platform


def title_of(tx: sa.Connection, workspace_id: int, channel_id: int) -> str:
    """What a bot or a Page calls itself; empty when that is not known."""
    wanted = channels.c.id == channel_id, channels.c.workspace_id == workspace_id
    return tx.scalar(sa.select(channels.c.title).where(*wanted)) or ""


def poll_offset(tx: sa.Connection, workspace_id: int, channel_id: int) -> int | None:
    """The first update not yet kept, when polling."""
    offset: int | None = tx.scalar(
        sa.select(channels.c.poll_offset).where(channels.c.id == channel_id, channels.c.workspace_id == workspace_id)
    )
    return offset


def move_poll_offset(tx: sa.Connection, workspace_id: int, channel_id: int, offset: int) -> None:
    """Everything before `offset` is kept."""
    tx.execute(
        channels.update()
        .where(channels.c.id == channel_id, channels.c.workspace_id == workspace_id)
        .values(poll_offset=offset)
    )


def feeds_of(tx: sa.Connection, workspace_id: int) -> list[Feed]:
    """Every feed heard so far."""
    rows = tx.execute(sa.select(feeds).where(feeds.c.workspace_id == workspace_id).order_by(feeds.c.id))
    return [
        Feed(id=r.id, channel_id=r.channel_id, external_id=r.external_id, title=r.title, muted=r.muted) for r in rows
    ]


def add_feed(
    tx: sa.Connection, workspace_id: int, channel_id: int, *, external_id: str, title: str, now: datetime
) -> int:
    """A feed heard for the first time."""
    made = tx.execute(
        feeds.insert().values(
            workspace_id=workspace_id,
            channel_id=channel_id,
            external_id=external_id,
            title=title,
            created_at=now,
        )
    )
    return new_id(made)


def mute_feed(tx: sa.Connection, workspace_id: int, feed_id: int, *, muted: bool) -> Feed | None:
    """Stop (or go on) hearing a feed, in every show; None when there is no such feed."""
    where = (feeds.c.id == feed_id, feeds.c.workspace_id == workspace_id)
    row = tx.execute(sa.select(feeds).where(*where)).one_or_none()
    if row is None:
        return None
    tx.execute(feeds.update().where(*where).values(muted=muted))
    _hear_differently(tx, shows.c.workspace_id == workspace_id)
    return Feed(id=row.id, channel_id=row.channel_id, external_id=row.external_id, title=row.title, muted=muted)


def chosen_feeds(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[int, frozenset[str]]:
    """Channel → the only feeds of it this show hears; a channel that is absent is heard whole."""
    rows = tx.execute(
        sa.select(show_feeds.c.channel_id, show_feeds.c.external_id).where(
            show_feeds.c.workspace_id == workspace_id, show_feeds.c.show_id == show_id
        )
    )
    chosen: dict[int, set[str]] = {}
    for row in rows:
        chosen.setdefault(row.channel_id, set()).add(row.external_id)
    return {channel: frozenset(ids) for channel, ids in chosen.items()}


def choose_feed(tx: sa.Connection, workspace_id: int, show_id: int, channel_id: int, external_ids: list[str]) -> None:
    """Hear only these feeds of the channel in this show; none means the whole channel."""
    tx.execute(
        show_feeds.delete().where(
            show_feeds.c.workspace_id == workspace_id,
            show_feeds.c.show_id == show_id,
            show_feeds.c.channel_id == channel_id,
        )
    )
    if external_ids:
        tx.execute(
            show_feeds.insert(),
            [
                {
                    "workspace_id": workspace_id,
                    "show_id": show_id,
                    "channel_id": channel_id,
                    "external_id": external,
                }
                for external in external_ids
            ],
        )
    _hear_differently(tx, shows.c.workspace_id == workspace_id, shows.c.id == show_id)


def move_feed(tx: sa.Connection, workspace_id: int, channel_id: int, *, old: str, new: str) -> None:
    """A feed has another id now: shows that chose it hear the new one, and a muted one stays muted."""
    here = feeds.c.workspace_id == workspace_id, feeds.c.channel_id == channel_id
    muted = tx.scalar(sa.select(feeds.c.muted).where(*here, feeds.c.external_id == old))
    if muted is not None:
        known = tx.scalar(sa.select(feeds.c.id).where(*here, feeds.c.external_id == new))
        if known is None:
            tx.execute(feeds.update().where(*here, feeds.c.external_id == old).values(external_id=new))
        elif muted:
            tx.execute(feeds.update().where(feeds.c.id == known, *here).values(muted=True))
    chosen = show_feeds.c.workspace_id == workspace_id, show_feeds.c.channel_id == channel_id
    of_new = set(tx.scalars(sa.select(show_feeds.c.show_id).where(*chosen, show_feeds.c.external_id == new)))
    of_old = set(tx.scalars(sa.select(show_feeds.c.show_id).where(*chosen, show_feeds.c.external_id == old)))
    tx.execute(
        show_feeds.update()
        .where(*chosen, show_feeds.c.external_id == old, show_feeds.c.show_id.in_(of_old - of_new))
        .values(external_id=new)
    )
    tx.execute(show_feeds.delete().where(*chosen, show_feeds.c.external_id == old))
    _hear_differently(tx, shows.c.workspace_id == workspace_id)


def _hear_differently(tx: sa.Connection, *which: sa.ColumnElement[bool]) -> None:
    """Whoever remembers what these shows hear has to look again."""
    tx.execute(shows.update().where(*which).values(items_version=shows.c.items_version + 1))
