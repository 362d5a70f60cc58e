"""Issues invoices: one per buyer with an unbilled winner claim, reserved here and placed by a durable job each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from adapters.registry import display_name, provider_class
from bot.domain.claim import Claim
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus, after
from bot.domain.offers import works_in
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.draw_bills import draft_bill
from bot.workflows.find_connections import connections
from bot.workflows.offer_providers import billable
from bot.workflows.reserve_invoices import Issued, Reserved, redrawn, reserve_in_a_run, reserve_like
from storage import buyers, claims, integrations, invoices, items

NO_PROVIDER = "No payment provider is connected. In our private chat send /stripe connect"
BY_HAND = "I do not know how buyers pay you. In our private chat send /manual connect"
BEYOND = "What is connected is not part of this workspace's plan any more: new invoices wait for a larger one."


class NoProvider(BadInput):
    """There is no place where invoices can be made."""


async def issue_invoices(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None = None,
    channel_id: int | None = None,
    chat_id: str = "",
    provider: str = "",
) -> Issued:
    """Bill every winner claim that no invoice bills yet, of all buyers or `only` of these.

    It is done at this `provider`, or at the one the workspace bills through. Doing it twice bills nothing twice: the
    claims are taken by the first. Raises BadInput when nothing can be billed.
    """
    variant = assistant.settings.variant

    def reserve(tx: sa.Connection, show: Show, held: list[Invoice], now: datetime) -> Reserved:
        integration = _provider(tx, workspace_id, variant, provider)
        made, under_way = _bill_all(tx, show, integration, held, only, now)
        held = invoices.of_show(tx, workspace_id, show.id)
        return [*made, *_reprice(tx, show, held, only, now)], under_way

    return await reserve_in_a_run(assistant, workspace_id, show_id, reserve, channel_id=channel_id, chat_id=chat_id)


async def retry_invoices(
    assistant: Assistant,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None = None,
    channel_id: int | None = None,
    chat_id: str = "",
) -> Issued:
    """Try the invoices again that ended in an error, and make pages for what is left of others where those are over."""

    def reserve(tx: sa.Connection, show: Show, held: list[Invoice], now: datetime) -> Reserved:
        again = _reprice(tx, show, held, only, now)
        for invoice in held:
            if only is not None and invoice.buyer_id not in only:
                continue
            if invoice.status is InvoiceStatus.ERROR:
                again.append((invoice.id, _retry(tx, show, invoice, now)))
            elif invoice.waits_for_page:
                invoices.change(tx, workspace_id, invoice.id, tries=invoice.tries + 1, error_message=None)
                again.append((invoice.id, invoice.tries + 1))
        return again, 0

    return await reserve_in_a_run(assistant, workspace_id, show_id, reserve, channel_id=channel_id, chat_id=chat_id)


def style_of(integration: integrations.Integration) -> str:
    """What a buyer's link opens at this provider: as the integration's settings say, else the provider's usual."""
    styles = provider_class(integration.provider).styles
    chosen = integration.settings.get("checkout_style")
    return chosen if chosen in styles else styles[0]


def _provider(tx: sa.Connection, workspace_id: int, variant: str, wanted: str) -> integrations.Integration:
    """Where invoices are made. Raises NoProvider with what to do when there is no such place."""
    for integration in billable(tx, workspace_id, variant):
        if wanted in ("", integration.provider):
            return integration
    there = connections(tx, workspace_id)
    for broken in there:
        if broken.status == "error":
            raise NoProvider(f"{display_name(broken.provider)} is not working: {broken.error}")
    if any(one.status == "active" for one in there):
        raise NoProvider(BEYOND)
    raise NoProvider(NO_PROVIDER if works_in("integrations", variant) else BY_HAND)


def _bill_all(
    tx: sa.Connection,
    show: Show,
    integration: integrations.Integration,
    held: Iterable[Invoice],
    only: Collection[int] | None,
    now: datetime,
) -> Reserved:
    """An invoice per buyer for what no invoice bills; an unpaid one they have at this account is taken over."""
    before: dict[int, list[Invoice]] = {}
    for invoice in held:
        if invoice.account_id == integration.account_id:
            before.setdefault(invoice.buyer_id, []).append(invoice)
    per_buyer: dict[int, list[Claim]] = {}
    for claim in claims.unbilled_winners(tx, show.workspace_id, show.id):
        assert claim.buyer_id is not None, "only claims with a buyer are listed"
        if only is None or claim.buyer_id in only:
            per_buyer.setdefault(claim.buyer_id, []).append(claim)
    by_id = {item.id: item for item in items.of_show(tx, show.workspace_id, show.id)}
    known = buyers.many(tx, show.workspace_id, per_buyer)
    made: list[tuple[int, int]] = []
    under_way = 0
    for buyer_id, billed in per_buyer.items():
        unpaid = _unpaid(before.get(buyer_id, []))
        if unpaid is not None and _is_under_way(tx, unpaid):
            under_way += 1
            continue
        bill = draft_bill(tx, show, buyer_id, billed, by_id, provider=integration.provider, now=now)
        if not bill.lines:
            continue
        invoice_id = invoices.reserve(
            tx,
            show.workspace_id,
            show_id=show.id,
            integration_id=integration.id,
            provider=integration.provider,
            account_id=integration.account_id,
            buyer_id=buyer_id,
            buyer_handle=known[buyer_id].handle,
            buyer_platform_user_id=known[buyer_id].platform_user_id,
            currency=show.currency,
            lines=bill.lines,
            replaces_id=None if unpaid is None else unpaid.id,
            style=style_of(integration),
            now=now,
        )
        claims.bill(tx, show.workspace_id, [claim.id for claim in billed], invoice_id)
        made.append((invoice_id, 1))
    return made, under_way


def _unpaid(theirs: list[Invoice]) -> Invoice | None:
    """The unpaid invoice a new one takes over: what is not paid yet becomes one bill again."""
    open_to_change = (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.ERROR)
    return next((invoice for invoice in reversed(theirs) if invoice.status in open_to_change), None)


def _is_under_way(tx: sa.Connection, invoice: Invoice) -> bool:
    """Whether it is between our books and the provider's, by itself or with those it is merged with."""
    if invoice.is_being_made:
        return True
    return invoice.merged_into_id is not None and invoices.successor(tx, invoice.workspace_id, invoice.id) is not None


def _retry(tx: sa.Connection, show: Show, invoice: Invoice, now: datetime) -> int:
    """Have one tried again, with the bill of today if the provider does not have it; returns which try it is."""
    status, tries = after(invoice.status, InvoiceEvent.RETRIED), invoice.tries + 1
    invoices.change(tx, show.workspace_id, invoice.id, status=status, tries=tries, error_message=None)
    if invoice.external_id is None:
        invoices.rewrite_lines(tx, show.workspace_id, invoice.id, redrawn(tx, show, [invoice], now).lines)
    return tries


def _reprice(
    tx: sa.Connection, show: Show, held: Iterable[Invoice], only: Collection[int] | None, now: datetime
) -> list[tuple[int, int]]:
    """New invoices for drafts that waited for a price and can be finished now; each takes its draft over."""
    made = []
    taken_over = {invoice.replaces_id for invoice in held if invoice.status is not InvoiceStatus.VOID}
    for draft in held:
        if draft.status is not InvoiceStatus.DRAFT or draft.id in taken_over:
            continue
        if not draft.unpriced or draft.is_being_made or (only is not None and draft.buyer_id not in only):
            continue
        bill = redrawn(tx, show, [draft], now)
        if all(line.unit_cents is not None for line in bill.lines):
            made.append((reserve_like(tx, draft, bill, now, replaces_id=draft.id), 1))
    return made
