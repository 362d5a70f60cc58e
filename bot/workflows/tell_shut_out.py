"""Tells the operators, once a day, of a channel that does not let us in, or not hear all that is written there."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.kit.errors import NotAuthorised, Refused
from bot.workflows.tell import Parcel, tell_operators
from storage import channels


def tell_shut_out(tx: sa.Connection, workspace_id: int, channel_id: int, error: str, now: datetime) -> list[Parcel]:
    """Nothing can be sent there, nor read."""
    return tell_operators(
        tx,
        workspace_id,
        f"{_where(tx, workspace_id, channel_id)}: nothing can be sent there any more. {error.rstrip('.')}. "
        "Put a good token into my settings and start me again, then: /send all",
        key=f"shut-out:{channel_id}:{now:%Y-%m-%d}",
        now=now,
    )


def tell_unheard(tx: sa.Connection, workspace_id: int, channel_id: int, why: Refused, now: datetime) -> list[Parcel]:
    """We asked to be told what is written there, or to read it, and may not."""
    if isinstance(why, NotAuthorised):
        return tell_shut_out(tx, workspace_id, channel_id, why.message, now)
    return tell_operators(
        tx,
        workspace_id,
        f"{_where(tx, workspace_id, channel_id)}: I may miss what is written there. {why.message.rstrip('.')}. "
        "When that is mended, I go on by myself and look for what I missed.",
        key=f"unheard:{channel_id}:{now:%Y-%m-%d}",
        now=now,
    )


def tell_restricted(tx: sa.Connection, workspace_id: int, channel_id: int, error: str, now: datetime) -> list[Parcel]:
    """The account may write to nobody for a while."""
    return tell_operators(
        tx,
        workspace_id,
        f"{_where(tx, workspace_id, channel_id)}: I may not write to anybody there for a while. {error.rstrip('.')}. "
        "I try again by myself; until then every pay link is there to copy: /link",
        key=f"restricted:{channel_id}:{now:%Y-%m-%d}",
        now=now,
    )


def tell_shared(tx: sa.Connection, workspace_id: int, channel_id: int, now: datetime) -> list[Parcel]:
    """Somebody else takes what we are to be told."""
    return tell_operators(
        tx,
        workspace_id,
        f"{_where(tx, workspace_id, channel_id)}: another program uses my bot, too, and takes some of what is said. "
        "Stop it, or give one of us another bot's token.",
        key=f"shared:{channel_id}:{now:%Y-%m-%d}",
        now=now,
    )


def _where(tx: sa.Connection, workspace_id: int, channel_id: int) -> str:
    return (channels.platform_of(tx, workspace_id, channel_id) or "").capitalize()
