"""What nothing comes of is asked about less and less often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.kit.aging import turns

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)


def pause(age: timedelta, every: timedelta) -> timedelta:
    """How long ago somebody has to have asked about what is so old, for it to be its turn again."""
    return min(NOW - before for since, before in turns(NOW, every) if NOW - age >= since)


@pytest.mark.parametrize(
    ("age", "seconds"),
    [({"minutes": 5}, 15), ({"hours": 3}, 300), ({"days": 3}, 3600), ({"days": 8}, 86400), ({"days": 9000}, 86400)],
)
def test_the_older_something_is_the_longer_it_is_left_alone(age: dict[str, float], seconds: float) -> None:
    assert pause(timedelta(**age), timedelta(seconds=15)) == timedelta(seconds=seconds)


def test_what_is_asked_about_seldom_is_not_asked_about_more_often_by_being_young() -> None:
    assert pause(timedelta(minutes=1), timedelta(hours=2)) == timedelta(hours=2)
    assert pause(timedelta(days=3), timedelta(hours=2)) == timedelta(hours=2)
