"""Connects a workspace with payment providers: the key is tried before it is kept, and kept sealed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.base import Account, Capability, PaymentProvider
from adapters.registry import PROVIDERS, provider_class
from bot.domain.invoice import OPEN
from bot.kit.errors import BadInput, LiveAssistError, NotAuthorised, OutsideError
from bot.kit.redact import redact
from bot.kit.retry import with_retries
from bot.settings import Settings
from bot.workflows.assistant import Assistant
from storage import integrations, invoices, shows, workspaces
from storage.crypto import Vault
from storage.integrations import Integration

_log = logging.getLogger(__name__)

FROM_SETTINGS = "from_settings"
"""Marks, in an integration's settings, a key that came from the environment and follows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection that was just made or tried."""

    account: Account
    webhook: bool
    """Whether the provider reports payments to us by itself."""
    webhook_error: str
    """Why it does not, when it was asked to."""
    left_open: int
    """Unpaid invoices in an account that was connected before this one."""
    still_to_do: str = ""
    """What the seller does at the provider by hand."""


async def connect_by_key(
    assistant: Assistant, workspace_id: int, provider: str, given: Mapping[str, str]
) -> Connection:
    """Try what an operator typed and keep it, sealed. Raises BadInput or an OutsideError; then nothing has changed."""
    return await connect_with(assistant, workspace_id, provider, provider_class(provider).check_credentials(given))


async def connect_with(
    assistant: Assistant, workspace_id: int, provider: str, credentials: dict[str, str]
) -> Connection:
    """Try credentials and keep them, sealed. Raises BadInput or an OutsideError, and then nothing has changed."""
    await assistant.database.read(_check_plan, workspace_id, provider)
    return await _connect(assistant, workspace_id, provider, credentials, own_webhook=True, settings={})


async def connect_from_settings(assistant: Assistant, workspace_id: int) -> None:
    """Connect the first workspace with what the environment holds; a failure is logged and stops nothing."""
    for name, provider in PROVIDERS.items():
        try:
            await try_settings(assistant, workspace_id, name)
        except LiveAssistError as trouble:
            _log.warning("%s is not connected by the settings: %s", provider.display_name, redact(trouble.message))


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
        own_webhook=not assistant.settings.webhook_secret(provider, provider_class(provider).webhook_setting),
        settings={FROM_SETTINGS: True},
    )
    return True


async def test_connection(assistant: Assistant, workspace_id: int, provider: str) -> Account:
    """Ask the provider whose account this is, and note whether it still answers."""
    integration = await the_integration(assistant, workspace_id, provider)
    try:
        account = await assistant.provider_for(integration).test()
    except NotAuthorised as no:
        await assistant.database.write(integrations.set_health, workspace_id, integration.id, error=redact(no.message))
        raise
    await assistant.database.write(integrations.set_health, workspace_id, integration.id, error="")
    return account


async def disconnect_provider(assistant: Assistant, workspace_id: int, provider: str) -> int:
    """Forget a provider's credentials; returns how many unpaid invoices stay open there."""
    integration = await the_integration(assistant, workspace_id, provider)
    await _close_webhook(assistant, integration)
    left_open: int = await assistant.database.write(_disconnect, workspace_id, provider)
    return left_open


def connections(tx: sa.Connection, workspace_id: int) -> list[Integration]:
    """Every connection of the workspace, past or present, in the order of the registry."""
    found = (integrations.get(tx, workspace_id, name) for name in PROVIDERS)
    return [integration for integration in found if integration is not None]


async def the_integration(assistant: Assistant, workspace_id: int, provider: str) -> Integration:
    """The workspace's connection. Raises BadInput when there is none."""
    integration = await assistant.database.read(integrations.get, workspace_id, provider)
    if integration is None or integration.status == "inactive":
        raise BadInput(
            f"{provider_class(provider).display_name} is not connected. "
            f"In our private chat send: /{provider} connect <key>"
        )
    return integration


async def _connect(
    assistant: Assistant,
    workspace_id: int,
    name: str,
    credentials: dict[str, str],
    *,
    own_webhook: bool,
    settings: dict[str, Any],
) -> Connection:
    error = ""
    provider = assistant.connect_provider(name, credentials)
    try:
        account = await provider.test()
        before = await assistant.database.read(integrations.get, workspace_id, name)
        if own_webhook and assistant.settings.public_url and Capability.OPEN_WEBHOOKS in provider.capabilities:
            try:
                credentials = credentials | await _open_webhook(assistant, workspace_id, provider)
            except OutsideError as trouble:
                error = redact(trouble.message)
    finally:
        await provider.close()
    left_open = await assistant.database.write(
        _store, assistant.vault, workspace_id, name, account, credentials, settings, assistant.now()
    )
    if before is not None:
        await _close_webhook(assistant, before)
    return Connection(
        account=account,
        webhook="webhook_id" in credentials or not own_webhook,
        webhook_error=error,
        left_open=left_open,
        still_to_do=provider.still_to_do(credentials, webhook_url=webhook_url(assistant.settings, name, workspace_id)),
    )


def webhook_url(settings: Settings, provider: str, workspace_id: int) -> str:
    """Where a connection's reports come in; empty where the world does not reach us."""
    return f"{settings.public_url}/api/webhooks/{provider}/{workspace_id}" if settings.public_url else ""


async def _open_webhook(assistant: Assistant, workspace_id: int, provider: PaymentProvider) -> dict[str, str]:
    url = webhook_url(assistant.settings, provider.name, workspace_id)
    workspace = await assistant.database.read(workspaces.get, workspace_id)
    key = f"la-{workspace.uid}-webhook-{assistant.now().timestamp():.3f}"
    endpoint = await with_retries(lambda: provider.open_webhook(url, key=key), sleep=assistant.sleep)
    return {"webhook_id": endpoint.id, "webhook_secret": endpoint.secret}


async def _close_webhook(assistant: Assistant, integration: Integration) -> None:
    """Have an earlier connection's reports stopped, where that is still possible."""
    try:
        credentials = integrations.credentials(assistant.vault, integration) or {}
        if "webhook_id" in credentials:
            await assistant.provider_for(integration).close_webhook(credentials["webhook_id"])
    except LiveAssistError as trouble:
        _log.warning("the webhook at %s stays open: %s", integration.provider, redact(trouble.message))


def _outdated(assistant: Assistant, integration: Integration, credentials: Mapping[str, str]) -> bool:
    """Whether a connection follows the environment and what is there is something else now."""
    if integration.status == "inactive" or not integration.settings.get(FROM_SETTINGS):
        return False
    kept = integrations.credentials(assistant.vault, integration) or {}
    return not credentials.items() <= kept.items()


def _check_plan(tx: sa.Connection, workspace_id: int, provider: str) -> None:
    plan = workspaces.get(tx, workspace_id).plan
    others = [one for one in integrations.usable(tx, workspace_id) if one.provider != provider]
    if plan == "free":
        raise BadInput("Payment providers come with the pro and business plans; this workspace has the free one.")
    if plan == "pro" and others:
        raise BadInput(
            f"The pro plan connects one payment provider, and {others[0].provider.title()} is connected. "
            f"Disconnect it first: /{others[0].provider} disconnect"
        )


def _store(
    tx: sa.Connection,
    vault: Vault,
    workspace_id: int,
    name: str,
    account: Account,
    credentials: dict[str, str],
    settings: dict[str, Any],
    now: datetime,
) -> int:
    before = integrations.get(tx, workspace_id, name)
    changed = before is not None and before.account_id != account.id
    integrations.connect(
        tx,
        vault,
        workspace_id,
        name,
        display_name=account.name,
        account_id=account.id,
        livemode=account.livemode,
        credentials=credentials,
        settings=settings,
        now=now,
    )
    if account.currency and not shows.newest(tx, workspace_id, limit=1):
        workspaces.use_currency(tx, workspace_id, account.currency)
    return _open_invoices(tx, workspace_id, name, but_in=account.id) if changed else 0


def _disconnect(tx: sa.Connection, workspace_id: int, provider: str) -> int:
    integrations.disconnect(tx, workspace_id, provider)
    return _open_invoices(tx, workspace_id, provider)


def _open_invoices(tx: sa.Connection, workspace_id: int, provider: str, *, but_in: str | None = None) -> int:
    return sum(
        invoice.provider == provider and invoice.is_placed and invoice.account_id != but_in
        for show in shows.newest(tx, workspace_id, limit=10_000)
        for invoice in invoices.of_show(tx, workspace_id, show.id, statuses=OPEN)
    )
