"""Follows a buyer's link: what its page says, and where its button leads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import sqlalchemy as sa

from adapters.base import CheckoutOrder, CheckoutStyle
from adapters.registry import display_name
from bot.domain.books import PaymentStatus
from bot.domain.buyer import Buyer
from bot.domain.checkout import Checkout
from bot.domain.invoice import Invoice, InvoiceStatus
from bot.domain.onboarding import fee_of
from bot.kit.errors import NotAuthorised, OutsideError, Refused
from bot.workflows.ask_payments import ask_invoice
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.open_checkouts import LEASE, Opening, Step, Turn, begin, is_too_old, open_checkout
from bot.workflows.tell import Parcel, hand_over, tell_operators
from bot.workflows.void_invoices import check_account
from messaging.texts import Texts
from storage import buyers, channels, checkouts, integrations, invoices, shows, workspaces
from storage.integrations import Integration

TYPING = timedelta(minutes=5)
"""A page that ends sooner is given to nobody any more: it takes a while to type a card."""


class Standing(Enum):
    """What there is to say to whoever opens a link."""

    PAYABLE = "payable"
    MAKING = "making"
    """It is not at its provider yet, or waits for a price."""
    REFUSED = "refused"
    """It could not be made, or its page is over: the shop has to look after it."""
    PAID = "paid"
    REFUNDED = "refunded"
    RELEASED = "released"
    EXPIRED = "expired"


_STANDING = {
    InvoiceStatus.ERROR: Standing.REFUSED,
    InvoiceStatus.PAID: Standing.PAID,
    InvoiceStatus.PARTLY_REFUNDED: Standing.PAID,
    InvoiceStatus.REFUNDED: Standing.REFUNDED,
    InvoiceStatus.VOID: Standing.RELEASED,
    InvoiceStatus.EXPIRED: Standing.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A buyer's link, with everything its page says."""

    invoice: Invoice
    shop: str
    show: str
    provider: str
    """As people call it."""
    texts: Texts
    standing: Standing
    replaced_by: Invoice | None
    """The invoice that has taken this one's place."""

    @property
    def url(self) -> str | None:
        """The provider's page, where there is one already that does not end."""
        return None if self.invoice.style == CheckoutStyle.CHECKOUT else self.invoice.external_url


async def find_link(assistant: Assistant, token: str) -> Link | None:
    """The link with this token, as it stands; None when there is none."""
    return await assistant.database.read(_find, token)


async def ask_link(assistant: Assistant, link: Link) -> None:
    """Ask the provider whether the money has come, where nobody has told us yet; silence is an answer, too."""
    try:
        await ask_invoice(assistant, link.invoice)
    except OutsideError:
        return


async def follow_link(assistant: Assistant, link: Link) -> str | None:
    """The provider's page for a payable link, opened if need be; None when there is nothing to pay any more.

    Raises OutsideError when it cannot be opened now.
    """
    if link.url is not None:
        return link.url
    try:
        checkout = await open_invoice_page(assistant, link.invoice)
    except Refused as no:
        parcels = await assistant.database.write(_refused, link.invoice, no, assistant.now())
        await hand_over(assistant, link.invoice.workspace_id, parcels)
        raise
    return checkout.url if checkout is not None else None


async def open_invoice_page(assistant: Assistant, invoice: Invoice, *, back: str = "") -> Checkout | None:
    """A page for what is still open of an invoice; None when nothing is. Raises OutsideError.

    `back` is where the buyer comes out when there is no page of ours.
    """
    integration = await assistant.database.read(integrations.by_id, invoice.workspace_id, invoice.integration_id)
    assert integration is not None, "invoices refer to their integration"
    check_account(invoice, integration)
    workspace, buyer, customer_id = await assistant.database.read(_about, invoice)
    ours = invoice.pay_link(assistant.settings.public_url) if assistant.settings.public_url else None
    done = f"{ours}?done" if ours else back

    def order_for(checkout: Checkout, uid: str) -> CheckoutOrder:
        return CheckoutOrder(
            workspace_uid=uid,
            order_id=checkout.order_id,
            invoice_id=invoice.id,
            currency=checkout.currency,
            lines=checkout.lines,
            title=checkout.title,
            customer_id=customer_id,
            buyer_name=buyer.name or buyer.handle,
            success_url=done,
            cancel_url=ours or back,
            fee_cents=fee_of(checkout.amount_cents, workspace.fee_basis_points),
        )

    def next_step(tx: sa.Connection, workspace_id: int, let_go: Collection[int], now: datetime) -> Step:
        return _next_step(tx, workspace_id, invoice.id, integration, let_go, now)

    opening = Opening(provider=assistant.provider_for(integration), next_step=next_step, order_for=order_for)
    return await open_checkout(assistant, invoice.workspace_id, opening)


def _refused(tx: sa.Connection, invoice: Invoice, no: Refused, now: datetime) -> list[Parcel]:
    """A buyer wants to pay and cannot: the operators hear of it, once a day for each invoice."""
    if isinstance(no, NotAuthorised):
        integrations.set_health(tx, invoice.workspace_id, invoice.integration_id, error=no.message)
    buyer = buyers.get(tx, invoice.workspace_id, invoice.buyer_id)
    assert buyer is not None, "invoices refer to their buyer"
    return tell_operators(
        tx,
        invoice.workspace_id,
        f"{buyer.label} wants to pay {invoice.rest} and cannot: {no.message} "
        f"When that is mended, the same link works. Or void it: /void {buyer.label}",
        key=f"cannot-pay:{invoice.id}:{now:%Y-%m-%d}",
        now=now,
    )


def _find(tx: sa.Connection, token: str) -> Link | None:
    invoice = invoices.by_pay_token(tx, token)
    if invoice is None:
        return None
    workspace_id = invoice.workspace_id
    show = shows.get(tx, workspace_id, invoice.show_id)
    standing = _STANDING.get(invoice.status, Standing.PAYABLE)
    if standing is Standing.PAYABLE and not (invoice.is_payable and invoice.rest.amount):
        standing = Standing.REFUSED if invoice.waits_for_page else Standing.MAKING
    return Link(
        invoice=invoice,
        shop=_shop(tx, invoice),
        show=show.title if show is not None else "",
        provider=display_name(invoice.provider),
        texts=texts_for(tx, workspace_id, invoice.buyer_id, invoice.show_id),
        standing=standing,
        replaced_by=invoices.in_place_of(tx, workspace_id, invoice) if standing is Standing.RELEASED else None,
    )


def _shop(tx: sa.Connection, invoice: Invoice) -> str:
    """Who sells: as the workspace is named, else as the bot or Page is where the buyer writes to it."""
    name = workspaces.get(tx, invoice.workspace_id).name
    if name != workspaces.UNNAMED:
        return name
    ids = buyers.identities_of(tx, invoice.workspace_id, invoice.buyer_id)
    return next((title for one in ids if (title := channels.title_of(tx, invoice.workspace_id, one.channel_id))), "")


def _about(tx: sa.Connection, invoice: Invoice) -> tuple[workspaces.Workspace, Buyer, str | None]:
    workspace_id = invoice.workspace_id
    buyer = buyers.get(tx, workspace_id, invoice.buyer_id)
    assert buyer is not None, "invoices refer to their buyer"
    customer_id = buyers.customer_of(tx, workspace_id, invoice.buyer_id, invoice.provider, invoice.account_id)
    return workspaces.get(tx, workspace_id), buyer, customer_id


def _next_step(
    tx: sa.Connection,
    workspace_id: int,
    invoice_id: int,
    integration: Integration,
    let_go: Collection[int],
    now: datetime,
) -> Step:
    invoice = invoices.lock(tx, workspace_id, invoice_id)
    assert invoice is not None, "invoices are never deleted"
    if _STANDING.get(invoice.status, Standing.PAYABLE) is not Standing.PAYABLE or not invoice.rest.amount:
        return Step(turn=Turn.OVER)
    lines = invoice.asking(invoice.rest.amount)
    there = checkouts.of_invoice(tx, workspace_id, invoice_id)
    newest = next((one for one in there if one.status is PaymentStatus.PENDING and one.id not in let_go), None)
    if newest is not None and newest.provider_ref is None:
        if newest.lines == lines and not is_too_old(newest, now):
            return begin(tx, newest, now)
        checkouts.change(tx, workspace_id, newest.id, status=PaymentStatus.FAILED)
    elif newest is not None:
        lasts = newest.expires_at is None or newest.expires_at - now > TYPING
        return Step(turn=Turn.GIVE if lasts and newest.lines == lines else Turn.CLOSE, checkout=newest)
    show = shows.get(tx, workspace_id, invoice.show_id)
    checkout_id = checkouts.reserve(
        tx,
        workspace_id,
        order_id=f"invoice-{invoice.id}-{checkouts.count_of_invoice(tx, workspace_id, invoice_id) + 1}",
        invoice_id=invoice.id,
        provider=integration.provider,
        account_id=invoice.account_id,
        currency=invoice.currency,
        title=f"{show.title} ({invoice.number})" if show is not None else invoice.number,
        lines=lines,
        until=now + LEASE,
        now=now,
    )
    assert checkout_id is not None, "nobody else reserves for a locked invoice"
    return Step(turn=Turn.OPEN, checkout=checkouts.get(tx, workspace_id, checkout_id))
