"""The delivery ladder: which way to try next to reach somebody, given what was tried and what is known of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from messaging.base import Address, Where
from storage.buyers import Identity

WINDOW = timedelta(hours=24)
"""How long after a person's last message a Page may write to them: https://developers.facebook.com/docs/messenger-platform/policy"""
REPLY_WITHIN = timedelta(days=7)
"""How old a comment may be for a private reply: https://developers.facebook.com/docs/messenger-platform/discovery/private-replies"""
_MARGIN = timedelta(minutes=1)
OPEN_FOR = WINDOW - _MARGIN
"""How long we count on an open window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way to reach somebody."""

    name: str
    """Unique per person and way: what is noted as tried."""
    channel_id: int
    to: Address
    open: bool = False
    """Whether this way is known to be open: they were written to in this chat, or wrote in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComment:
    """A comment by which the buyer won something."""

    channel_id: int
    comment_id: str
    written_at: datetime


def next_rung(
    *,
    purpose: str,
    identities: Sequence[Identity],
    comments: Sequence[OwnComment],
    tried: Sequence[str],
    used: Collection[str],
    templates: Collection[int] = (),
    now: datetime,
) -> Rung | None:
    """The next way, or None when there is none left.

    A private reply can be given once per comment: it is spent on pay links, offers, and what that comment asks for, and
    `used` names those that are gone. The order is private chat (Telegram), private reply, open window, template
    (Messenger); `templates` are the channels that have one.
    """
    for rung in _rungs(purpose, identities, comments, templates, now):
        if rung.name in tried or whole_channel(rung.channel_id) in tried:
            continue
        if rung.to.where is Where.COMMENT_PRIVATELY and rung.name in used:
            continue
        return rung
    return None


def whole_channel(channel_id: int) -> str:
    """What is noted as tried when a channel lets nothing through, whichever way."""
    return f"{_CHANNEL}{channel_id}"


def is_shut_out(tried: Sequence[str]) -> bool:
    """Whether nothing was in the way but channels that let nothing through."""
    return bool(tried) and all(name.startswith(_CHANNEL) for name in tried)


_CHANNEL = "channel:"
_WORTH_A_REPLY = ("link", "offer", "cart")
_ABOUT_A_LINK = ("link", "reminder")
"""What a template says."""


def _rungs(
    purpose: str,
    identities: Sequence[Identity],
    comments: Sequence[OwnComment],
    templates: Collection[int],
    now: datetime,
) -> list[Rung]:
    private = [
        Rung(
            name=f"private_chat:{identity.chat_id}",
            channel_id=identity.channel_id,
            to=Address(where=Where.CHAT, id=identity.chat_id),
            open=identity.reachable is True,
        )
        for identity in identities
        if identity.kind == "user" and identity.reachable is not False
    ]
    replies = [
        Rung(
            name=f"private_reply:{comment.comment_id}",
            channel_id=comment.channel_id,
            to=Address(where=Where.COMMENT_PRIVATELY, id=comment.comment_id),
        )
        for comment in comments
        if purpose in _WORTH_A_REPLY
        and any(i.kind == "commenter" and i.channel_id == comment.channel_id for i in identities)
        and now - comment.written_at < REPLY_WITHIN - _MARGIN
    ]
    window = [
        Rung(
            name=f"open_window:{identity.chat_id}",
            channel_id=identity.channel_id,
            to=Address(where=Where.CHAT, id=identity.chat_id),
            open=identity.reachable is True,
        )
        for identity in identities
        if identity.kind == "psid"
        and identity.last_inbound_at is not None
        and now - identity.last_inbound_at < OPEN_FOR
    ]
    approved = [
        Rung(
            name=f"template:{identity.chat_id}",
            channel_id=identity.channel_id,
            to=Address(where=Where.TEMPLATE, id=identity.chat_id),
        )
        for identity in identities
        if identity.kind == "psid" and identity.channel_id in templates and purpose in _ABOUT_A_LINK
    ]
    return private + replies + window + approved
