"""Keeps what providers tell us: once, by whichever way it comes, before anything is done about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adapters.base import PaymentState, PaymentUpdate
from bot.domain.invoice import InvoiceEvent
from bot.domain.money import Money
from bot.workflows.assistant import Assistant
from storage import checkouts, connected_accounts, counters, inbox, integrations, invoices, workspaces

EVENTS: Mapping[PaymentState, InvoiceEvent] = {
    PaymentState.PAID: InvoiceEvent.PAYMENT,
    PaymentState.PARTLY_PAID: InvoiceEvent.PART_PAYMENT,
    PaymentState.FAILED: InvoiceEvent.PAYMENT_FAILED,
    PaymentState.VOIDED: InvoiceEvent.VOIDED,
    PaymentState.EXPIRED: InvoiceEvent.EXPIRED,
    PaymentState.REFUNDED: InvoiceEvent.REFUND,
    PaymentState.PARTLY_REFUNDED: InvoiceEvent.PART_REFUND,
    PaymentState.REFUND_FAILED: InvoiceEvent.REFUND_FAILED,
    PaymentState.DISPUTED: InvoiceEvent.DISPUTED,
    PaymentState.DISPUTE_WON: InvoiceEvent.DISPUTE_WON,
    PaymentState.DISPUTE_LOST: InvoiceEvent.DISPUTE_LOST,
}
"""What a provider's fact means to an invoice; a state that is not here is kept and never acted on."""


PLAY = "a test, and the connection is live"
"""What came of an event about no real money."""


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
    payment_id: str | None = None
    account_id: str | None = None
    refund_id: str | None = None
    confirm: bool = False
    checkout_id: str | None = None
    order_id: str | None = None

    @property
    def money(self) -> Money | None:
        """How much it is about, when it says."""
        return None if self.amount is None or self.currency is None else Money(self.amount, self.currency)

    @classmethod
    def of(cls, update: PaymentUpdate, account_id: str) -> Fact:
        """What is worth keeping of an update about this account, unless it names another one."""
        return cls(
            provider=update.provider,
            state=update.state,
            external_id=update.external_id,
            workspace_uid=update.workspace_uid,
            invoice_id=update.invoice_id,
            amount=update.amount.amount if update.amount else None,
            currency=update.amount.currency if update.amount else None,
            reason=update.reason,
            payment_id=update.payment_id,
            account_id=update.account_id or account_id,
            confirm=update.confirm,
            checkout_id=update.checkout_id,
            order_id=update.order_id,
            refund_id=update.refund_id,
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
    """Whose event this is when it came through the platform's own door; the first workspace's when nobody's.

    The invoice says so, or the account. What an account wrote into its own metadata names nobody else's workspace.
    """
    owner = invoices.owner(tx, update.provider, update.external_id) if update.external_id else None
    if owner is None and (page := update.checkout_id or update.external_id):
        owner = checkouts.owner(tx, update.provider, page)
    if owner is not None:
        return owner
    there = workspaces_at(tx, update.provider, update.account_id)
    named = workspaces.by_uid(tx, update.workspace_uid) if update.workspace_uid else None
    if named is not None and (not there or named in there):
        return named
    return there[0] if there else workspaces.first(tx)


def workspaces_at(tx: sa.Connection, provider: str, account_id: str | None) -> list[int]:
    """The workspaces that are connected to this account, or whose own below the platform's it is."""
    if not account_id:
        return []
    connected = [one.workspace_id for one in integrations.by_account(tx, provider, account_id)]
    return list(dict.fromkeys([*connected, *connected_accounts.owners(tx, provider, account_id)]))


def is_play_money(tx: sa.Connection, workspace_id: int, provider: str, *, livemode: bool) -> bool:
    """Whether an event is of a test while the workspace sells for real: a platform's live endpoint hears of both.

    https://docs.stripe.com/connect/webhooks
    """
    if livemode:
        return False
    integration = integrations.get(tx, workspace_id, provider)
    return integration is not None and integration.livemode


def source_of(provider: str, workspace_id: int) -> str:
    """Where event ids of a provider are unique: in the books of one workspace.

    An event is the same one by whichever way it comes: the platform's door, the workspace's own, or our reading
    the provider's list. Another workspace's door cannot use up its id.
    """
    return f"{provider}:{workspace_id}"


async def keep_updates(
    assistant: Assistant, workspace_id: int, updates: Sequence[PaymentUpdate], *, account_id: str = ""
) -> int:
    """Keep verified payment events, once each, then have them acted on; returns how many were new.

    `account_id` is the account they come from, where that is known.
    """
    new = await assistant.database.write(_keep, assistant, workspace_id, updates, account_id)
    for inbox_id in new:
        await assistant.jobs.settle(workspace_id, inbox_id)
    return len(new)


def _keep(
    tx: sa.Connection, assistant: Assistant, workspace_id: int, updates: Sequence[PaymentUpdate], account_id: str
) -> list[int]:
    new = []
    for update in updates:
        source = source_of(update.provider, workspace_id)
        is_play = is_play_money(tx, workspace_id, update.provider, livemode=update.livemode)
        acted_on = update.state in EVENTS and not is_play
        kept = inbox.keep(
            tx,
            workspace_id,
            source=source,
            event_id=update.event_id,
            kind=update.kind,
            body_enc=assistant.vault.seal(
                Fact.of(update, account_id).to_bytes(), bound_to=f"inbox/{workspace_id}/{source}"
            )
            if acted_on
            else None,
            now=assistant.now(),
            outcome=None if acted_on else PLAY if is_play else "not acted on",
        )
        if kept is None:
            counters.add(tx, workspace_id, f"{update.provider}_events_again")
        elif acted_on:
            new.append(kept)
        else:
            counters.add(tx, workspace_id, f"{update.provider}_events_not_acted_on")
    return new
