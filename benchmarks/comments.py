"""What a crowd of buyers writes during a hot show, as signed webhooks that are ready to be sent.

The texts are made of the forms of several markets, with the chatter of a real show in between; about two in three
are claims. The same seed writes the same comments, so a reference and ours read the same.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PAGE_ID = "9001"
POST_ID = f"{PAGE_ID}_5550001"
APP_SECRET = "benchmark-app-secret"  # noqa: S105 - of a Page that does not exist

CLAIMS = (
    *("sold {}", "Sold {}!", "SOLD #{}", "sold {} please", "{} sold", "mine {}", "Mine po {}"),
    *("{} mine", "{}+1", "{} +1", "cf {}", "CF{}", "chốt {}", "我要{}號", "i want {}", "dibs {}", "lo quiero {}", "{}"),
)
"""`{}` is the code of an item."""

CHATTER = (
    *("so pretty 😍", "how much is shipping?", "hello from Manila", "I love that one", "can you show the back again"),
    *(
        "what size is it?",
        "good evening everyone!",
        "😂😂😂",
        "สวยมาก",
        "đẹp quá",
        "多少錢?",
        "is that real leather",
        "lol",
    ),
    *(
        "my internet is so slow tonight",
        "where do you ship from",
        "❤️",
        "first time here, hi!",
        "omg yes",
        "next please",
    ),
)
CLAIMS_AMONG = 0.65

_FIRST = ("Mai", "Anna", "Joy", "Lan", "Hoa", "Mia", "Rosa", "Ines", "Nok", "Bea", "Yuki", "小美", "Siti", "Eva")
_LAST = ("Nguyen", "Santos", "Reyes", "Tan", "Garcia", "Lee", "Cruz", "陳", "Smith", "Lopez", "Olsen", "Kaya")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Who writes, about what."""

    items: int = 50
    pieces: int = 200
    """Of each item; the buyers after that wait in line."""
    buyers: int = 3000
    hot: bool = False
    """Everybody wants the first item."""

    @property
    def codes(self) -> list[str]:
        """The codes of the items."""
        return [str(number) for number in range(1, self.items + 1)]


@dataclass(frozen=True, slots=True)
class Webhook:
    """One delivery: the whole request as it goes over the wire, and which comments are in it."""

    request: bytes
    first: int
    count: int

    @property
    def comment_ids(self) -> list[str]:
        """The comments in it."""
        return [comment_id(number) for number in range(self.first, self.first + self.count)]


def comment_id(number: int) -> str:
    """As Facebook writes it: the post's number, then the comment's."""
    return f"5550001_{10**15 + number}"


def number_of(comment: str) -> int:
    """Which comment of the load this is."""
    return int(comment.rpartition("_")[2]) - 10**15


def webhooks(count: int, per_webhook: int, *, crowd: Crowd | None = None, first: int = 0) -> list[Webhook]:
    """`count` deliveries of `per_webhook` new comments each, numbered from `first`."""
    crowd = crowd or Crowd()
    dice = random.Random(first)  # noqa: S311 - a load, not a secret
    now = int(time.time())
    made = []
    for place in range(first, first + count * per_webhook, per_webhook):
        changes = [_change(number, crowd, dice, now) for number in range(place, place + per_webhook)]
        body = json.dumps({"object": "page", "entry": [{"id": PAGE_ID, "time": now, "changes": changes}]}).encode()
        made.append(Webhook(_request(body), place, per_webhook))
    return made


def _change(number: int, crowd: Crowd, dice: random.Random, now: int) -> dict[str, Any]:
    # Everybody says something once, and then whoever likes to talk.
    author = number if number < crowd.buyers else dice.randrange(crowd.buyers)
    return {
        "field": "feed",
        "value": {
            "from": {
                "id": str(24_000_000_000_000_000 + author * 7919),
                "name": f"{_FIRST[author % len(_FIRST)]} {_LAST[author // len(_FIRST) % len(_LAST)]} {author}",
            },
            "post": {
                "status_type": "added_video",
                "is_published": True,
                "updated_time": "2025-06-06T19:00:12+0000",
                "permalink_url": "https://www.facebook.com/shop/videos/5550001",
                "promotion_status": "inactive",
                "id": POST_ID,
            },
            "message": text_of(crowd, dice),
            "post_id": POST_ID,
            "comment_id": comment_id(number),
            "created_time": now,
            "item": "comment",
            "parent_id": POST_ID,
            "verb": "add",
        },
    }


def text_of(crowd: Crowd, dice: random.Random) -> str:
    """What one of the crowd writes."""
    if dice.random() >= CLAIMS_AMONG:
        return dice.choice(CHATTER)
    return dice.choice(CLAIMS).format(1 if crowd.hot else dice.randint(1, crowd.items))


def _request(body: bytes) -> bytes:
    signature = hmac.digest(APP_SECRET.encode(), body, hashlib.sha256).hex()
    head = (
        "POST /webhooks/facebook HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: facebookexternalua\r\n"
        "Accept: */*\r\n"
        "Content-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def requests_of(load: Sequence[Webhook]) -> list[bytes]:
    """Just what goes over the wire."""
    return [webhook.request for webhook in load]
