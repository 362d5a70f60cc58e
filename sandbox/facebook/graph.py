"""The Graph itself: objects, comments and live videos to read, and the public reply.

https://developers.facebook.com/docs/graph-api/reference
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.facebook.calls import GraphCall
from sandbox.facebook.errors import invalid, not_one_of, unknown_field, unknown_object
from sandbox.facebook.fields import FIELDS, asked_fields, pick
from sandbox.facebook.pages import Comment, LiveVideo, Page, Post, Video

PAGING = frozenset({"fields", "limit", "after", "before"})
MOST_ROWS = 100
"""A larger `limit` gets this many."""
COMMENTS_PARAMS = frozenset({"filter", "live_filter", "order", "since"})
REPLY_PARAMS = frozenset({"message"})
LIVE_VIDEOS_PARAMS = frozenset({"broadcast_status", "source"})
BROADCAST_STATUSES = [
    "LIVE",
    "LIVE_STOPPED",
    "PROCESSING",
    "SCHEDULED_CANCELED",
    "SCHEDULED_EXPIRED",
    "SCHEDULED_LIVE",
    "SCHEDULED_UNPUBLISHED",
    "UNPUBLISHED",
    "VOD",
]


async def read_node(call: GraphCall) -> dict[str, Any]:
    """One object, with the fields asked for."""
    call.only({"fields"})
    return pick(call, call.node)


async def read_comments(call: GraphCall) -> dict[str, Any]:
    """The comments of a post, a video or a live video, or the replies of a comment."""
    call.only(COMMENTS_PARAMS | PAGING)
    asked_fields(call, "Comment", FIELDS["Comment"])
    order = call.choice("order", ["chronological", "reverse_chronological"], "chronological")
    streamed = call.choice("filter", ["toplevel", "stream"], "toplevel") == "stream"
    every = call.choice("live_filter", ["filter_low_quality", "no_filter"], "filter_low_quality")
    since = _moment(call)
    comments = [
        comment
        for comment in _comments_below(call)
        if (streamed or comment.parent is None or comment.parent is call.node)
        and (every == "no_filter" or not comment.low_quality)
        and comment.created_at >= since
    ]
    numbered = [(comment.number, comment) for comment in comments]
    return _paginate(call, numbered, descending=order == "reverse_chronological")


async def reply_publicly(call: GraphCall) -> dict[str, Any]:
    """Comment as the Page: on a post, a video or a comment, but not on a live video by its own id."""
    call.only(REPLY_PARAMS)
    on = call.node.live if isinstance(call.node, Video) else call.node
    if isinstance(on, Page) or isinstance(call.node, LiveVideo):
        raise unknown_object("POST", on.id)
    comment = await call.page.comments(on, call.text("message"))
    return {"id": comment.id}


async def read_live_videos(call: GraphCall) -> dict[str, Any]:
    """The Page's live videos, newest first."""
    call.only(LIVE_VIDEOS_PARAMS | PAGING)
    asked_fields(call, "LiveVideo", FIELDS["LiveVideo"])
    call.choice("source", ["owner", "target"], "target")
    statuses = call.names("broadcast_status") or BROADCAST_STATUSES
    for status in statuses:
        if status not in BROADCAST_STATUSES:
            raise not_one_of("broadcast_status", BROADCAST_STATUSES, status)
    numbered = [(int(live.id), live) for live in call.page.live_videos if live.status in statuses]
    return _paginate(call, numbered, descending=True)


def _comments_below(call: GraphCall) -> list[Comment]:
    match call.node:
        case Comment() as comment:
            return comment.replies
        case Video(live):
            return live.comments
        case Post() | LiveVideo() as post:
            return post.comments
        case Page():
            raise unknown_field("comments", "Page")


def _moment(call: GraphCall) -> float:
    """`since`, in seconds or as a date."""
    since = str(call.params.get("since", 0))
    if since.isdecimal():
        return float(since)
    try:
        return datetime.fromisoformat(since).timestamp()
    except ValueError:
        raise invalid("Param since must be a time") from None


def _paginate(
    call: GraphCall, numbered: Sequence[tuple[int, Comment | LiveVideo]], *, descending: bool
) -> dict[str, Any]:
    """One page of a list. A cursor is a place in the order, so it stays good when its object goes."""
    limit = min(call.number("limit", 25), MOST_ROWS)
    after, before = _cursor(call, "after"), _cursor(call, "before")
    sign = -1 if descending else 1
    rows = sorted(numbered, key=lambda row: sign * row[0])
    rows = [row for row in rows if after is None or sign * row[0] > sign * after]
    rows = [row for row in rows if before is None or sign * row[0] < sign * before]
    shown = rows[-limit:] if before is not None else rows[:limit]
    if not shown:
        return {"data": []}
    cursors = {"before": _encode(shown[0][0]), "after": _encode(shown[-1][0])}
    paging: dict[str, Any] = {"cursors": cursors}
    if len(rows) > len(shown) and before is None:
        paging["next"] = str(call.url.update_query(access_token=call.page.token, after=cursors["after"]))
    return {"data": [pick(call, node) for _, node in shown], "paging": paging}


def _encode(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode()


def _cursor(call: GraphCall, name: str) -> int | None:
    if name not in call.params:
        return None
    try:
        return int(base64.urlsafe_b64decode(str(call.params[name])))
    except ValueError:
        raise invalid(f"Invalid cursor in param {name}") from None
