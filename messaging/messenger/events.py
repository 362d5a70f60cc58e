"""Reading Facebook webhooks: JSON in, events out, no I/O, and nothing that raises.

Conversations: https://developers.facebook.com/docs/messenger-platform/webhooks
Comments: https://developers.facebook.com/docs/graph-api/webhooks/reference/page#feed
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from messaging.base import Comment, Echo, Event, Message, Person, Reachability, Unknown, Verb, edit_revision
from messaging.shapes import UNDATED, fingerprint, identifier, mapping, moment, sequence, text, word

VERBS = {
    "add": Verb.ADDED,
    "edited": Verb.EDITED,
    "edit": Verb.EDITED,
    "remove": Verb.REMOVED,
    "delete": Verb.REMOVED,
}
"""What is done with a comment; anything else (`hide`, `unhide`, …) is the Page's own housekeeping."""

ENVELOPE = frozenset({"sender", "recipient", "timestamp"})
"""Keys every messaging event has; the next one says what it is."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a delivery: something of one Page, at one time."""

    page_id: str
    at: datetime | None
    now: datetime

    def moment(self, value: object) -> datetime:
        """That time, else the entry's, else now."""
        return moment(value) or self.at or self.now


def read_webhook(payload: object, *, page_id: str, now: datetime | None = None) -> list[Event]:
    """Everything in a delivery, in its order; what we do not act on is an `Unknown`.

    `now` dates what carries no time. Entries of other Pages are `other_page`: each Page has its own channel.
    """
    envelope = mapping(payload)
    if "entry" not in envelope:
        # What the App Dashboard's "Test" button sends.
        return [_unknown("no_envelope", envelope or {"payload": payload})]
    if envelope.get("object") != "page":
        return [_unknown("other_object", envelope)]
    entries = sequence(envelope["entry"])
    if not entries:
        return [_unknown("no_entries", envelope)]
    return [event for entry in entries for event in _read_entry(entry, page_id, now or UNDATED)]


def pages_in(payload: object) -> list[str]:
    """The Pages a delivery is about, each once: one delivery may be for several channels."""
    entries = sequence(mapping(payload).get("entry"))
    return list(dict.fromkeys(filter(None, (identifier(mapping(entry).get("id")) for entry in entries))))


def _read_entry(raw: object, page_id: str, now: datetime) -> Iterator[Event]:
    entry = mapping(raw)
    this = _Entry(page_id, moment(entry.get("time")), now)
    if identifier(entry.get("id")) != page_id:
        yield _unknown("other_page" if entry else "entry", entry or {"entry": raw})
        return
    changes, messaging, standby = (sequence(entry.get(key)) for key in ("changes", "messaging", "standby"))
    if not (changes or messaging or standby):
        yield _unknown("entry", entry)
    for change in changes:
        yield _read_change(this, mapping(change))
    for event in messaging:
        yield _read_messaging(this, mapping(event))
    for event in standby:
        # Another app holds the conversation; we are only told.
        yield _unknown("standby", mapping(event))


def _read_change(this: _Entry, change: Mapping[str, Any]) -> Event:
    value = mapping(change.get("value"))
    match change.get("field"), value.get("item"):
        case "feed", "comment":
            return _read_comment(this, change, value)
        case "feed", item:
            return _unknown(f"feed_{word(item)}", change)
        case "live_videos", _:
            return _unknown("live_video", change)
        case field, _:
            return _unknown(word(field), change)


def _read_comment(this: _Entry, change: Mapping[str, Any], value: Mapping[str, Any]) -> Comment | Unknown:
    told = value.get("verb")
    verb = VERBS.get(told) if isinstance(told, str) else None
    if verb is None:
        return _unknown(f"comment_{word(told)}", change)
    author = mapping(value.get("from"))
    author_id = identifier(author.get("id"))
    if author_id == this.page_id:
        return _unknown("own_comment", change)
    comment_id = identifier(value.get("comment_id"))
    if not comment_id:
        return _unknown("comment_without_id", change)
    parent_id = identifier(value.get("parent_id"))
    post_id = _post_of(this, value, comment_id)
    message = text(value.get("message"))
    return Comment(
        feed_id=post_id,
        feed_title="",
        comment_id=comment_id,
        verb=verb,
        # Facebook dates only the entry of an edit, and nothing at all where it lists comments.
        revision=edit_revision(message) if verb is Verb.EDITED else 0,
        author=person(author_id, "commenter", author) if author_id else None,
        text=message,
        written_at=this.moment(value.get("created_time")),
        reply_to=parent_id if parent_id not in ("", post_id) else None,
    )


def _post_of(this: _Entry, value: Mapping[str, Any], comment_id: str) -> str:
    """The post a comment is under. Where it is not said, its id is what the comment's own begins with."""
    said = identifier(value.get("post_id")) or identifier(mapping(value.get("post")).get("id"))
    return said or f"{this.page_id}_{comment_id.partition('_')[0]}"


def _read_messaging(this: _Entry, event: Mapping[str, Any]) -> Event:
    sender = mapping(event.get("sender"))
    sender_id = identifier(sender.get("id"))
    message = event.get("message")
    if sender_id == this.page_id:
        return _read_echo(event)
    if not sender_id:
        return _unknown("message_without_sender", event)
    if isinstance(message, Mapping):
        return _read_message(this, event, message)
    if isinstance(event.get("postback"), Mapping):
        return _read_postback(this, event, event["postback"])
    if isinstance(event.get("referral"), Mapping):
        return _read_referral(this, event, event["referral"])
    if mapping(event.get("reaction")).get("action") == "react":
        return _spoke(this, event, event_id=fingerprint(event))
    return _unknown(next((word(key) for key in event if key not in ENVELOPE), "messaging"), event)


def _read_echo(event: Mapping[str, Any]) -> Echo | Unknown:
    """Our own message, told back. Only a tagged one is ours: people write from the Page's inbox too."""
    message = mapping(event.get("message"))
    tag, mid = text(message.get("metadata")), identifier(message.get("mid"))
    person_id = identifier(mapping(event.get("recipient")).get("id"))
    if message.get("is_echo") is not True or not (tag and mid and person_id):
        return _unknown("echo", event)
    return Echo(event_id=mid, tag=tag, message_id=mid, person_id=person_id)


def _read_message(
    this: _Entry, event: Mapping[str, Any], message: Mapping[str, Any]
) -> Message | Reachability | Unknown:
    payload = text(mapping(message.get("quick_reply")).get("payload"))
    words = payload or text(message.get("text"))
    if message.get("is_echo") is True:
        return _unknown("echo", event)
    picture = _picture(message)
    mid = identifier(message.get("mid"))
    if not words and not picture:
        if sequence(message.get("attachments")):
            return _spoke(this, event, event_id=mid or fingerprint(event))
        return _unknown("message_without_text", event)
    return _message(this, event, words, mid=mid, tapped=bool(payload), picture=picture)


def _spoke(this: _Entry, event: Mapping[str, Any], *, event_id: str) -> Reachability:
    """A sticker, a voice message or a reaction: nothing to act on, but the Page may write to them from now on.

    https://developers.facebook.com/docs/messenger-platform/policy/policy-overview#standard_messaging
    """
    sender = mapping(event["sender"])
    psid = identifier(sender["id"])
    at = this.moment(event.get("timestamp"))
    return Reachability(event_id=event_id, person=person(psid, "psid", sender), chat_id=psid, open=True, at=at)


def _picture(message: Mapping[str, Any]) -> str:
    """Where the first picture or document can be seen, as long as Facebook keeps it there."""
    for attached in map(mapping, sequence(message.get("attachments"))):
        payload = mapping(attached.get("payload"))
        url = text(payload.get("url"))
        # Stickers used to come as pictures.
        if attached.get("type") in ("image", "file") and url.startswith("https://") and "sticker_id" not in payload:
            return f"url:{url}"
    return ""


def _read_postback(this: _Entry, event: Mapping[str, Any], postback: Mapping[str, Any]) -> Message | Unknown:
    """A tapped button; or Get Started by somebody who followed our link, which says more than the button."""
    mid = identifier(postback.get("mid"))
    start = _start(mapping(postback.get("referral")))
    if start:
        return _message(this, event, start, mid=mid, tapped=False)
    payload = text(postback.get("payload"))
    return _message(this, event, payload, mid=mid, tapped=True) if payload else _unknown("postback", event)


def _read_referral(this: _Entry, event: Mapping[str, Any], referral: Mapping[str, Any]) -> Message | Unknown:
    start = _start(referral)
    return _message(this, event, start, mid="", tapped=False) if start else _unknown("referral", event)


def _start(referral: Mapping[str, Any]) -> str:
    """What `chat_link(payload)` leads to: the same words as on Telegram."""
    ref = text(referral.get("ref"))
    return f"/start {ref}" if ref else ""


def _message(
    this: _Entry, event: Mapping[str, Any], words: str, *, mid: str, tapped: bool, picture: str = ""
) -> Message:
    event_id = mid or fingerprint(event)
    sender = mapping(event["sender"])
    psid = identifier(sender["id"])
    return Message(
        event_id=event_id,
        chat_id=psid,
        chat_title="",
        private=True,
        person=person(psid, "psid", sender),
        text=words,
        message_id=event_id,
        sent_at=this.moment(event.get("timestamp")),
        tap_id=event_id if tapped else None,
        picture=picture,
    )


def person(person_id: str, kind: str, told: Mapping[str, Any]) -> Person:
    """Somebody, under the id and with the names we are told."""
    return _person(person_id, kind, text(told.get("username")), text(told.get("name")))


@functools.lru_cache(4096)
def _person(person_id: str, kind: str, username: str, name: str) -> Person:
    """The same one for as long as they are called the same: whoever comments does it more than once."""
    return Person(id=person_id, kind=kind, username=username, name=name)


def _unknown(kind: str, raw: Mapping[str, Any]) -> Unknown:
    return Unknown(event_id=fingerprint(raw), kind=kind, raw=raw)
