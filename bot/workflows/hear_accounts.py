"""Hears what providers say that is not about a payment: the connection itself, subscriptions, words for the seller.

Each event is kept once per workspace, under the same id as a payment's would be, and acted on in that transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import sqlalchemy as sa

from adapters.base import AccountState, AccountUpdate, Notice, SubscriptionUpdate
from adapters.registry import provider_class
from bot.kit.errors import LiveAssistError
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.connect_providers import test_connection
from bot.workflows.find_connections import NotConnected
from bot.workflows.keep_updates import is_play_money, source_of, workspaces_at
from bot.workflows.note_integrations import Level, log
from bot.workflows.onboard_sellers import NoAccount, look_at_account
from bot.workflows.tell import Parcel, hand_over, tell_operators
from storage import connected_accounts, counters, inbox, integrations, subscriptions, workspaces
from storage.integrations import Integration

_log = logging.getLogger(__name__)

Word = AccountUpdate | SubscriptionUpdate | Notice


def concerned(tx: sa.Connection, word: Word) -> list[int]:
    """Whom it is for when it came through the platform's own door; the first workspace when nobody is known."""
    account_id = None if isinstance(word, Notice) else word.account_id
    return workspaces_at(tx, word.provider, account_id) or [workspaces.first(tx)]


async def hear_word(assistant: Assistant, workspace_ids: Sequence[int], word: Word) -> None:
    """Keep and act on one thing a provider said, once for each of these workspaces."""
    for workspace_id in workspace_ids:
        parcels, ask = await assistant.database.write(_hear, workspace_id, word, assistant.now())
        await hand_over(assistant, workspace_id, parcels)
        if ask:
            assistant.spawn(_ask(assistant, workspace_id, word.provider))


async def _ask(assistant: Assistant, workspace_id: int, provider: str) -> None:
    """How the account stands now: one under the platform's that can charge by now is connected by that."""
    with suppress(NoAccount):
        await look_at_account(assistant, workspace_id, provider)
    try:
        with suppress(NotConnected):
            await test_connection(assistant, workspace_id, provider)
    except LiveAssistError as trouble:
        _log.info("%s changed and could not be asked how: %s", provider, redact(trouble.message))


def _hear(tx: sa.Connection, workspace_id: int, word: Word, now: datetime) -> tuple[list[Parcel], bool]:
    """What is to be handed over, and whether the provider is to be asked."""
    kept = inbox.keep(
        tx,
        workspace_id,
        source=source_of(word.provider, workspace_id),
        event_id=word.event_id,
        kind=word.kind,
        body_enc=None,
        now=now,
        outcome="heard",
    )
    if kept is None:
        counters.add(tx, workspace_id, f"{word.provider}_events_again")
        return [], False
    is_play = not isinstance(word, Notice) and is_play_money(tx, workspace_id, word.provider, livemode=word.livemode)
    if _is_of_the_platforms(tx, workspace_id, word) and not is_play:
        return _changed(tx, workspace_id, word, now)
    integration = integrations.get(tx, workspace_id, word.provider)
    if integration is None or is_play or not _is_about(word, integration):
        counters.add(tx, workspace_id, f"{word.provider}_events_not_acted_on")
        return [], False
    if isinstance(word, Notice):
        log(tx, workspace_id, word.provider, "notice", word.text, now=now, kind=word.kind)
    elif isinstance(word, SubscriptionUpdate):
        subscriptions.heard(
            tx,
            workspace_id,
            provider=word.provider,
            account_id=integration.account_id,
            external_id=word.external_id,
            status=word.status,
            at=word.happened_at,
        )
    elif word.state is AccountState.DISCONNECTED:
        return _cut(tx, integration, word, now), False
    else:
        return _changed(tx, workspace_id, word, now)
    return [], False


def _changed(tx: sa.Connection, workspace_id: int, word: Word, now: datetime) -> tuple[list[Parcel], bool]:
    log(tx, workspace_id, word.provider, "account_changed", "The account changed there.", now=now, kind=word.kind)
    return [], True


def _is_of_the_platforms(tx: sa.Connection, workspace_id: int, word: Word) -> bool:
    """Whether something changed in the workspace's account under the platform's, which may not be connected yet."""
    if not isinstance(word, AccountUpdate) or word.state is not AccountState.CHANGED:
        return False
    account = connected_accounts.get(tx, workspace_id, word.provider)
    return account is not None and account.account_id == word.account_id


def _is_about(word: Word, integration: Integration) -> bool:
    """Not when it names another account than the one connected now, or is older than that connection."""
    if isinstance(word, Notice):
        return True
    if integration.status == "inactive" or (word.account_id or integration.account_id) != integration.account_id:
        return False
    return not (
        isinstance(word, AccountUpdate)
        and integration.connected_at is not None
        and word.happened_at < integration.connected_at.replace(microsecond=0)  # providers stamp whole seconds
    )


def _cut(tx: sa.Connection, integration: Integration, word: AccountUpdate, now: datetime) -> list[Parcel]:
    """The seller took our access back at the provider: nothing works until they connect again."""
    name = provider_class(integration.provider).display_name
    error = f"The access was taken back at {name}."
    integrations.set_health(tx, integration.workspace_id, integration.id, error=error)
    log(
        tx,
        integration.workspace_id,
        integration.provider,
        "disconnected_there",
        error,
        now=now,
        level=Level.ERROR,
        kind=word.kind,
    )
    return tell_operators(
        tx,
        integration.workspace_id,
        f"{name} says that my access to {integration.display_name or name} was taken back there. New invoices wait. "
        f"To connect again: /{integration.provider} connect",
        key=f"cut:{integration.id}:{word.event_id}",
        now=now,
    )
