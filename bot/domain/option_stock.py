"""Option stock: an item whose options have pieces of their own, each a row of stock called “A7/M” or “A7/S/blue”."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.domain.claim import Wish
from bot.domain.reading import Wanted, normalise_code
from bot.domain.show import Item


class Row(NamedTuple):
    """One option of an item, or one combination of options, with a stock of its own."""

    code: str
    options: tuple[str, ...]
    id: int = 0


MOST_CHOICES = 4
"""So many rows of an item can be offered to the operator as what a comment may mean."""

Stocked = Mapping[str, Sequence[Row]]
"""Normal form of an item's code → its rows, for the items that have some."""


def row_code(code: str, options: Sequence[str]) -> str:
    """What a row of an item is called: “A7/S/blue”."""
    return "/".join([code, *options])


def item_code(code: str, options: Sequence[str]) -> str:
    """The item that a row belongs to, given its options: “A7” of “A7/M”; any other code is its own."""
    return code.removesuffix("".join(f"/{option}" for option in options)) or code


def same_code(claimed: str, code: str) -> bool:
    """Whether a buyer who claimed one code means the other: “A7L” may be the L of A7, while “A7/L” is not item A7L."""
    return normalise_code(claimed) == normalise_code(code) and ("/" in code or "/" not in claimed)


def wishes_of(wanted: Iterable[Wanted], stocked: Stocked, ids: Mapping[str, int]) -> tuple[list[Wish], str]:
    """What a comment wishes, by rows of stock; or what it leaves open, and then it wishes nothing."""
    wishes: list[Wish] = []
    for one in wanted:
        key = normalise_code(one.item)
        rows = stocked.get(key)
        if rows is None:
            wishes.append(Wish(one.item, ids.get(key), one.quantity, one.options))
            continue
        fits = fitting(one.options, rows)
        if len(fits) > 1:
            return [], f"which {one.item}: {_named(fits)}?"
        if fits:
            wishes.append(Wish(fits[0].code, fits[0].id, one.quantity, fits[0].options))
        else:
            wishes.append(Wish(row_code(one.item, one.options), None, one.quantity, one.options))
    return wishes, ""


def choices_of(wanted: Sequence[Wanted], stocked: Stocked) -> tuple[tuple[Wanted, ...], ...]:
    """The rows between which a comment about one item leaves the choice; none where there are too many."""
    if len(wanted) != 1:
        return ()
    (one,) = wanted
    fits = fitting(one.options, stocked.get(normalise_code(one.item), ()))
    return tuple((replace(one, options=row.options),) for row in fits) if len(fits) <= MOST_CHOICES else ()


def gives_of(wanted: Iterable[Wanted], stocked: Stocked, ids: Mapping[str, int]) -> list[Wish]:
    """The same for what a comment gives back: every row that may be meant, as alternatives of one group."""
    gives: list[Wish] = []
    for group, one in enumerate(wanted):
        rows = fitting(one.options, stocked.get(normalise_code(one.item), ()))
        gives += [Wish(row.code, row.id, one.quantity, row.options, group) for row in rows]
        if not rows:
            found, _ = wishes_of([one], stocked, ids)
            gives += [replace(wish, group=group) for wish in found]
    return gives


def fitting(options: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """The row with these options, or else all that have them among others."""
    exact = [row for row in rows if set(row.options) == set(options)]
    return exact or [row for row in rows if set(options) <= set(row.options)]


def stocked_of(whole: Iterable[Item]) -> dict[str, list[Row]]:
    """The items with rows of stock among these, which are `gathered`."""
    return {
        normalise_code(item.code): [Row(row.code, row.options, row.id) for row in item.stock]
        for item in whole
        if item.stock
    }


def gathered(items: Iterable[Item]) -> list[Item]:
    """Items as a person lists them: each with its rows of stock in it, and their sums."""
    rows: dict[int, list[Item]] = {}
    whole: list[Item] = []
    for item in items:
        if item.parent_id is None:
            whole.append(item)
        else:
            rows.setdefault(item.parent_id, []).append(item)
    return [gathered_one(item, rows.get(item.id, ())) for item in whole]


def with_pieces(items: Iterable[Item]) -> list[Item]:
    """What has pieces of its own: rows of stock, and items without any."""
    return [row for item in gathered(items) for row in item.stock or (item,)]


def gathered_one(item: Item, rows: Sequence[Item]) -> Item:
    """An item with its rows of stock in it; one without any is as it was."""
    if not rows:
        return item
    return replace(
        item,
        quantity=sum(row.quantity for row in rows),
        won=sum(row.won for row in rows),
        waiting=sum(row.waiting for row in rows),
        stock=tuple(rows),
    )


def _named(rows: Sequence[Row]) -> str:
    *others, last = (" ".join(row.options) for row in rows)
    return f"{', '.join(others)} or {last}"
