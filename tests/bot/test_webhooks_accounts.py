"""Both doors of a provider, about what is no payment: the connection itself, subscriptions, words for the seller."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.registry import PROVIDERS
from bot.app import utc_now
from bot.workflows.connect_providers import connect_by_key
from bot.workflows.note_integrations import MOST_A_DAY
from storage import integration_logs, integrations, invoices
from storage.database import new_id
from storage.tables import buyers, connected_accounts, deliveries, inbox, shows, subscriptions, workspaces
from storage.tables import invoices as invoices_table
from tests.bot.test_api_deeds import WITHOUT_FACEBOOK
from tests.shop import PATIENCE, Shop, a_shop
from tests.till import GOOD, Books, Till, sign

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLATFORM_SECRET = "till_platform_secret_4411"
OWN_SECRET = "till_hook_secret_77aa"
numbers = itertools.count(1)
Json = dict[str, Any]


@dataclass
class Doors:
    """Both doors for the till; every test makes workspaces of its own."""

    shop: Shop
    session: aiohttp.ClientSession

    async def workspace(self, account: str, *, connected: bool = True) -> int:
        """A workspace that is connected to this account of the till, or only owns it below the platform's."""
        number = next(numbers)

        def make(tx: sa.Connection) -> int:
            values = {"uid": f"door{number}", "name": "Door", "plan": "business", "currency": "USD"}
            return new_id(tx.execute(workspaces.insert().values(created_at=utc_now(), **values)))

        made = await self.shop.assistant.database.write(make)
        if connected:
            Till.books = Books(account=replace(Books().account, id=account))
            await connect_by_key(self.shop.assistant, made, "till", {"access_token": GOOD})
        else:
            values = {"provider": "till", "account_id": account, "created_at": utc_now(), "updated_at": utc_now()}
            await self.write(connected_accounts.insert().values(workspace_id=made, **values))
        return made

    async def write(self, statement: Any) -> None:
        await self.shop.assistant.database.write(lambda tx: tx.execute(statement) and None)

    async def post(self, told: Json, *, at: int | None = None, secret: str = "", status: int = 200) -> Json:
        """An event at the platform's door, or at that of a workspace."""
        body = json.dumps({"id": f"evt_{next(numbers)}", **told}).encode()
        path = "/api/webhooks/till" + (f"/{at}" if at else "")
        signature = sign(body, secret or (OWN_SECRET if at else PLATFORM_SECRET))
        async with self.session.post(f"{self.shop.url}{path}", data=body, headers={"X-Till": signature}) as answer:
            assert answer.status == status, await answer.text()
            return dict(await answer.json())

    async def integration(self, workspace_id: int) -> integrations.Integration:
        found = await self.shop.assistant.database.read(integrations.get, workspace_id, "till")
        assert found is not None
        return found

    async def status(self, workspace_id: int) -> str:
        return (await self.integration(workspace_id)).status

    async def events(self, workspace_id: int) -> list[str]:
        """What is in the log, oldest first."""
        found = await self.shop.assistant.database.read(integration_logs.page, workspace_id, "till", limit=100)
        return [entry.event for entry in reversed(found)]

    async def kept(self, workspace_id: int) -> list[str]:
        """The kinds of events that are kept for a workspace."""
        rows = sa.select(inbox.c.kind).where(inbox.c.workspace_id == workspace_id).order_by(inbox.c.id)
        return await self.shop.assistant.database.read(lambda tx: list(tx.scalars(rows)))

    async def invoice(self, workspace_id: int, account: str) -> int:
        """An unpaid invoice of a workspace at this account."""
        integration_id = (await self.integration(workspace_id)).id

        def make(tx: sa.Connection) -> int:
            of = {"workspace_id": workspace_id, "created_at": utc_now()}
            show = new_id(tx.execute(shows.insert().values(title="Friday", currency="USD", **of)))
            buyer = new_id(tx.execute(buyers.insert().values(handle="mai", **of)))
            values = {
                "show_id": show, "buyer_id": buyer, "integration_id": integration_id, "provider": "till",
                "account_id": account, "number": "1", "external_id": f"till_{show}", "status": "sent",
                "external_url": "https://till.example/pay", "amount_cents": 1990, "currency": "USD", "line_items": [],
            }  # fmt: skip
            return new_id(tx.execute(invoices_table.insert().values(**values, **of)))

        return await self.shop.assistant.database.write(make)

    async def until(self, check: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await check():  # noqa: ASYNC110 - jobs ring no bell for us
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory, shared_database_url: str) -> AsyncIterator[Doors]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROVIDERS, "till", Till)
        async with a_shop(tmp_path_factory.mktemp("doors"), shared_database_url) as shop, aiohttp.ClientSession() as s:
            await shop.open(**WITHOUT_FACEBOOK, TILL_WEBHOOK_SECRET=PLATFORM_SECRET)
            yield Doors(shop, s)
    Till.books = Books()


async def test_access_that_was_taken_back_there_shows_wherever_that_account_is_connected(doors: Doors) -> None:
    first, second = await doors.workspace("acct_a"), await doors.workspace("acct_a")
    other = await doors.workspace("acct_b")
    told = {"id": "evt_cut", "kind": "disconnected", "account": "acct_a"}
    await doors.post(told)
    await doors.post(told)
    for one in (first, second):
        assert await doors.status(one) == "error"
        assert (await doors.events(one)).count("disconnected_there") == 1
        assert await doors.kept(one) == ["disconnected"]
    assert await doors.status(other) == "active"
    assert await doors.kept(other) == []


async def test_operators_hear_of_it_once(doors: Doors) -> None:
    operator = await doors.shop.pairs_operator()
    Till.books = Books(account=replace(Books().account, id="acct_first"))
    await connect_by_key(doors.shop.assistant, 1, "till", {"access_token": GOOD})
    for _ in range(2):
        await doors.post({"id": "evt_first", "kind": "disconnected", "account": "acct_first"}, at=1)
    await operator.hears("my access to Corner shop was taken back there")
    rows = sa.select(sa.func.count()).where(deliveries.c.text.contains("taken back there"))
    assert await doors.shop.assistant.database.read(lambda tx: tx.scalar(rows)) == 1


async def test_what_is_older_than_the_connection_says_nothing_about_it(doors: Doors) -> None:
    workspace = await doors.workspace("acct_c")
    before = (utc_now() - timedelta(hours=1)).isoformat()
    await doors.post({"kind": "disconnected", "account": "acct_c", "at": before}, at=workspace)
    assert await doors.status(workspace) == "active"
    assert await doors.kept(workspace) == ["disconnected"]


async def test_another_accounts_event_is_kept_and_not_applied(doors: Doors) -> None:
    workspace = await doors.workspace("acct_d")
    for kind in ("disconnected", "changed"):
        await doors.post({"kind": kind, "account": "acct_elsewhere"}, at=workspace)
    assert await doors.status(workspace) == "active"
    assert await doors.events(workspace) == ["connected"]
    assert await doors.kept(workspace) == ["disconnected", "changed"]


async def test_an_account_that_changed_is_asked_how(doors: Doors) -> None:
    workspace = await doors.workspace("acct_e")
    await doors.post({"kind": "changed", "account": "acct_e"}, at=workspace)
    await doors.shop.assistant.errands_done()
    assert await doors.events(workspace) == ["connected", "account_changed", "tested"]


async def test_a_notice_is_in_the_log(doors: Doors) -> None:
    workspace = await doors.workspace("acct_f")
    await doors.post({"kind": "notice", "text": "Your terms change with till_secret=hush12345."}, at=workspace)
    found = await doors.shop.assistant.database.read(integration_logs.page, workspace, "till", limit=1)
    assert found[0].message == "Your terms change with till_secret=…"


async def test_a_subscription_stands_as_the_newest_event_says(doors: Doors) -> None:
    workspace = await doors.workspace("acct_g")
    start = utc_now() - timedelta(hours=2)
    buyer = await doors.shop.assistant.database.write(
        lambda tx: new_id(tx.execute(buyers.insert().values(workspace_id=workspace, handle="m", created_at=start)))
    )
    integration = await doors.integration(workspace)
    values = {"provider": "till", "account_id": "acct_g", "external_id": "sub_1", "created_at": start}
    await doors.write(
        subscriptions.insert().values(
            workspace_id=workspace, buyer_id=buyer, integration_id=integration.id, updated_at=start, **values
        )
    )

    async def status() -> str:
        rows = sa.select(subscriptions.c.status).where(subscriptions.c.workspace_id == workspace)
        return str(await doors.shop.assistant.database.read(lambda tx: tx.scalar(rows)))

    for minutes, told, stands in (
        (30, "active", "active"),
        (20, "past_due", "active"),
        (40, "canceled", "canceled"),
        (50, "active", "canceled"),
    ):
        at = (start + timedelta(minutes=minutes)).isoformat()
        event = {"kind": "subscription", "external_id": "sub_1", "status": told, "at": at, "account": "acct_g"}
        await doors.post(event)
        assert await status() == stands


@pytest.mark.parametrize("own_door", [True, False], ids=["own", "platform"])
async def test_money_in_another_account_pays_nothing_here(doors: Doors, own_door: bool) -> None:
    account = f"acct_h{own_door}"
    workspace = await doors.workspace(account)
    invoice_id = await doors.invoice(workspace, account)

    async def invoice() -> invoices.Invoice:
        found = await doors.shop.assistant.database.read(invoices.get, workspace, invoice_id)
        assert found is not None
        return found

    about = {"kind": "paid", "external_id": (await invoice()).external_id, "amount": 1990}
    at = workspace if own_door else None
    await doors.post(about | {"account": "acct_of_a_stranger"}, at=at)
    await doors.until(lambda: _all_handled(doors, workspace))
    assert await doors.kept(workspace) == ["paid"]
    assert (await invoice()).status == "sent"
    await doors.post(about | {"account": account}, at=at)
    await doors.until(lambda: _all_handled(doors, workspace))
    assert (await invoice()).status == "paid"


async def _all_handled(doors: Doors, workspace_id: int) -> bool:
    rows = sa.select(sa.func.count()).where(inbox.c.workspace_id == workspace_id, inbox.c.handled_at.is_(None))
    return not await doors.shop.assistant.database.read(lambda tx: tx.scalar(rows))


async def test_the_platforms_door_finds_whose_account_it_is(doors: Doors) -> None:
    connected, owned = await doors.workspace("acct_i"), await doors.workspace("acct_j", connected=False)
    for account in ("acct_i", "acct_j"):
        await doors.post({"kind": "odd", "account": account, "external_id": "unknown_1"})
    assert await doors.kept(connected) == await doors.kept(owned) == ["odd"]


async def test_an_account_cannot_name_somebody_elses_workspace(doors: Doors) -> None:
    victim, stranger = await doors.workspace("acct_k"), await doors.workspace("acct_l")
    uid = await doors.shop.assistant.database.read(
        lambda tx: tx.scalar(sa.select(workspaces.c.uid).where(workspaces.c.id == victim))
    )
    await doors.post({"kind": "odd", "account": "acct_l", "workspace_uid": uid})
    assert (await doors.kept(victim), await doors.kept(stranger)) == ([], ["odd"])


async def test_a_forgery_is_in_the_log_so_often_a_day_and_no_oftener(doors: Doors) -> None:
    workspace = await doors.workspace("acct_m")
    for _ in range(MOST_A_DAY + 5):
        told = await doors.post({"kind": "paid"}, at=workspace, secret="somebody_elses", status=401)
        assert told["error_code"] == "WEBHOOK_SIGNATURE_INVALID"
    await doors.shop.assistant.errands_done()
    assert (await doors.events(workspace)).count("webhook_refused") == MOST_A_DAY
    assert await doors.kept(workspace) == []


async def test_after_a_disconnect_the_door_is_closed(doors: Doors) -> None:
    workspace = await doors.workspace("acct_n")
    await doors.shop.assistant.database.write(integrations.disconnect, workspace, "till")
    told = await doors.post({"kind": "paid"}, at=workspace, status=503)
    assert (told["success"], told["error_code"]) == (False, "TILL_NOT_CONFIGURED")
    assert "Connect Till again." in told["message"]
