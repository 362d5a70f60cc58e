"""Runs coupons: a new one, one switched off, and one that is to count on a buyer's next bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.coupon import Coupon, WhyNot, coupon_key
from bot.domain.money import Money
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.hold_shows import the_show
from bot.workflows.keep_deeds import Deed, begin
from storage import coupons, terms

_SENTENCES = {
    WhyNot.OFF: "{0.code} is switched off.",
    WhyNot.RUN_OUT: "{0.code} has run out.",
    WhyNot.USED_UP: "{0.code} is used up.",
    WhyNot.USED_BEFORE: "{0.code} is used already: it counts once for each buyer.",
    WhyNot.OTHER_CURRENCY: "{0.code} counts in {0.currency} only.",
}
"""What operators are told."""


class CouponRefused(BadInput):
    """This coupon does not count for this buyer."""

    def __init__(self, coupon: Coupon, why: WhyNot) -> None:
        super().__init__(_SENTENCES[why].format(coupon))
        self.coupon = coupon
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A new coupon."""

    code: str
    percent: int | None
    amount_cents: int | None
    currency: str
    least_cents: int | None
    most_uses: int | None
    until: datetime | None


async def new_coupon(assistant: Assistant, workspace_id: int, offer: Offer, *, by: str, key: str) -> Coupon:
    """Make a coupon. Raises BadInput when its code is taken."""
    return await assistant.database.write(_new, workspace_id, offer, Deed.of(by, key), assistant.now())


async def switch_coupon(assistant: Assistant, workspace_id: int, code: str, *, on: bool) -> Coupon:
    """Let nobody new use a coupon, or let them again; bills that have it keep it."""
    return await assistant.database.write(_switch, workspace_id, code, on)


async def apply_coupon(assistant: Assistant, workspace_id: int, show_id: int, buyer_id: int, code: str) -> Coupon:
    """Have a coupon count on the next bill of a buyer in a show. Raises BadInput with why it cannot."""
    return await assistant.database.write(agree_coupon, workspace_id, show_id, buyer_id, code, assistant.now())


def agree_coupon(tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int, code: str, now: datetime) -> Coupon:
    """The same, inside a transaction. What speaks against the coupon is a CouponRefused."""
    show = the_show(tx, workspace_id, show_id)
    coupon = the_coupon(tx, workspace_id, code)
    if coupons.used_by(tx, workspace_id, coupon.id, buyer_id) is not None:
        raise CouponRefused(coupon, WhyNot.USED_BEFORE)
    if why := coupon.why_not(show.currency, now):
        raise CouponRefused(coupon, why)
    terms.agree(tx, workspace_id, show_id, buyer_id, coupon_id=coupon.id)
    return coupon


def the_coupon(tx: sa.Connection, workspace_id: int, code: str) -> Coupon:
    """The coupon an operator means. Raises BadInput."""
    coupon = coupons.by_code(tx, workspace_id, coupon_key(code) or "")
    if coupon is None:
        raise BadInput(f"There is no coupon {code}. /coupon list shows them.")
    return coupon


def from_how_much(coupon: Coupon, show: Show) -> str:
    """From which sum on a coupon counts, as a sentence; empty when it always does."""
    if not coupon.least_cents:
        return ""
    return f" It counts from {Money(coupon.least_cents, show.currency)} on."


def _new(tx: sa.Connection, workspace_id: int, offer: Offer, deed: Deed, now: datetime) -> Coupon:
    begin(tx, workspace_id, deed, now)
    if coupons.by_code(tx, workspace_id, offer.code) is not None:
        raise BadInput(f"{offer.code} is there already. Take another code, or see /coupon list")
    coupon_id = coupons.add(
        tx,
        workspace_id,
        code=offer.code,
        percent=offer.percent,
        amount_cents=offer.amount_cents,
        currency=offer.currency,
        least_cents=offer.least_cents,
        most_uses=offer.most_uses,
        until=offer.until,
        now=now,
    )
    made = coupons.get(tx, workspace_id, coupon_id)
    assert made is not None, "it was made in this transaction"
    return made


def _switch(tx: sa.Connection, workspace_id: int, code: str, on: bool) -> Coupon:
    coupon = the_coupon(tx, workspace_id, code)
    coupons.set_open(tx, workspace_id, coupon.id, is_open=on)
    return coupon
