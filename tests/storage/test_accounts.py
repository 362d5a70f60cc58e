"""Accounts: what many buyers owe is found in one statement, by an index, and the API says it of each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from bot.api import people
from bot.api.changes import Place, look_after
from bot.domain.invoice import InvoiceStatus
from storage import accounts, buyers, claims, integrations, invoices, shows
from storage.database import new_id
from storage.tables import integrations as integrations_table
from storage.tables import workspaces
from tests.bot.workflows.evening import NOON, Evening, an_evening
from tests.postgres import one_database
from tests.statements import statements


@pytest.fixture
async def evening(database_url: str) -> AsyncIterator[Evening]:
    async with an_evening(database_url) as opened:
        yield opened


def _bill(
    tx: sa.Connection, evening: Evening, buyer_id: int, amount: int, status: InvoiceStatus, paid: int = 0
) -> None:
    """An invoice of a buyer in a show of its own kind, without its provider."""
    integration = integrations.get(tx, evening.workspace_id, "stripe")
    integration_id = integration.id if integration else _connect(tx, evening.workspace_id)
    invoice_id = invoices.reserve(
        tx,
        evening.workspace_id,
        show_id=evening.show_id,
        integration_id=integration_id,
        provider="stripe",
        account_id="acct_1",
        buyer_id=buyer_id,
        buyer_handle="",
        buyer_platform_user_id="",
        currency="USD",
        lines=[],
        replaces_id=None,
        now=NOON,
    )
    invoices.change(tx, evening.workspace_id, invoice_id, status=status, amount_cents=amount, paid_cents=paid)


def _connect(tx: sa.Connection, workspace_id: int) -> int:
    made = tx.execute(
        integrations_table.insert().values(workspace_id=workspace_id, provider="stripe", settings={}, status="active")
    )
    return new_id(made)


async def test_each_buyer_is_told_with_light_and_debts_in_two_statements_however_many_they_are(
    evening: Evening,
) -> None:
    def look(tx: sa.Connection) -> None:
        _bill(tx, evening, 1, 1990, InvoiceStatus.SENT)
        _bill(tx, evening, 2, 500, InvoiceStatus.PAID)
        _bill(tx, evening, 3, 700, InvoiceStatus.PARTLY_PAID, paid=200)
        _bill(tx, evening, 4, 900, InvoiceStatus.VOID)
        buyers.set_flags(tx, evening.workspace_id, 2, blocked=True)
        with statements(tx) as run:
            few = people.with_debts(tx, evening.workspace_id, [1])
            assert len(run) == 2
            many = people.with_debts(tx, evening.workspace_id, [1, 2, 3, 4])
            assert len(run) == 4
        assert few[1] == many[1]
        seen = {buyer_id: (one["light"], one["blocked"], owed) for buyer_id, (one, owed) in many.items()}
        assert seen == {
            1: ("red", False, {"USD": 1990}),
            2: ("green", True, {}),
            3: ("yellow", False, {"USD": 500}),
            4: ("grey", False, {}),
        }

    await evening.database.write(look)


async def test_a_look_of_the_consoles_costs_one_statement_more_whatever_it_tells(evening: Evening) -> None:
    await evening.add("12", quantity=3)
    for buyer in range(4):
        await evening.says(buyer, "sold 12")

    def look(tx: sa.Connection) -> None:
        with statements(tx) as run:
            look_after(tx, evening.workspace_id, Place(0))
        debts = [sql for sql, _ in run if "UNION ALL" in sql]
        assert len(debts) == 1

    await evening.database.read(look)


async def test_debts_are_found_by_index(evening: Evening) -> None:
    def look(tx: sa.Connection) -> None:
        with statements(tx) as run:
            accounts.of_buyers(tx, evening.workspace_id, [1, 2])
        ((sql, values),) = run
        plan = "\n".join(str(row) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))  # type: ignore[arg-type]
        assert "ix_invoices_workspace_id_buyer_id" in plan
        assert "ix_claims_workspace_id_buyer_id" in plan
        assert "SCAN i" not in plan
        assert "SCAN c" not in plan

    if evening.database.is_sqlite:  # PostgreSQL reads a table of three rows whole, whatever indexes it has
        await evening.database.read(look)


async def test_tonight_is_owed_when_it_is_over_and_what_is_on_an_invoice_is_not_counted_twice(evening: Evening) -> None:
    await evening.add("12", quantity=3)
    await evening.says(0, "sold 12 x2")
    await evening.says(1, "sold 12")

    def price(tx: sa.Connection) -> None:
        tx.execute(sa.text("UPDATE items SET price_cents = 1000"))

    await evening.database.write(price)
    assert await evening.database.read(accounts.owing, evening.workspace_id) == {}
    await evening.database.write(shows.end, evening.workspace_id, evening.show_id, NOON)
    owing = await evening.database.read(accounts.owing, evening.workspace_id)
    assert {buyer_id: [one.owed_cents for one in theirs] for buyer_id, theirs in owing.items()} == {
        1: [2000],
        2: [1000],
    }

    def bill(tx: sa.Connection) -> None:
        _bill(tx, evening, 1, 2000, InvoiceStatus.SENT)
        held = claims.active(tx, evening.workspace_id, evening.show_id, buyer_id=1)
        claims.bill(tx, evening.workspace_id, [claim.id for claim in held], 1)

    await evening.database.write(bill)
    (account,) = (await evening.database.read(accounts.owing, evening.workspace_id))[1]
    assert (account.unpaid, account.won, account.owed_cents) == (1, 0, 2000)


async def test_another_workspace_owes_nothing_here(evening: Evening) -> None:
    def look(tx: sa.Connection) -> None:
        _bill(tx, evening, 1, 1990, InvoiceStatus.SENT)
        made = tx.execute(
            workspaces.insert().values(uid="another", name="Other", plan="free", currency="USD", created_at=NOON)
        )
        other = new_id(made)
        assert accounts.owing(tx, other) == {}
        assert accounts.of_buyers(tx, other, [1]) == {}
        assert people.known(tx, other, [1]) == {}

    await evening.database.write(look)


@one_database
async def test_a_show_with_very_many_invoices_gives_all_of_them(evening: Evening) -> None:
    def look(tx: sa.Connection) -> None:
        for _ in range(1_001):
            _bill(tx, evening, 1, 1990, InvoiceStatus.SENT)
        there = invoices.of_show(tx, evening.workspace_id, evening.show_id, statuses=[InvoiceStatus.SENT])
        assert len(there) == 1_001
        page = invoices.of_show(tx, evening.workspace_id, evening.show_id, after=there[9].id, limit=5)
        assert page == there[10:15]

    await evening.database.write(look)
