"""The durable workflows, read as plain coroutines: each is begun again from its top until it has come to its end.

Every `await _do(...)` is a deed that may be repeated after a crash: it carries its provider's idempotency keys, or
finds in our tables how far it had come. So none is kept as a step of the engine, which would cost as much again as the
workflow; only how long to wait is (docs/decisions/0007).
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from dbos import DBOS, SetWorkflowID

from bot.kit.errors import LiveAssistError
from bot.kit.retry import Later
from bot.problems import is_database_trouble
from bot.workflows.assistant import Assistant
from bot.workflows.balance_invoices import balance_invoice as balance
from bot.workflows.deliver_messages import try_delivery
from bot.workflows.give_up import Work, give_up, in_words
from bot.workflows.place_invoices import place_invoice as place
from bot.workflows.refund_payments import send_back
from bot.workflows.settle_payments import settle_payment
from bot.workflows.void_invoices import void_invoice as void
from bot.workflows.watch_runs import show_progress
from storage import dead_letters

T = TypeVar("T")
P = ParamSpec("P")

_log = logging.getLogger(__name__)

AGAIN_AFTER = (1.0, 2.0, 4.0)
"""Seconds before a deed that failed for a reason nobody foresaw is done again."""
FIRST_REST, LONGEST_REST = 1.0, 15.0
"""Seconds between two looks whether the database is back."""
RECOVERIES = 50
"""How often a workflow is taken up again after a crash: one that brings the process down is not for ever."""

_serving: list[Assistant] = []
"""Whom the workflows work for: the engine knows its functions by name, so they find their assistant here."""


_has_room: list[Callable[[str], None]] = []
WRITTEN_DOWN = 0.05
"""Seconds after which the engine has noted, most likely, that a workflow ended, so that the next one may begin."""

_under_way: set[asyncio.Task[Any]] = set()
"""Every workflow that was begun in this process and has not ended."""

_resting: dict[str, asyncio.Task[Any]] = {}
"""Workflows between two deeds that nobody has to wait for, by their ids."""


def serve(assistant: Assistant, has_room: Callable[[str], None]) -> None:
    """Have the workflows of this process work for `assistant`; `has_room` is told of a queue when one of them ended."""
    _serving[:] = [assistant]
    _has_room[:] = [has_room]
    _resting.clear()


def close() -> None:
    """Begin no further deed: whatever comes to one rests until it is taken up again, here or elsewhere."""
    _serving.clear()


def resting() -> frozenset[str]:
    """The workflows that a stop need not wait for."""
    return frozenset(_resting)


async def leave() -> None:
    """End, in this process, whatever has not come to its end; it is taken up again, here or elsewhere."""
    left = list(_under_way)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _assistant() -> Assistant:
    """Whom we work for; never, once this process is about to stop."""
    if not _serving:
        with _at_rest():
            await asyncio.Event().wait()
    return _serving[0]


async def _do(deed: Callable[..., Awaitable[T]], *args: Any) -> T:
    """Do one deed; what fails for a reason nobody foresaw may pass, and is done again."""

    async def do() -> T:
        return await deed(await _assistant(), *args)

    for wait in AGAIN_AFTER:
        try:
            return await _lasting(do)
        except LiveAssistError:
            raise  # what can be said in words stays so
        except Exception:
            _log.warning("%s failed; it is tried again in %s seconds", DBOS.workflow_id, wait, exc_info=True)
        await _rest(wait)
    return await _lasting(do)


async def _lasting(call: Callable[[], Awaitable[T]]) -> T:
    """Call until the database does its part: while it is busy, full or gone nothing is over, and nobody can be told."""
    wait = FIRST_REST
    while True:
        try:
            return await call()
        except Exception as failure:
            if not is_database_trouble(failure):
                raise
            _log.warning("%s waits for the database: %s", DBOS.workflow_id, failure)
        await _rest(wait)
        wait = min(2 * wait, LONGEST_REST)


async def _rest(seconds: float) -> None:
    """Wait for something outside, which a stop need not wait for."""
    with _at_rest():
        await (await _assistant()).sleep(seconds)


async def _sleep(seconds: float) -> None:
    async def sleep() -> None:
        with _at_rest():
            await DBOS.sleep_async(seconds)

    await _lasting(sleep)


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


def _workflow(
    name: str, queue: str
) -> Callable[[Callable[P, Coroutine[Any, Any, str]]], Callable[P, Coroutine[Any, Any, str]]]:
    """A durable workflow whose first arguments are a workspace and a thing of it, and whose end makes room in a queue.

    Whatever it fails of that nobody foresaw is written down for the operators.
    """

    def put(body: Callable[P, Coroutine[Any, Any, str]]) -> Callable[P, Coroutine[Any, Any, str]]:
        @functools.wraps(body)
        async def to_its_end(*args: P.args, **kwargs: P.kwargs) -> str:
            task = asyncio.current_task()
            assert task is not None, "workflows are coroutines"
            _under_way.add(task)
            task.add_done_callback(_under_way.discard)
            try:
                return await body(*args, **kwargs)
            except Exception as failure:
                _log.exception("%s gave up", DBOS.workflow_id)
                reason = in_words(failure)
            finally:
                asyncio.get_running_loop().call_later(WRITTEN_DOWN, _has_room[0], queue)
            await _do(give_up, _work(DBOS.workflow_id, args), reason)
            return "gave up"

        # The engine asks for these whenever it hands over and begins one, to tell methods and moments from the rest.
        to_its_end.__dict__["__signature__"] = inspect.signature(body)
        to_its_end.__annotations__ = {}
        return DBOS.workflow(name=name, max_recovery_attempts=RECOVERIES)(to_its_end)

    return put


def _work(key: str | None, args: Sequence[Any]) -> Work:
    """The work behind a workflow: its id is `kind:subject:attempt`, where a first attempt may be left out."""
    assert key is not None, "only workflows are work"
    kind, _, attempt = [*key.split(":"), "1"][:3]
    workspace_id, subject_id = args[:2]
    return Work(workspace_id=workspace_id, kind=kind, subject_id=subject_id, attempt=int(attempt))


async def record_losses(assistant: Assistant) -> None:
    """Find workflows that the engine gave up by itself, after too many crashes or with nobody told, and say so."""
    for status in ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"):
        for lost in await DBOS.list_workflows_async(status=status, limit=LOOK_AT, sort_desc=True):
            if lost.input is None:
                continue
            work = _work(lost.workflow_id, lost.input["args"])
            if not await assistant.database.read(_is_known, work):
                reason = in_words(lost.error) if lost.error else f"it was cut off {RECOVERIES} times by a crash"
                await give_up(assistant, work, reason)


LOOK_AT = 200
"""The newest of the engine's own failures that are looked at each time; all before them were found before."""


def _is_known(tx: sa.Connection, work: Work) -> bool:
    return dead_letters.is_kept(tx, work.workspace_id, work.kind, work.subject_id, work.attempt)


@_workflow("place_invoice", "invoices")
async def place_invoice(workspace_id: int, invoice_id: int, retries: int = 0, waits: int = 0) -> str:
    """An earlier unpaid invoice is taken over first; then this one is placed, and its link goes out."""
    outcome = await _do(place, workspace_id, invoice_id, retries, waits)
    return await _over_or_later(outcome, workspace_id, invoice_id, retries, waits)


@_workflow("void_invoice", "invoices")
async def void_invoice(workspace_id: int, invoice_id: int, retries: int = 0, waits: int = 0) -> str:
    """Closed at the provider, then in our books."""
    outcome = await _do(void, workspace_id, invoice_id, retries, waits)
    return await _over_or_later(outcome, workspace_id, invoice_id, retries, waits)


@_workflow("balance_invoice", "invoices")
async def balance_invoice(workspace_id: int, invoice_id: int, retries: int = 0, waits: int = 0) -> str:
    """A page that asks for too much is closed, and another made for what is left to pay."""
    outcome = await _do(balance, workspace_id, invoice_id, retries, waits)
    return await _over_or_later(outcome, workspace_id, invoice_id, retries, waits)


@_workflow("refund", "invoices")
async def refund(workspace_id: int, refund_id: int, retries: int = 0, waits: int = 0) -> str:
    """Sent back at the provider, then in our books."""
    outcome = await _do(send_back, workspace_id, refund_id, retries, waits)
    return await _over_or_later(outcome, workspace_id, refund_id, retries, waits)


async def _over_or_later(outcome: str | Later, workspace_id: int, subject_id: int, retries: int, waits: int) -> str:
    """The outcome, if there is one. Else somebody else waits: this workflow makes room for those who can go on."""
    if isinstance(outcome, str):
        return outcome
    assert DBOS.workflow_id is not None, "only workflows wait"
    key = f"{':'.join(DBOS.workflow_id.split(':')[:3])}:{retries + waits + 1}"
    tried = (retries + 1, waits) if outcome.counts else (retries, waits + 1)
    with SetWorkflowID(f"{key}:wait"):
        await _lasting(
            lambda: DBOS.start_workflow_async(wait, workspace_id, subject_id, key, tried[0], outcome.seconds, tried[1])
        )
    return "later"


@_workflow("wait", "invoices")
async def wait(workspace_id: int, subject_id: int, key: str, retries: int, seconds: float, waits: int = 0) -> str:
    """Wait so long, across any crash, then have work taken up again under `key`."""
    due = await _lasting(lambda: DBOS.run_step_async({"name": "note when"}, _from_now, seconds))
    assistant = await _assistant()
    with _at_rest():
        await assistant.sleep(max(0.0, due - assistant.now().timestamp()))
    kinds = {"void": void_invoice, "balance": balance_invoice, "refund": refund}
    again = kinds.get(key.partition(":")[0], place_invoice)
    with SetWorkflowID(key):
        await _lasting(lambda: DBOS.enqueue_workflow_async("invoices", again, workspace_id, subject_id, retries, waits))
    return "handed over"


async def _from_now(seconds: float) -> float:
    return (await _assistant()).now().timestamp() + seconds


@_workflow("deliver", "deliveries")
async def deliver(workspace_id: int, delivery_id: int) -> str:
    """Rung after rung until the message is sent or there is no way left."""
    tries = 0
    while (again := await _do(_try_delivery, workspace_id, delivery_id, tries)) is not None:
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


@_workflow("settle", "payments")
async def settle(workspace_id: int, inbox_id: int) -> str:
    """A kept payment event is acted on."""
    return await _do(settle_payment, workspace_id, inbox_id)


@_workflow("watch_run", "runs")
async def watch_run(workspace_id: int, run_id: int) -> str:
    """Look, show, wait, until every part of the run has an outcome."""
    while (wait := await _do(show_progress, workspace_id, run_id)) is not None:
        await _sleep(wait)
    return "shown"
