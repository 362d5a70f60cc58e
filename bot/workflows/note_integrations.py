"""Notes what happens with integrations, for the seller to read: the one way into their logs, without a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.kit.redact import HIDDEN, redact
from storage import integration_logs

LONGEST_MESSAGE = 1000
MOST_A_DAY = 20
"""Entries of one kind that anybody outside can cause."""
SHORTEST_SECRET = 6
"""What is shorter is a word like any other."""


class Level(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def log(
    tx: sa.Connection,
    workspace_id: int,
    provider: str,
    event: str,
    message: str,
    *,
    now: datetime,
    level: Level = Level.INFO,
    **details: Any,
) -> None:
    """Write down what happened; whatever looks like a credential is blotted out."""
    integration_logs.add(
        tx,
        workspace_id,
        provider,
        level=level.value,
        event=event,
        message=redact(message)[:LONGEST_MESSAGE],
        details={name: _clean(value) for name, value in details.items()},
        now=now,
    )


def log_seldom(
    tx: sa.Connection, workspace_id: int, provider: str, event: str, message: str, *, now: datetime, level: Level
) -> None:
    """The same for what may happen as often as somebody outside likes: only so often a day."""
    if integration_logs.count_since(tx, workspace_id, provider, event, now - timedelta(days=1)) < MOST_A_DAY:
        log(tx, workspace_id, provider, event, message, now=now, level=level)


def blot(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, whatever they look like, nor anything else that looks like one."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return redact(text)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(name): _clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))
