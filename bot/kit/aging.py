"""How often something is asked about that nothing comes of: less and less often as it ages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

Turns = Sequence[tuple[datetime, datetime]]
"""When it is something's turn, youngest first: made since this, and not asked about since that."""

_AGES = (
    (timedelta(hours=1), timedelta(0)),
    (timedelta(days=1), timedelta(minutes=5)),
    (timedelta(days=7), timedelta(hours=1)),
)
"""Up to this age, as often as this at most. People pay within the hour, or the next day after a reminder; banks take
days."""
_AT_LAST = timedelta(days=1)
_EVER = datetime.fromtimestamp(0, UTC)


def turns(now: datetime, every: timedelta) -> Turns:
    """Whose turn it is now, where the youngest are asked about `every` so long."""
    aging = [(now - age, now - max(every, least)) for age, least in _AGES]
    return [*aging, (_EVER, now - max(every, _AT_LAST))]
