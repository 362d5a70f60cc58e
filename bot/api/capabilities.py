"""What this installation can do: its version, its variant and the features that work in it."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from aiohttp import web

import bot
from adapters.registry import PROVIDERS
from bot.api.shapes import Json
from bot.api.table import Route, register
from bot.domain.offers import WORKS_IN
from bot.webhooks import ASSISTANT
from bot.workflows.offer_providers import is_offered

PACKAGES = ("bot", "adapters", "messaging", "storage")

PROVIDERS_KNOWN = ("stripe", "square", "clover", "shopify", "medusajs", "woocommerce", "quickbooks", "paypal")


def add_routes(app: web.Application) -> None:
    """Open to everybody: a console asks before anybody has signed in."""
    register(app, ROUTES)


async def _capabilities(request: web.Request) -> web.Response:
    variant = request.app[ASSISTANT].settings.variant
    answer: Json = {
        "accounting_mode": variant,
        "features": features(variant),
        "version": version("live-assist"),
        "build_hash": await asyncio.to_thread(build_hash),
        "build_variant": variant,
    }
    return web.json_response(answer)


def features(variant: str) -> dict[str, bool]:
    """Each feature, and whether it works."""
    return {name: variant in variants for name, variants in WORKS_IN.items()} | {
        name: is_offered(name, variant) for name in dict.fromkeys((*PROVIDERS_KNOWN, *PROVIDERS))
    }


@cache
def build_hash() -> str:
    """Tells one build from another, however it was installed: a hash over the files it runs."""
    root = Path(bot.__file__).parent.parent
    digest = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


ROUTES = (
    Route(
        method="GET",
        path="/api/capabilities",
        does="Say what this installation can do",
        handler=_capabilities,
        answers="Capabilities",
        scope="",
    ),
)
