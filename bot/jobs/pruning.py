"""Forgetting what nobody will ask about again: ended work, what moved, old logs, idle limits."""

from __future__ import annotations

from datetime import timedelta

from dbos import DBOS

from bot.workflows.assistant import Assistant
from storage import events, integration_logs, oauth_states, paces

KEPT_FOR = timedelta(days=7)
"""Stripe delivers an event again for three days, and a workflow's row is what keeps it from being acted on twice."""
IDLE_FOR = timedelta(hours=1)
AT_ONCE = 500
LOGS_KEPT_FOR = timedelta(days=90)
MOST_LOGS = 2000
"""Entries that are kept of each integration."""

_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


async def prune(assistant: Assistant) -> int:
    """Forget what is older than that, in small bites; returns how many workflows that were."""
    before = assistant.now() - KEPT_FOR
    count = 0
    while ended := await DBOS.list_workflows_async(
        status=_ENDED, completed_before=before.isoformat(), limit=AT_ONCE, load_input=False, load_output=False
    ):
        await DBOS.delete_workflows_async([workflow.workflow_id for workflow in ended])
        count += len(ended)
    await assistant.database.write(events.prune, before)
    await assistant.database.write(integration_logs.prune, assistant.now() - LOGS_KEPT_FOR, MOST_LOGS)
    await assistant.database.write(oauth_states.prune, before)
    if not assistant.database.is_sqlite:
        await assistant.database.write(paces.prune, IDLE_FOR.total_seconds())
    return count
