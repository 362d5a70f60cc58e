"""Settings: what the environment says, read once, complaining about everything at once."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from dotenv import dotenv_values

from bot.kit.errors import LiveAssistError

VARIANTS = ("lite", "export", "full")
PROVIDERS = ("STRIPE", "SQUARE", "CLOVER", "SHOPIFY", "MEDUSAJS", "WOOCOMMERCE", "QUICKBOOKS", "PAYPAL", "SUPABASE")
"""Whose web addresses are looked at: anybody else's setting may be about something else."""


_TEMPLATE = re.compile(r"[a-z0-9_]{1,512}(:[A-Za-z]{2,3}(_[A-Za-z]{2,4})?)?")


class BadSettings(LiveAssistError):
    """Something in the environment cannot be used; the message names all of it."""


@dataclass(frozen=True, kw_only=True)
class TelegramSettings:
    """The bot of the first workspace."""

    bot_token: str = field(repr=False)
    api_base: str
    """Where the Bot API is; the real one unless pointed elsewhere."""
    mode: str
    """`polling` or `webhook`."""


@dataclass(frozen=True, kw_only=True)
class FacebookSettings:
    """The Page of the first workspace, and the app that hears for it."""

    app_secret: str = field(repr=False)
    """Signs every webhook; empty keeps that door closed."""
    verify_token: str = field(repr=False)
    page_id: str
    page_token: str = field(repr=False)
    graph_base: str
    template: str
    """The Page's approved utility template for pay links, as `name` or `name:language`; empty without one."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the environment decides."""

    database_url: str = field(repr=False)
    data_dir: Path
    public_url: str
    """Where the world reaches us, without a trailing slash; empty means polling and direct links."""
    proxies: int
    """How many proxies stand before us, whose X-Forwarded-For counts; 0 trusts none."""
    host: str
    port: int
    encryption_keys: str = field(repr=False)
    """Keys in base64, first encrypts; empty means the generated file in the data directory."""
    variant: str
    telegram: TelegramSettings | None
    facebook: FacebookSettings | None
    providers: Mapping[str, Mapping[str, str]] = field(repr=False)
    """Per provider, the platform's own registration there; a workspace's keys live in the database."""

    def of_provider(self, name: str) -> Mapping[str, str]:
        """The settings that begin with a provider's name, without it: STRIPE_SECRET_KEY is "SECRET_KEY"."""
        return self.providers.get(name, {})

    def webhook_secret(self, provider: str, setting: str) -> str:
        """What a provider signs its platform-wide webhooks with, by its own name; empty while that door is closed."""
        return self.of_provider(provider).get(setting, "")


def load_settings(environ: Mapping[str, str], *, env_file: Path | None = None) -> Settings:
    """Settings from the environment over the `.env` file. Raises BadSettings naming every problem."""
    given = {name: value.strip() for name, value in {**_from_file(env_file), **environ}.items()}
    problems: list[str] = []

    def url(name: str, default: str = "") -> str:
        value = given.get(name, "") or default
        if value and not _is_web_address(value):
            problems.append(f"{name} is a web address like https://shop.example, not {value!r}")
        return value.rstrip("/")

    def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
        value = given.get(name, "") or default
        if value not in choices:
            problems.append(f"{name} is one of {', '.join(choices)}, not {value!r}")
        return value

    data_dir = Path(given.get("LIVE_ASSIST_DATA_DIR", "") or "data").expanduser().absolute()
    public_url = url("LIVE_ASSIST_PUBLIC_URL")
    port = given.get("LIVE_ASSIST_PORT", "") or "8080"
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        problems.append(f"LIVE_ASSIST_PORT is a number up to 65535, not {port!r}")
        port = "0"
    proxies = given.get("LIVE_ASSIST_PROXIES", "") or "0"
    if not re.fullmatch(r"[0-9]", proxies):
        problems.append(f"LIVE_ASSIST_PROXIES is how many proxies stand before me, 0 to 9, not {proxies!r}")
        proxies = "0"
    encryption_keys = given.get("LIVE_ASSIST_ENCRYPTION_KEYS", "")
    if not all(map(_is_key, encryption_keys.replace(",", " ").split())):
        problems.append("every key in LIVE_ASSIST_ENCRYPTION_KEYS is 32 random bytes in base64")
    settings = Settings(
        database_url=_database_url(given, problems, data_dir),
        data_dir=data_dir,
        public_url=public_url,
        proxies=int(proxies),
        host=given.get("LIVE_ASSIST_HOST", "") or "127.0.0.1",
        port=int(port),
        encryption_keys=encryption_keys,
        variant=one_of("LIVE_ASSIST_VARIANT", VARIANTS, "full"),
        telegram=_telegram(
            given,
            problems,
            public_url,
            api_base=url("TELEGRAM_API_BASE", "https://api.telegram.org"),
            mode=one_of("TELEGRAM_MODE", ("polling", "webhook"), "webhook" if public_url else "polling"),
        ),
        facebook=_facebook(given, problems, url("FACEBOOK_GRAPH_BASE", "https://graph.facebook.com/v26.0")),
        providers=_providers(given, url),
    )
    if problems:
        raise BadSettings("; ".join(problems))
    return settings


def _from_file(env_file: Path | None) -> dict[str, str]:
    try:
        values = dotenv_values(env_file) if env_file is not None else {}
    except (OSError, ValueError) as trouble:
        raise BadSettings(f"{env_file} cannot be read: {trouble}") from None
    return {name: value for name, value in values.items() if value is not None}


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, a bracket that is not closed
        return False


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def _database_url(given: Mapping[str, str], problems: list[str], data_dir: Path) -> str:
    value = given.get("LIVE_ASSIST_DATABASE_URL", "")
    if not value:
        default = sa.URL.create("sqlite+aiosqlite", database=str(data_dir / "live-assist.db"))
        return default.render_as_string()
    try:
        url = sa.make_url(value)
    except (sa.exc.ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        problems.append(
            "LIVE_ASSIST_DATABASE_URL is sqlite+aiosqlite:///<path of a file> or postgresql+asyncpg://<user>@<host>/<name>"
        )
    elif url.drivername == "sqlite+aiosqlite" and url.database in (None, "", ":memory:"):
        problems.append("LIVE_ASSIST_DATABASE_URL names a file: what is kept in memory is gone with the process")
    return value


def _telegram(
    given: Mapping[str, str], problems: list[str], public_url: str, *, api_base: str, mode: str
) -> TelegramSettings | None:
    token = given.get("TELEGRAM_BOT_TOKEN", "")
    if not token:
        return None
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
        problems.append("TELEGRAM_BOT_TOKEN is what BotFather gave you, like 123456:ABC-def")
    if mode == "webhook" and not public_url:
        problems.append("TELEGRAM_MODE=webhook needs LIVE_ASSIST_PUBLIC_URL")
    return TelegramSettings(bot_token=token, api_base=api_base, mode=mode)


def _providers(given: Mapping[str, str], url: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """By the first word of the name, as other packages may bring providers along; web addresses are looked at."""
    providers: dict[str, dict[str, str]] = {}
    for name, value in given.items():
        provider, _, what = name.partition("_")
        if what and value and provider.isalpha() and provider.isupper():
            is_address = provider in PROVIDERS and what.endswith(("API_BASE", "CONNECT_BASE", "REDIRECT_URI"))
            providers.setdefault(provider.lower(), {})[what] = url(name) if is_address else value
    return providers


def _facebook(given: Mapping[str, str], problems: list[str], graph_base: str) -> FacebookSettings | None:
    names = ("FACEBOOK_PAGE_ID", "FACEBOOK_PAGE_TOKEN", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN")
    if not any(given.get(name) for name in names):
        return None
    missing = [name for name in names[:2] if not given.get(name)]
    if missing:
        problems.append(f"set {' and '.join(missing)} too, or none of the FACEBOOK_ settings")
    template = given.get("FACEBOOK_TEMPLATE", "")
    if template and not _TEMPLATE.fullmatch(template):
        problems.append("FACEBOOK_TEMPLATE is the name of a template, or name:language as in pay_link:en_US")
    return FacebookSettings(
        app_secret=given.get("FACEBOOK_APP_SECRET", ""),
        verify_token=given.get("FACEBOOK_VERIFY_TOKEN", ""),
        page_id=given.get("FACEBOOK_PAGE_ID", ""),
        page_token=given.get("FACEBOOK_PAGE_TOKEN", ""),
        graph_base=graph_base,
        template=template,
    )
