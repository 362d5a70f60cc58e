"""What every answer says to browsers and caches, unless its route says otherwise."""

from __future__ import annotations

from aiohttp import web

NAME = "Live Assist"
"""Who answers; which versions of what it runs on is nobody's business."""


def dress(answer: web.StreamResponse) -> None:
    """Nothing here is to be kept by anybody in between, or taken for what it does not say it is."""
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers["Server"] = NAME


async def add_headers(_request: web.BaseRequest, answer: web.StreamResponse) -> None:
    """The same, as aiohttp wants it: whenever an answer goes out."""
    dress(answer)
