"""The writer's thread: who is served, in which order, and who is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Event, current_thread

import pytest

from storage.writer import Writer


@pytest.fixture
def writer() -> Iterator[Writer]:
    made = Writer()
    yield made
    made.close()


async def test_who_comes_first_is_served_first_all_in_one_thread_which_is_not_ours(writer: Writer) -> None:
    served: list[int] = []
    threads = await asyncio.gather(
        *(writer.do(lambda one=one: served.append(one) or current_thread()) for one in range(100))  # type: ignore[misc]
    )
    assert served == list(range(100))
    assert len(set(threads)) == 1
    assert current_thread() not in threads


async def test_who_fails_hears_of_it_and_nobody_else_does(writer: Writer) -> None:
    def fail() -> None:
        raise LookupError("not there")

    heard = await asyncio.gather(writer.do(fail), writer.do(lambda: "kept"), return_exceptions=True)
    assert [type(heard[0]), heard[1]] == [LookupError, "kept"]


async def test_what_nobody_waits_for_is_not_begun_and_what_is_begun_is_finished(writer: Writer) -> None:
    begun, go_on = Event(), Event()
    done: list[str] = []

    def slow() -> None:
        begun.set()
        go_on.wait()
        done.append("slow")

    waiting = [asyncio.create_task(writer.do(deed)) for deed in (slow, lambda: done.append("given up"))]
    await asyncio.to_thread(begun.wait)
    for one in waiting:
        one.cancel()
    heard = await asyncio.gather(*waiting, return_exceptions=True)
    go_on.set()
    assert await writer.do(lambda: list(done)) == ["slow"]
    assert all(isinstance(one, asyncio.CancelledError) for one in heard)


async def test_what_is_in_line_when_it_closes_is_done_and_what_comes_later_is_refused() -> None:
    writer = Writer()
    done: list[int] = []
    waiting = [asyncio.create_task(writer.do(lambda one=one: done.append(one))) for one in range(10)]  # type: ignore[misc]
    await asyncio.sleep(0)
    writer.close()
    assert done == list(range(10))
    with pytest.raises(RuntimeError, match="closed"):
        await writer.do(lambda: done.append(10))
    await asyncio.gather(*waiting)


def test_a_loop_that_ended_meanwhile_takes_nothing_along(writer: Writer) -> None:
    begun, go_on = Event(), Event()

    def slow() -> None:
        begun.set()
        go_on.wait()

    async def leave() -> None:
        task = asyncio.create_task(writer.do(slow))
        await asyncio.to_thread(begun.wait)
        task.cancel()

    asyncio.run(leave())
    go_on.set()
    assert asyncio.run(writer.do(lambda: "still there")) == "still there"
