"""Deeds that are cut off: a process is killed at one boundary of what it does, and brought back."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.launcher import ORDER, PASSED
from tests.faults.processes import ServedShop, until

Deed = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Death:
    """How a deed was cut off."""

    happened: bool
    """False when the boundary was not passed: work that goes on side by side is never quite the same twice."""
    in_flight: frozenset[int] = field(default_factory=frozenset)
    """The deliveries whose message was neither certainly sent nor certainly not."""


async def boundaries_of(shop: ServedShop, deed: Deed) -> list[str]:
    """What is passed while a deed is done undisturbed."""
    assert not (await killed_at(shop, "nowhere", deed)).happened
    return (shop.home / PASSED).read_text().splitlines()


async def killed_at(shop: ServedShop, boundary: str, deed: Deed) -> Death:
    """Do a deed with a process that dies at this boundary, bring it back, and wait until everything has ended."""
    order = shop.home / ORDER
    order.write_text(boundary)
    await deed()
    await until(lambda: not (shop.service.lives and shop.unfinished()))
    order.unlink()
    if shop.service.lives:
        return Death(happened=False)
    (sending,) = shop.look("SELECT id FROM deliveries WHERE status = 'sending'")
    shop.service.start()
    await shop.service.ready()
    await shop.quiet()
    return Death(happened=True, in_flight=frozenset(row.id for row in sending))


async def gets_to(shop: ServedShop, boundary: str, deed: Deed, *, times: int) -> None:
    """Begin a deed, and return when this boundary has been passed so many times, in whichever process."""
    order, passed = shop.home / ORDER, shop.home / PASSED
    order.write_text("nowhere")
    passed.touch()
    await deed()
    await until(lambda: passed.read_text().count(f"{boundary} #") >= times)
    order.unlink()


def spread(boundaries: list[str], count: int) -> list[str]:
    """So many of them, evenly between the first and the last; all with LIVE_ASSIST_EVERY_BOUNDARY=1."""
    last = len(boundaries) - 1
    if os.environ.get("LIVE_ASSIST_EVERY_BOUNDARY") or count > last:
        return boundaries
    return [boundaries[n * last // (count - 1)] for n in range(count)]
