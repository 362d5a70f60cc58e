"""The durable workflows, read as plain coroutines: each `await _step(...)` happens once, whatever crashes around it.

A step is one deed that may be repeated after a crash: it carries its provider's idempotency keys, or finds in our
tables how far it had come. What a workflow does between steps must be the same on every replay.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dbos import DBOS

from bot.kit.errors import Unreachable
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


def serve(assistant: Assistant) -> None:
    """Have the workflows of this process work for `assistant`."""
    _serving[:] = [assistant]


async def _step(name: str, deed: Callable[..., Awaitable[T]], *args: Any) -> T:
    async def run() -> T:
        return await deed(_serving[0], *args)

    return await DBOS.run_step_async({"name": name}, run)


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
            await DBOS.sleep_async(seconds)
    return "done"


async def _try_delivery(
    assistant: Assistant, workspace_id: int, delivery_id: int, tries: int
) -> tuple[float, bool] | None:
    """(seconds to wait, whether that try counts), or None when the delivery is over."""
    again = await try_delivery(assistant, workspace_id, delivery_id, tries)
    return None if again is None else (again.seconds, again.seconds > 0 and not again.waiting)


@DBOS.workflow(name="settle", max_recovery_attempts=50)
async def settle(workspace_id: int, inbox_id: int) -> str:
    """A payment event may be faster than the answer to the call that caused it: then it waits for the record."""
    wait = 1.0
    while (outcome := await _step("settle", _settle, workspace_id, inbox_id)) is None:
        await DBOS.sleep_async(wait)
        wait = min(wait * 2, 60.0)
    return outcome


async def _settle(assistant: Assistant, workspace_id: int, inbox_id: int) -> str | None:
    try:
        return await settle_payment(assistant, workspace_id, inbox_id)
    except Unreachable:
        return None


@DBOS.workflow(name="watch_run", max_recovery_attempts=50)
async def watch_run(workspace_id: int, run_id: int) -> str:
    """Look, show, wait, until every part of the run has an outcome."""
    while (wait := await _step("show", show_progress, workspace_id, run_id)) is not None:
        await DBOS.sleep_async(wait)
    return "shown"
