"""Spans of time as people say them: we do not know in which zone anybody is, so nobody is told an hour of the day."""

from __future__ import annotations

from datetime import datetime, timedelta


def span(time: timedelta) -> str:
    """“25 min”, “1 h 20 min”, “2 d 3 h”, which every language understands; whatever is shorter than a minute is one."""
    minutes = max(1, round(time.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, rest = divmod(rest, 60)
    if days:
        return f"{days} d{f' {hours} h' if hours else ''}"
    return f"{hours} h{f' {rest} min' if rest else ''}" if hours else f"{rest} min"


def until(moment: datetime, now: datetime) -> str:
    """How long it is until then."""
    return span(moment - now)
