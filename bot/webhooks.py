"""Webhooks: the doors for machines. Each verifies on the raw bytes, keeps once, and only then answers 2xx.

Rules for odd input: a compressed body gets 415, because signatures are over what was sent; a signed body that
cannot be read is kept as unreadable and answered 200, so that it is not sent for ever; a closed door (no secret
set) answers 503.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from adapters.registry import PROVIDERS
from bot.kit.errors import BadInput, Forged
from bot.kit.signatures import verify_facebook, verify_telegram
from bot.problems import Problem
from bot.workflows.assistant import Assistant, Connected
from bot.workflows.hear_events import Ears
from bot.workflows.settle_payments import keep_updates, workspace_of
from messaging.base import Unknown
from messaging.messenger import pages_in, read_webhook
from messaging.telegram import TelegramPlatform, read_update
from storage import counters, integrations

_log = logging.getLogger(__name__)

ASSISTANT = web.AppKey("assistant", Assistant)
EARS = web.AppKey("ears", Ears)

BODY_LIMIT = 4 * 2**20
"""Bytes. A batch of 1,000 comments is over a megabyte."""


def add_routes(app: web.Application) -> None:
    """The doors and their paths, which providers' dashboards depend on."""
    app.router.add_get("/webhooks/facebook", _verify_facebook)
    app.router.add_post("/webhooks/facebook", _facebook)
    app.router.add_post("/webhooks/telegram/{channel_id}", _telegram)
    app.router.add_post("/api/webhooks/{provider}", _provider)
    app.router.add_post("/api/webhooks/{provider}/{workspace_id}", _provider)


def telegram_secret(bot_token: str) -> str:
    """What Telegram is told to send along with every update of this bot."""
    return hmac.digest(bot_token.encode(), b"live-assist telegram webhook", hashlib.sha256).hex()


async def _body(request: web.Request) -> bytes:
    """The raw bytes, refused by size before they are read where the sender names it."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Problem(415, "BODY_COMPRESSED", "Send the body uncompressed: signatures are over the raw bytes.")
    if (request.content_length or 0) > BODY_LIMIT:
        raise Problem(413, "BODY_TOO_LARGE", f"A webhook has at most {BODY_LIMIT} bytes.")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Problem(413, "BODY_TOO_LARGE", f"A webhook has at most {BODY_LIMIT} bytes.") from None


def _only(request: web.Request, header: str) -> str | None:
    """The one value of a header; None when it is absent, or there twice."""
    given = request.headers.getall(header, [])
    return given[0] if len(given) == 1 else None


def _forged(what: str) -> Problem:
    return Problem(403, "WEBHOOK_SIGNATURE_INVALID", f"{what} Nothing was done.")


async def _verify_facebook(request: web.Request) -> web.Response:
    """https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests"""
    facebook = request.app[ASSISTANT].settings.facebook
    if facebook is None or not facebook.verify_token:
        raise Problem(503, "FACEBOOK_NOT_CONFIGURED", "Set FACEBOOK_VERIFY_TOKEN first.")
    given = request.query.get("hub.verify_token", "")
    right = hmac.compare_digest(given.encode("utf-8", "replace"), facebook.verify_token.encode())
    challenge = request.query.get("hub.challenge")
    if request.query.get("hub.mode") != "subscribe" or not right or challenge is None:
        raise Problem(403, "FACEBOOK_VERIFY_TOKEN_INVALID", "The verify token is not ours.")
    return web.Response(text=challenge, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})


async def _facebook(request: web.Request) -> web.Response:
    assistant = request.app[ASSISTANT]
    facebook = assistant.settings.facebook
    if facebook is None or not facebook.app_secret:
        raise Problem(503, "FACEBOOK_NOT_CONFIGURED", "Set FACEBOOK_APP_SECRET first.")
    body = await _body(request)
    if not verify_facebook(_only(request, "X-Hub-Signature-256"), body, secrets=[facebook.app_secret]):
        raise _forged("X-Hub-Signature-256 does not match the body.")
    pages = [one for one in assistant.connected.values() if one.channel.platform == "messenger"]
    if not pages:
        raise Problem(503, "FACEBOOK_NOT_CONFIGURED", "No Page is connected yet.")
    try:
        payload = _parse(body)
    except BadInput:
        await _keep_unreadable(request, pages[0], body)
        return web.Response(text="ok")
    named = set(pages_in(payload))
    for page in [one for one in pages if one.channel.external_id in named] or pages[:1]:
        events = read_webhook(payload, page_id=page.channel.external_id, now=assistant.now())
        await request.app[EARS].hear(page.channel, events)
    return web.Response(text="ok")


async def _telegram(request: web.Request) -> web.Response:
    assistant = request.app[ASSISTANT]
    number = request.match_info["channel_id"]
    connected = assistant.on(int(number)) if number.isdecimal() and len(number) < 19 else None
    telegram = assistant.settings.telegram
    if connected is None or telegram is None or not isinstance(connected.platform, TelegramPlatform):
        raise Problem(404, "NOT_FOUND", "There is no such channel.")
    given = _only(request, "X-Telegram-Bot-Api-Secret-Token")
    if not verify_telegram(given, secrets=[telegram_secret(telegram.bot_token)]):
        raise _forged("X-Telegram-Bot-Api-Secret-Token is not ours.")
    body = await _body(request)
    try:
        update = _parse(body)
    except BadInput:
        await _keep_unreadable(request, connected, body)
        return web.Response(text="ok")
    events = read_update(update, bot_username=connected.platform.username, now=assistant.now())
    await request.app[EARS].hear(connected.channel, events)
    return web.Response(text="ok")


async def _provider(request: web.Request) -> web.Response:
    assistant = request.app[ASSISTANT]
    name = request.match_info["provider"]
    provider = PROVIDERS.get(name)
    if provider is None:
        raise Problem(404, "NOT_FOUND", "There is no such provider.")
    workspace_id, secrets = await _secrets(request, name)
    if not any(secrets):
        raise Problem(503, f"{name.upper()}_NOT_CONFIGURED", "No webhook secret is set for this address.")
    body = await _body(request)
    headers = {header: value for header, value in request.headers.items() if _only(request, header) is not None}
    try:
        updates = provider.read_webhook(headers, body, now=assistant.now(), secrets=secrets)
    except Forged as forged:
        _log.warning("a forged %s webhook from %s", name, request.remote)
        raise Problem(401, "WEBHOOK_SIGNATURE_INVALID", forged.message) from None
    except BadInput:
        await assistant.database.write(counters.add, workspace_id or 1, f"{name}_events_unreadable")
        return web.json_response({"received": True})
    for update in updates:
        owner = workspace_id
        if owner is None:
            owner = await assistant.database.read(workspace_of, update)
        await keep_updates(assistant, owner, f"{name}:{workspace_id or 'platform'}", [update])
    return web.json_response({"received": True})


async def _secrets(request: web.Request, provider: str) -> tuple[int | None, Sequence[str]]:
    """Whose door this is, and what its events are signed with: the platform's, or one workspace's own."""
    assistant = request.app[ASSISTANT]
    given = request.match_info.get("workspace_id")
    if given is None:
        return None, [assistant.settings.webhook_secret(provider)]
    if not given.isdecimal() or len(given) > 18:
        raise Problem(404, "NOT_FOUND", "There is no such workspace.")
    integration = await assistant.database.read(integrations.get, int(given), provider)
    if integration is None:
        raise Problem(404, "NOT_FOUND", "There is no such connection.")
    credentials = integrations.credentials(assistant.vault, integration) or {}
    return int(given), [credentials.get("webhook_secret", "")]


async def _keep_unreadable(request: web.Request, connected: Connected, body: bytes) -> None:
    digest = hashlib.sha256(body).hexdigest()
    await request.app[EARS].hear(connected.channel, [Unknown(event_id=digest, kind="unreadable")])


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None
