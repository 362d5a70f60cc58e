"""What Facebook tells a subscriber, event by event, in the recorded shapes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.facebook.webhooks import Event

if TYPE_CHECKING:
    from sandbox.facebook.messages import Message
    from sandbox.facebook.pages import Comment, LiveVideo, Page, Post
    from sandbox.facebook.people import Conversation
    from sandbox.facebook.templates import Template


def graph_time(at: float) -> str:
    """A moment as the Graph API writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def comment_added(comment: Comment, *, verb: str = "add") -> Event:
    """A comment was added or `edited`. `from` is missing when Facebook does not tell who wrote it."""
    value: dict[str, Any] = {
        **_from(comment),
        "post": _post(comment.post, comment.edited_at or comment.created_at),
        "message": comment.text,
        **_place(comment),
        "created_time": int(comment.created_at),
        "item": "comment",
        "verb": verb,
    }
    return _change(comment.post.page, "feed", value, comment.edited_at or comment.created_at)


def comment_removed(comment: Comment, at: float) -> Event:
    """A comment was deleted: no text and no post come with it."""
    value: dict[str, Any] = {
        **_from(comment),
        **_place(comment),
        "created_time": int(comment.created_at),
        "item": "comment",
        "verb": "remove",
    }
    return _change(comment.post.page, "feed", value, at)


def comment_hidden(comment: Comment, at: float) -> Event:
    """The Page hid a comment, or showed it again: `from` is the Page, the time is that of hiding."""
    page = comment.post.page
    value: dict[str, Any] = {
        "from": {"id": page.id, "name": page.name},
        "post": _post(comment.post, at),
        "message": comment.text,
        **_place(comment),
        "created_time": int(at),
        "item": "comment",
        "verb": "hide" if comment.hidden else "unhide",
    }
    return _change(page, "feed", value, at)


def post_published(post: Post) -> Event:
    """The Page posted a text."""
    value: dict[str, Any] = {
        "from": {"id": post.page.id, "name": post.page.name},
        "post_id": post.id,
        "created_time": int(post.created_at),
        "message": post.message,
        "item": "status",
        "verb": "add",
        "published": 1,
    }
    return _change(post.page, "feed", value, post.created_at)


def video_published(live: LiveVideo) -> Event:
    """The feed's own word of a live video, beside `live_videos`."""
    value: dict[str, Any] = {
        "from": {"id": live.page.id, "name": live.page.name},
        "link": f"https://video.xx.fbcdn.net/v/{live.video_id}.mp4",
        "post_id": live.post_id,
        "video_id": live.video_id,
        "created_time": int(live.created_at),
        "item": "video",
        "verb": "add",
        "published": 1,
    }
    return _change(live.page, "feed", value, live.created_at)


def live_video_changed(live: LiveVideo, at: float) -> Event:
    return _change(live.page, "live_videos", {"id": live.id, "status": live.status.lower()}, at)


def template_reviewed(page: Page, template: Template, at: float) -> Event:
    value: dict[str, Any] = {
        "event": template.status,
        "message_template_id": template.id,
        "message_template_name": template.name,
        "message_template_language": template.language,
        "reason": "NONE",
    }
    return _change(page, "message_template_status_update", value, at)


def message_received(talk: Conversation, message: dict[str, Any], at: float) -> Event:
    """A person wrote to the Page, or tapped a quick reply."""
    return _from_person(talk, "messages", {"message": message}, at)


def postback_received(talk: Conversation, postback: dict[str, Any], at: float) -> Event:
    return _from_person(talk, "messaging_postbacks", {"postback": postback}, at)


def referral_received(talk: Conversation, referral: dict[str, Any], at: float) -> Event:
    return _from_person(talk, "messaging_referrals", {"referral": referral}, at)


def message_delivered(talk: Conversation, message: Message, at: float) -> Event:
    delivery = {"mids": [message.mid], "watermark": int(message.at * 1000)}
    return _from_person(talk, "message_deliveries", {"delivery": delivery}, at)


def echo(talk: Conversation, message: Message, *, app_id: int | None) -> Event:
    """The Page's own message, told back. `app_id` is missing when a human wrote it in the inbox."""
    told: dict[str, Any] = {"mid": message.mid, "is_echo": True}
    if "attachment" in message.raw:
        told["attachments"] = [message.raw["attachment"]]
    else:
        told["text"] = message.text
    if app_id is not None:
        told["app_id"] = app_id
    if message.metadata is not None:
        told["metadata"] = message.metadata
    sides = {"sender": {"id": talk.page.id}, "recipient": {"id": talk.psid}}
    return Event(
        page_id=talk.page.id,
        field="message_echoes",
        at=message.at,
        messaging={**sides, "timestamp": int(message.at * 1000), "message": told},
    )


def _from(comment: Comment) -> dict[str, Any]:
    if comment.anonymous:
        return {}
    return {"from": {"id": comment.author_id, "name": comment.author_name}}


def _place(comment: Comment) -> dict[str, Any]:
    """Where a comment stands: the parent of a top-level comment is its post."""
    return {
        "post_id": comment.post.id,
        "comment_id": comment.id,
        "parent_id": comment.parent.id if comment.parent else comment.post.id,
    }


def _post(post: Post, updated_at: float) -> dict[str, Any]:
    return {
        "status_type": post.status_type,
        "is_published": True,
        "updated_time": graph_time(updated_at),
        "permalink_url": post.permalink_url,
        "promotion_status": "inactive",
        "id": post.id,
    }


def _change(page: Page, field: str, value: dict[str, Any], at: float) -> Event:
    return Event(page_id=page.id, field=field, at=at, change=value)


def _from_person(talk: Conversation, field: str, what: dict[str, Any], at: float) -> Event:
    sides = {"sender": {"id": talk.psid}, "recipient": {"id": talk.page.id}}
    return Event(
        page_id=talk.page.id,
        field=field,
        at=at,
        messaging={**sides, "timestamp": int(at * 1000), **what},
    )
