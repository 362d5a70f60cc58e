"""Webhooks: the doors for machines. Each verifies on the raw bytes, keeps once, and only then answers 2xx.

Rules for odd input: a signed body that cannot be read is kept as unreadable and answered 200, so that it is not sent
for ever; a compressed body gets 415, because signatures are over what was sent; one that trickles in for too long
gets 408; a closed door (no secret set) answers 503.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import json
import logging
import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from adapters.base import Capability, PaymentProvider, PaymentUpdate
from adapters.registry import PROVIDERS
from bot.kit.brief import Brief
from bot.kit.door import Throng, as_bytes
from bot.kit.errors import BadInput, Busy, Forged
from bot.kit.signatures import verify_facebook, verify_telegram
from bot.problems import LARGEST_BODY, Problem, route_of, takes
from bot.workflows.assistant import Assistant, Connected
from bot.workflows.hear_accounts import concerned, hear_word
from bot.workflows.hear_events import Ears
from bot.workflows.keep_updates import keep_updates, source_of, workspace_of
from bot.workflows.note_integrations import MOST_A_DAY, Level, log_seldom
from bot.workflows.offer_providers import offered
from bot.workflows.record_comments import LONGEST_WAIT, too_many
from messaging.base import Unknown
from messaging.messenger import pages_in, read_webhook
from messaging.telegram import TelegramPlatform, read_update
from storage import counters, inbox, integrations, workspaces
from storage.crypto import CannotDecrypt

_log = logging.getLogger(__name__)

ASSISTANT = web.AppKey("assistant", Assistant)
EARS = web.AppKey("ears", Ears)
NOTED = web.AppKey("noted", Counter[tuple[int, str, date]])
"""How many forgeries were noted: by workspace, provider and day."""

FACEBOOK = "/webhooks/facebook"
BODY_SECONDS = 30.0
"""How long a body may take to arrive; nobody who has something to tell us needs longer."""

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")


def add_routes(app: web.Application) -> None:
    """The doors and their paths, which providers' dashboards depend on."""
    app[NOTED] = Counter()
    app.router.add_get(FACEBOOK, _verify_facebook)
    app.router.add_post(FACEBOOK, _facebook)
    app.router.add_post("/webhooks/telegram/{channel_id}", _telegram)
    app.router.add_post("/api/webhooks/{provider}", _provider)
    app.router.add_post("/api/webhooks/{provider}/{workspace_id}", _provider)
    app.router.add_post("/api/connect/webhook", _connect)


def telegram_secret(bot_token: str) -> str:
    """What Telegram is told to send along with every update of this bot."""
    return hmac.digest(bot_token.encode(), b"live-assist telegram webhook", hashlib.sha256).hex()


async def whole_body(request: web.Request) -> bytes:
    """The raw bytes, exactly as they were sent and signed. Raises Problem when they do not all come, or too slowly."""
    if request.content.is_eof() and request.content_length is not None:  # else nobody has looked how long it is
        return request.content.read_nowait()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise Problem(408, "BODY_TOO_SLOW", "The body did not arrive in time.") from None


def _check_line(ears: Ears, channels: Sequence[Connected]) -> None:
    """Send whoever would have to wait too long away before there is any work with them; they come again."""
    try:
        for one in channels:
            ears.check(one.channel)
    except Busy as busy:
        raise _come_again(busy.message, _seconds(busy)) from None


def _seconds(busy: Busy) -> int:
    return max(1, math.ceil(busy.retry_after or 1))


def _come_again(message: str, seconds: int) -> Problem:
    return Problem(503, "TOO_MANY_COMMENTS", message, headers={"Retry-After": str(seconds)})


def facebook_is_full(app: web.Application, throng: Throng) -> bytes | None:
    """What a webhook of Facebook's hears, before it is read, that would have to wait too long; None lets it in."""
    try:
        if (wait := throng.wait()) > LONGEST_WAIT:
            raise too_many(wait)
        for one in _pages(app[ASSISTANT]):
            app[EARS].check(one.channel)
    except Busy as busy:
        return _refusal(busy.message, _seconds(busy))
    return None


@functools.lru_cache(maxsize=16)
def _refusal(message: str, seconds: int) -> bytes:
    return as_bytes(_come_again(message, seconds))


def _pages(assistant: Assistant) -> list[Connected]:
    return [one for one in assistant.connected.values() if one.channel.platform == "messenger"]


def _only(request: web.Request, header: str) -> str | None:
    """The one value of a header; None when it is absent, or there twice."""
    given = request.headers.getall(header, [])
    return given[0] if len(given) == 1 else None


def _number(request: web.Request, name: str) -> int:
    """A number in the address. There is nothing at any other address, nor at 0."""
    given = request.match_info[name]
    return int(given) if _NUMBER.fullmatch(given) else 0


def _forged(request: web.Request, status: int, what: str) -> Problem:
    _log.warning("a forged webhook at %s from %s", route_of(request), request.remote)
    return Problem(status, "WEBHOOK_SIGNATURE_INVALID", f"{what} Nothing was done.")


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


@takes(LARGEST_BODY)
async def _facebook(request: web.Request) -> web.Response:
    assistant = request.app[ASSISTANT]
    facebook = assistant.settings.facebook
    if facebook is None or not facebook.app_secret:
        raise Problem(503, "FACEBOOK_NOT_CONFIGURED", "Set FACEBOOK_APP_SECRET first.")
    pages = _pages(assistant)
    _check_line(request.app[EARS], pages)
    body = await whole_body(request)
    if not verify_facebook(_only(request, "X-Hub-Signature-256"), body, secrets=[facebook.app_secret]):
        raise _forged(request, 403, "X-Hub-Signature-256 does not match the body.")
    if not pages:
        raise Problem(503, "FACEBOOK_NOT_CONFIGURED", "No Page is connected yet.")
    try:
        payload = _parse(body)
    except BadInput:
        await _keep_unreadable(request, pages[0], body)
        return Brief("ok")
    named = set(pages_in(payload))
    for page in [one for one in pages if one.channel.external_id in named] or pages[:1]:
        events = read_webhook(payload, page_id=page.channel.external_id, now=assistant.now())
        await request.app[EARS].hear(page.channel, events)
    return Brief("ok")


@takes(LARGEST_BODY)
async def _telegram(request: web.Request) -> web.Response:
    assistant = request.app[ASSISTANT]
    connected = assistant.on(_number(request, "channel_id"))
    telegram = assistant.settings.telegram
    if connected is None or telegram is None or not isinstance(connected.platform, TelegramPlatform):
        raise Problem(404, "NOT_FOUND", "There is no such channel.")
    given = _only(request, "X-Telegram-Bot-Api-Secret-Token")
    if not verify_telegram(given, secrets=[telegram_secret(telegram.bot_token)]):
        raise _forged(request, 403, "X-Telegram-Bot-Api-Secret-Token is not ours.")
    _check_line(request.app[EARS], [connected])
    body = await whole_body(request)
    try:
        update = _parse(body)
    except BadInput:
        await _keep_unreadable(request, connected, body)
        return Brief("ok")
    events = read_update(update, bot_username=connected.platform.username, now=assistant.now())
    await request.app[EARS].hear(connected.channel, events)
    return Brief("ok")


@takes(LARGEST_BODY)
async def _provider(request: web.Request) -> web.Response:
    provider = _offered(request, request.match_info["provider"])
    return await _hear(request, provider, *await _secrets(request, provider))


@takes(LARGEST_BODY)
async def _connect(request: web.Request) -> web.Response:
    """Events of sellers' accounts under the platform's: each says which account it is about.

    https://docs.stripe.com/connect/webhooks
    """
    provider = _offered(
        request, next(name for name, one in PROVIDERS.items() if Capability.ACCOUNTS in one.capabilities)
    )
    settings = request.app[ASSISTANT].settings
    own = settings.of_provider(provider.name).get("CONNECT_WEBHOOK_SECRET", "")
    secrets = [own, settings.webhook_secret(provider.name, provider.webhook_setting)]
    return await _hear(request, provider, None, "", secrets)


def _offered(request: web.Request, name: str) -> type[PaymentProvider]:
    provider = offered(request.app[ASSISTANT].settings.variant).get(name)
    if provider is None or Capability.WEBHOOKS not in provider.capabilities:
        raise Problem(404, "NOT_FOUND", "There is no such provider.")
    return provider


async def _hear(
    request: web.Request,
    provider: type[PaymentProvider],
    workspace_id: int | None,
    account_id: str,
    secrets: Sequence[str],
) -> web.Response:
    assistant, name = request.app[ASSISTANT], provider.name
    if not any(secrets):
        setting = f"{name.upper()}_{provider.webhook_setting}"
        todo = f"Connect {provider.display_name} again." if workspace_id else f"Set {setting} first."
        raise Problem(503, f"{name.upper()}_NOT_CONFIGURED", f"No webhook secret is set for this address. {todo}")
    body = await whole_body(request)
    headers = {header: value for header, value in request.headers.items() if _only(request, header) is not None}
    try:
        # Square signs the address, too. Without a public one it is the one that was called.
        url = f"{assistant.settings.public_url or f'{request.scheme}://{request.host}'}{request.path}"
        updates = provider.read_webhook(headers, body, now=assistant.now(), secrets=secrets, url=url)
    except Forged:
        _note_forgery(request, workspace_id, name)
        raise _forged(request, 401, "The signature does not match the body.") from None
    except BadInput:
        await assistant.database.write(_keep_unreadable_event, workspace_id, name, body, assistant.now())
        return web.json_response({"received": True})
    for update in updates:
        if not isinstance(update, PaymentUpdate):
            owners = [workspace_id] if workspace_id else await assistant.database.read(concerned, update)
            await hear_word(assistant, owners, update)
            continue
        owner = workspace_id
        if owner is None:
            owner = await assistant.database.read(workspace_of, update)
        await keep_updates(assistant, owner, [update], account_id=account_id)
    return web.json_response({"received": True})


def _note_forgery(request: web.Request, workspace_id: int | None, provider: str) -> None:
    """Tell the seller whose door it was, so often a day: whoever forges must not make us write more than that."""
    if workspace_id is None:
        return
    assistant, noted = request.app[ASSISTANT], request.app[NOTED]
    now = assistant.now()
    case = (workspace_id, provider, now.date())
    if noted[case] < MOST_A_DAY:
        noted[case] += 1
        assistant.spawn(_note(assistant, workspace_id, provider, now))


async def _note(assistant: Assistant, workspace_id: int, provider: str, now: datetime) -> None:
    await assistant.database.write(
        log_seldom,
        workspace_id,
        provider,
        "webhook_refused",
        "Somebody called our address with a signature that does not match. Nothing was done.",
        now=now,
        level=Level.WARNING,
    )


async def _secrets(request: web.Request, provider: type[PaymentProvider]) -> tuple[int | None, str, Sequence[str]]:
    """Whose door this is, for which account, and what its events are signed with: the platform's, or a workspace's."""
    assistant = request.app[ASSISTANT]
    if "workspace_id" not in request.match_info:
        return None, "", [assistant.settings.webhook_secret(provider.name, provider.webhook_setting)]
    workspace_id = _number(request, "workspace_id")
    integration = await assistant.database.read(integrations.get, workspace_id, provider.name)
    if integration is None:
        raise Problem(404, "NOT_FOUND", "There is no such connection.")
    try:
        credentials = integrations.credentials(assistant.vault, integration) or {}
    except CannotDecrypt as trouble:
        _log.error("the webhook secret of %s cannot be opened: %s", integration.display_name or provider.name, trouble)
        credentials = {}
    return workspace_id, integration.account_id, [credentials.get("webhook_secret", "")]


def _keep_unreadable_event(
    tx: sa.Connection, workspace_id: int | None, provider: str, body: bytes, now: datetime
) -> None:
    """Of a signed body that cannot be read, only that it came."""
    owner = workspace_id or workspaces.first(tx)
    kept = inbox.keep(
        tx,
        owner,
        source=source_of(provider, owner),
        event_id=f"sha256:{hashlib.sha256(body).hexdigest()}",
        kind="unreadable",
        body_enc=None,
        now=now,
        outcome="not acted on",
    )
    counters.add(tx, owner, f"{provider}_events_again" if kept is None else f"{provider}_events_not_acted_on")


async def _keep_unreadable(request: web.Request, connected: Connected, body: bytes) -> None:
    digest = hashlib.sha256(body).hexdigest()
    await request.app[EARS].hear(connected.channel, [Unknown(event_id=digest, kind="unreadable")])


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None
