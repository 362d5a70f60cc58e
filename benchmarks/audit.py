"""After every load: was everything that was acknowledged decided, in order, and nothing oversold?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from benchmarks.answers import OK, Answers
from benchmarks.comments import Webhook, number_of
from benchmarks.shop import Shop
from storage.database import sync_url


def audit(shop: Shop, parts: Sequence[tuple[Sequence[Webhook], Answers]]) -> list[str]:
    """What does not hold, in words; empty when all is well. Reads the database itself, not the API."""
    engine = sa.create_engine(sync_url(sa.make_url(shop.database_url)))
    try:
        with engine.connect() as tx:
            seqs = _seqs(tx)
            broken = _stock(tx)
    finally:
        engine.dispose()
    for load, answers in parts:
        broken += _kept(seqs, load, answers) + _in_order(seqs, load, answers)
    return broken


def _seqs(tx: sa.Connection) -> dict[int, int]:
    """Each comment's place in the ledger."""
    rows = tx.execute(sa.text("SELECT comment_id, seq FROM ledger WHERE kind = 'comment'")).all()
    seqs = {number_of(row.comment_id): int(row.seq) for row in rows}
    assert len(seqs) == len(rows), "the database lets no comment in twice"
    return seqs


def _kept(seqs: dict[int, int], load: Sequence[Webhook], answers: Answers) -> list[str]:
    """Every acknowledged comment is in the ledger with its decision."""
    acknowledged = [load[place] for place in answers.with_status(OK)]
    lost = [
        number
        for webhook in acknowledged
        for number in range(webhook.first, webhook.first + webhook.count)
        if number not in seqs
    ]
    return [f"{len(lost)} acknowledged comments lost"] if lost else []


def _in_order(seqs: dict[int, int], load: Sequence[Webhook], answers: Answers) -> list[str]:
    """Who wrote after somebody else had been answered comes after them in the ledger, on whichever replica."""
    swapped = 0
    for turn in answers.turns:
        newest = 0
        for place in turn:
            if answers.status[place] != OK:
                continue
            numbers = range(load[place].first, load[place].first + load[place].count)
            mine = [seqs[number] for number in numbers if number in seqs]
            swapped += bool(mine) and min(mine) < newest
            newest = max([newest, *mine])
    return [f"{swapped} webhooks decided before one that was answered earlier"] if swapped else []


def _stock(tx: sa.Connection) -> list[str]:
    """Counters agree with the claims, nothing is oversold, lines have no gaps, and nobody overtakes."""
    wrong: dict[str, list[str]] = defaultdict(list)
    won: dict[int, int] = defaultdict(int)
    last_win: dict[int, int] = {}
    line: dict[int, list[tuple[int, int]]] = defaultdict(list)
    wanted = "SELECT item_id, status, seq, quantity, position FROM claims WHERE item_id IS NOT NULL ORDER BY seq, wish"
    for item_id, status, seq, quantity, position in tx.execute(sa.text(wanted)):
        if status == "winner":
            won[item_id] += quantity
            last_win[item_id] = seq
        elif status == "waitlisted":
            line[item_id].append((seq, position))
    for row in tx.execute(sa.text("SELECT id, code, quantity, won, waiting FROM items")):
        waiting = line[row.id]
        if won[row.id] > row.quantity:
            wrong["oversold"].append(row.code)
        if (won[row.id], len(waiting)) != (row.won, row.waiting):
            wrong["counted wrong"].append(row.code)
        if [position for _, position in waiting] != list(range(1, len(waiting) + 1)):
            wrong["with gaps in the line"].append(row.code)
        if waiting and last_win.get(row.id, 0) > waiting[0][0]:
            wrong["won by somebody who overtook the line"].append(row.code)
    return [f"{len(codes)} items {what}, {codes[0]} among them" for what, codes in wrong.items()]
