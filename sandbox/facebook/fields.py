"""Objects of the Graph as an answer shows them: which fields exist, and what `fields=` selects.

https://developers.facebook.com/docs/graph-api/reference
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sandbox.facebook.books import Node
from sandbox.facebook.calls import GraphCall
from sandbox.facebook.errors import GraphError, invalid, unknown_field
from sandbox.facebook.events import graph_time
from sandbox.facebook.pages import Comment, LiveVideo, Page, Post, Video
from sandbox.facebook.send_api import can_reply_privately


def words(text: str) -> frozenset[str]:
    """The words of a text, for long lists of names."""
    return frozenset(text.split())


# Fields that exist; those without a value here are left out of the answer, as Facebook does.
FIELDS = {
    "Page": words(
        """
        about access_token app_id business can_post category category_list cover description emails
        fan_count followers_count has_added_app id instagram_business_account is_published
        is_webhooks_subscribed link location messaging_feature_status name phone username
        verification_status website
        """
    ),
    "Post": words(
        """
        actions admin_creator application backdated_time call_to_action can_reply_privately created_time
        event from full_picture id is_expired is_hidden is_popular is_published message message_tags
        parent_id permalink_url picture place privacy promotion_status properties scheduled_publish_time
        shares status_type story story_tags subscribed target targeting timeline_visibility updated_time via
        """
    ),
    "LiveVideo": words(
        """
        ad_break_config ad_break_failure_reason broadcast_start_time copyright creation_time dash_ingest_url
        dash_preview_url description embed_html from id ingest_streams is_manual_mode is_reference_only
        live_views permalink_url planned_start_time recommended_encoder_settings seconds_left
        secure_stream_url status stream_url targeting title total_views video
        """
    ),
    "Video": frozenset({"created_time", "description", "from", "id", "permalink_url", "post_id", "title"}),
    "Comment": words(
        """
        admin_creator application attachment can_comment can_hide can_like can_remove can_reply_privately
        comment_count created_time from id is_hidden is_private like_count live_broadcast_timestamp message
        message_tags object parent permalink_url private_reply_conversation user_likes
        """
    ),
}
DEFAULT_FIELDS = {
    "Page": "name,id",
    "Post": "created_time,message,id",
    "LiveVideo": "status,title,id",
    "Video": "created_time,description,id",
    "Comment": "created_time,from,message,id",
}


def pick(call: GraphCall, node: Node) -> dict[str, Any]:
    """An object with the fields asked for, or with those one gets without asking."""
    kind = type_of(node)
    wanted = asked_fields(call, kind, FIELDS[kind]) or parse_fields(DEFAULT_FIELDS[kind])
    return _select(_values(node, call.books.now()), wanted | {"id": {}})


def pick_plain(call: GraphCall, row: dict[str, Any], kind: str) -> dict[str, Any]:
    """The same for an object that has nothing but these values: all of them, or those asked for."""
    wanted = asked_fields(call, kind, row.keys())
    return _select(row, wanted | {"id": {}}) if wanted else row


def asked_fields(call: GraphCall, kind: str, known: Collection[str]) -> dict[str, Any]:
    """The `fields` of a call, all of which must exist."""
    wanted = parse_fields(str(call.params.get("fields", "")))
    for name in wanted:
        if name not in known:
            raise unknown_field(name, kind)
    return wanted


def _select(values: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    picked = {}
    for name, below in wanted.items():
        if name in values:
            value = values[name]
            picked[name] = _select(value, below) if below and isinstance(value, dict) else value
    return picked


def parse_fields(text: str) -> dict[str, Any]:
    """`id,from{id,name}` as `{"id": {}, "from": {"id": {}, "name": {}}}`."""
    root: dict[str, Any] = {}
    stack, name = [root], ""
    for sign in text.replace(" ", "") + ",":
        if sign not in ",{}":
            name += sign
            continue
        if name:
            stack[-1][name] = {}
        if sign == "{":
            if not name:
                raise _bad_fields(text)
            stack.append(stack[-1][name])
        elif sign == "}":
            stack.pop()
            if not stack:
                raise _bad_fields(text)
        name = ""
    if len(stack) != 1:
        raise _bad_fields(text)
    return root


def _bad_fields(text: str) -> GraphError:
    return invalid(f"Syntax error in the fields {json.dumps(text)}")


def type_of(node: Node) -> str:
    """What the Graph calls this kind of object."""
    return type(node).__name__


def _values(node: Node, now: float) -> dict[str, Any]:
    match node:
        case Page():
            return {"id": node.id, "name": node.name, "link": f"https://www.facebook.com/{node.id}"}
        case LiveVideo():
            return {
                "id": node.id,
                "status": node.status,
                "title": node.title,
                "description": node.title,
                "from": _author(node.page),
                "video": {"id": node.video_id},
                "permalink_url": node.permalink_url,
                "creation_time": graph_time(node.created_at),
                "broadcast_start_time": graph_time(node.created_at),
                "live_views": 0,
            }
        case Video():
            return {
                "id": node.live.video_id,
                "post_id": node.live.post_id,
                "title": node.live.title,
                "description": node.live.title,
                "from": _author(node.page),
                "permalink_url": node.live.permalink_url,
                "created_time": graph_time(node.live.created_at),
            }
        case Post():
            return {
                "id": node.id,
                "message": node.message,
                "from": _author(node.page),
                "status_type": node.status_type,
                "is_published": True,
                "permalink_url": node.permalink_url,
                "created_time": graph_time(node.created_at),
                "updated_time": graph_time(node.created_at),
            }
        case Comment():
            return _comment_values(node, now)


def _author(page: Page) -> dict[str, Any]:
    return {"name": page.name, "id": page.id}


def _comment_values(comment: Comment, now: float) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": comment.id,
        "message": comment.text,
        "created_time": graph_time(comment.created_at),
        "permalink_url": f"{comment.post.permalink_url}?comment_id={comment.id.partition('_')[2]}",
        "can_reply_privately": can_reply_privately(comment, now),
        "can_comment": True,
        "can_hide": not comment.by_page,
        "can_remove": True,
        "can_like": True,
        "user_likes": False,
        "is_hidden": comment.hidden,
        "is_private": False,
        "comment_count": len(comment.replies),
        "like_count": 0,
        "object": {"id": comment.post.number},
    }
    if not comment.anonymous:
        values["from"] = {"name": comment.author_name, "id": comment.author_id}
    if comment.parent is not None:
        values["parent"] = {
            "created_time": graph_time(comment.parent.created_at),
            "message": comment.parent.text,
            "id": comment.parent.id,
        }
    if comment.post.live:
        values["live_broadcast_timestamp"] = int(comment.created_at - comment.post.created_at)
    if comment.private_reply is not None:
        values["private_reply_conversation"] = {"id": f"t_{comment.number}"}
    return values
