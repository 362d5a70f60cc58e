"""The doctor about a provider whose pages are opened when the buyer comes."""

from __future__ import annotations

from pathlib import Path

from bot.app import open_vault, utc_now
from bot.doctor import examine
from bot.settings import load_settings
from storage import integrations, workspaces
from storage.database import Database
from storage.upgrade import migrate


async def test_without_a_public_address_nobody_can_pay_by_clover_and_the_doctor_says_so(tmp_path: Path) -> None:
    at_home = {"LIVE_ASSIST_DATA_DIR": str(tmp_path)}
    settings = load_settings(at_home)
    migrate(settings.database_url)
    database = Database(settings.database_url)
    workspace_id = await database.write(workspaces.ensure_first, utc_now())
    await database.write(
        integrations.connect,
        open_vault(settings),
        workspace_id,
        "clover",
        display_name="Mai's Clover",
        account_id="ABCDE12345FGH",
        livemode=True,
        credentials={"merchant_id": "ABCDE12345FGH", "private_key": "p" * 36, "webhook_secret": "s" * 36},
        settings={},
        now=utc_now(),
    )
    await database.close()
    found = {one.what: one.fine for one in await examine(settings)}
    assert found["Invoices go through Mai's Clover."]
    (told,) = [what for what in found if "LIVE_ASSIST_PUBLIC_URL" in what and "Clover" in what]
    assert not found[told]
    found = {
        one.what: one.fine
        for one in await examine(load_settings(at_home | {"LIVE_ASSIST_PUBLIC_URL": "https://shop.example"}))
    }
    (told,) = [what for what in found if f"https://shop.example/api/webhooks/clover/{workspace_id}" in what]
    assert found[told]
