"""An invoice: what one buyer owes for one show, and every state it can be in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.money import Money


class InvoiceStatus(StrEnum):
    """Where an invoice stands, in product words."""

    DRAFT = "draft"
    SENT = "sent"
    PAID = "paid"
    VOID = "void"
    ERROR = "error"
    EXPIRED = "expired"
    PARTLY_PAID = "partly_paid"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "partly_refunded"


class InvoiceEvent(StrEnum):
    """What can happen to an invoice, whoever reports it."""

    LINK_DELIVERED = "link_delivered"
    REFUSED = "refused"
    RETRIED = "retried"
    PAYMENT = "payment"
    PART_PAYMENT = "part_payment"
    PAYMENT_FAILED = "payment_failed"
    VOIDED = "voided"
    UNCOVERED = "uncovered"
    """What covered the whole of it, without any money, was taken back."""
    EXPIRED = "expired"
    REFUND = "refund"
    PART_REFUND = "part_refund"
    REFUND_FAILED = "refund_failed"
    """Money that was on its way back did not get there, and nothing else of it went back."""
    UNPAID = "unpaid"
    """Money an operator had written down was not there, and no other is."""
    PART_UNPAID = "part_unpaid"
    """The same, and some of it is there."""
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


_S, _E = InvoiceStatus, InvoiceEvent

TRANSITIONS: dict[tuple[InvoiceStatus, InvoiceEvent], InvoiceStatus] = {
    (_S.DRAFT, _E.LINK_DELIVERED): _S.SENT,
    (_S.DRAFT, _E.REFUSED): _S.ERROR,
    (_S.ERROR, _E.RETRIED): _S.DRAFT,
    # Money beats bookkeeping, the clock and a void.
    (_S.DRAFT, _E.PAYMENT): _S.PAID,
    (_S.SENT, _E.PAYMENT): _S.PAID,
    (_S.PARTLY_PAID, _E.PAYMENT): _S.PAID,
    (_S.ERROR, _E.PAYMENT): _S.PAID,
    (_S.EXPIRED, _E.PAYMENT): _S.PAID,
    (_S.VOID, _E.PAYMENT): _S.PAID,
    (_S.DRAFT, _E.PART_PAYMENT): _S.PARTLY_PAID,
    (_S.SENT, _E.PART_PAYMENT): _S.PARTLY_PAID,
    (_S.ERROR, _E.PART_PAYMENT): _S.PARTLY_PAID,
    (_S.EXPIRED, _E.PART_PAYMENT): _S.PARTLY_PAID,
    (_S.VOID, _E.PART_PAYMENT): _S.PARTLY_PAID,
    # What has no money in it can be closed.
    (_S.DRAFT, _E.VOIDED): _S.VOID,
    (_S.SENT, _E.VOIDED): _S.VOID,
    (_S.ERROR, _E.VOIDED): _S.VOID,
    (_S.EXPIRED, _E.VOIDED): _S.VOID,
    (_S.PAID, _E.UNCOVERED): _S.VOID,
    (_S.DRAFT, _E.EXPIRED): _S.EXPIRED,
    (_S.SENT, _E.EXPIRED): _S.EXPIRED,
    # A refund says that there was a payment, even when we hear of it first.
    **{
        (before, refund): state
        for before in (_S.DRAFT, _S.SENT, _S.PARTLY_PAID, _S.PAID, _S.ERROR, _S.EXPIRED, _S.VOID)
        for refund, state in ((_E.REFUND, _S.REFUNDED), (_E.PART_REFUND, _S.PARTLY_REFUNDED))
    },
    (_S.PARTLY_REFUNDED, _E.REFUND): _S.REFUNDED,
    # Money that did not get back, or did not come, was never there: only that leads back.
    (_S.PARTLY_REFUNDED, _E.REFUND_FAILED): _S.PAID,
    (_S.REFUNDED, _E.REFUND_FAILED): _S.PAID,
    (_S.PAID, _E.UNPAID): _S.SENT,
    (_S.PARTLY_PAID, _E.UNPAID): _S.SENT,
    (_S.PAID, _E.PART_UNPAID): _S.PARTLY_PAID,
}
"""Every change of state there is. A pair that is not here changes nothing, so that events may come late, twice and
in any order, and the end is the same."""

OPEN = frozenset({InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.PARTLY_PAID})
"""States in which the provider may still take money for this invoice."""

OWED = OPEN | {InvoiceStatus.ERROR, InvoiceStatus.EXPIRED}
"""States in which the buyer owes what is on it: nobody took it back, and it is not all paid."""


HAS_MONEY = frozenset(
    {
        InvoiceStatus.PAID,
        InvoiceStatus.PARTLY_PAID,
        InvoiceStatus.PARTLY_REFUNDED,
        InvoiceStatus.REFUNDED,
    }
)
"""States in which money came, whatever became of it since: no clock takes back what such an invoice bills."""


def after(status: InvoiceStatus, event: InvoiceEvent) -> InvoiceStatus:
    """The state after `event`; the same state when the event means nothing there."""
    return TRANSITIONS.get((status, event), status)


OPENED_WHEN_ASKED_FOR = "checkout"
"""The style of an invoice whose pages are made when its buyer comes (`adapters.base.CheckoutStyle`)."""


class LineKind(StrEnum):
    """What a line is about."""

    ITEM = "item"
    DISCOUNT = "discount"
    SHIPPING = "shipping"
    TAX = "tax"
    CREDIT = "credit"
    PAYMENT = "payment"
    """Money that came already, taken off what is still to be paid; never on the invoice itself."""


ALREADY_PAID = "Already paid"
"""What a line says that takes off money which came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of an invoice, frozen at the moment it was made."""

    kind: LineKind = LineKind.ITEM
    code: str
    """Of an item; empty for anything else."""
    title: str
    options: tuple[str, ...]
    quantity: int
    unit_cents: int | None
    """Minor units, below zero for what is taken off; None while the item has no price (a 0 line)."""

    @property
    def amount_cents(self) -> int:
        """Quantity times unit price, in minor units."""
        return self.quantity * (self.unit_cents or 0)

    @property
    def description(self) -> str:
        """The line as the buyer reads it."""
        options = f" ({', '.join(self.options)})" if self.options else ""
        return f"{self.code} {self.title}{options}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What one buyer owes for one show, with the provider's side of it."""

    id: int
    workspace_id: int
    show_id: int
    integration_id: int
    provider: str
    account_id: str
    number: str
    buyer_id: int
    external_id: str | None
    external_url: str | None
    customer_id: str | None
    status: InvoiceStatus
    attempt: int
    """Rises only after a definite refusal; part of every idempotency key."""
    tries: int
    """Rises with every order to try again; part of the job's id."""
    pay_token: str
    """The end of the buyer's stable link, unguessable; empty on invoices from before there were such links."""
    style: str
    """What the link opens at the provider (`adapters.base.CheckoutStyle`)."""
    paid_cents: int
    """Money that came for it, in minor units."""
    refunded_cents: int
    """Money of that which went back."""
    open_cents: int | None
    """What the page at the provider still asks for, in minor units; 0 when it is over, None when there is none."""
    how_to_pay: str
    """What the buyer is told to do where there is no page to pay on."""
    amount_cents: int
    currency: str
    lines: tuple[Line, ...]
    error_message: str | None
    replaces_id: int | None
    """An unpaid invoice of the same buyer that this one takes over."""
    merged_into_id: int | None
    """The invoice that is to take this one over together with others, of other shows."""
    first_tried_at: datetime | None
    """When the provider was first called for this attempt."""
    sent_at: datetime | None
    paid_at: datetime | None
    created_at: datetime

    @property
    def total(self) -> Money:
        """The sum of the lines."""
        return Money(self.amount_cents, self.currency)

    @property
    def rest(self) -> Money:
        """What is still to be paid of it."""
        return Money(max(self.amount_cents - self.paid_cents, 0), self.currency)

    @property
    def is_placed(self) -> bool:
        """Whether its provider has it, or makes a page for it as soon as the buyer comes."""
        return self.external_id is not None or self.external_url is not None

    def pay_link(self, public_url: str) -> str | None:
        """The link its buyer is given, ours where the world reaches us; None before there is a page to pay on."""
        return None if self.external_url is None else pay_link(self.pay_token, self.external_url, public_url)

    @property
    def is_payable(self) -> bool:
        """Whether its buyer can be told how to pay it."""
        return self.external_url is not None or bool(self.how_to_pay)

    @property
    def waits_for_price(self) -> bool:
        """Whether placing it has come to its end without a price, and nothing of it is anywhere but here.

        What is opened when its buyer comes is nowhere before that; any other is a draft at its provider.
        """
        begun = self.status is InvoiceStatus.DRAFT and self.first_tried_at is not None
        return begun and not self.is_placed and bool(self.unpriced) and self.style == OPENED_WHEN_ASKED_FOR

    @property
    def is_being_made(self) -> bool:
        """Whether it is on its way to its provider right now, so that nothing else can be done with it."""
        return self.status is InvoiceStatus.DRAFT and not self.is_placed and not self.waits_for_price

    @property
    def wanted_cents(self) -> int:
        """What a page at the provider should ask for, in minor units."""
        return self.rest.amount if self.status in OPEN else 0

    @property
    def lacks_page(self) -> bool:
        """Whether money is in it, or was, and there is no page to pay the rest on."""
        return self.status in (InvoiceStatus.SENT, InvoiceStatus.PARTLY_PAID) and not self.is_placed

    @property
    def waits_for_page(self) -> bool:
        """The same, and none is made before somebody asks for it."""
        return self.lacks_page and self.error_message is not None

    def asking(self, cents: int) -> tuple[Line, ...]:
        """Its lines, with what came already taken off, so that they come to `cents`."""
        paid = self.amount_cents - cents
        if not paid:
            return self.lines
        off = Line(kind=LineKind.PAYMENT, code="", title=ALREADY_PAID, options=(), quantity=1, unit_cents=-paid)
        return (*self.lines, off)

    @property
    def is_covered(self) -> bool:
        """Whether a coupon or credit paid all of it: no provider knows of it, and there is no money in it."""
        return self.status is InvoiceStatus.PAID and self.external_id is None and self.amount_cents == 0

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Codes of lines that still lack a price: such an invoice stays a draft at the provider."""
        return tuple(line.code for line in self.lines if line.unit_cents is None)


def pay_link(pay_token: str, url: str, public_url: str) -> str:
    """What a buyer is given to pay by: our stable link, or the provider's page where the world does not reach us."""
    return f"{public_url}/pay/{pay_token}" if public_url and pay_token else url
