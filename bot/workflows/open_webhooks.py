"""Opens webhooks: has a provider report to us by itself, or no more."""

from __future__ import annotations

import logging

from adapters.base import Capability, PaymentProvider
from bot.kit.errors import BadInput, LiveAssistError
from bot.kit.redact import redact
from bot.kit.retry import with_retries
from bot.settings import Settings
from bot.workflows.assistant import Assistant
from bot.workflows.find_connections import the_integration
from storage import integrations, workspaces
from storage.integrations import Integration

_log = logging.getLogger(__name__)

_KEPT = ("webhook_id", "webhook_secret")
"""What is kept of an open webhook, among the credentials."""


async def set_webhook(assistant: Assistant, workspace_id: int, provider: str, *, wanted: bool) -> None:
    """Have the provider report to us, or no more. Raises BadInput where that cannot be, or an OutsideError."""
    integration = await the_integration(assistant, workspace_id, provider)
    credentials = integrations.credentials(assistant.vault, integration) or {}
    if wanted == ("webhook_id" in credentials):
        return
    newer: dict[str, str] = {}
    if wanted:
        connection = assistant.provider_for(integration)
        if Capability.OPEN_WEBHOOKS not in connection.capabilities:
            raise BadInput(f"{connection.display_name} is told our address on its own page.")
        if not assistant.settings.public_url:
            raise BadInput("Nobody can report to us without a public address: set LIVE_ASSIST_PUBLIC_URL.")
        newer = await open_webhook(assistant, workspace_id, connection)
    else:
        await close_webhook(assistant, integration)
    await assistant.database.write(
        integrations.keep_credentials,
        assistant.vault,
        workspace_id,
        integration.provider,
        newer,
        but_not=() if wanted else _KEPT,
    )


def webhook_url(settings: Settings, provider: str, workspace_id: int) -> str:
    """Where a connection's reports come in; empty where the world does not reach us."""
    return f"{settings.public_url}/api/webhooks/{provider}/{workspace_id}" if settings.public_url else ""


async def open_webhook(assistant: Assistant, workspace_id: int, provider: PaymentProvider) -> dict[str, str]:
    """Have this connection report to us; returns what its credentials gain. Raises an OutsideError."""
    url = webhook_url(assistant.settings, provider.name, workspace_id)
    workspace = await assistant.database.read(workspaces.get, workspace_id)
    key = f"la-{workspace.uid}-webhook-{assistant.now().timestamp():.3f}"
    endpoint = await with_retries(lambda: provider.open_webhook(url, key=key), sleep=assistant.sleep)
    return {"webhook_id": endpoint.id, "webhook_secret": endpoint.secret}


async def close_webhook(assistant: Assistant, integration: Integration) -> None:
    """Have an earlier connection's reports stopped, where that is still possible."""
    try:
        credentials = integrations.credentials(assistant.vault, integration) or {}
        if "webhook_id" in credentials:
            await assistant.provider_for(integration).close_webhook(credentials["webhook_id"])
    except LiveAssistError as trouble:
        _log.warning("the webhook at %s stays open: %s", integration.provider, redact(trouble.message))
