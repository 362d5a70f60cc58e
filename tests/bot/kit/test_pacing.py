"""Calls are spaced as their limits say, in the order they were asked for, on a clock that only tests turn."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable

import pytest

from bot.kit.errors import Busy
from bot.kit.pacing import FORGET_ABOVE, LATE, ON_ITS_WAY, Limit, Pace


class Clock:
    """Time that stands still until everybody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        awake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), awake))
        await awake

    async def run(self, until: float) -> None:
        """Let time pass, waking sleepers one after the other."""
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            self.now, _, awake = heapq.heappop(self._sleepers)
            if not awake.cancelled():
                awake.set_result(None)
            await _settle()
        self.now = until


async def _settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


class Callers:
    """People who call as soon as they may, and note when that was."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.went: list[tuple[str, float]] = []
        self.refused: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    def ask(self, name: str, turn: Awaitable[object]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._wait(name, turn))
        self.tasks.append(task)
        return task

    async def _wait(self, name: str, turn: Awaitable[object]) -> None:
        try:
            await turn
        except Busy:
            self.refused.append(name)
        else:
            self.went.append((name, round(self.clock.now, 6)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock, clock.sleep)


@pytest.fixture
async def callers(clock: Clock) -> AsyncIterator[Callers]:
    callers = Callers(clock)
    yield callers
    for task in callers.tasks:
        task.cancel()
    await asyncio.gather(*callers.tasks, return_exceptions=True)


async def test_calls_are_spaced_and_go_in_the_order_they_were_asked_for(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    for name in ("lan", "mai", "hoa"):
        callers.ask(name, pace.turns(Limit("stripe", every=0.5)))
    await clock.run(until=10)
    assert callers.went == [("lan", 0.0), ("mai", 0.5), ("hoa", 1.0)]


@pytest.mark.parametrize("shared", [(), (Limit("bot", every=0.1),)])
async def test_somebody_who_comes_at_the_right_moment_does_not_overtake_who_waits(
    clock: Clock, pace: Pace, callers: Callers, shared: tuple[Limit, ...]
) -> None:
    chat = Limit("chat", every=1)
    for name in ("lan", "mai"):
        callers.ask(name, pace.turns(chat, *shared))
    await clock.run(until=0.5)
    clock.now = 1.0
    callers.ask("hoa", pace.turns(chat, *shared))
    await clock.run(until=100)
    assert [name for name, _ in callers.went] == ["lan", "mai", "hoa"]


async def test_after_a_quiet_time_a_burst_goes_at_once_and_then_the_pace_holds(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    for number in range(5):
        callers.ask(str(number), pace.turns(Limit("group", every=4, burst=3)))
    await clock.run(until=100)
    assert [at for _, at in callers.went] == [0, 0, 0, 4, 8]


async def test_no_minute_has_more_calls_than_its_burst_and_its_pace_allow(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    for number in range(100):
        callers.ask(str(number), pace.turns(Limit("group", every=4, burst=5)))
    await clock.run(until=1000)
    times = [at for _, at in callers.went]
    assert len(times) == 100
    assert max(sum(start <= at < start + 60 for at in times) for start in times) == 60 / 4 + 5 - 1


async def test_a_chat_that_must_wait_delays_no_other(clock: Clock, pace: Pace, callers: Callers) -> None:
    everybody = Limit("bot", every=0.1)
    for number in range(3):
        callers.ask(f"mai{number}", pace.turns(Limit("mai", every=5), everybody))
    for number in range(3):
        callers.ask(f"lan{number}", pace.turns(Limit("lan", every=1), everybody))
    await clock.run(until=100)
    assert callers.went == [
        ("mai0", 0.0),
        ("lan0", 0.1),
        ("lan1", 1.1),
        ("lan2", 2.1),
        ("mai1", 5.0),
        ("mai2", 10.0),
    ]


async def test_a_crowded_account_does_not_squeeze_the_calls_of_one_chat_together(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    everybody = Limit("bot", every=1)
    callers.ask("mai0", pace.turns(Limit("mai", every=3), everybody))
    for number in range(5):
        callers.ask(f"other{number}", pace.turns(Limit(number, every=3), everybody))
    callers.ask("mai1", pace.turns(Limit("mai", every=3), everybody))
    callers.ask("mai2", pace.turns(Limit("mai", every=3), everybody))
    await clock.run(until=100)
    mai = [at for name, at in callers.went if name.startswith("mai")]
    assert all(later - earlier >= 3 - LATE - 1e-9 for earlier, later in itertools.pairwise(mai))
    assert len(callers.went) == 8


async def test_a_short_pause_is_waited_for_even_by_somebody_already_waiting(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    callers.ask("lan", pace.turns(Limit("chat", every=1)))
    callers.ask("mai", pace.turns(Limit("chat", every=1)))
    await clock.run(until=0.5)
    pace.pause("chat", 4)
    await clock.run(until=100)
    assert callers.went == [("lan", 0.0), ("mai", 4.5)]


async def test_a_long_pause_is_busy_at_once_and_over_when_it_is_over(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    pace.pause("chat", 86_400)
    with pytest.raises(Busy) as busy:
        await pace.turns(Limit("chat", every=1))
    assert busy.value.retry_after == 86_400
    clock.now = 86_400
    callers.ask("mai", pace.turns(Limit("chat", every=1)))
    await clock.run(until=86_401)
    assert callers.went == [("mai", 86_400)]


async def test_a_pace_too_slow_to_wait_for_is_busy_at_once_and_takes_no_turn(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    await pace.turns(Limit("private replies", every=24))
    for _ in range(2):
        with pytest.raises(Busy) as busy:
            await pace.turns(Limit("private replies", every=24))
        assert busy.value.retry_after == 24
    clock.now = 24
    await pace.turns(Limit("private replies", every=24))


async def test_a_shorter_pause_does_not_end_a_longer_one(clock: Clock, pace: Pace, callers: Callers) -> None:
    pace.pause("chat", 8)
    pace.pause("chat", 2)
    callers.ask("mai", pace.turns(Limit("chat", every=1)))
    await clock.run(until=100)
    assert callers.went == [("mai", 8.0)]


async def test_a_chat_paused_while_its_call_waits_among_all_lets_the_others_pass(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    everybody = Limit("bot", every=1)
    for name in ("lan", "mai", "hoa"):
        callers.ask(name, pace.turns(Limit(name, every=1), everybody))
    await clock.run(until=0.5)
    pace.pause("mai", 7)
    await clock.run(until=100)
    assert callers.went == [("lan", 0.0), ("hoa", 1.0), ("mai", 7.5)]


async def test_somebody_who_gives_up_takes_no_turn_and_blocks_nobody(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    callers.ask("lan", pace.turns(Limit("chat", every=1)))
    impatient = callers.ask("mai", pace.turns(Limit("chat", every=1)))
    callers.ask("hoa", pace.turns(Limit("chat", every=1)))
    await clock.run(until=0.5)
    impatient.cancel()
    await clock.run(until=100)
    assert callers.went == [("lan", 0.0), ("hoa", 1.0)]


async def test_idle_chats_are_forgotten_and_busy_ones_are_not(clock: Clock, pace: Pace, callers: Callers) -> None:
    await pace.turns(Limit("slow", every=1_000_000))
    pace.pause("paused", 1_000_000)
    for number in range(10 * FORGET_ABOVE):
        clock.now = float(number)
        await pace.turns(Limit(number, every=1))
    assert pace.remembered <= FORGET_ABOVE + 2
    callers.ask("slow", pace.turns(Limit("slow", every=1_000_000)))
    callers.ask("paused", pace.turns(Limit("paused", every=1)))
    await clock.run(until=20_000)
    assert (callers.went, callers.refused) == ([], ["slow", "paused"])


async def test_who_wakes_up_a_little_late_does_not_make_everybody_behind_later(clock: Clock, callers: Callers) -> None:
    """A timer is late by a millisecond each time, which at a hundred calls a second would be a tenth of them."""

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds + 0.001)

    pace = Pace(clock, sleep)
    for number in range(101):
        callers.ask(str(number), pace.turns(Limit("account", every=0.01)))
    await clock.run(until=100)
    assert callers.went[-1][1] == pytest.approx(1.0, abs=0.002)
    times = [at for _, at in callers.went]
    assert max(sum(start <= at < start + 0.5 for at in times) for start in times) <= 51


async def test_the_end_of_a_pause_is_no_lateness(clock: Clock, pace: Pace, callers: Callers) -> None:
    pace.pause("account", 3)
    for name in ("lan", "mai"):
        callers.ask(name, pace.turns(Limit("account", every=0.01)))
    await clock.run(until=100)
    assert callers.went == [("lan", 3.0), ("mai", 3.01)]


class Counter:
    """Somebody who counts the calls of any second as they arrive, and takes his time over the answer."""

    def __init__(self, clock: Clock, pace: Pace, limit: Limit) -> None:
        self.clock = clock
        self.pace = pace
        self.limit = limit
        self.arrived: list[float] = []

    async def call(self, *, before: float = 0.0, way: float = 0.0, answer: float = 0.0) -> None:
        """Seconds from the turn to the call, on its way, and until its answer."""
        turn = await self.pace.turns(self.limit)
        await self.clock.sleep(before)
        with turn:
            await self.clock.sleep(way)
            self.arrived.append(self.clock.now)
            await self.clock.sleep(answer)

    def busiest(self) -> int:
        """The most calls in any second."""
        return max(sum(start <= at < start + 1 for at in self.arrived) for start in self.arrived)


@pytest.mark.parametrize(
    ("before", "way", "answer", "rate"),
    [(0, 0, 0, 30), (0, 0.01, 0.01, 29.3), (0.2, 0.01, 0, 24.5), (0, ON_ITS_WAY, 5, 28.8)],
)
async def test_calls_that_take_their_time_are_never_too_many_in_any_second(
    clock: Clock, pace: Pace, callers: Callers, before: float, way: float, answer: float, rate: float
) -> None:
    counter = Counter(clock, pace, Limit("bot", 1 / 30, 3, most=30))
    uneven = itertools.cycle([0.0, 1.0, 0.3, 0.0, 0.7])
    for number in range(300):
        callers.ask(str(number), counter.call(before=before * next(uneven), way=way * next(uneven), answer=answer))
    await clock.run(until=100)
    assert len(counter.arrived) == 300
    assert counter.busiest() <= 30
    assert 299 / (counter.arrived[-1] - counter.arrived[0]) >= rate


async def test_a_call_that_is_held_up_before_it_is_made_keeps_its_place(
    clock: Clock, pace: Pace, callers: Callers
) -> None:
    counter = Counter(clock, pace, Limit("bot", 0.01, most=1))
    for before in (0.9, 0.0):
        callers.ask("mai", counter.call(before=before))
    await clock.run(until=100)
    assert counter.arrived == pytest.approx([0.9, 1.9], abs=ON_ITS_WAY)
    assert counter.busiest() == 1


async def test_a_limit_that_was_told_to_be_slower_has_fewer_places(clock: Clock, pace: Pace, callers: Callers) -> None:
    counter = Counter(clock, pace, Limit("account", 0.01, 100, most=100))
    pace.slow("account", 0.04, 3600)
    for number in range(200):
        callers.ask(str(number), counter.call())
    await clock.run(until=100)
    assert counter.busiest() == 25


async def test_a_place_that_still_counts_is_not_forgotten(clock: Clock, pace: Pace) -> None:
    await pace.turns(Limit("minute", 0.001, most=1, seconds=60.0))
    for number in range(10 * FORGET_ABOVE):
        clock.now = number / 1000
        await pace.turns(Limit(number, every=0.001))
    with pytest.raises(Busy):
        await pace.turns(Limit("minute", 0.001, most=1, seconds=60.0))
