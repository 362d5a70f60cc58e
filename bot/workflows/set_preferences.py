"""Sets what a seller decides about a connection: only what can be done is taken, all of it or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adapters.base import CheckoutStyle
from adapters.registry import provider_class
from bot.domain.integration import Preferences
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.find_connections import the_integration
from bot.workflows.note_integrations import log
from bot.workflows.open_webhooks import set_webhook
from messaging.texts import BadTemplate, check
from storage import integrations, workspaces
from storage.integrations import Integration

CURRENCY = "currency"
"""What new shows are priced in: the workspace's, whatever it is connected to."""


async def set_preferences(
    assistant: Assistant, workspace_id: int, provider: str, given: Mapping[str, Any], *, by: str
) -> None:
    """Take these preferences over. Raises BadInput with why one of them cannot be, or an OutsideError."""
    integration = await the_integration(assistant, workspace_id, provider)
    _check(integration, given)
    if "webhook_enabled" in given:
        await set_webhook(assistant, workspace_id, integration.provider, wanted=given["webhook_enabled"])
    await assistant.database.write(_put, workspace_id, integration.provider, given, by, assistant.now())


def preferences_of(tx: sa.Connection, integration: Integration) -> dict[str, Any]:
    """Everything that can be set, as it is."""
    preferences = Preferences.of(integration.settings)
    return {
        CURRENCY: workspaces.get(tx, integration.workspace_id).currency,
        **asdict(preferences),
        "checkout_style": preferences.checkout_style or next(iter(provider_class(integration.provider).styles), None),
    }


def _check(integration: Integration, given: Mapping[str, Any]) -> None:
    provider = provider_class(integration.provider)
    style = given.get("checkout_style")
    if style is not None and style not in provider.styles:
        there_are = ", ".join(CheckoutStyle(one).value for one in provider.styles)
        raise BadInput(f"{provider.display_name} does not do {style}. It does: {there_are}.")
    if given.get("message_template") is not None:
        try:
            check("link", given["message_template"])
        except BadTemplate as wrong:
            raise BadInput(f"message_template: {wrong}") from None


def _put(tx: sa.Connection, workspace_id: int, provider: str, given: Mapping[str, Any], by: str, now: datetime) -> None:
    integration = integrations.lock(tx, workspace_id, provider)
    assert integration is not None, "connections are never deleted"
    settings = {**integration.settings, **{name: value for name, value in given.items() if name != CURRENCY}}
    integrations.set_settings(tx, workspace_id, integration.id, settings)
    if CURRENCY in given:
        workspaces.use_currency(tx, workspace_id, given[CURRENCY])
    if given:
        log(tx, workspace_id, provider, "settings", f"Changed by {by}: {', '.join(given)}.", now=now)
