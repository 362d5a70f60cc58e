"""The durable workflows, read as plain coroutines: each `await _step(...)` happens once, whatever crashes around it.

A step is one deed that may be repeated after a crash: it carries its provider's idempotency keys, or finds in our
tables how far it had come. What a workflow does between steps must be the same on every replay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from dbos import DBOS

from bot.workflows.assistant import Assistant
from bot.workflows.deliver_messages import try_delivery
from bot.workflows.place_invoices import place_invoice as place
from bot.workflows.place_invoices import take_over
from bot.workflows.settle_payments import settle_payment
from bot.workflows.void_invoices import void_invoice as void
from bot.workflows.watch_runs import show_progress

T = TypeVar("T")

_serving: list[Assistant] = []
"""Whom the workflows work for: the engine knows its functions by name, so they find their assistant here."""


_resting: dict[str, asyncio.Task[Any]] = {}
"""Workflows between two steps that nobody has to wait for, by their ids."""


def serve(assistant: Assistant) -> None:
    """Have the workflows of this process work for `assistant`."""
    _serving[:] = [assistant]
    _resting.clear()


def close() -> None:
    """Begin no further step: whatever comes to one rests until the next start."""
    _serving.clear()


def resting() -> frozenset[str]:
    """The workflows that a stop need not wait for."""
    return frozenset(_resting)


def leave() -> None:
    """End, in this process, the workflows that rest; the engine takes them up where they are at the next start."""
    for task in _resting.values():
        task.cancel()


async def _step(name: str, deed: Callable[..., Awaitable[T]], *args: Any) -> T:
    if not _serving:
        with _at_rest():
            await asyncio.Event().wait()
    assistant = _serving[0]

    async def run() -> T:
        return await deed(assistant, *args)

    # What can be expected to go wrong is settled in the deed; the rest (a locked database) may pass.
    return await DBOS.run_step_async({"name": name, "retries_allowed": True, "max_attempts": 4}, run)


async def _sleep(seconds: float) -> None:
    with _at_rest():
        await DBOS.sleep_async(seconds)


@contextmanager
def _at_rest() -> Iterator[None]:
    key, task = DBOS.workflow_id, asyncio.current_task()
    assert key is not None, "only workflows rest"
    assert task is not None, "workflows are coroutines"
    _resting[key] = task
    try:
        yield
    finally:
        _resting.pop(key, None)


@DBOS.workflow(name="place_invoice", max_recovery_attempts=50)
async def place_invoice(workspace_id: int, invoice_id: int) -> str:
    """An earlier unpaid invoice is taken over first; then this one is placed, and its link goes out."""
    await _step("take over", take_over, workspace_id, invoice_id)
    return await _step("place", place, workspace_id, invoice_id)


@DBOS.workflow(name="void_invoice", max_recovery_attempts=50)
async def void_invoice(workspace_id: int, invoice_id: int) -> str:
    """Closed at the provider, then in our books."""
    return await _step("void", void, workspace_id, invoice_id)


@DBOS.workflow(name="deliver", max_recovery_attempts=50)
async def deliver(workspace_id: int, delivery_id: int) -> str:
    """Rung after rung until the message is sent or there is no way left."""
    tries = 0
    while (again := await _step("try", _try_delivery, workspace_id, delivery_id, tries)) is not None:
        seconds, counts = again
        tries += counts
        if seconds:
            await _sleep(seconds)
    return "done"


async def _try_delivery(
    assistant: Assistant, workspace_id: int, delivery_id: int, tries: int
) -> tuple[float, bool] | None:
    """(seconds to wait, whether that try counts), or None when the delivery is over."""
    again = await try_delivery(assistant, workspace_id, delivery_id, tries)
    return None if again is None else (again.seconds, again.seconds > 0 and not again.waiting)


@DBOS.workflow(name="settle", max_recovery_attempts=50)
async def settle(workspace_id: int, inbox_id: int) -> str:
    """A kept payment event is acted on."""
    return await _step("settle", settle_payment, workspace_id, inbox_id)


@DBOS.workflow(name="watch_run", max_recovery_attempts=50)
async def watch_run(workspace_id: int, run_id: int) -> str:
    """Look, show, wait, until every part of the run has an outcome."""
    while (wait := await _step("show", show_progress, workspace_id, run_id)) is not None:
        await _sleep(wait)
    return "shown"
