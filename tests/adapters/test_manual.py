"""Payments by hand: the buyer is told how to pay, in the seller's words, and nobody is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.base import App, FixedKeys, InvoiceOrder
from adapters.registry import provider_class
from bot.domain.invoice import Line
from bot.kit.errors import BadInput

HOW = "Bank: Example Bank, account 12-345"
DRESS = Line(code="12", title="Dress", options=(), quantity=1, unit_cents=1990)
ORDER = InvoiceOrder(
    workspace_uid="5h0p",
    invoice_id=7,
    attempt=1,
    number="LA-1-7",
    show_title="Friday",
    buyer_id=3,
    buyer_name="Mai",
    buyer_handle="mai",
    customer_id=None,
    currency="USD",
    lines=(DRESS,),
    memo="Friday",
    external_id=None,
    first_tried_at=datetime(2026, 11, 20, 19, 0, tzinfo=UTC),
)
manual = provider_class("manual").open(FixedKeys({"how_to_pay": HOW}), app=App())


async def test_an_invoice_is_open_at_once_with_no_page_but_words() -> None:
    placed = await manual.place_invoice(ORDER)
    assert (placed.state, placed.url, placed.how_to_pay, placed.total.amount) == ("open", None, HOW, 1990)
    assert await manual.place_invoice(ORDER) == placed
    assert (await manual.place_invoice(replace(ORDER, attempt=2))).external_id != placed.external_id
    assert (await manual.void_invoice(placed.external_id, key="k")).state == "void"


async def test_what_has_no_price_waits() -> None:
    placed = await manual.place_invoice(replace(ORDER, lines=(DRESS, replace(DRESS, unit_cents=None))))
    assert (placed.state, placed.how_to_pay) == ("draft", "")


@pytest.mark.parametrize("told", ["", "cash", "x" * 601, "Bank:\x00 Example Bank"])
def test_what_buyers_are_told_must_say_something(told: str) -> None:
    with pytest.raises(BadInput, match="Say how buyers pay you, in 10 to 600 characters"):
        provider_class("manual").check_credentials({"how_to_pay": told})


def test_lines_stay_lines() -> None:
    checked = provider_class("manual").check_credentials({"how_to_pay": f"  {HOW}\n  note:   your name \n"})
    assert checked == {"how_to_pay": f"{HOW}\nnote: your name"}
