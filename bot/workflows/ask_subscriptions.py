"""Asks providers how subscriptions stand: what a webhook missed, or nobody could tell us, is found here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from adapters.base import Capability
from adapters.registry import provider_class
from bot.domain.subscription import ASKED, OVER, Subscription
from bot.kit.errors import LiveAssistError, NotAuthorised, Refused
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.keep_subscriptions import ask_subscription
from storage import cursors, integrations, subscriptions

_log = logging.getLogger(__name__)

AT_ONCE = 25
"""How many are asked about at each look: what is bought meanwhile is looked after, too."""


async def ask_subscriptions(assistant: Assistant, *, every: timedelta) -> int:
    """Ask about each that is not over, some at a time, and again after `every`; returns how many stand otherwise now.

    An account that does not answer is left alone until the next look.
    """
    changed = 0
    for integration in await assistant.database.read(integrations.connected):
        if Capability.SUBSCRIPTIONS not in provider_class(integration.provider).capabilities:
            continue
        workspace_id, source = integration.workspace_id, f"subscriptions:{integration.id}:{integration.account_id}"
        cursor = await assistant.database.read(cursors.get, workspace_id, source)
        before = int(cursor.place) if cursor is not None and cursor.place else None
        if before is None and cursor is not None and assistant.now() - cursor.moved_at < every:
            continue
        page = await assistant.database.read(
            subscriptions.listed, workspace_id, before=before, but=(ASKED, *OVER), limit=AT_ONCE
        )
        place = str(page[-1].id) if len(page) == AT_ONCE else ""
        await assistant.database.write(cursors.move, workspace_id, source, place, assistant.now())
        changed += await _ask(assistant, [one for one in page if one.integration_id == integration.id])
    return changed


async def _ask(assistant: Assistant, page: Sequence[Subscription]) -> int:
    changed = 0
    for one in page:
        try:
            changed += (await ask_subscription(assistant, one.workspace_id, one.id)).status != one.status
        except LiveAssistError as trouble:
            _log.info("subscription %s at %s: %s", one.id, one.provider, redact(trouble.message))
            if isinstance(trouble, NotAuthorised) or not isinstance(trouble, Refused):
                break  # what is refused is about this one alone
    return changed
