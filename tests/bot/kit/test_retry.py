"""What may pass is tried three times more, ever later, as late as we are told; what cannot pass is not."""

from __future__ import annotations

import pytest

from bot.kit.errors import Busy, NotAuthorised, OutcomeUnknown, OutsideError, Refused, Unreachable
from bot.kit.retry import (
    IN_GOOD_TIME,
    LONGEST_PAUSE,
    RETRIES,
    WAITS,
    WHILE_SOMEBODY_WAITS,
    Backoff,
    Later,
    later,
    with_retries,
)

BACKOFF = Backoff(first=2.0, growth=3.0, longest=100.0)


def waits(trouble: OutsideError, luck: float = 0.0) -> list[float | None]:
    """How long it waits before each try after the first one."""
    return [BACKOFF.wait(trouble, retries, jitter=lambda: luck) for retries in range(RETRIES + 1)]


@pytest.mark.parametrize("trouble", [Busy(), Unreachable(), OutcomeUnknown(), Busy(retry_after=0.0)])
def test_what_may_pass_is_tried_three_times_more_and_each_wait_is_longer(trouble: OutsideError) -> None:
    assert waits(trouble) == [2.0, 6.0, 18.0, None]


def test_no_two_who_wait_are_in_step() -> None:
    assert waits(Unreachable(), luck=0.5) == [3.0, 9.0, 27.0, None]


@pytest.mark.parametrize("trouble", [Refused(), NotAuthorised(), OutsideError()])
def test_what_cannot_pass_is_never_tried_again(trouble: OutsideError) -> None:
    assert waits(trouble) == [None] * (RETRIES + 1)


def test_who_asks_for_time_gets_it_and_a_little_more() -> None:
    assert waits(Busy(retry_after=7.0), luck=0.5) == [8.0, 10.0, 10.5, None]
    assert waits(Busy(retry_after=1.0), luck=0.5) == [1.5, 1.5, 1.5, None]


def test_who_asks_for_too_much_time_is_left_to_a_person() -> None:
    assert waits(Busy(retry_after=100.0))[0] == 100.0
    assert waits(Busy(retry_after=100.1)) == [None] * (RETRIES + 1)


def test_work_nobody_waits_for_outlasts_a_short_outage() -> None:
    patient, quick = (
        sum(backoff.wait(Unreachable(), retries, jitter=lambda: 0.0) or 0.0 for retries in range(RETRIES))
        for backoff in (IN_GOOD_TIME, WHILE_SOMEBODY_WAITS)
    )
    assert quick < 5 < 20 < patient


def test_work_that_meets_nobody_waits_for_about_an_hour_and_keeps_its_tries() -> None:
    pauses = [later(Unreachable(), 0, waits, jitter=lambda: 0.0) for waits in range(WAITS + 1)]
    assert pauses.pop() is None
    seconds = [pause.seconds for pause in pauses if pause is not None and not pause.counts]
    assert (seconds[:3], seconds[-1]) == ([0.5, 3.0, 18.0], LONGEST_PAUSE)
    assert 30 * 60 < sum(seconds) < 2 * sum(seconds) < 90 * 60
    again = later(OutcomeUnknown(), 0, WAITS, jitter=lambda: 0.0)
    assert again == Later(seconds=0.5, counts=True)
    assert later(OutcomeUnknown(), RETRIES, 0) is None
    assert later(Unreachable(again=False), 0, 0) is None


async def test_a_deed_is_done_until_it_works_or_was_tried_often_enough() -> None:
    waited: list[float] = []
    left: list[OutsideError] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def deed() -> str:
        if left:
            raise left.pop()
        return "done"

    left += [Busy("slowly", retry_after=5.0), OutcomeUnknown("cut")]
    assert await with_retries(deed, sleep=sleep) == "done"
    assert [round(seconds) for seconds in waited] in ([0, 5], [0, 6], [1, 5], [1, 6])
    left += [Unreachable(f"number {number}") for number in range(RETRIES + 2)]
    with pytest.raises(Unreachable, match="number 1"):
        await with_retries(deed, sleep=sleep)
    assert len(waited) == 2 + RETRIES
    left[:] = [Refused("no")]
    with pytest.raises(Refused):
        await with_retries(deed, sleep=sleep)
    assert len(waited) == 2 + RETRIES
