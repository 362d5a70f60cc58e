"""What a webhook only hints at is asked before anything is done about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.base import PaymentState, PaymentUpdate, ProviderPayment
from bot.domain.money import Money
from bot.kit.errors import Busy, NotAuthorised, OutsideError, Refused, Unreachable
from bot.workflows.confirm_payments import PATIENCE, REFUTED
from bot.workflows.keep_updates import Fact, keep_updates
from bot.workflows.settle_payments import WAITS, settle_payment
from storage import inbox, integrations, workspaces
from storage.crypto import Vault
from storage.database import Database
from tests.adapters.clover_shop import NOW

HINT = PaymentUpdate(
    provider="clover",
    event_id="P1:approved",
    kind="PAYMENT APPROVED",
    state=PaymentState.PAID,
    account_id="M1",
    external_id=None,
    payment_id="P1",
    checkout_id="3d5d5072-66cc-459a-b3a5-f668abdd5abb",
    workspace_uid=None,
    invoice_id=None,
    amount=None,
    reason=None,
    happened_at=NOW,
    livemode=True,
    confirm=True,
    raw={},
)
CAME = ProviderPayment(
    payment_id="P1", amount=Money(4100, "USD"), refunded_cents=0, method="card", fee_cents=None, paid_at=NOW
)


@dataclass
class Desk:
    """As much of the assistant as settling needs, and a provider that answers as it is told."""

    database: Database
    answer: ProviderPayment | OutsideError = CAME
    asked: list[str] = field(default_factory=list)
    workspace_id: int = 1
    now: datetime = NOW

    @property
    def assistant(self) -> Any:
        async def settle(_workspace_id: int, _inbox_id: int) -> None:
            """The job that settles is run by hand here."""

        return SimpleNamespace(
            database=self.database,
            vault=Vault([bytes(32)]),
            now=lambda: self.now,
            provider_for=lambda _integration: self,
            jobs=SimpleNamespace(settle=settle),
        )

    async def ask_payment(self, payment_id: str) -> ProviderPayment:
        self.asked.append(payment_id)
        if isinstance(self.answer, OutsideError):
            raise self.answer
        return self.answer

    async def find_invoice(self, _payment_id: str) -> str | None:
        return None

    async def hears(self, update: PaymentUpdate) -> str:
        """What comes of an update."""
        await keep_updates(self.assistant, self.workspace_id, [update])
        return await settle_payment(self.assistant, self.workspace_id, 1)

    async def outcome(self) -> str | None:
        kept = await self.database.read(inbox.get, self.workspace_id, 1)
        assert kept is not None
        return None if kept.handled_at is None else "handled"


@pytest.fixture
async def desk(sqlite_url: str) -> AsyncIterator[Desk]:
    database = Database(sqlite_url)
    workspace_id = await database.write(workspaces.ensure_first, NOW)
    await database.write(
        integrations.connect,
        Vault([bytes(32)]),
        workspace_id,
        "clover",
        display_name="Shop",
        account_id="M1",
        livemode=True,
        credentials={"merchant_id": "M1"},
        settings={},
        now=NOW,
    )
    yield Desk(database, workspace_id=workspace_id)
    await database.close()


async def test_a_hint_is_asked_about_and_then_acted_on(desk: Desk) -> None:
    assert await desk.hears(HINT) == "not one of ours"
    assert desk.asked == ["P1"]
    assert await desk.outcome() == "handled"


async def test_a_hint_that_the_provider_knows_nothing_of_is_not_acted_on_in_the_end(desk: Desk) -> None:
    desk.answer = Refused("There is no such payment.")
    assert await desk.hears(HINT) == WAITS
    assert await desk.outcome() is None
    desk.now += PATIENCE
    assert await desk.hears(HINT) == REFUTED
    assert await desk.outcome() == "handled"
    desk.answer = CAME
    assert await desk.hears(HINT) == "done before"


async def test_a_webhook_may_be_faster_than_the_books_it_is_about(desk: Desk) -> None:
    desk.answer = Refused("There is no such payment.")
    assert await desk.hears(HINT) == WAITS
    desk.now += timedelta(minutes=1)
    desk.answer = CAME
    assert await desk.hears(HINT) == "not one of ours"


@pytest.mark.parametrize("trouble", [Busy("not now"), Unreachable("gone"), NotAuthorised("who are you?")])
async def test_while_nobody_can_be_asked_a_hint_waits(desk: Desk, trouble: OutsideError) -> None:
    desk.answer = trouble
    assert await desk.hears(HINT) == WAITS
    assert await desk.outcome() is None
    desk.answer = CAME
    assert await desk.hears(HINT) == "not one of ours"
    assert desk.asked == ["P1", "P1"]


async def test_a_fact_is_not_asked_about(desk: Desk) -> None:
    assert await desk.hears(replace(HINT, confirm=False, amount=Money(4100, "USD"))) == "not one of ours"
    assert desk.asked == []


def test_a_hint_stays_one_while_it_is_kept() -> None:
    assert Fact.from_bytes(Fact.of(HINT, "M1").to_bytes()).confirm
    assert not Fact.from_bytes(Fact.of(replace(HINT, confirm=False), "M1").to_bytes()).confirm
