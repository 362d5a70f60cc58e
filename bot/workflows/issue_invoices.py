"""Issues invoices: one per buyer with an unbilled winner claim, reserved here and placed by a durable job each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adapters.registry import provider_class
from bot.domain.bill import Bill
from bot.domain.claim import Claim
from bot.domain.invoice import OPEN, Invoice, InvoiceEvent, InvoiceStatus, after
from bot.domain.offers import works_in
from bot.domain.show import Show
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.connect_providers import connections
from bot.workflows.draw_bills import draft_bill
from bot.workflows.offer_providers import billable
from storage import buyers, claims, integrations, invoices, items, runs, shows

NO_PROVIDER = "No payment provider is connected. In our private chat send /stripe connect"
BY_HAND = "I do not know how buyers pay you. In our private chat send /manual connect"
BEYOND = "What is connected is not part of this workspace's plan any more: new invoices wait for a larger one."


class NoProvider(BadInput):
    """There is no place where invoices can be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What an order to invoice set in motion."""

    run_id: int | None
    invoices: tuple[tuple[int, int], ...]
    """(invoice id, tries) of everything to be placed."""
    under_way: int
    """Buyers who were left out because their invoice is being made right now."""


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
    issued = await assistant.database.write(
        _reserve,
        workspace_id,
        show_id,
        only=only,
        channel_id=channel_id,
        chat_id=chat_id,
        variant=assistant.settings.variant,
        provider=provider,
        now=assistant.now(),
    )
    assistant.spawn(hand_over_run(assistant, workspace_id, issued))
    return issued


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
    issued = await assistant.database.write(
        _retry, workspace_id, show_id, only=only, channel_id=channel_id, chat_id=chat_id, now=assistant.now()
    )
    assistant.spawn(hand_over_run(assistant, workspace_id, issued))
    return issued


async def hand_over_run(assistant: Assistant, workspace_id: int, issued: Issued) -> None:
    """Nobody waits for this: the run is on disk, and what a crash leaves out, the sweep finds."""
    if issued.run_id is not None:
        await assistant.jobs.watch_run(workspace_id, issued.run_id)
    for invoice_id, tries in issued.invoices:
        await assistant.jobs.place_invoice(workspace_id, invoice_id, tries)


def _reserve(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None,
    channel_id: int | None,
    chat_id: str,
    variant: str,
    provider: str,
    now: datetime,
) -> Issued:
    show = shows.lock(tx, workspace_id, show_id)
    if show is None:
        raise BadInput("There is no such show.")
    held = invoices.lock_of_show(tx, workspace_id, show_id)
    integration = _provider(tx, workspace_id, variant, provider)
    before: dict[int, list[Invoice]] = {}
    for invoice in held:
        if invoice.account_id == integration.account_id:
            before.setdefault(invoice.buyer_id, []).append(invoice)
    per_buyer: dict[int, list[Claim]] = {}
    for claim in claims.unbilled_winners(tx, workspace_id, show_id):
        assert claim.buyer_id is not None, "only claims with a buyer are listed"
        if only is None or claim.buyer_id in only:
            per_buyer.setdefault(claim.buyer_id, []).append(claim)
    by_id = {item.id: item for item in items.of_show(tx, workspace_id, show_id)}
    known = buyers.many(tx, workspace_id, per_buyer)
    made: list[tuple[int, int]] = []
    under_way = 0
    for buyer_id, billed in per_buyer.items():
        replaced = _replaceable(tx, before.get(buyer_id, []))
        if replaced is _UNDER_WAY:
            under_way += 1
            continue
        bill = draft_bill(tx, show, buyer_id, billed, by_id, provider=integration.provider, now=now)
        if not bill.lines:
            continue
        invoice_id = invoices.reserve(
            tx,
            workspace_id,
            show_id=show_id,
            integration_id=integration.id,
            provider=integration.provider,
            account_id=integration.account_id,
            buyer_id=buyer_id,
            buyer_handle=known[buyer_id].handle,
            buyer_platform_user_id=known[buyer_id].platform_user_id,
            currency=show.currency,
            lines=bill.lines,
            replaces_id=replaced.id if isinstance(replaced, Invoice) else None,
            style=style_of(integration),
            now=now,
        )
        claims.bill(tx, workspace_id, [claim.id for claim in billed], invoice_id)
        made.append((invoice_id, 1))
    made += _reprice(tx, workspace_id, show, only, now)
    return start_run(tx, workspace_id, show, made, under_way, channel_id, chat_id, now)


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
            raise NoProvider(f"{broken.provider.title()} is not working: {broken.error}")
    if any(one.status == "active" for one in there):
        raise NoProvider(BEYOND)
    raise NoProvider(NO_PROVIDER if works_in("integrations", variant) else BY_HAND)


class _UnderWay:
    """An invoice of this buyer is between our books and the provider's."""


_UNDER_WAY = _UnderWay()


def _replaceable(tx: sa.Connection, theirs: list[Invoice]) -> Invoice | _UnderWay | None:
    """The unpaid invoice a new one takes over: what is not paid yet becomes one bill again."""
    for invoice in reversed(theirs):
        if invoice.is_being_made:
            return _UNDER_WAY
        if invoice.status in (InvoiceStatus.DRAFT, InvoiceStatus.SENT, InvoiceStatus.ERROR):
            merging = invoice.merged_into_id and invoices.successor(tx, invoice.workspace_id, invoice.id)
            return _UNDER_WAY if merging else invoice
    return None


def _retry(
    tx: sa.Connection,
    workspace_id: int,
    show_id: int,
    *,
    only: Collection[int] | None,
    channel_id: int | None,
    chat_id: str,
    now: datetime,
) -> Issued:
    show = shows.lock(tx, workspace_id, show_id)
    if show is None:
        raise BadInput("There is no such show.")
    invoices.lock_of_show(tx, workspace_id, show_id)
    again = _reprice(tx, workspace_id, show, only, now)
    for invoice in invoices.of_show(tx, workspace_id, show_id, statuses=[InvoiceStatus.ERROR]):
        if only is not None and invoice.buyer_id not in only:
            continue
        status = after(invoice.status, InvoiceEvent.RETRIED)
        tries = invoice.tries + 1
        invoices.change(tx, workspace_id, invoice.id, status=status, tries=tries, error_message=None)
        if invoice.external_id is None:
            invoices.rewrite_lines(tx, workspace_id, invoice.id, redrawn(tx, show, invoice, now).lines)
        again.append((invoice.id, tries))
    for invoice in invoices.of_show(tx, workspace_id, show_id, statuses=OPEN):
        if invoice.waits_for_page and (only is None or invoice.buyer_id in only):
            invoices.change(tx, workspace_id, invoice.id, tries=invoice.tries + 1, error_message=None)
            again.append((invoice.id, invoice.tries + 1))
    return start_run(tx, workspace_id, show, again, 0, channel_id, chat_id, now)


def _reprice(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    only: Collection[int] | None,
    now: datetime,
) -> list[tuple[int, int]]:
    """New invoices for drafts that waited for a price and can be finished now; each takes its draft over."""
    made = []
    taken_over = {
        invoice.replaces_id
        for invoice in invoices.of_show(tx, workspace_id, show.id)
        if invoice.status is not InvoiceStatus.VOID
    }
    for draft in invoices.of_show(tx, workspace_id, show.id, statuses=[InvoiceStatus.DRAFT]):
        if draft.id in taken_over or not draft.unpriced or draft.is_being_made:
            continue
        if only is not None and draft.buyer_id not in only:
            continue
        bill = redrawn(tx, show, draft, now)
        if all(line.unit_cents is not None for line in bill.lines):
            made.append(take_the_place_of(tx, workspace_id, draft, bill, now))
    return [(invoice_id, 1) for invoice_id in made]


def redrawn(tx: sa.Connection, show: Show, invoice: Invoice, now: datetime) -> Bill:
    """The bill of an invoice, as it would be drawn now."""
    billed = claims.on_invoice(tx, show.workspace_id, invoice.id)
    return draft_bill(
        tx,
        show,
        invoice.buyer_id,
        billed,
        items.many(tx, show.workspace_id, {claim.item_id for claim in billed if claim.item_id is not None}),
        provider=invoice.provider,
        now=now,
        instead_of=[invoice.id],
    )


def take_the_place_of(tx: sa.Connection, workspace_id: int, draft: Invoice, bill: Bill, now: datetime) -> int:
    """An invoice in the place of `draft`; the claims move over when the provider has let the draft go."""
    buyer = buyers.get(tx, workspace_id, draft.buyer_id)
    return invoices.reserve(
        tx,
        workspace_id,
        show_id=draft.show_id,
        integration_id=draft.integration_id,
        provider=draft.provider,
        account_id=draft.account_id,
        buyer_id=draft.buyer_id,
        buyer_handle=buyer.handle if buyer else "",
        buyer_platform_user_id=buyer.platform_user_id if buyer else "",
        currency=draft.currency,
        lines=bill.lines,
        replaces_id=draft.id,
        style=draft.style,
        now=now,
    )


def start_run(
    tx: sa.Connection,
    workspace_id: int,
    show: Show,
    made: list[tuple[int, int]],
    under_way: int,
    channel_id: int | None,
    chat_id: str,
    now: datetime,
) -> Issued:
    run_id = None
    if made:
        run_id = runs.create(
            tx,
            workspace_id,
            show_id=show.id,
            kind="invoice",
            channel_id=channel_id,
            chat_id=chat_id,
            invoice_ids=[invoice_id for invoice_id, _ in made],
            now=now,
        )
    return Issued(run_id=run_id, invoices=tuple(made), under_way=under_way)
