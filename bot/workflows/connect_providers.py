"""Connects a workspace with payment providers: the key is tried before it is kept, and kept sealed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.base import Account, Capability
from adapters.registry import provider_class
from bot.domain.integration import Preferences
from bot.kit.errors import BadInput, Busy, LiveAssistError, NotAuthorised, OutcomeUnknown, OutsideError, Unreachable
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.find_connections import check_plan, the_integration
from bot.workflows.note_integrations import Level, blot, log
from bot.workflows.offer_providers import is_offered, offered
from bot.workflows.open_webhooks import close_webhook, open_webhook, webhook_url
from bot.workflows.sync_provider import sync_beside
from bot.workflows.tell import Parcel, hand_over
from storage import integrations, invoices, shows, turns, workspaces
from storage.crypto import Vault
from storage.integrations import Integration
from storage.turns import Turn

_log = logging.getLogger(__name__)

FROM_SETTINGS = "from_settings"
"""Marks, in an integration's settings, a key that came from the environment and follows it."""
BY_OAUTH = "by_oauth"
"""Marks a connection that was agreed to on the provider's page, and is given back there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection that was just made or tried."""

    account: Account
    webhook: bool
    """Whether the provider reports payments to us by itself."""
    webhook_error: str
    """Why it does not, when it was asked to."""
    books: bool
    """Whether its customers, invoices and payments are being read."""
    left_open: int
    """Unpaid invoices in an account that was connected before this one."""
    still_to_do: str = ""
    """What the seller does at the provider by hand."""


Also = Callable[[sa.Connection, Connection], list[Parcel]]
"""Something to be written down in the transaction that keeps a connection; returns what is to be handed over."""


async def connect_by_key(
    assistant: Assistant, workspace_id: int, provider: str, given: Mapping[str, str]
) -> Connection:
    """Try what an operator typed and keep it, sealed. Raises BadInput or an OutsideError; then nothing has changed."""
    return await connect_with(assistant, workspace_id, provider, provider_class(provider).check_credentials(given))


async def connect_with(
    assistant: Assistant, workspace_id: int, provider: str, credentials: dict[str, str]
) -> Connection:
    """Try credentials and keep them, sealed. Raises BadInput or an OutsideError, and then nothing has changed."""
    return await _connect(assistant, workspace_id, provider, credentials, own_webhook=True, marks={})


async def connect_agreed(
    assistant: Assistant, workspace_id: int, provider: str, credentials: dict[str, str], *, also: Also
) -> Connection:
    """The same for what the provider's page gave. Its reports come by the platform's door, where that is open."""
    return await _connect(
        assistant,
        workspace_id,
        provider,
        credentials,
        own_webhook=not _has_door(assistant, provider),
        marks={BY_OAUTH: True},
        also=also,
    )


async def connect_from_settings(assistant: Assistant, workspace_id: int) -> bool:
    """Connect the first workspace with what the environment holds; a failure is logged and stops nothing.

    True when a provider did not answer, or not now: then it is worth trying again in a while.
    """
    again = False
    for name, provider in offered(assistant.settings.variant).items():
        try:
            await try_settings(assistant, workspace_id, name)
        except LiveAssistError as trouble:
            _log.warning("%s is not connected by the settings: %s", provider.display_name, redact(trouble.message))
            again |= isinstance(trouble, (Busy, OutcomeUnknown, Unreachable))
    return again


async def try_settings(assistant: Assistant, workspace_id: int, provider: str) -> bool:
    """The same for one provider, raising what went wrong; False when there is nothing to do.

    A connection made in chat, or taken away there, counts more than the environment.
    """
    credentials = provider_class(provider).from_settings(assistant.app_of(provider))
    if credentials is None:
        return False
    before = await assistant.database.read(integrations.get, workspace_id, provider)
    if before is not None and not _outdated(assistant, before, credentials):
        return False
    await _connect(
        assistant,
        workspace_id,
        provider,
        credentials,
        own_webhook=not _has_door(assistant, provider),
        marks={FROM_SETTINGS: True},
    )
    return True


async def test_connection(assistant: Assistant, workspace_id: int, provider: str) -> Account:
    """Ask the provider whose account this is, and note whether it still answers."""
    integration = await the_integration(assistant, workspace_id, provider)
    try:
        account = await assistant.provider_for(integration).test()
    except OutsideError as trouble:
        await assistant.database.write(_failed_test, integration, trouble, assistant.now())
        raise
    await assistant.database.write(_tested, integration, account, assistant.now())
    return account


async def _connect(
    assistant: Assistant,
    workspace_id: int,
    name: str,
    credentials: dict[str, str],
    *,
    own_webhook: bool,
    marks: dict[str, Any],
    also: Also | None = None,
) -> Connection:
    if not is_offered(name, assistant.settings.variant):
        raise BadInput(f"{provider_class(name).display_name} is not part of this installation.")
    await assistant.database.read(check_plan, workspace_id, name)
    try:
        made, parcels, before = await _try_and_keep(
            assistant, workspace_id, name, credentials, own_webhook=own_webhook, marks=marks, also=also
        )
    except LiveAssistError as trouble:
        trouble.args = (blot(trouble.message, credentials.values()),)
        await assistant.database.write(_note_refusal, workspace_id, name, trouble.message, assistant.now())
        raise
    await hand_over(assistant, workspace_id, parcels)
    if before is not None:
        await close_webhook(assistant, before)
    if made.books:
        sync_beside(assistant, workspace_id, name)
    return made


def _has_door(assistant: Assistant, provider: str) -> bool:
    """Whether what the platform is connected with reports by a door of the platform's own."""
    return bool(assistant.settings.webhook_secret(provider, provider_class(provider).webhook_setting))


async def _try_and_keep(
    assistant: Assistant,
    workspace_id: int,
    name: str,
    credentials: dict[str, str],
    *,
    own_webhook: bool,
    marks: dict[str, Any],
    also: Also | None,
) -> tuple[Connection, list[Parcel], Integration | None]:
    """The connection as it is kept, and the one before it."""
    error = ""
    provider = assistant.connect_provider(name, credentials)
    try:
        account = await provider.test()
        before = await assistant.database.read(integrations.get, workspace_id, name)
        wanted = own_webhook and (before is None or Preferences.of(before.settings).webhook_enabled)
        if wanted and assistant.settings.public_url and Capability.OPEN_WEBHOOKS in provider.capabilities:
            try:
                credentials = credentials | await open_webhook(assistant, workspace_id, provider)
            except OutsideError as trouble:
                error = redact(trouble.message)
    finally:
        await provider.close()
    made, parcels = await assistant.database.write(
        _store,
        assistant.vault,
        workspace_id,
        name,
        account,
        credentials,
        marks,
        assistant.now(),
        webhook="webhook_id" in credentials or bool(credentials.get("webhook_secret")) or not own_webhook,
        webhook_error=error,
        books=Capability.SYNC in provider.capabilities,
        still_to_do=provider.still_to_do(credentials, webhook_url=webhook_url(assistant.settings, name, workspace_id)),
        also=also,
    )
    return made, parcels, before


def _outdated(assistant: Assistant, integration: Integration, credentials: Mapping[str, str]) -> bool:
    """Whether a connection follows the environment and what is there is something else now."""
    if integration.status == "inactive" or not integration.settings.get(FROM_SETTINGS):
        return False
    kept = integrations.credentials(assistant.vault, integration) or {}
    return not credentials.items() <= kept.items()


def _store(
    tx: sa.Connection,
    vault: Vault,
    workspace_id: int,
    name: str,
    account: Account,
    credentials: dict[str, str],
    marks: dict[str, Any],
    now: datetime,
    *,
    webhook: bool,
    webhook_error: str,
    books: bool,
    still_to_do: str,
    also: Also | None,
) -> tuple[Connection, list[Parcel]]:
    turns.take(tx, workspace_id, Turn.CONNECTING)
    check_plan(tx, workspace_id, name)
    before = integrations.get(tx, workspace_id, name)
    changed = before is not None and before.account_id != account.id
    kept = {} if before is None else {one: before.settings[one] for one in before.settings if one not in _MARKS}
    integrations.connect(
        tx,
        vault,
        workspace_id,
        name,
        display_name=account.name,
        account_id=account.id,
        livemode=account.livemode,
        credentials=credentials,
        settings=kept | marks,
        now=now,
    )
    if before is None and account.currency and not shows.newest(tx, workspace_id, limit=1):
        workspaces.use_currency(tx, workspace_id, account.currency)
    log(
        tx,
        workspace_id,
        name,
        "connected",
        f"{account.name or account.id} is connected.",
        now=now,
        account_id=account.id,
        livemode=account.livemode,
        webhook=webhook,
    )
    if webhook_error:
        log(tx, workspace_id, name, "webhook_refused", webhook_error, now=now, level=Level.WARNING)
    made = Connection(
        account=account,
        webhook=webhook,
        webhook_error=webhook_error,
        books=books,
        still_to_do=still_to_do,
        left_open=invoices.count_open_at(tx, workspace_id, name, but_in=account.id) if changed else 0,
    )
    return made, also(tx, made) if also is not None else []


_MARKS = (FROM_SETTINGS, BY_OAUTH)
"""How a connection was made: what else is in its settings stays when it is made anew."""


def _note_refusal(tx: sa.Connection, workspace_id: int, provider: str, why: str, now: datetime) -> None:
    log(tx, workspace_id, provider, "refused", f"Not connected. {why}", now=now, level=Level.WARNING)


def _tested(tx: sa.Connection, integration: Integration, account: Account, now: datetime) -> None:
    integrations.set_health(tx, integration.workspace_id, integration.id, error="")
    log(
        tx,
        integration.workspace_id,
        integration.provider,
        "tested",
        f"{account.name or account.id} answers.",
        now=now,
        can_charge=account.can_charge,
    )


def _failed_test(tx: sa.Connection, integration: Integration, trouble: OutsideError, now: datetime) -> None:
    """Only a key that is not accepted is an error of the connection: whoever cannot be reached may be back soon."""
    dead = isinstance(trouble, NotAuthorised)
    if dead:
        integrations.set_health(tx, integration.workspace_id, integration.id, error=redact(trouble.message))
    log(
        tx,
        integration.workspace_id,
        integration.provider,
        "tested",
        trouble.message,
        now=now,
        level=Level.ERROR if dead else Level.WARNING,
        code=trouble.code,
    )
