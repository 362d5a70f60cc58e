"""Settles what providers told us: applied in any order, the buyer thanked once, the operator told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from adapters.base import CheckoutStyle, PaymentState, ProviderPayment
from adapters.registry import display_name
from bot.domain.books import RefundStatus
from bot.domain.checkout import Checkout
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus, after
from bot.domain.money import Money
from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, Refused, Unreachable
from bot.workflows.assistant import Assistant
from bot.workflows.close_invoices import close_void
from bot.workflows.confirm_payments import REFUTED, confirm_payment, invoice_there, payments_apart
from bot.workflows.draw_bills import give_back
from bot.workflows.explain_invoices import status_word
from bot.workflows.keep_books import CAME, WENT_BACK, Entry, Said, keep_books
from bot.workflows.keep_updates import EVENTS, Fact
from bot.workflows.late_payments import note_money
from bot.workflows.learn_payments import take_down
from bot.workflows.let_go_of_pages import page_is_over
from bot.workflows.note_checkouts import PAGE_EVENTS, find_page, note_page
from bot.workflows.settle_disputes import DISPUTES, settle_dispute
from bot.workflows.settle_refunds import money_went_back, refund_did_not_go
from bot.workflows.tell import Parcel, hand_over, label_of, tell_operators
from bot.workflows.tell_payments import tell_of_money
from storage import buyers, counters, inbox, integrations, invoices, refunds, runs, workspaces

_log = logging.getLogger(__name__)

MONEY = frozenset({PaymentState.PAID, PaymentState.PARTLY_PAID, PaymentState.REFUNDED, PaymentState.PARTLY_REFUNDED})
"""Facts that count even for an invoice that we have not recorded yet."""

WAITS = "waits for its invoice"
"""What came of an event whose provider could not be asked what it is about."""


async def settle_payment(assistant: Assistant, workspace_id: int, inbox_id: int) -> str:
    """Act on one kept event; returns what came of it. One that waits for its provider is tried at the next look."""
    kept = await assistant.database.read(inbox.get, workspace_id, inbox_id)
    fact = _fact(assistant, kept)
    if kept is None or fact is None:
        return "done before"
    try:
        if fact.external_id is None and fact.checkout_id is None and fact.payment_id is not None:
            fact = await _with_its_invoice(assistant, workspace_id, fact)
        if fact.confirm:
            fact = await confirm_payment(assistant, workspace_id, fact, kept.received_at)
            if fact is None:
                await assistant.database.write(inbox.done, workspace_id, inbox_id, REFUTED, assistant.now())
                return REFUTED
        apart = await payments_apart(assistant, workspace_id, fact)
    except (Busy, Unreachable, OutcomeUnknown, NotAuthorised) as trouble:
        _log.info("what inbox entry %s is about cannot be asked for now: %s", inbox_id, trouble)
        await assistant.database.write(inbox.set_aside, workspace_id, inbox_id, WAITS)
        return WAITS
    outcome, parcels = await assistant.database.write(_settle, assistant, workspace_id, inbox_id, fact, apart)
    await hand_over(assistant, workspace_id, parcels)
    return outcome


async def _with_its_invoice(assistant: Assistant, workspace_id: int, fact: Fact) -> Fact:
    """A refund or a dispute names only the payment; its provider knows what that was for."""
    assert fact.payment_id is not None, "whoever calls has looked"
    integration = await assistant.database.read(integrations.get, workspace_id, fact.provider)
    if integration is None:
        return fact
    try:
        found = await assistant.provider_for(integration).find_invoice(fact.payment_id)
    except NotAuthorised:
        raise
    except Refused:
        return fact  # a payment that this account does not have
    return replace(fact, external_id=found)


def _fact(assistant: Assistant, kept: inbox.Kept | None) -> Fact | None:
    """What a kept event says; None when nothing is left to do about it."""
    if kept is None or kept.handled_at is not None or kept.body_enc is None:
        return None
    return Fact.from_bytes(assistant.vault.open(kept.body_enc, bound_to=f"inbox/{kept.workspace_id}/{kept.source}"))


def _settle(
    tx: sa.Connection,
    assistant: Assistant,
    workspace_id: int,
    inbox_id: int,
    fact: Fact,
    apart: Sequence[ProviderPayment],
) -> tuple[str, list[Parcel]]:
    now = assistant.now()
    if _fact(assistant, inbox.lock(tx, workspace_id, inbox_id)) is None:
        return "done before", []
    page = find_page(tx, workspace_id, fact)
    if page is not None and fact.state in PAGE_EVENTS:
        inbox.done(tx, workspace_id, inbox_id, f"payment {page.id}", now)
        return "applied", _settle_page(tx, page, fact, now)
    if page is not None and page.invoice_id is None:
        inbox.done(tx, workspace_id, inbox_id, f"payment {page.id}", now)
        return "applied", _tell_of_order(tx, page, fact, now)
    invoice = _find(tx, workspace_id, fact, page)
    if invoice is None:
        inbox.done(tx, workspace_id, inbox_id, "not one of ours", now)
        counters.add(tx, workspace_id, f"{fact.provider}_events_of_others")
        return "not one of ours", _tell_astray(tx, workspace_id, fact, now)
    if apart and fact.external_id is not None:
        take_down(tx, invoice, fact.external_id, apart, now)
    parcels = apply_event(
        tx,
        invoice,
        EVENTS[fact.state],
        amount=fact.amount,
        currency=fact.currency,
        reason=fact.reason,
        now=now,
        ref=page.provider_ref if page is not None else fact.external_id,
        payment_id=fact.payment_id,
        refund_id=fact.refund_id,
    )
    inbox.done(tx, workspace_id, inbox_id, f"invoice {invoice.id}", now)
    return "applied", parcels


def _settle_page(tx: sa.Connection, page: Checkout, fact: Fact, now: datetime) -> list[Parcel]:
    """Act on a fact about a page to pay on, which has its own state beside its invoice's."""
    noted = note_page(
        tx,
        page.workspace_id,
        page.id,
        PAGE_EVENTS[fact.state],
        provider_ref=fact.checkout_id,
        paid=fact.money if fact.state in MONEY else None,
        payment_ref=fact.payment_id,
        now=now,
    )
    if noted.invoice is None or noted.event is None:
        return []
    return apply_event(
        tx,
        noted.invoice,
        noted.event,
        amount=noted.money.amount if noted.money else None,
        currency=noted.money.currency if noted.money else None,
        reason=fact.reason,
        now=now,
        ref=noted.provider_ref,
        payment_id=noted.payment_ref or fact.payment_id,
    )


def _tell_of_order(tx: sa.Connection, page: Checkout, fact: Fact, now: datetime) -> list[Parcel]:
    """What becomes of the money of somebody else's order is for a person to look at."""
    return tell_operators(
        tx,
        page.workspace_id,
        f"{display_name(fact.provider)} says the payment of {page.total} for order {page.order_id} is "
        f"{fact.state.value.replace('_', ' ')}. Please look at it there.",
        key=f"order:{page.id}:{fact.state.value}",
        now=now,
    )


def _find(tx: sa.Connection, workspace_id: int, fact: Fact, page: Checkout | None) -> Invoice | None:
    """The invoice a fact is about: by the page that was paid on, by the provider's id, else by ours.

    Money may be faster than the answer to the call that made its invoice.
    """
    if page is not None and page.invoice_id is not None:
        return invoices.lock(tx, workspace_id, page.invoice_id)
    if fact.external_id is None:
        return None
    invoice = invoice_there(tx, workspace_id, fact.provider, fact.external_id)
    if invoice is not None:
        return invoices.lock(tx, workspace_id, invoice.id) if _same_account(invoice, fact) else None
    if fact.state not in MONEY or fact.invoice_id is None or not _is_ours(tx, workspace_id, fact):
        return None
    named = invoices.lock(tx, workspace_id, fact.invoice_id)
    if named is None or named.provider != fact.provider:
        return None
    if named.external_id not in (None, fact.external_id):  # it may have been recorded while we waited for the lock
        return None
    if not _same_account(named, fact):
        return None
    if named.style != CheckoutStyle.CHECKOUT:  # what the pages of such an invoice are called is kept with them
        invoices.change(tx, workspace_id, named.id, external_id=fact.external_id)
    return named


def _same_account(invoice: Invoice, fact: Fact) -> bool:
    """Whether a fact may be about an invoice: not when both name an account, and not the same one."""
    return not fact.account_id or not invoice.account_id or fact.account_id == invoice.account_id


def _tell_astray(tx: sa.Connection, workspace_id: int, fact: Fact, now: datetime) -> list[Parcel]:
    """Money for something we began at the provider and let go of is for a person to look at."""
    if fact.state not in MONEY or fact.invoice_id is None or not _is_ours(tx, workspace_id, fact):
        return []
    invoice = invoices.get(tx, workspace_id, fact.invoice_id)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id) if invoice else None
    who = f" of {buyer.label}" if buyer else ""
    return tell_operators(
        tx,
        workspace_id,
        f"{display_name(fact.provider)} says {fact.external_id} is {fact.state.value.replace('_', ' ')}, "
        f"an invoice{who} that I had let go of. Please look at it there.",
        key=f"astray:{fact.external_id}:{fact.state.value}",
        now=now,
    )


def _is_ours(tx: sa.Connection, workspace_id: int, fact: Fact) -> bool:
    """Whether the numbers in the metadata are of this workspace, and not of another install on the same account."""
    return fact.workspace_uid == workspaces.get(tx, workspace_id).uid


def record_event(
    tx: sa.Connection,
    workspace_id: int,
    invoice_id: int,
    event: InvoiceEvent,
    amount: int | None,
    now: datetime,
) -> list[Parcel]:
    """Apply what a provider answered about one invoice when it was asked; `amount` is all that came for it."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    return apply_event(tx, invoice, event, amount=amount if event in CAME else None, reason=None, now=now)


def apply_event(
    tx: sa.Connection,
    invoice: Invoice,
    event: InvoiceEvent,
    *,
    amount: int | None,
    reason: str | None,
    now: datetime,
    currency: str | None = None,
    ref: str | None = None,
    payment_id: str | None = None,
    refund_id: str | None = None,
) -> list[Parcel]:
    """Apply one event to a locked invoice by its books and the table of transitions, and tell whoever should know.

    `ref` is the page at the provider that it is about, the invoice's own unless it says another; `amount` as in
    `adapters.base.PaymentUpdate`.
    """
    counts = amount if currency in (None, invoice.currency) else None
    said = Said(event=event, amount=counts, ref=ref or invoice.external_id, payment_id=payment_id)
    if event is InvoiceEvent.PAYMENT_FAILED:
        return _tell_failed(tx, invoice, reason, now)
    if event in DISPUTES:
        return settle_dispute(tx, invoice, said, reason, now)
    if event is InvoiceEvent.REFUND_FAILED:
        return _refund_failed(tx, invoice, said, refund_id, reason, now)
    if event in CAME:
        return _money_came(tx, invoice, said, Money(amount, currency or invoice.currency) if amount else None, now)
    if event in WENT_BACK:
        entry = keep_books(tx, invoice, said, now)
        return money_went_back(tx, invoice, entry.before, entry.after, now, event=event)
    if said.ref != invoice.external_id or invoice.open_cents not in (None, invoice.wanted_cents):
        return []  # about a page whose place another took, or that we close as something was paid another way
    if invoice.status is InvoiceStatus.PARTLY_PAID:
        return page_is_over(tx, invoice, event, now) if invoice.is_placed else []
    return _close(tx, invoice, event, now)


def _money_came(tx: sa.Connection, invoice: Invoice, said: Said, paid: Money | None, now: datetime) -> list[Parcel]:
    return enter_money(tx, invoice, keep_books(tx, invoice, said, now), now, paid=paid)


def enter_money(
    tx: sa.Connection,
    invoice: Invoice,
    entry: Entry,
    now: datetime,
    *,
    paid: Money | None = None,
    but: int | None = None,
) -> list[Parcel]:
    """Have a locked invoice follow its books after money came, and tell of it.

    `paid` is what a provider said; the operator `but` whom others hear of it wrote it down, and is answered.
    """
    status = after(invoice.status, entry.event)
    late = False
    if status is not invoice.status:
        paid_at = {"paid_at": now} if status is InvoiceStatus.PAID else {}
        invoices.change(tx, invoice.workspace_id, invoice.id, status=status, **paid_at)
        runs.settle(tx, invoice.workspace_id, invoice.id, status.value)
        late = note_money(tx, invoice, status, now)
    return tell_of_money(tx, invoice, status, entry, now, paid=paid, late=late, but=None if late else but)


def _close(tx: sa.Connection, invoice: Invoice, event: InvoiceEvent, now: datetime) -> list[Parcel]:
    """It is void, or expired."""
    status = after(invoice.status, event)
    if status is invoice.status:
        return []
    if status is InvoiceStatus.VOID:
        if close_void(tx, invoice, now):
            return []
    else:
        if status is InvoiceStatus.EXPIRED:
            give_back(tx, invoice, now)
        invoices.change(tx, invoice.workspace_id, invoice.id, status=status)
        runs.settle(tx, invoice.workspace_id, invoice.id, status.value)
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"{who}'s invoice of {invoice.total} is now {status_word(status)}.",
        key=f"{status.value}:{invoice.id}",
        now=now,
    )


def _refund_failed(
    tx: sa.Connection, invoice: Invoice, said: Said, refund_id: str | None, reason: str | None, now: datetime
) -> list[Parcel]:
    """Money did not get back to the buyer: our refund by its id, or by its sum when the answer is not here yet."""
    why = reason or "the provider does not say why"
    ours = refunds.of_invoice(tx, invoice.workspace_id, invoice.id)
    named = next((one for one in ours if refund_id is not None and one.provider_ref == refund_id), None)
    asked = next(
        (one for one in ours if one.status is RefundStatus.ASKED and said.amount in (None, one.amount_cents)), None
    )
    found = named or asked
    if found is not None:
        return refund_did_not_go(tx, invoice, found, why, now, provider_ref=refund_id)
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"A refund to {who} that was made at {display_name(invoice.provider)} did not go through: {why}. "
        f"Please look at it there.",
        key=f"no-refund-there:{invoice.id}:{refund_id}",
        now=now,
    )


def _tell_failed(tx: sa.Connection, invoice: Invoice, reason: str | None, now: datetime) -> list[Parcel]:
    if invoice.status not in (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.PARTLY_PAID):
        return []
    why = f": {reason}" if reason else ""
    who = label_of(tx, invoice.workspace_id, invoice.buyer_id)
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"{who}'s payment of {invoice.rest} failed{why}. The link still works; they can try again.",
        key=f"failed:{invoice.id}:{now.timestamp():.0f}",
        now=now,
    )
