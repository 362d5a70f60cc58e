"""Opens the page of somebody else's order: the same one until it ends, and then another one for the same order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adapters.base import Capability, CheckoutOrder
from adapters.registry import provider_class
from bot.domain.books import PaymentStatus
from bot.domain.checkout import Checkout
from bot.domain.invoice import Line
from bot.domain.money import Money
from bot.domain.onboarding import fee_of
from bot.kit.errors import BadInput, OutsideError
from bot.workflows.ask_checkouts import ask_page
from bot.workflows.assistant import Assistant
from bot.workflows.open_checkouts import LEASE, Opening, Step, Turn, begin, is_fresh, is_too_old, open_checkout
from storage import checkouts, integrations, workspaces
from storage.integrations import Integration

OURS = "invoice-"
"""How the pages of our own invoices begin; nobody else's order does."""


class OrderDiffers(BadInput):
    """The order was sent before, and said something else."""


class NoCheckout(BadInput):
    """There is no place where a page can be opened: `code` says what is missing, of the provider that was asked for."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody asks a page for."""

    order_id: str
    currency: str
    lines: tuple[Line, ...]
    title: str
    success_url: str
    cancel_url: str
    provider: str | None
    """None is whichever can."""
    by: str

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return Money(sum(line.amount_cents for line in self.lines), self.currency)


async def open_order(assistant: Assistant, workspace_id: int, order: Order) -> Checkout:
    """The order's page, opened if need be; a paid one says so. Raises BadInput and OutsideError."""
    if order.order_id.startswith(OURS):
        raise BadInput(f"An order_id does not begin with {OURS}: those are the pages of my own invoices.")
    integration = await assistant.database.read(where_to_open, workspace_id, order)
    workspace = await assistant.database.read(workspaces.get, workspace_id)

    def order_for(checkout: Checkout, uid: str) -> CheckoutOrder:
        return CheckoutOrder(
            workspace_uid=uid,
            order_id=checkout.order_id,
            invoice_id=None,
            currency=checkout.currency,
            lines=checkout.lines,
            title=checkout.title,
            customer_id=None,
            buyer_name="",
            success_url=order.success_url,
            cancel_url=order.cancel_url,
            fee_cents=fee_of(checkout.amount_cents, workspace.fee_basis_points),
        )

    def next_step(tx: sa.Connection, workspace_id: int, let_go: Collection[int], now: datetime) -> Step:
        return _next_step(tx, workspace_id, order, integration, let_go, now)

    opening = Opening(provider=assistant.provider_for(integration), next_step=next_step, order_for=order_for)
    checkout = await open_checkout(assistant, workspace_id, opening)
    assert checkout is not None, "an order has a page, or is paid on one"
    return checkout


async def find_order(assistant: Assistant, workspace_id: int, order_id: str) -> Checkout | None:
    """How an order stands, asked again where nobody has told us yet; None when there is no such order."""
    checkout = await assistant.database.read(checkouts.of_order, workspace_id, order_id)
    if checkout is None or not _may_have_news(checkout, assistant.now()):
        return checkout
    integration = await assistant.database.read(integrations.get, workspace_id, checkout.provider)
    if integration is None or integration.account_id != checkout.account_id or checkout.provider_ref is None:
        return checkout
    try:
        await ask_page(assistant, assistant.provider_for(integration), checkout)
    except OutsideError:
        return checkout
    return await assistant.database.read(checkouts.get, workspace_id, checkout.id)


def _may_have_news(checkout: Checkout, now: datetime) -> bool:
    return checkout.status in (PaymentStatus.PENDING, PaymentStatus.FAILED) and not is_fresh(checkout, now)


_WHO_CAN = "GET /api/integrations says who does: those with the capability “checkout”."


def where_to_open(tx: sa.Connection, workspace_id: int, order: Order) -> Integration:
    """Where the page is, or is to be. Raises NoCheckout."""
    known = checkouts.of_order(tx, workspace_id, order.order_id)
    name = order.provider or (known.provider if known is not None else None)
    connected = [one for one in integrations.usable(tx, workspace_id) if name in (None, one.provider)]
    for integration in connected:
        if _can(integration):
            return integration
    if name is None:
        raise NoCheckout(
            f"No provider that opens pages for orders is connected. {_WHO_CAN}", code="PROVIDER_NOT_CONNECTED"
        )
    title = provider_class(name).display_name
    if connected:
        raise NoCheckout(f"{title} opens no pages for orders. {_WHO_CAN}", code=f"{name.upper()}_NOT_OFFERED")
    raise NoCheckout(
        f"{title} is not connected: POST /api/integrations/{name}/connect, or /connect {name} in chat.",
        code=f"{name.upper()}_NOT_CONNECTED",
    )


def _can(integration: Integration) -> bool:
    return Capability.CHECKOUT in provider_class(integration.provider).capabilities


def _next_step(
    tx: sa.Connection,
    workspace_id: int,
    order: Order,
    integration: Integration,
    let_go: Collection[int],
    now: datetime,
) -> Step:
    checkout = checkouts.lock_order(tx, workspace_id, order.order_id)
    if checkout is None:
        checkout = _reserve(tx, workspace_id, order, integration, now)
        if checkout is not None:
            return Step(turn=Turn.OPEN, checkout=checkout)
        checkout = checkouts.lock_order(tx, workspace_id, order.order_id)
        assert checkout is not None, "somebody has just reserved it"
    _check_same(checkout, order, integration)
    if checkout.status is PaymentStatus.PAID:
        return Step(turn=Turn.OVER, checkout=checkout)
    if checkout.status is PaymentStatus.EXPIRED or (checkout.provider_ref is None and _is_to_be_renewed(checkout, now)):
        return _open_again(tx, checkout, now)
    if checkout.provider_ref is None:
        return begin(tx, checkout, now)
    over = checkout.expires_at is not None and checkout.expires_at <= now and checkout.id not in let_go
    return Step(turn=Turn.CLOSE if over else Turn.GIVE, checkout=checkout)


def _reserve(
    tx: sa.Connection, workspace_id: int, order: Order, integration: Integration, now: datetime
) -> Checkout | None:
    checkout_id = checkouts.reserve(
        tx,
        workspace_id,
        order_id=order.order_id,
        invoice_id=None,
        provider=integration.provider,
        account_id=integration.account_id,
        currency=order.currency,
        title=order.title,
        lines=order.lines,
        until=now + LEASE,
        by=order.by,
        now=now,
    )
    return None if checkout_id is None else checkouts.get(tx, workspace_id, checkout_id)


def _check_same(checkout: Checkout, order: Order, integration: Integration) -> None:
    if checkout.total != order.total:
        raise OrderDiffers(f"Order {order.order_id} was sent before, over {checkout.total}. Use another order_id.")
    if (checkout.provider, checkout.account_id) != (integration.provider, integration.account_id):
        raise OrderDiffers(f"Order {order.order_id} was sent before, to another account. Use another order_id.")


def _is_to_be_renewed(checkout: Checkout, now: datetime) -> bool:
    """Whether a page that has no address is not the one that somebody is opening, and its key no good any more."""
    if checkout.expires_at is not None and checkout.expires_at > now:
        return False
    return checkout.status is PaymentStatus.FAILED or is_too_old(checkout, now)


def _open_again(tx: sa.Connection, checkout: Checkout, now: datetime) -> Step:
    """Another page for the same order."""
    checkouts.change(
        tx,
        checkout.workspace_id,
        checkout.id,
        status=PaymentStatus.PENDING,
        provider_ref=None,
        checkout_url=None,
        attempt=checkout.attempt + 1,
        asked_at=None,
        expires_at=now + LEASE,
    )
    return Step(turn=Turn.OPEN, checkout=checkouts.get(tx, checkout.workspace_id, checkout.id))
