"""Giving back: which of a buyer's claims a comment like “pass 12” is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class _Held(Protocol):
    """A claim that its buyer has, or waits by."""

    @property
    def quantity(self) -> int: ...

    @property
    def options(self) -> tuple[str, ...]: ...


H = TypeVar("H", bound=_Held)


def given_back(quantity: int, options: tuple[str, ...], held: Sequence[H]) -> tuple[list[H], str]:
    """The claims among those `held` of an item that go back, and what is in doubt about it; then none goes.

    A comment that names no quantity reads as one piece, so one is all of them. Fewer than all, but more than one, is
    for the operator, as is an item held in several options of which none is named.
    """
    meant = [one for one in held if not options or one.options == options]
    if len(kinds := {one.options for one in meant}) > 1:
        named = " or ".join(sorted(", ".join(kind) or "no option" for kind in kinds))
        return [], f"it could be about {named}"
    has = sum(one.quantity for one in meant)
    if 1 < quantity < has:
        return [], f"{quantity} of {has} would go back"
    return meant, ""
