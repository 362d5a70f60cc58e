"""READ: how many comments are read in a second of one core, none of them remembered."""

from __future__ import annotations

import random
import re
import time
import unicodedata
from collections.abc import Callable, Sequence

from benchmarks.bench import Bench
from benchmarks.comments import Crowd, text_of
from benchmarks.results import Result, compared
from bot.domain.reading import Catalogue, Rules, read
from bot.domain.reading.examples import CODES, EXAMPLES, OPTIONS, rows

ITEMS, MANY_ITEMS = 200, 2_000
COMMENTS = 20_000
"""Enough for a second or so, in slices that ours and the reference read in turn."""
SLICES = 10
"""The quickest counts: whoever shares the machine can only make a slice slower."""
_PLAIN = re.compile(r"\b(?:SOLD|MINE|CF|CLAIM|WANT)\b\W*(\w+)|(\w+)\W*(?:SOLD|MINE|\+ ?(\d+))")


async def read_rate(bench: Bench) -> Result:
    """Comments a second of CPU time, against a pass that only normalises and looks for one pattern."""
    ours: list[float] = []
    theirs: list[float] = []
    more: list[float] = []
    grown: list[float] = []
    written: list[float] = []
    few, many = [_catalogue(items) for items in (ITEMS, MANY_ITEMS)]
    rules = Rules()
    evidence = [(Rules(markets=(market,)), one) for market in EXAMPLES for row in rows(market) for one in row.comments]
    shown = Catalogue.of(CODES, OPTIONS)
    for turn in range(bench.rounds_or(5)):
        comments = _comments(turn)
        size = len(comments) // SLICES
        slices = [comments[at : at + size] for at in range(0, len(comments), size)]
        spent = [
            (
                _seconds(lambda text: read(text, few, rules), some),
                _seconds(lambda text: _plain(text, few), some),
                _seconds(lambda text: read(text, many, rules), some),
            )
            for some in slices
        ]
        here, plain, wide = (min(column) for column in zip(*spent, strict=True))
        ours.append(size / here)
        theirs.append(size / plain)
        more.append(wide / here)
        grown.append(spent[-1][0] / spent[0][0])
        began = time.process_time()
        for market_rules, text in evidence:
            read(text, shown, market_rules)
        written.append(len(evidence) / (time.process_time() - began))
        bench.say(f"READ round {turn + 1}: {ours[-1]:,.0f}/s against {theirs[-1]:,.0f}/s")
    return compared(
        "READ",
        ours,
        theirs,
        unit="comments/s",
        notes={
            f"cost × with {MANY_ITEMS:,} items": min(more),
            "cost × of the last tenth against the first": sorted(grown)[len(grown) // 2],
            "examples of every market/s": max(written),
        },
    )


def _catalogue(items: int) -> Catalogue:
    return Catalogue.of(map(str, range(1, items + 1)), OPTIONS)


def _comments(seed: int) -> list[str]:
    dice = random.Random(seed)  # noqa: S311 - a load, not a secret
    crowd = Crowd(items=ITEMS)
    return [text_of(crowd, dice) for _ in range(COMMENTS)]


def _seconds(reader: Callable[[str], object], comments: Sequence[str]) -> float:
    began = time.process_time()
    for text in comments:
        reader(text)
    return time.process_time() - began


def _plain(text: str, catalogue: Catalogue) -> str | None:
    found = _PLAIN.search(unicodedata.normalize("NFKC", text).casefold().upper())
    return None if found is None else catalogue.codes.get(found[1] or found[2])
