"""Settles what providers tell us: kept once, applied in any order, the buyer thanked once, the operator told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.base import PaymentState, PaymentUpdate
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus, after
from bot.domain.money import Money
from bot.workflows.assistant import Assistant
from bot.workflows.close_invoices import close_void
from bot.workflows.tell import Parcel, hand_over, tell_buyer, tell_operators
from storage import buyers, counters, inbox, invoices, runs, workspaces

EVENTS: Mapping[PaymentState, InvoiceEvent] = {
    PaymentState.PAID: InvoiceEvent.PAYMENT,
    PaymentState.PARTLY_PAID: InvoiceEvent.PART_PAYMENT,
    PaymentState.FAILED: InvoiceEvent.PAYMENT_FAILED,
    PaymentState.VOIDED: InvoiceEvent.VOIDED,
    PaymentState.EXPIRED: InvoiceEvent.EXPIRED,
    PaymentState.REFUNDED: InvoiceEvent.REFUND,
    PaymentState.PARTLY_REFUNDED: InvoiceEvent.PART_REFUND,
}
"""What a provider's fact means to an invoice; a state that is not here is kept and never acted on."""

MONEY = frozenset({PaymentState.PAID, PaymentState.PARTLY_PAID, PaymentState.REFUNDED, PaymentState.PARTLY_REFUNDED})
"""Facts that count even for an invoice that we have not recorded yet."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """The part of a payment update that is kept until it is acted on."""

    provider: str
    state: PaymentState
    external_id: str | None
    workspace_uid: str | None
    invoice_id: int | None
    amount: int | None
    currency: str | None
    reason: str | None

    @classmethod
    def of(cls, update: PaymentUpdate) -> Fact:
        """What is worth keeping of an update."""
        return cls(
            provider=update.provider,
            state=update.state,
            external_id=update.external_id,
            workspace_uid=update.workspace_uid,
            invoice_id=update.invoice_id,
            amount=update.amount.amount if update.amount else None,
            currency=update.amount.currency if update.amount else None,
            reason=update.reason,
        )

    def to_bytes(self) -> bytes:
        """For the inbox."""
        return json.dumps(self.__dict__).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Fact:
        """From the inbox."""
        fields: dict[str, Any] = json.loads(data)
        return cls(**{**fields, "state": PaymentState(fields["state"])})


def workspace_of(tx: sa.Connection, update: PaymentUpdate) -> int:
    """Whose event this is when it came through the platform's own door; the first workspace's when nobody's."""
    owner = invoices.owner(tx, update.provider, update.external_id) if update.external_id else None
    if owner is None and update.workspace_uid:
        owner = workspaces.by_uid(tx, update.workspace_uid)
    return owner or workspaces.first(tx)


async def keep_updates(assistant: Assistant, workspace_id: int, source: str, updates: list[PaymentUpdate]) -> int:
    """Keep verified payment events, once each, then have them acted on; returns how many were new."""
    new = await assistant.database.write(_keep, assistant, workspace_id, source, updates)
    for inbox_id in new:
        await assistant.jobs.settle(workspace_id, inbox_id)
    return len(new)


def _keep(
    tx: sa.Connection, assistant: Assistant, workspace_id: int, source: str, updates: list[PaymentUpdate]
) -> list[int]:
    new = []
    for update in updates:
        acted_on = update.state in EVENTS
        kept = inbox.keep(
            tx,
            workspace_id,
            source=source,
            event_id=update.event_id,
            kind=update.kind,
            body_enc=assistant.vault.seal(Fact.of(update).to_bytes(), bound_to=f"inbox/{workspace_id}/{source}")
            if acted_on
            else None,
            now=assistant.now(),
            outcome=None if acted_on else "not acted on",
        )
        if kept is None:
            counters.add(tx, workspace_id, f"{update.provider}_events_again")
        elif acted_on:
            new.append(kept)
        else:
            counters.add(tx, workspace_id, f"{update.provider}_events_not_acted_on")
    return new


async def settle_payment(assistant: Assistant, workspace_id: int, inbox_id: int) -> str:
    """Act on one kept event; returns what came of it."""
    outcome, parcels = await assistant.database.write(_settle, assistant, workspace_id, inbox_id)
    await hand_over(assistant, workspace_id, parcels)
    return outcome


def _settle(tx: sa.Connection, assistant: Assistant, workspace_id: int, inbox_id: int) -> tuple[str, list[Parcel]]:
    now = assistant.now()
    kept = inbox.get(tx, workspace_id, inbox_id)
    if kept is None or kept.handled_at is not None or kept.body_enc is None:
        return "done before", []
    fact = Fact.from_bytes(assistant.vault.open(kept.body_enc, bound_to=f"inbox/{workspace_id}/{kept.source}"))
    invoice = _find(tx, workspace_id, fact)
    if invoice is None:
        inbox.done(tx, workspace_id, inbox_id, "not one of ours", now)
        counters.add(tx, workspace_id, f"{fact.provider}_events_of_others")
        return "not one of ours", _tell_astray(tx, workspace_id, fact, now)
    parcels = apply_event(
        tx,
        invoice,
        EVENTS[fact.state],
        amount=fact.amount,
        currency=fact.currency,
        reason=fact.reason,
        now=now,
    )
    inbox.done(tx, workspace_id, inbox_id, f"invoice {invoice.id}", now)
    return "applied", parcels


def _find(tx: sa.Connection, workspace_id: int, fact: Fact) -> Invoice | None:
    """The invoice a fact is about: by the provider's id, else by ours.

    Money may be faster than the answer to the call that made its invoice.
    """
    if fact.external_id is None:
        return None
    invoice = invoices.by_external_id(tx, workspace_id, fact.provider, fact.external_id)
    if invoice is not None:
        return invoices.lock(tx, workspace_id, invoice.id)
    if fact.state not in MONEY or fact.invoice_id is None or not _is_ours(tx, workspace_id, fact):
        return None
    named = invoices.lock(tx, workspace_id, fact.invoice_id)
    if named is None or named.provider != fact.provider or named.external_id is not None:
        return None
    invoices.change(tx, workspace_id, named.id, external_id=fact.external_id)
    return named


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
        f"{fact.provider.title()} says {fact.external_id} is {fact.state.value.replace('_', ' ')}, "
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
    """Apply what a provider answered about one invoice when it was asked."""
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    paid = amount if event is InvoiceEvent.PAYMENT else None
    return apply_event(tx, invoice, event, amount=paid, reason=None, now=now)


def apply_event(
    tx: sa.Connection,
    invoice: Invoice,
    event: InvoiceEvent,
    *,
    amount: int | None,
    reason: str | None,
    now: datetime,
    currency: str | None = None,
) -> list[Parcel]:
    """Apply one event to a locked invoice by the table of transitions, and tell whoever should know."""
    workspace_id = invoice.workspace_id
    status = after(invoice.status, event)
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id)
    assert buyer is not None, "invoices refer to their buyer"
    if event is InvoiceEvent.PAYMENT_FAILED and invoice.status in (InvoiceStatus.DRAFT, InvoiceStatus.SENT):
        why = f": {reason}" if reason else ""
        return tell_operators(
            tx,
            workspace_id,
            f"{buyer.label}'s payment of {invoice.total} failed{why}. The link still works; they can try again.",
            key=f"failed:{invoice.id}:{now.timestamp():.0f}",
            now=now,
        )
    if status is invoice.status:
        return []
    if status is InvoiceStatus.VOID:
        if close_void(tx, invoice):
            return []
    else:
        paid_at = {"paid_at": now} if status is InvoiceStatus.PAID else {}
        invoices.change(tx, workspace_id, invoice.id, status=status, **paid_at)
        runs.settle(tx, workspace_id, invoice.id, status.value)
    if status is InvoiceStatus.PAID:
        return _tell_paid(tx, invoice, buyer.label, amount, currency, now)
    return tell_operators(
        tx,
        workspace_id,
        f"{buyer.label}'s invoice of {invoice.total} is now {status.value.replace('_', ' ')}.",
        key=f"{status.value}:{invoice.id}",
        now=now,
    )


def _tell_paid(
    tx: sa.Connection, invoice: Invoice, label: str, amount: int | None, currency: str | None, now: datetime
) -> list[Parcel]:
    workspace_id = invoice.workspace_id
    told = f"{label} paid {invoice.total}."
    if amount is not None and (amount != invoice.amount_cents or (currency or invoice.currency) != invoice.currency):
        paid = Money(amount, currency or invoice.currency)
        told = f"{label} paid {paid}; the invoice was {invoice.total}. Please check."
    if invoice.status is InvoiceStatus.VOID:
        told += " The invoice was void already: refund it at the provider, or give them the items with /award."
    parcels = tell_operators(tx, workspace_id, told, key=f"paid:{invoice.id}", now=now)
    return parcels + tell_buyer(
        tx,
        workspace_id,
        invoice.buyer_id,
        f"Thank you! Your payment of {invoice.total} has arrived.",
        purpose="thanks",
        key=f"thanks:{invoice.id}",
        invoice_id=invoice.id,
        now=now,
    )
