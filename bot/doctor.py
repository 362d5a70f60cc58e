"""The doctor: what is set up, what is missing, and what to do about it, a line each."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from adapters.base import App, Capability, PaymentProvider
from adapters.registry import PROVIDERS
from bot.domain.offers import works_in
from bot.jobs.overdue import OVERDUE_AFTER, engine_url, overdue
from bot.kit.errors import BadInput, LiveAssistError
from bot.kit.http import Http
from bot.settings import Settings
from bot.workflows.connect_by_oauth import missing_settings
from bot.workflows.offer_providers import billable, needs_connecting, offered
from bot.workflows.open_webhooks import webhook_url
from messaging.messenger import MessengerPlatform
from messaging.telegram import TelegramPlatform
from storage import integrations, operators, workspaces
from storage.crypto import Vault, keys_from_file, parse_keys
from storage.database import Database
from storage.integrations import Integration
from storage.revisions import prepare

WHERE_IT_IS = "(LIVE_ASSIST_DATABASE_URL and LIVE_ASSIST_DATA_DIR say where it is)"


def in_one_line(trouble: Exception) -> str:
    """What a database's driver says, without what SQLAlchemy puts around it."""
    said = trouble.orig if isinstance(trouble, sa.exc.DBAPIError) and trouble.orig is not None else trouble
    return " ".join(str(said).split())


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    fine: bool
    what: str

    def __str__(self) -> str:
        return f"{'✓' if self.fine else '✗'} {self.what}"


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything the service needs; asks the platforms, changes nothing but an old database's shape."""
    http = Http(timeout=10.0)
    try:
        return [
            *await _database(settings),
            *_files(settings),
            *await _telegram(settings, http),
            *await _facebook(settings, http),
            *_doors(settings),
        ]
    finally:
        await http.close()


async def _database(settings: Settings) -> list[Finding]:
    try:
        revision = await asyncio.to_thread(prepare, settings.database_url)
    except Exception as trouble:
        return [Finding(False, f"The database cannot be opened: {in_one_line(trouble)} {WHERE_IT_IS}.")]
    database = Database(settings.database_url)
    try:
        workspace_id = await database.write(workspaces.ensure_first, datetime.now(UTC))
        paired = await database.read(operators.any_paired, workspace_id)
        usable = await database.read(integrations.usable, workspace_id)
        biller = await database.read(billable, workspace_id, settings.variant)
        late = await asyncio.to_thread(overdue, database.url, datetime.now(UTC))
    finally:
        await database.close()
    return [
        Finding(True, f"The database is at revision {revision}."),
        Finding(paired, "An operator is paired." if paired else "No operator yet: live-assist pair prints a code."),
        *_providers(settings, usable, next(iter(biller), None), workspace_id),
        *([Finding(False, _overdue(late))] if late else []),
    ]


def _overdue(count: int) -> str:
    minutes = int(OVERDUE_AFTER.total_seconds() // 60)
    return (
        f"{count} invoices or payments are under way for more than {minutes} minutes: the log of the service says why."
    )


def _providers(
    settings: Settings, usable: list[Integration], biller: Integration | None, workspace_id: int
) -> list[Finding]:
    """What each provider is here: connected, agreed to on its own page, or wrongly set up."""
    findings: list[Finding] = []
    for one in usable:
        findings += _connected(settings, one, workspace_id, bills=biller is not None and one.id == biller.id)
    if not any(needs_connecting(one.provider) for one in usable) and works_in("integrations", settings.variant):
        findings.append(
            Finding(False, "No payment provider: send /integrations to the bot, or set STRIPE_SECRET_KEY or the like.")
        )
    for provider in offered(settings.variant).values():
        app = App(values=settings.of_provider(provider.name), public_url=settings.public_url)
        if app.values:
            findings += _set_up(provider, app)
    return findings


def _connected(settings: Settings, one: Integration, workspace_id: int, *, bills: bool) -> list[Finding]:
    name, provider = one.display_name or one.provider, PROVIDERS.get(one.provider)
    try:
        credentials = integrations.credentials(_vault(settings), one) or {}
    except (LiveAssistError, OSError, ValueError):
        lost = f"The key of {name} cannot be opened: bring back the encryption keys, or connect again."
        return [Finding(False, lost)]
    url = webhook_url(settings, one.provider, workspace_id)
    todo = provider.still_to_do(credentials, webhook_url=url) if provider is not None else ""
    return [
        Finding(True, f"Invoices go through {name}." if bills else f"{name} is connected, and bills nothing new."),
        *([Finding(bool(url), todo)] if todo else []),
    ]


def _set_up(provider: type[PaymentProvider], app: App) -> list[Finding]:
    """Whether the settings that begin with a provider's name can be used."""
    name = provider.display_name
    findings = []
    try:
        if provider.from_settings(app) is not None:
            findings.append(Finding(True, f"{name}: the settings connect the first workspace."))
    except BadInput as wrong:
        findings.append(Finding(False, f"{name}: the settings cannot connect anybody. {wrong.message}"))
    if Capability.OAUTH in provider.capabilities and any(app.get(one) for one in provider.app_settings):
        missing = missing_settings(app, provider)
        findings.append(
            Finding(False, f"{name}: for its own page, {', '.join(missing)} is missing.")
            if missing
            else Finding(True, f"{name}: sellers can connect on its own page.")
        )
    return findings


def _vault(settings: Settings) -> Vault:
    given = settings.encryption_keys
    return Vault(parse_keys(given) if given else keys_from_file(settings.data_dir / "encryption.key"))


def _files(settings: Settings) -> list[Finding]:
    """Whether what is kept on this machine is its owner's alone; of the databases only when it is not."""
    if os.name != "posix":
        return []
    key = settings.data_dir / "encryption.key"
    keys = [] if settings.encryption_keys else [_rights(key)] if key.exists() else []
    where = sa.make_url(settings.database_url)
    if where.get_backend_name() != "sqlite":
        return keys
    kept = [Path(one.database or "") for one in (where, engine_url(where))]
    return [*keys, *(found for path in kept if path.is_file() and not (found := _rights(path)).fine)]


def _rights(path: Path) -> Finding:
    private = not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return Finding(private, f"{path} is {'yours alone' if private else 'readable by others: chmod 600 it'}.")


async def _telegram(settings: Settings, http: Http) -> list[Finding]:
    if settings.telegram is None:
        return [Finding(False, "No Telegram bot: set TELEGRAM_BOT_TOKEN.")]
    bot = TelegramPlatform(settings.telegram.bot_token, api_base=settings.telegram.api_base, http=http)
    try:
        await bot.start()
    except LiveAssistError as trouble:
        return [Finding(False, f"Telegram: {trouble.message}")]
    return [
        Finding(True, f"Telegram: {bot.title} (@{bot.username}), by {settings.telegram.mode}."),
        Finding(
            bot.reads_groups,
            "The bot hears groups."
            if bot.reads_groups
            else "The bot hears groups only as an administrator: /setprivacy → Disable at @BotFather, "
            "then take it out of the group and add it again.",
        ),
    ]


async def _facebook(settings: Settings, http: Http) -> list[Finding]:
    facebook = settings.facebook
    if facebook is None:
        return [Finding(True, "No Facebook Page; set the FACEBOOK_ settings to connect one.")]
    page = MessengerPlatform(
        facebook.page_id, facebook.page_token, facebook.app_secret, graph_base=facebook.graph_base, http=http
    )
    try:
        await page.start()
    except LiveAssistError as trouble:
        return [Finding(False, f"Facebook: {trouble.message}")]
    return [Finding(True, f"Facebook: {page.title}.")]


def _doors(settings: Settings) -> list[Finding]:
    """Every webhook without a secret is a closed door: it answers 503."""
    findings = []
    if settings.facebook is not None and not settings.public_url:
        findings.append(
            Finding(
                True,
                "Facebook comments are read every few seconds while a show is live. What people write to the Page "
                "on Messenger cannot be heard without LIVE_ASSIST_PUBLIC_URL.",
            )
        )
    elif settings.facebook is not None:
        secret, verify = bool(settings.facebook.app_secret), bool(settings.facebook.verify_token)
        findings.append(_door("/webhooks/facebook", secret and verify, "FACEBOOK_APP_SECRET and FACEBOOK_VERIFY_TOKEN"))
    if settings.public_url and not settings.proxies:
        findings.append(
            Finding(
                True, "LIVE_ASSIST_PROXIES is 0: with a proxy before me set it to 1, so that I know visitors apart."
            )
        )
    if settings.public_url:
        findings += [
            _platform_door(settings, provider.name, provider.webhook_setting)
            for provider in offered(settings.variant).values()
            if Capability.WEBHOOKS in provider.capabilities
        ]
    else:
        findings.append(Finding(True, "No LIVE_ASSIST_PUBLIC_URL: Telegram is polled, and providers are asked."))
    return findings


def _platform_door(settings: Settings, provider: str, setting: str) -> Finding:
    path = f"/api/webhooks/{provider}"
    if settings.webhook_secret(provider, setting):
        return Finding(True, f"{path} is open.")
    return Finding(True, f"{path} is closed (no {provider.upper()}_{setting}); workspaces' own addresses work.")


def _door(path: str, is_open: bool, names: str) -> Finding:
    return Finding(is_open, f"{path} is open." if is_open else f"{path} is closed: set {names}.")
