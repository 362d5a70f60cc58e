"""Whatever happens to the bills of a buyer, credit and coupons are counted once, and a parcel is shipped once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.invoice import InvoiceEvent, InvoiceStatus, LineKind
from bot.domain.money import Money
from bot.domain.pricing import Pricing, Shipping, ShippingKind
from bot.kit.errors import BadInput
from bot.workflows.give_credit import give_credit
from bot.workflows.issue_invoices import issue_invoices, retry_invoices
from bot.workflows.place_invoices import place_invoice
from bot.workflows.rebill_invoices import rebill_invoices
from bot.workflows.run_coupons import Offer, apply_coupon, new_coupon
from bot.workflows.run_shows import end_show, go_live, new_show
from bot.workflows.set_prices import set_pricing
from bot.workflows.settle_payments import record_event
from bot.workflows.stock_items import NewItem, add_items
from storage import claims, coupons, credits, invoices, tables
from tests.bot.commands.billing import bills, plays_stripe
from tests.bot.commands.conftest import Shop, a_shop, an_environment, numbers  # noqa: F401

GONE = (InvoiceStatus.VOID, InvoiceStatus.EXPIRED)
CODES = ("1", "2", "3", "4")

_happenings = st.lists(
    st.sampled_from(CODES).map(lambda code: ("claims", code))
    | st.sampled_from(["bills", "bills", "is placed", "is placed", "pays", "voids", "expires", "retries"]).map(
        lambda what: (what, "")
    )
    | st.sampled_from([("coupon", "A"), ("coupon", "B"), ("rebills", ""), ("pays meanwhile", "")])
    | st.sampled_from(["1", "5", "30"]).map(lambda amount: ("credit", amount)),
    min_size=3,
    max_size=14,
)


class Evening:
    """One buyer in a new show, with new coupons."""

    def __init__(self, shop: Shop, there: dict[str, str], number: int) -> None:
        self.shop, self.there, self.buyer = shop, there, f"mai{number}"
        self.codes = {"A": f"A{number}", "B": f"B{number}"}
        self.show_id = self.buyer_id = 0

    @property
    def where(self) -> tuple[Any, int, int]:
        return self.shop.assistant, self.shop.workspace_id, self.show_id

    async def begins(self) -> None:
        assistant, workspace_id = self.shop.assistant, self.shop.workspace_id
        self.show_id = (await new_show(assistant, workspace_id, "Friday", "USD")).id
        shipping = Shipping(kind=ShippingKind.FLAT, cents=700)
        await set_pricing(*self.where, lambda _: Pricing(shipping=shipping))
        await add_items(*self.where, [NewItem(code=code, price=Money(1000, "USD")) for code in CODES])
        await go_live(*self.where, {})
        await self.shop.comments(self.buyer, "sold 1")
        (claim,) = await self.shop.read(claims.active, workspace_id, self.show_id)
        self.buyer_id = claim.buyer_id
        for code in self.codes.values():
            offer = Offer(
                code=code,
                percent=10_000,
                amount_cents=None,
                currency="USD",
                least_cents=None,
                most_uses=1,
                until=None,
            )
            await new_coupon(assistant, workspace_id, offer, by="Ann", key="")

    async def ends(self) -> None:
        await bills(self.shop, self.show_id)
        await end_show(*self.where)

    async def happens(self, what: str, how: str) -> None:
        shop = self.shop
        if what == "claims":
            await shop.comments(self.buyer, f"sold {how}")
        elif what == "bills":
            await issue_invoices(*self.where)
        elif what == "rebills":
            await rebill_invoices(*self.where)
        elif what == "retries":
            await retry_invoices(*self.where)
        elif what == "is placed":
            await bills(shop, self.show_id)
            for one in await self.all():  # again, as after a crash: nothing is done twice
                await place_invoice(shop.assistant, shop.workspace_id, one.id)
        elif what == "coupon":
            await apply_coupon(*self.where, self.buyer_id, self.codes[how])
        elif what == "credit":
            await give_credit(
                shop.assistant,
                shop.workspace_id,
                self.buyer_id,
                Money(int(how) * 100, "USD"),
                "",
                by="Ann",
                key="",
            )
        else:
            await self._at_stripe(what)

    async def _at_stripe(self, what: str) -> None:
        placed = [one for one in await self.all() if one.external_id is not None]
        if not placed or self.there.get(placed[-1].external_id) != "open":
            return
        last = placed[-1]
        if what.startswith("pays"):
            self.there[last.external_id] = "paid"
        if what != "pays meanwhile":
            event = {"pays": InvoiceEvent.PAYMENT, "voids": InvoiceEvent.VOIDED, "expires": InvoiceEvent.EXPIRED}[what]
            if event is not InvoiceEvent.PAYMENT:
                self.there[last.external_id] = "void"
            await self.shop.write(
                record_event, self.shop.workspace_id, last.id, event, last.amount_cents, self.shop.clock()
            )

    async def all(self) -> Sequence[Any]:
        return list(await self.shop.read(invoices.of_show, self.shop.workspace_id, self.show_id))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(happened=_happenings)
async def test_credit_coupons_and_shipping_count_once_in_any_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, happened: list[tuple[str, str]]
) -> None:
    if not shop.stripe.keys:
        await shop.connect_stripe()
    evening = Evening(shop, plays_stripe(shop, monkeypatch), next(numbers))
    await evening.begins()
    try:
        for what, how in happened:
            try:
                await evening.happens(what, how)
            except BadInput:
                continue
    finally:
        await evening.ends()
    there = await evening.all()
    for one in there:
        lines = {kind: -sum(line.amount_cents for line in one.lines if line.kind is kind) for kind in LineKind}
        assert one.amount_cents == -sum(lines.values()) >= 0
        used = await shop.read(coupons.on_invoices, shop.workspace_id, [one.id])
        credit = await shop.read(credits.used_by, shop.workspace_id, [one.id])
        if one.status in GONE:
            assert (used, credit) == ([], 0)
        else:
            assert (len(used), credit) == (int(lines[LineKind.DISCOUNT] > 0), lines[LineKind.CREDIT])
    live = [one for one in there if one.status not in GONE]
    shipped = [line.amount_cents for one in live for line in one.lines if line.kind is LineKind.SHIPPING]
    assert sum(shipped) == (700 if live else 0)
    pieces = sum(line.quantity for one in live for line in one.lines if line.kind is LineKind.ITEM)
    won = await shop.read(claims.active, shop.workspace_id, evening.show_id, buyer_id=evening.buyer_id)
    gone = [one.id for one in there if one.status in GONE]
    assert pieces == sum(claim.invoice_id is not None and claim.invoice_id not in gone for claim in won)
    for code in evening.codes.values():
        coupon = await shop.read(coupons.by_code, shop.workspace_id, code)
        found = await shop.read(coupons.used_by, shop.workspace_id, coupon.id, evening.buyer_id)
        assert coupon.used == int(found is not None)
    moved = await shop.read(
        lambda tx: tx.scalar(
            sa.select(sa.func.sum(tables.credit_movements.c.amount_cents)).where(
                tables.credit_movements.c.buyer_id == evening.buyer_id
            )
        )
    )
    assert await shop.read(credits.balance, shop.workspace_id, evening.buyer_id, "USD") == int(moved or 0) >= 0
