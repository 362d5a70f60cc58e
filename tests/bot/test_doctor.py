"""The doctor: every door, key and connection looked at, a line each."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.registry import PROVIDERS
from bot.app import open_vault, utc_now
from bot.doctor import examine
from bot.settings import load_settings
from sandbox.facebook import FacebookStandIn
from sandbox.telegram import TelegramStandIn
from storage import channels, integrations, operators, workspaces
from storage.crypto import Vault
from storage.database import Database
from storage.upgrade import migrate
from tests.shop import BOT_TOKEN, PAGE_TOKEN
from tests.till import Till

Findings = dict[str, bool]
"""What was found, and whether it is fine."""


async def look(data_dir: Path, **environ: str) -> Findings:
    found = await examine(load_settings({"LIVE_ASSIST_DATA_DIR": str(data_dir)} | environ))
    return {finding.what: finding.fine for finding in found}


def line(findings: Findings, beginning: str) -> tuple[str, bool]:
    """The one finding that begins so."""
    (found,) = [(what, fine) for what, fine in findings.items() if what.startswith(beginning)]
    return found


@pytest.fixture
async def facebook() -> AsyncIterator[FacebookStandIn]:
    stand_in = FacebookStandIn(app_secret="app-secret", verify_token="verify-me")
    await stand_in.start()
    stand_in.add_page("9001", "Mai's Shop", PAGE_TOKEN)
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    stand_in = TelegramStandIn(limits=False)
    await stand_in.start()
    stand_in.add_bot(BOT_TOKEN, "sale_bot", "Sale")
    yield stand_in
    await stand_in.stop()


async def test_a_new_install_is_told_what_to_do_first(tmp_path: Path) -> None:
    findings = await look(tmp_path / "new")
    assert line(findings, "The database is at revision")[1]
    assert line(findings, "No operator yet: live-assist pair") == (
        "No operator yet: live-assist pair prints a code.",
        False,
    )
    assert not line(findings, "No payment provider")[1]
    assert not line(findings, "No Telegram bot: set TELEGRAM_BOT_TOKEN")[1]
    assert line(findings, "No Facebook Page")[1]
    assert line(findings, "No LIVE_ASSIST_PUBLIC_URL")[1]


async def test_a_closed_door_is_named_with_what_opens_it(tmp_path: Path, facebook: FacebookStandIn) -> None:
    page = {
        "FACEBOOK_PAGE_ID": "9001",
        "FACEBOOK_PAGE_TOKEN": PAGE_TOKEN,
        "FACEBOOK_GRAPH_BASE": f"{facebook.url}/v26.0",
        "LIVE_ASSIST_PUBLIC_URL": "https://shop.example",
    }
    secrets = {"FACEBOOK_APP_SECRET": "app-secret", "FACEBOOK_VERIFY_TOKEN": "verify-me"}
    for missing in secrets:
        findings = await look(tmp_path, **page, **{name: value for name, value in secrets.items() if name != missing})
        told, fine = line(findings, "/webhooks/facebook")
        assert (fine, missing in told) == (False, True)
    findings = await look(tmp_path, **page, **secrets)
    assert line(findings, "/webhooks/facebook") == ("/webhooks/facebook is open.", True)
    assert line(findings, "Facebook: ") == ("Facebook: Mai's Shop.", True)
    assert "closed" in line(findings, "/api/webhooks/stripe")[0]
    findings = await look(tmp_path, **page, STRIPE_WEBHOOK_SECRET="whsec_x")
    assert line(findings, "/api/webhooks/stripe") == ("/api/webhooks/stripe is open.", True)


async def test_a_token_that_is_not_accepted_is_said_without_it(
    tmp_path: Path, telegram: TelegramStandIn, facebook: FacebookStandIn
) -> None:
    wrong_bot, wrong_page = "1002:AAnobody_has_this_token_here_000000000", "EAAnobodyhasthistoken00000"
    findings = await look(
        tmp_path,
        TELEGRAM_BOT_TOKEN=wrong_bot,
        TELEGRAM_API_BASE=telegram.url,
        FACEBOOK_PAGE_ID="9001",
        FACEBOOK_PAGE_TOKEN=wrong_page,
        FACEBOOK_GRAPH_BASE=f"{facebook.url}/v26.0",
    )
    assert not line(findings, "Telegram: ")[1]
    assert not line(findings, "Facebook: ")[1]
    assert wrong_bot not in str(findings)
    assert wrong_page not in str(findings)


async def test_a_platform_that_cannot_be_reached_is_one_line_not_a_crash(tmp_path: Path) -> None:
    findings = await look(tmp_path, TELEGRAM_BOT_TOKEN=BOT_TOKEN, TELEGRAM_API_BASE="http://127.0.0.1:1")
    told, fine = line(findings, "Telegram: ")
    assert not fine
    assert BOT_TOKEN not in told


async def _set_up(data_dir: Path) -> None:
    """A paired operator and a connected Stripe, as a service would have left them."""
    settings = load_settings({"LIVE_ASSIST_DATA_DIR": str(data_dir)})
    migrate(settings.database_url)
    database = Database(settings.database_url)
    await database.write(_pair_and_connect, open_vault(settings))
    await database.close()


def _pair_and_connect(tx: sa.Connection, vault: Vault) -> None:
    now = utc_now()
    workspace_id = workspaces.ensure_first(tx, now)
    channel = channels.ensure(tx, workspace_id, platform="telegram", external_id="1001", title="Sale", now=now)
    person = {"channel_id": channel.id, "platform_user_id": "5", "chat_id": "5"}
    operators.pair(tx, workspace_id, name="Olga", role="owner", now=now, **person)  # type: ignore[arg-type]
    integrations.connect(
        tx,
        vault,
        workspace_id,
        "stripe",
        display_name="Mai's Stripe",
        account_id="acct_1",
        livemode=False,
        credentials={"secret_key": "sk_test_x"},
        settings={},
        now=now,
    )


async def test_when_everything_is_set_up_all_is_fine(tmp_path: Path, telegram: TelegramStandIn) -> None:
    await _set_up(tmp_path)
    findings = await look(tmp_path, TELEGRAM_BOT_TOKEN=BOT_TOKEN, TELEGRAM_API_BASE=telegram.url)
    assert line(findings, "An operator is paired")[1]
    assert line(findings, "Invoices go through") == ("Invoices go through Mai's Stripe.", True)
    assert line(findings, "Telegram: ") == ("Telegram: Sale (@sale_bot), by polling.", True)


async def test_a_lost_encryption_key_is_found(tmp_path: Path) -> None:
    await _set_up(tmp_path)
    other = base64.b64encode(b"o" * 32).decode()
    told, fine = line(await look(tmp_path, LIVE_ASSIST_ENCRYPTION_KEYS=other), "The key of Mai's Stripe")
    assert (fine, other in told) == (False, False)
    kept = (tmp_path / "encryption.key").read_text()
    assert line(await look(tmp_path, LIVE_ASSIST_ENCRYPTION_KEYS=f"{other} {kept}"), "Invoices go through")[1]


async def test_a_key_file_others_can_read_is_pointed_out(tmp_path: Path) -> None:
    open_vault(load_settings({"LIVE_ASSIST_DATA_DIR": str(tmp_path)}))
    key = tmp_path / "encryption.key"
    assert line(await look(tmp_path), str(key)) == (f"{key} is yours alone.", True)
    key.chmod(0o644)
    assert line(await look(tmp_path), str(key)) == (f"{key} is readable by others: chmod 600 it.", False)


async def test_a_database_others_can_read_is_pointed_out(tmp_path: Path) -> None:
    await _set_up(tmp_path)
    for name in ("live-assist.db", "live-assist-jobs.db"):
        file = tmp_path / name
        file.touch()
        file.chmod(0o600)
        assert str(file) not in str(await look(tmp_path))
        file.chmod(0o640)
        assert line(await look(tmp_path), str(file)) == (f"{file} is readable by others: chmod 600 it.", False)
        file.chmod(0o600)


async def test_a_database_that_is_none_is_one_line_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    (tmp_path / "live-assist.db").write_bytes(b"\x89PNG\r\n" * 1000)
    findings = await look(tmp_path)
    told, fine = line(findings, "The database cannot be opened")
    assert (fine, "not a database" in told) == (False, True)
    assert not line(findings, "No Telegram bot")[1]


async def test_every_provider_that_is_set_up_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROVIDERS, "till", Till)
    half = await look(tmp_path, TILL_CLIENT_ID="client_1", STRIPE_SECRET_KEY="pk_test_51Public")
    assert line(half, "Till: for its own page, LIVE_ASSIST_PUBLIC_URL is missing.") == (
        "Till: for its own page, LIVE_ASSIST_PUBLIC_URL is missing.",
        False,
    )
    assert line(half, "Stripe: the settings cannot connect anybody. That is the publishable key")[1] is False
    whole = await look(
        tmp_path,
        TILL_CLIENT_ID="client_1",
        TILL_WEBHOOK_SECRET="whsec",
        STRIPE_SECRET_KEY="sk_test_51Secret",
        LIVE_ASSIST_PUBLIC_URL="https://shop.example",
    )
    assert line(whole, "Till: sellers can connect on its own page.")[1]
    assert line(whole, "Stripe: the settings connect the first workspace.")[1]
    assert line(whole, "/api/webhooks/till is open.")[1]
    assert line(whole, "/api/webhooks/stripe is closed (no STRIPE_WEBHOOK_SECRET)")[1]


async def test_a_smaller_variant_is_not_asked_for_a_provider(tmp_path: Path) -> None:
    findings = await look(tmp_path, LIVE_ASSIST_VARIANT="lite", STRIPE_SECRET_KEY="sk_test_51Secret")
    assert not [what for what in findings if "payment provider" in what or "tripe" in what]
