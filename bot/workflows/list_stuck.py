"""Lists what is stuck: work that gave up, refused invoices and pay links that did not get through, newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.books import RefundStatus
from bot.domain.invoice import OPEN, Invoice, InvoiceStatus
from bot.domain.money import Money
from bot.workflows.answer_comments import ANSWER
from bot.workflows.tell import label_of
from storage import dead_letters, deliveries, inbox, invoices, refunds, runs
from storage.dead_letters import DeadLetter
from storage.deliveries import Delivery, DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Something that goes on only by an operator's word."""

    kind: str
    subject_id: int
    attempt: int
    what: str
    """What was being done, as “making the invoice of 19.90 USD for @mai”."""
    reason: str
    since: datetime
    unsure: bool = False
    """It may have been done: only a person may decide to do it again."""


def list_stuck(tx: sa.Connection, workspace_id: int) -> list[Stuck]:
    """Everything of the workspace that is stuck and not set aside."""
    letters = [letter for letter in dead_letters.unsettled(tx, workspace_id) if still_stands(tx, letter)]
    found = {(letter.kind, letter.subject_id): _gave_up(tx, letter) for letter in letters}
    others = [_refused(tx, one) for one in invoices.in_error(tx, workspace_id)]
    others += [_undelivered(tx, one) for one in deliveries.links_not_through(tx, workspace_id)]
    for one in others:
        if not dead_letters.is_kept(tx, workspace_id, one.kind, one.subject_id, one.attempt, settled=True):
            found.setdefault((one.kind, one.subject_id), one)
    return sorted(found.values(), key=lambda one: one.since, reverse=True)


def still_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    """Whether the work is still as it was left; it may have been done or begun again by other ways since."""
    known = KINDS.get(letter.kind)
    return known is None or known.stands(tx, letter)


def what_it_was(tx: sa.Connection, workspace_id: int, kind: str, subject_id: int) -> str:
    """What work of this kind was doing, in an operator's words."""
    known = KINDS.get(kind)
    return f"some work ({kind} {subject_id})" if known is None else known.say(tx, workspace_id, subject_id)


def _gave_up(tx: sa.Connection, letter: DeadLetter) -> Stuck:
    return Stuck(
        kind=letter.kind,
        subject_id=letter.subject_id,
        attempt=letter.attempt,
        what=what_it_was(tx, letter.workspace_id, letter.kind, letter.subject_id),
        reason=letter.reason,
        since=letter.happened_at,
        unsure=letter.kind == "deliver" and _is_unsure(tx, letter),
    )


def _refused(tx: sa.Connection, invoice: Invoice) -> Stuck:
    return Stuck(
        kind="invoice",
        subject_id=invoice.id,
        attempt=invoice.tries,
        what=what_it_was(tx, invoice.workspace_id, "invoice", invoice.id),
        reason=invoice.error_message or "it was refused",
        since=invoice.first_tried_at or invoice.created_at,
    )


def _undelivered(tx: sa.Connection, delivery: Delivery) -> Stuck:
    return Stuck(
        kind="deliver",
        subject_id=delivery.id,
        attempt=delivery.attempt,
        what=what_it_was(tx, delivery.workspace_id, "deliver", delivery.id),
        reason=delivery.error,
        since=delivery.created_at,
        unsure=delivery.status is DeliveryStatus.UNKNOWN,
    )


def _is_unsure(tx: sa.Connection, letter: DeadLetter) -> bool:
    delivery = deliveries.get(tx, letter.workspace_id, letter.subject_id)
    return delivery is not None and delivery.status is DeliveryStatus.UNKNOWN


def _invoice_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    invoice = invoices.get(tx, letter.workspace_id, letter.subject_id)
    return invoice is not None and invoice.status is InvoiceStatus.ERROR and invoice.tries == letter.attempt


def _void_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    invoice = invoices.get(tx, letter.workspace_id, letter.subject_id)
    return invoice is not None and invoice.status in OPEN and invoice.tries == letter.attempt


def _balance_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    invoice = invoices.get(tx, letter.workspace_id, letter.subject_id)
    return invoice is not None and invoice.open_cents != invoice.wanted_cents and invoice.tries == letter.attempt


def _refund_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    refund = refunds.get(tx, letter.workspace_id, letter.subject_id)
    return refund is not None and refund.status is RefundStatus.ASKED and refund.tries == letter.attempt


def _delivery_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    delivery = deliveries.get(tx, letter.workspace_id, letter.subject_id)
    if delivery is None or delivery.purpose == ANSWER:  # `/status` counts those
        return False
    return delivery.status in deliveries.NOT_THROUGH and delivery.attempt == letter.attempt


def _event_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    kept = inbox.get(tx, letter.workspace_id, letter.subject_id)
    return kept is not None and kept.handled_at is None


def _run_stands(tx: sa.Connection, letter: DeadLetter) -> bool:
    run = runs.get(tx, letter.workspace_id, letter.subject_id)
    return run is not None and run.finished_at is None


def _making(tx: sa.Connection, workspace_id: int, invoice_id: int) -> str:
    return f"making {_the_invoice(tx, workspace_id, invoice_id)}"


def _voiding(tx: sa.Connection, workspace_id: int, invoice_id: int) -> str:
    return f"voiding {_the_invoice(tx, workspace_id, invoice_id)}"


def _balancing(tx: sa.Connection, workspace_id: int, invoice_id: int) -> str:
    return f"seeing to the page of {_the_invoice(tx, workspace_id, invoice_id)}"


def _sending_back(tx: sa.Connection, workspace_id: int, refund_id: int) -> str:
    refund = refunds.get(tx, workspace_id, refund_id)
    assert refund is not None, "refunds are never deleted"
    of = f" of {_the_invoice(tx, workspace_id, refund.invoice_id)}" if refund.invoice_id is not None else ""
    return f"sending {Money(refund.amount_cents, refund.currency)}{of} back"


def _the_invoice(tx: sa.Connection, workspace_id: int, invoice_id: int) -> str:
    invoice = invoices.get(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    return f"the invoice of {invoice.total} for {label_of(tx, workspace_id, invoice.buyer_id)}"


def _sending(tx: sa.Connection, workspace_id: int, delivery_id: int) -> str:
    delivery = deliveries.get(tx, workspace_id, delivery_id)
    assert delivery is not None, "deliveries are never deleted"
    if delivery.buyer_id is None:
        return "sending a message to a chat"
    what = "the pay link" if delivery.purpose == "link" else "a message"
    return f"sending {what} to {label_of(tx, workspace_id, delivery.buyer_id)}"


def _taking_in(tx: sa.Connection, workspace_id: int, inbox_id: int) -> str:
    kept = inbox.get(tx, workspace_id, inbox_id)
    assert kept is not None, "events that wait are kept"
    return f"taking in what {kept.source.partition(':')[0].title()} told me ({kept.kind})"


def _showing(tx: sa.Connection, workspace_id: int, run_id: int) -> str:
    run = runs.get(tx, workspace_id, run_id)
    assert run is not None, "runs are never deleted"
    return f"showing how {'invoicing' if run.kind == 'invoice' else 'sending'} goes"


@dataclass(frozen=True, slots=True)
class _Kind:
    """What can be told of one kind of work."""

    say: Callable[[sa.Connection, int, int], str]
    stands: Callable[[sa.Connection, DeadLetter], bool]


KINDS = {
    "invoice": _Kind(_making, _invoice_stands),
    "void": _Kind(_voiding, _void_stands),
    "balance": _Kind(_balancing, _balance_stands),
    "refund": _Kind(_sending_back, _refund_stands),
    "deliver": _Kind(_sending, _delivery_stands),
    "settle": _Kind(_taking_in, _event_stands),
    "run": _Kind(_showing, _run_stands),
}
"""The kinds of work that can be tried again by a person's word."""
