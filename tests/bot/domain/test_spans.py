"""Spans of time as everybody reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.spans import span, until


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ({"seconds": -5}, "1 min"),
        ({"seconds": 20}, "1 min"),
        ({"minutes": 25}, "25 min"),
        ({"minutes": 60}, "1 h"),
        ({"minutes": 80}, "1 h 20 min"),
        ({"hours": 24}, "1 d"),
        ({"days": 2, "hours": 3, "minutes": 4}, "2 d 3 h"),
    ],
)
def test_a_span_is_said_in_units_that_every_language_knows(time: dict[str, int], said: str) -> None:
    assert span(timedelta(**time)) == said


def test_until_a_moment_it_is_what_lies_between() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert until(noon + timedelta(minutes=90), noon) == "1 h 30 min"
