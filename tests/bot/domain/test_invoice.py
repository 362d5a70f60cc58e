"""An invoice's life: any order, any duplication, one end."""

from __future__ import annotations

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.invoice import TRANSITIONS, InvoiceEvent, InvoiceStatus, Line, after

FROM_OUTSIDE = [
    InvoiceEvent.LINK_DELIVERED,
    InvoiceEvent.PAYMENT,
    InvoiceEvent.PART_PAYMENT,
    InvoiceEvent.PAYMENT_FAILED,
    InvoiceEvent.VOIDED,
    InvoiceEvent.EXPIRED,
    InvoiceEvent.REFUND,
    InvoiceEvent.PART_REFUND,
]


def end(events: tuple[InvoiceEvent, ...]) -> InvoiceStatus:
    return reduce(after, events, InvoiceStatus.DRAFT)


@given(events=st.lists(st.sampled_from(FROM_OUTSIDE), min_size=1, max_size=5))
def test_any_order_and_any_duplication_end_the_same(events: list[InvoiceEvent]) -> None:
    ends = {end(order) for order in permutations(events)}
    ends |= {end(order) for order in permutations(set(events))}
    ends.add(end((*events, *reversed(events))))
    assert len(ends) == 1, (events, ends)


@pytest.mark.parametrize("event", [InvoiceEvent.VOIDED, InvoiceEvent.EXPIRED, InvoiceEvent.PAYMENT_FAILED])
def test_paid_then_anything_old_stays_paid(event: InvoiceEvent) -> None:
    assert after(InvoiceStatus.PAID, event) is InvoiceStatus.PAID


def test_money_beats_the_clock_and_a_void() -> None:
    assert after(InvoiceStatus.EXPIRED, InvoiceEvent.PAYMENT) is InvoiceStatus.PAID
    assert after(InvoiceStatus.VOID, InvoiceEvent.PAYMENT) is InvoiceStatus.PAID


def test_only_a_refund_that_failed_leaves_refunded() -> None:
    assert [event for (status, event) in TRANSITIONS if status is InvoiceStatus.REFUNDED] == [
        InvoiceEvent.REFUND_FAILED
    ]


def test_a_line_without_a_price_is_a_zero_line() -> None:
    line = Line(code="12", title="Blue dress", options=("M",), quantity=3, unit_cents=None)
    assert (line.amount_cents, line.description) == (0, "12 Blue dress (M)")
