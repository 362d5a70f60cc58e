"""Disconnects payment providers: their credentials are forgotten, and what was agreed to there is given back."""

from __future__ import annotations

import logging
from datetime import datetime

import sqlalchemy as sa

from bot.kit.errors import LiveAssistError
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.connect_providers import BY_OAUTH
from bot.workflows.find_connections import the_integration
from bot.workflows.note_integrations import log
from bot.workflows.open_webhooks import close_webhook
from storage import integrations, invoices
from storage.integrations import Integration

_log = logging.getLogger(__name__)


async def disconnect_provider(assistant: Assistant, workspace_id: int, provider: str) -> int:
    """Forget a provider's credentials; returns how many unpaid invoices stay open there."""
    integration = await the_integration(assistant, workspace_id, provider)
    await close_webhook(assistant, integration)
    await _give_back(assistant, integration)
    left_open: int = await assistant.database.write(_disconnect, workspace_id, provider, assistant.now())
    return left_open


async def _give_back(assistant: Assistant, integration: Integration) -> None:
    """Have the provider forget that the seller agreed, unless another workspace is connected by the same word."""
    if not integration.settings.get(BY_OAUTH):
        return
    if await assistant.database.read(integrations.is_shared, integration.workspace_id, integration):
        return
    try:
        await assistant.provider_for(integration).revoke()
    except LiveAssistError as trouble:
        _log.warning("the access to %s was not given back: %s", integration.provider, redact(trouble.message))


def _disconnect(tx: sa.Connection, workspace_id: int, provider: str, now: datetime) -> int:
    integrations.disconnect(tx, workspace_id, provider)
    left_open = invoices.count_open_at(tx, workspace_id, provider)
    log(tx, workspace_id, provider, "disconnected", "The credentials are forgotten.", now=now, left_open=left_open)
    return left_open
