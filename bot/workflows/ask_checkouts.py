"""Asks providers what became of pages to pay on, and closes those that nobody is to pay on any more."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import Checkout as Page
from adapters.base import PaymentProvider
from bot.domain.books import PaymentStatus
from bot.domain.checkout import Checkout, CheckoutEvent
from bot.domain.invoice import OPEN, Invoice
from bot.kit.errors import NotAuthorised, OutsideError, Refused
from bot.workflows.assistant import Assistant
from bot.workflows.open_checkouts import close_page
from bot.workflows.settle_checkouts import settle_answer, settle_page
from bot.workflows.tell import Parcel, hand_over
from storage import checkouts, integrations, invoices
from storage.integrations import Integration

_log = logging.getLogger(__name__)

AT_ONCE = 50
"""Pages asked about in one go; those asked about longest ago come first."""
SOON = timedelta(days=1)
"""How long somebody who opened a page is likely to pay on it: one that lasts for ever is mostly left behind."""


async def ask_checkouts(
    assistant: Assistant,
    *,
    every: timedelta,
    unheard_every: timedelta,
    unheard: Collection[int] = (),
    but_not: Collection[int] = (),
) -> int:
    """Ask about every page that money may still come by and that is due; returns how many had news.

    `unheard_every` is for what no event tells us in time: pages whose time is over, or whose invoice is void or paid
    otherwise, if only in part, and every new page of the integrations that are `unheard`. Those of the integrations in
    `but_not` are left alone.
    """
    now = assistant.now()
    due = await assistant.database.read(
        checkouts.to_ask,
        now=now,
        asked_before=now - every,
        unheard_before=now - unheard_every,
        unheard=unheard,
        unheard_since=now - SOON,
        but_not=but_not,
        limit=AT_ONCE,
    )
    news = 0
    dead: set[tuple[int, str]] = set()
    for checkout in due:
        account = (checkout.workspace_id, checkout.provider)
        if account in dead:  # each has its turn all the same: else they would come first again, before everybody's
            await assistant.database.write(checkouts.asked, checkout.workspace_id, checkout.id, now)
            continue
        try:
            news += await _look_after(assistant, checkout)
        except NotAuthorised as refusal:
            dead.add(account)
            await assistant.database.write(_note_dead_key, checkout, refusal.message, now)
        except OutsideError as trouble:
            _log.info("page %s could not be asked about: %s", checkout.id, trouble)
            await assistant.database.write(checkouts.asked, checkout.workspace_id, checkout.id, assistant.now())
    return news


async def ask_pages(assistant: Assistant, provider: PaymentProvider, invoice: Invoice) -> bool:
    """Ask about every page of an invoice that money may still come by; true when one had news. Raises OutsideError."""
    there = await assistant.database.read(checkouts.of_invoice, invoice.workspace_id, invoice.id)
    news = [await ask_page(assistant, provider, one) for one in there if _may_be_paid(one)]
    return any(news)


async def close_pages(assistant: Assistant, provider: PaymentProvider, invoice: Invoice) -> bool:
    """Close every page of an invoice; true when one of them was paid before. Raises OutsideError."""
    there = await assistant.database.read(checkouts.of_invoice, invoice.workspace_id, invoice.id)
    paid = [await close_page(assistant, provider, one) for one in there if _may_be_paid(one)]
    return any(paid)


async def _look_after(assistant: Assistant, checkout: Checkout) -> bool:
    integration, is_over = await assistant.database.read(_about, checkout)
    provider = assistant.provider_for(integration)
    if not is_over:
        return await ask_page(assistant, provider, checkout)
    await close_page(assistant, provider, checkout)
    return True


async def ask_page(assistant: Assistant, provider: PaymentProvider, checkout: Checkout) -> bool:
    """Ask about one page and settle the answer; true when there is news. Raises OutsideError.

    One that its provider does not show is over when its time is.
    """
    assert checkout.provider_ref is not None, "only pages that were opened are asked about"
    now = assistant.now()
    try:
        page = await provider.ask_checkout(checkout.provider_ref)
    except Refused as no:
        if isinstance(no, NotAuthorised) or checkout.expires_at is None or checkout.expires_at > now:
            raise
        page = None
    parcels = await assistant.database.write(_settle, checkout, page, now)
    await hand_over(assistant, checkout.workspace_id, parcels)
    return page is None or page.state != "open"


def _settle(tx: sa.Connection, checkout: Checkout, page: Page | None, now: datetime) -> list[Parcel]:
    if page is None:
        return settle_page(tx, checkout.workspace_id, checkout.id, CheckoutEvent.EXPIRED, now=now)
    return settle_answer(tx, checkout.workspace_id, checkout.id, page, now)


def _may_be_paid(checkout: Checkout) -> bool:
    return checkout.provider_ref is not None and checkout.status in (PaymentStatus.PENDING, PaymentStatus.FAILED)


def _about(tx: sa.Connection, checkout: Checkout) -> tuple[Integration, bool]:
    """Where a page is, and whether it asks for what is not to be paid any more."""
    integration = integrations.get(tx, checkout.workspace_id, checkout.provider)
    if integration is None or integration.account_id != checkout.account_id:
        raise Refused("It is in another account than the one connected now.", code="other_account")
    if checkout.invoice_id is None:
        return integration, False
    invoice = invoices.get(tx, checkout.workspace_id, checkout.invoice_id)
    assert invoice is not None, "pages refer to their invoice"
    return integration, invoice.status not in OPEN or invoice.rest.amount != checkout.amount_cents


def _note_dead_key(tx: sa.Connection, checkout: Checkout, error: str, now: datetime) -> None:
    checkouts.asked(tx, checkout.workspace_id, checkout.id, now)
    integration = integrations.get(tx, checkout.workspace_id, checkout.provider)
    assert integration is not None, "it was there when it was asked"
    integrations.set_health(tx, checkout.workspace_id, integration.id, error=error)
