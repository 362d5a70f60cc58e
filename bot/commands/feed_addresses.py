"""Addresses of Facebook posts and live videos, as people copy them."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from bot.kit.errors import BadInput


def feed_ids(where: str, page_id: str) -> list[str]:
    """The ids a Facebook post or live video may be heard under, from its address or its id.

    Comments name the post as `page_post`; people copy either number, so both spellings count.
    """
    given = where.strip().strip("<>")
    is_id = re.fullmatch(r"\d+(_\d+)?", given) is not None
    found = given if is_id else _id_in(given if "//" in given else f"https://{given}")
    return [found] if "_" in found else [found, f"{page_id}_{found}"]


_FACEBOOK = re.compile(r"(?:[\w-]+\.)*facebook\.com", re.IGNORECASE)
_IN_PATH = re.compile(r"/(?:videos|posts|reel|reels)/(?:[^/]+/)?(\d{5,})(?:/|$)")
_WHERE = "Send the long address of the post or video, with its number in it, or just that number."


def _id_in(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if host.lower() in ("fb.watch", "fb.me", "fb.com"):
        raise BadInput(f"That short link does not say which video it is. {_WHERE}")
    if not _FACEBOOK.fullmatch(host):
        raise BadInput(f"That is not a Facebook address. {_WHERE}")
    query = parse_qs(parts.query)
    for name in ("v", "story_fbid", "fbid"):
        if (value := query.get(name, [""])[0]).isdecimal():
            return value
    found = _IN_PATH.search(parts.path)
    if found is None:
        raise BadInput(f"I see no video or post number in that address. {_WHERE}")
    return found[1]
