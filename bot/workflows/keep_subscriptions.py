"""Keeps subscriptions: begun, paused, resumed and ended at the provider; reserved here first, and never begun twice."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from adapters.base import Capability, NotOffered, PaymentProvider, ProviderSubscription, SubscriptionOrder
from adapters.registry import PROVIDERS, provider_class
from bot.domain.money import Money
from bot.domain.subscription import AFTER, ASKED, REFUSED, Change, Subscription, can
from bot.kit.errors import BadInput, LiveAssistError, NotAuthorised, OutsideError, Refused
from bot.kit.redact import redact
from bot.kit.retry import with_retries
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.find_connections import NotConnected
from bot.workflows.note_integrations import Level, log
from bot.workflows.offer_providers import billable, offered
from bot.workflows.open_orders import OrderDiffers
from bot.workflows.tell import Parcel, hand_over, tell_buyer
from messaging.base import Button
from storage import buyers, integrations, subscriptions, workspaces
from storage.integrations import Integration

_log = logging.getLogger(__name__)


class NotPossible(BadInput):
    """That cannot be done to this subscription as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants a buyer to pay again and again."""

    order_id: str
    """Names it among all of the workspace: asked for twice, it is begun once."""
    buyer_id: int
    title: str
    amount: Money
    interval: str
    """day, week, month or year."""
    by: str


def where_to_subscribe(tx: sa.Connection, workspace_id: int, variant: str, name: str = "") -> Integration:
    """The connection it is begun at: the named one, else the first that can. Raises NotOffered or NotConnected."""
    can_do = [one for one, kind in offered(variant).items() if Capability.SUBSCRIPTIONS in kind.capabilities]
    if name and name not in can_do:
        raise NotOffered(f"{provider_class(name).display_name} takes no subscriptions from here. {_instead(can_do)}")
    for one in billable(tx, workspace_id, variant):
        if one.provider in can_do and name in ("", one.provider):
            return one
    wanted = provider_class(name).display_name if name else "A provider that takes subscriptions"
    raise NotConnected(f"{wanted} is not connected. {_instead([name] if name else can_do)}")


def _instead(names: list[str]) -> str:
    if not names:
        return "None of the providers here does."
    kinds = " or ".join(PROVIDERS[name].display_name for name in names)
    return f"Connect {kinds} in our private chat: /connect {names[0]}"


async def open_subscription(
    assistant: Assistant, workspace_id: int, wanted: Wanted, *, provider: str = ""
) -> Subscription:
    """Begin one, and send its buyer the page for the first payment; the same one for the same `order_id`.

    One whose outcome is unknown is gone on with under the same key by whoever asks for it again. Raises OrderDiffers,
    NotOffered, NotConnected, or an OutsideError.
    """
    made = await assistant.database.write(
        _reserve, assistant.settings.variant, workspace_id, wanted, provider, assistant.now()
    )
    return await _open(assistant, made)


async def open_again(assistant: Assistant, workspace_id: int, subscription_id: int) -> Subscription:
    """Go on with one of which nobody knows whether it began. Raises BadInput or an OutsideError."""
    return await _open(assistant, await _the(assistant, workspace_id, subscription_id))


async def ask_subscription(assistant: Assistant, workspace_id: int, subscription_id: int) -> Subscription:
    """How one stands, asked now. Raises BadInput or an OutsideError."""
    found = await _the(assistant, workspace_id, subscription_id)
    if found.external_id is None:
        return found
    connection = await _connection(assistant, found)
    answer = await connection.ask_subscription(found.external_id)
    await assistant.database.write(_note, found, answer)
    return await _the(assistant, workspace_id, subscription_id)


async def look_at_subscription(assistant: Assistant, found: Subscription) -> Subscription:
    """How one stands, asked now; as it was last seen when nobody can be asked."""
    if found.is_over:
        return found
    try:
        return await ask_subscription(assistant, found.workspace_id, found.id)
    except LiveAssistError as trouble:
        _log.info("subscription %s at %s: %s", found.id, found.provider, redact(trouble.message))
        return found


async def change_subscription(
    assistant: Assistant, workspace_id: int, subscription_id: int, change: Change, *, by: str
) -> Subscription:
    """Pause, resume or cancel one; one that stands so already is fine. Raises NotPossible, or an OutsideError."""
    found = await ask_subscription(assistant, workspace_id, subscription_id)
    if found.status == AFTER[change]:
        return found
    if found.external_id is None or not can(change, found.status):
        raise NotPossible(_why_not(found, change))
    external_id = found.external_id
    connection = await _connection(assistant, found)
    workspace = await assistant.database.read(workspaces.get, workspace_id)
    key = f"la-{workspace.uid}-subscription-{found.id}-{change.value}-{found.changes}"
    try:
        answer = await with_retries(
            lambda: connection.change_subscription(external_id, change.value, key=key), sleep=assistant.sleep
        )
    except NotAuthorised:
        raise
    except Refused as no:
        await assistant.database.write(_decided, found, None, f"{change.value}: {no.message}", by, assistant.now())
        raise
    await assistant.database.write(_decided, found, answer, change.value, by, assistant.now())
    return await _the(assistant, workspace_id, subscription_id)


def _why_not(found: Subscription, change: Change) -> str:
    if found.status == ASKED:
        return "Nobody knows yet whether this subscription began. Try again first: /subscriptions"
    if found.is_over:
        return f"That subscription is {found.status} for good. To begin another: /subscribe"
    if found.status == "incomplete":
        return "Its first payment is still to come, so there is nothing to pause or resume. It can be canceled."
    return f"That subscription is {found.status.replace('_', ' ')}: it cannot be {change.value}d."


async def _the(assistant: Assistant, workspace_id: int, subscription_id: int) -> Subscription:
    found = await assistant.database.read(subscriptions.get, workspace_id, subscription_id)
    if found is None:
        raise BadInput("There is no such subscription.")
    return found


async def _connection(assistant: Assistant, found: Subscription) -> PaymentProvider:
    """The account it is in. Raises NotConnected, or Refused when another one is connected now."""
    integration = await assistant.database.read(integrations.by_id, found.workspace_id, found.integration_id)
    assert integration is not None, "subscriptions refer to their integration"
    name = provider_class(found.provider).display_name
    if integration.status == "inactive":
        raise NotConnected(f"{name} is not connected. In our private chat send: /connect {found.provider}")
    if integration.account_id != found.account_id:
        raise Refused(
            f"It is in another {name} account, {found.account_id}. Change it in the dashboard there, or connect that "
            "account again.",
            code="other_account",
        )
    return assistant.provider_for(integration)


def _reserve(
    tx: sa.Connection, variant: str, workspace_id: int, wanted: Wanted, provider: str, now: datetime
) -> Subscription:
    if subscriptions.named(tx, workspace_id, wanted.order_id) is None:
        where = where_to_subscribe(tx, workspace_id, variant, provider)
        subscriptions.reserve(
            tx,
            workspace_id,
            order_id=wanted.order_id,
            buyer_id=wanted.buyer_id,
            integration_id=where.id,
            provider=where.provider,
            account_id=where.account_id,
            title=wanted.title,
            amount_cents=wanted.amount.amount,
            currency=wanted.amount.currency,
            interval=wanted.interval,
            by=wanted.by,
            now=now,
        )
    made = subscriptions.named(tx, workspace_id, wanted.order_id)
    assert made is not None, "it was reserved just now, or before"
    asked = (wanted.title, wanted.amount, wanted.interval)
    if (made.title, made.amount, made.interval) != asked or made.buyer_id != wanted.buyer_id:
        raise OrderDiffers("That was asked for before, for another buyer or over something else. Use another key.")
    return made


async def _open(assistant: Assistant, made: Subscription) -> Subscription:
    if made.status == REFUSED:
        raise Refused(made.error, code="refused_before")
    if made.status != ASKED:
        return made
    connection = await _connection(assistant, made)
    order = await assistant.database.read(_order, made)
    key = f"la-{order.workspace_uid}-subscription-{made.id}"
    try:
        answer = await with_retries(lambda: connection.open_subscription(order, key=key), sleep=assistant.sleep)
    except OutsideError as trouble:
        await assistant.database.write(_not_opened, made, trouble, assistant.now())
        raise
    parcels = await assistant.database.write(_opened, made, answer, assistant.now())
    await hand_over(assistant, made.workspace_id, parcels)
    return await _the(assistant, made.workspace_id, made.id)


def _order(tx: sa.Connection, made: Subscription) -> SubscriptionOrder:
    buyer = buyers.get(tx, made.workspace_id, made.buyer_id)
    assert buyer is not None, "subscriptions refer to their buyer"
    workspace = workspaces.get(tx, made.workspace_id)
    return SubscriptionOrder(
        workspace_uid=workspace.uid,
        subscription_id=made.id,
        customer_id=buyers.customer_of(tx, made.workspace_id, buyer.id, made.provider, made.account_id),
        buyer_id=buyer.id,
        buyer_name=buyer.name or buyer.handle,
        title=made.title,
        amount=made.amount,
        interval=made.interval,
        first_tried_at=made.created_at,
        fee_basis_points=workspace.fee_basis_points,
    )


def _opened(tx: sa.Connection, made: Subscription, answer: ProviderSubscription, now: datetime) -> list[Parcel]:
    current = subscriptions.lock(tx, made.workspace_id, made.id)
    assert current is not None, "subscriptions are never deleted"
    if current.status != ASKED:
        return []
    _note(tx, current, answer)
    if answer.customer_id is not None:
        buyers.keep_customer(
            tx,
            made.workspace_id,
            current.buyer_id,
            provider=made.provider,
            account_id=made.account_id,
            customer_id=answer.customer_id,
        )
    log(
        tx,
        made.workspace_id,
        made.provider,
        "subscription_opened",
        f"{made.title}: {made.amount} each {made.interval}.",
        now=now,
        external_id=answer.external_id,
    )
    return [] if answer.url is None else _tell(tx, current, answer.url, now)


_EVERY = {"day": "every_day", "week": "every_week", "month": "every_month", "year": "every_year"}


def _tell(tx: sa.Connection, made: Subscription, url: str, now: datetime) -> list[Parcel]:
    texts = texts_for(tx, made.workspace_id, made.buyer_id, None)
    every = texts.say(_EVERY[made.interval])
    return tell_buyer(
        tx,
        made.workspace_id,
        made.buyer_id,
        texts.say("subscription", title=made.title, total=made.amount, every=every),
        purpose="subscription",
        key=f"subscription:{made.id}",
        buttons=[[Button(title=texts.say("pay_button", total=made.amount), url=url)]],
        now=now,
    )


def _note(tx: sa.Connection, found: Subscription, answer: ProviderSubscription) -> None:
    subscriptions.change(
        tx,
        found.workspace_id,
        found.id,
        external_id=answer.external_id,
        external_url=answer.url,
        status=answer.status,
        error="",
    )


def _not_opened(tx: sa.Connection, made: Subscription, trouble: OutsideError, now: datetime) -> None:
    """A definite no is the end of it. After anything else it may have begun, and is gone on with under its key."""
    if isinstance(trouble, NotAuthorised):
        integrations.set_health(tx, made.workspace_id, made.integration_id, error=redact(trouble.message))
    elif isinstance(trouble, Refused):
        subscriptions.change(tx, made.workspace_id, made.id, status=REFUSED, error=redact(trouble.message))
    log(
        tx,
        made.workspace_id,
        made.provider,
        "subscription_not_opened",
        f"{made.title}: {trouble.message}",
        now=now,
        level=Level.WARNING,
        code=trouble.code,
    )


def _decided(
    tx: sa.Connection, found: Subscription, answer: ProviderSubscription | None, what: str, by: str, now: datetime
) -> None:
    """The provider's yes or no is kept under that key: the next change has another one."""
    current = subscriptions.lock(tx, found.workspace_id, found.id)
    assert current is not None, "subscriptions are never deleted"
    if current.changes == found.changes:
        subscriptions.change(tx, found.workspace_id, found.id, changes=found.changes + 1)
    if answer is not None:
        _note(tx, found, answer)
    log(
        tx,
        found.workspace_id,
        found.provider,
        "subscription_changed" if answer is not None else "subscription_not_changed",
        f"{found.title}: {what}",
        now=now,
        level=Level.INFO if answer is not None else Level.WARNING,
        by=by,
    )
