"""Settings: every mistake named at once, and no secret told."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.settings import BadSettings, Settings, load_settings
from storage.crypto import parse_keys

KEY = base64.b64encode(b"k" * 32).decode()


def complaint(**environ: str) -> str:
    with pytest.raises(BadSettings) as raised:
        load_settings(environ)
    return raised.value.message


def test_nothing_set_is_a_service_at_home() -> None:
    settings = load_settings({})
    assert (settings.host, settings.port, settings.variant, settings.public_url) == ("127.0.0.1", 8080, "full", "")
    assert (settings.telegram, settings.facebook, settings.providers) == (None, None, {})
    assert settings.data_dir == Path("data").absolute()
    assert sa.make_url(settings.database_url).database == str(settings.data_dir / "live-assist.db")


def test_every_mistake_is_named_at_once() -> None:
    told = complaint(
        LIVE_ASSIST_PUBLIC_URL="shop.example",
        LIVE_ASSIST_PORT="eighty",
        LIVE_ASSIST_DATABASE_URL="mysql://x",
        LIVE_ASSIST_ENCRYPTION_KEYS="abc",
        LIVE_ASSIST_VARIANT="large",
        TELEGRAM_BOT_TOKEN="my token",
        TELEGRAM_API_BASE="ftp://x",
        TELEGRAM_MODE="pigeon",
        FACEBOOK_APP_SECRET="x",
        FACEBOOK_GRAPH_BASE="https://",
        FACEBOOK_TEMPLATE="Pay Link",
        STRIPE_API_BASE="http:localhost",
    )
    for name in (
        "LIVE_ASSIST_PUBLIC_URL",
        "LIVE_ASSIST_PORT",
        "LIVE_ASSIST_DATABASE_URL",
        "LIVE_ASSIST_ENCRYPTION_KEYS",
        "LIVE_ASSIST_VARIANT",
        "TELEGRAM_BOT_TOKEN",
        "TELEGRAM_API_BASE",
        "TELEGRAM_MODE",
        "FACEBOOK_PAGE_ID and FACEBOOK_PAGE_TOKEN",
        "FACEBOOK_GRAPH_BASE",
        "FACEBOOK_TEMPLATE",
        "STRIPE_API_BASE",
    ):
        assert name in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "url",
    [
        "shop.example",
        "https://",
        "https:shop.example",
        "ftp://shop.example",
        "javascript:alert(1)",
        "http://[::1",
        "http://shop.example:port",
        "http://shop.example:99999",
        "http://shop.example:0",
        "https://:443",
        "//shop.example",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    assert complaint(LIVE_ASSIST_PUBLIC_URL=url).startswith("LIVE_ASSIST_PUBLIC_URL is a web address")


@pytest.mark.parametrize("url", ["https://shop.example/", "http://127.0.0.1:8080", "http://[::1]:8080/base/"])
def test_a_web_address_is_taken_without_its_last_slash(url: str) -> None:
    assert load_settings({"LIVE_ASSIST_PUBLIC_URL": url}).public_url == url.rstrip("/")


def test_no_proxy_is_believed_unless_they_are_counted() -> None:
    assert load_settings({}).proxies == 0
    assert load_settings({"LIVE_ASSIST_PROXIES": "2"}).proxies == 2
    assert complaint(LIVE_ASSIST_PROXIES="all").startswith("LIVE_ASSIST_PROXIES is how many")


@pytest.mark.parametrize("port", ["-1", "65536", "8080.0", "0x50", "９９９", "9" * 5000, "80 80", "http"])
def test_what_is_no_port_is_refused(port: str) -> None:
    assert complaint(LIVE_ASSIST_PORT=port).startswith("LIVE_ASSIST_PORT is a number")


@pytest.mark.parametrize(
    "keys", ["abc", KEY[:-4], KEY + "AAAA", f"{KEY},abc", f"{KEY} {KEY[:-2]}", "ключ", "=" * 44, "!" * 44]
)
def test_what_is_no_key_is_refused_and_not_repeated(keys: str) -> None:
    told = complaint(LIVE_ASSIST_ENCRYPTION_KEYS=keys)
    assert told == "every key in LIVE_ASSIST_ENCRYPTION_KEYS is 32 random bytes in base64"


@pytest.mark.parametrize(
    "keys", ["", KEY, f"{KEY},{KEY}", f" {KEY} , {KEY} ", base64.urlsafe_b64encode(b"\xff" * 32).decode()]
)
def test_keys_that_are_accepted_are_those_the_vault_opens_with(keys: str) -> None:
    accepted = load_settings({"LIVE_ASSIST_ENCRYPTION_KEYS": keys}).encryption_keys
    assert len(parse_keys(accepted)) == len(keys.replace(",", " ").split())


@pytest.mark.parametrize(
    "url",
    [
        "shop.db",
        "sqlite:///shop.db",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "postgresql://u@h/x",
        "postgresql+asyncpg://u:hush@h:port/x",
        "mysql+asyncmy://u:hush@h/x",
        "://",
    ],
)
def test_what_is_no_database_of_ours_is_refused(url: str) -> None:
    told = complaint(LIVE_ASSIST_DATABASE_URL=url)
    assert told.startswith("LIVE_ASSIST_DATABASE_URL")
    assert "hush" not in told


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:///shop.db", "postgresql+asyncpg://u:p@h:5432/shop?ssl=require"])
def test_a_database_of_ours_is_accepted(url: str) -> None:
    assert load_settings({"LIVE_ASSIST_DATABASE_URL": url}).database_url == url


@pytest.mark.parametrize("name", ["plain", "with space", "a#b?c", "100%41", "日本"])
def test_the_database_lies_in_the_data_directory_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    settings = load_settings({"LIVE_ASSIST_DATA_DIR": str(tmp_path / name)})
    assert sa.make_url(settings.database_url).database == str(tmp_path / name / "live-assist.db")


def test_telegram_by_webhook_needs_an_address() -> None:
    token = "1001:AAtoken"
    assert "needs LIVE_ASSIST_PUBLIC_URL" in complaint(TELEGRAM_BOT_TOKEN=token, TELEGRAM_MODE="webhook")
    at_home = load_settings({"TELEGRAM_BOT_TOKEN": token}).telegram
    public = load_settings({"TELEGRAM_BOT_TOKEN": token, "LIVE_ASSIST_PUBLIC_URL": "https://shop.example"}).telegram
    assert at_home is not None
    assert public is not None
    assert (at_home.mode, public.mode) == ("polling", "webhook")


# --- the file ----------------------------------------------------------------------------------------------


def test_a_file_is_read_and_the_environment_counts_more(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# a comment\nLIVE_ASSIST_PORT=9000\nexport LIVE_ASSIST_HOST='0.0.0.0'\n"
        'STRIPE_SECRET_KEY="sk_test_from_file"\nLIVE_ASSIST_VARIANT= lite \nEMPTY\n',
        encoding="utf-8",
    )
    settings = load_settings({"LIVE_ASSIST_PORT": "9001"}, env_file=file)
    assert (settings.port, settings.host, settings.variant) == (9001, "0.0.0.0", "lite")
    assert settings.of_provider("stripe")["SECRET_KEY"] == "sk_test_from_file"
    assert load_settings({"STRIPE_SECRET_KEY": ""}, env_file=file).of_provider("stripe") == {}


def test_a_file_that_is_not_there_is_fine(tmp_path: Path) -> None:
    assert load_settings({}, env_file=tmp_path / ".env").port == 8080


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"STRIPE_SECRET_KEY=\xff\xfe\n")
    with pytest.raises(BadSettings, match=r"\.env cannot be read"):
        load_settings({}, env_file=file)


# --- secrets -----------------------------------------------------------------------------------------------

SECRETS = {
    "LIVE_ASSIST_ENCRYPTION_KEYS": KEY,
    "LIVE_ASSIST_DATABASE_URL": "postgresql+asyncpg://u:database-password@h/x",
    "TELEGRAM_BOT_TOKEN": "1001:AAtelegram-token",
    "FACEBOOK_APP_SECRET": "facebook-app-secret",
    "FACEBOOK_VERIFY_TOKEN": "facebook-verify-token",
    "FACEBOOK_PAGE_TOKEN": "facebook-page-token",
    "STRIPE_SECRET_KEY": "stripe-secret-key",
    "STRIPE_WEBHOOK_SECRET": "stripe-webhook-secret",
}


def _settings() -> Settings:
    return load_settings(SECRETS | {"FACEBOOK_PAGE_ID": "9001"})


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_shows_when_settings_are_printed(name: str) -> None:
    shown = f"{_settings()!r} {_settings()}"
    assert "9001" in shown
    assert SECRETS[name] not in shown
    assert "database-password" not in shown


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_shows_in_a_complaint(name: str) -> None:
    told = complaint(**SECRETS | {"LIVE_ASSIST_PORT": "none", "FACEBOOK_PAGE_ID": "", "TELEGRAM_MODE": "webhook"})
    assert SECRETS[name] not in told
