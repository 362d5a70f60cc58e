"""Asks providers how subscriptions stand: what a webhook missed, or nobody could tell us, is found here."""

from __future__ import annotations

from datetime import timedelta

from adapters.base import Capability
from adapters.registry import provider_class
from bot.domain.subscription import ASKED, OVER
from bot.workflows.assistant import Assistant
from bot.workflows.keep_subscriptions import look_at_subscription
from storage import cursors, integrations, subscriptions

AT_ONCE = 100
"""How many are read from the database at a time."""


async def ask_subscriptions(assistant: Assistant, *, every: timedelta) -> int:
    """Ask, where nobody has for `every`, about each that is not over; returns how many stand otherwise now."""
    changed = 0
    for integration in await assistant.database.read(integrations.connected):
        if Capability.SUBSCRIPTIONS not in provider_class(integration.provider).capabilities:
            continue
        workspace_id, source = integration.workspace_id, f"subscriptions:{integration.id}:{integration.account_id}"
        cursor = await assistant.database.read(cursors.get, workspace_id, source)
        if cursor is not None and assistant.now() - cursor.moved_at < every:
            continue
        await assistant.database.write(cursors.move, workspace_id, source, "", assistant.now())
        before: int | None = None
        while True:
            page = await assistant.database.read(
                subscriptions.listed, workspace_id, before=before, but=(ASKED, *OVER), limit=AT_ONCE
            )
            for one in page:
                if one.integration_id == integration.id:
                    changed += (await look_at_subscription(assistant, one)).status != one.status
            if len(page) < AT_ONCE:
                break
            before = page[-1].id
    return changed
