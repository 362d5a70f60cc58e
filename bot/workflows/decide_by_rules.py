"""Decides a run of comments by the rules of its show, where that has some beside first come, first served."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.domain.claim import Claim, ClaimStatus, Stock, Wish
from bot.domain.deciding import REPLACED, Holding, Key, Terms, decide_by
from bot.domain.show import Show
from bot.workflows.move_claims import serve_line
from storage import claims, holdings, ledger, restoring


class ByRules:
    """What the buyers of a run hold, and what becomes of it."""

    def __init__(self, terms: Terms, stock: Mapping[int, Stock], held: Iterable[holdings.Held]) -> None:
        self.terms = terms
        self.frees = False
        """Whether the last comment freed something: then the line moves before the next comment is decided."""
        self._stock = stock
        self._held: dict[tuple[int, int], list[Holding]] = {}
        self._changed: dict[Key, Holding] = {}
        self._freed: set[int] = set()
        for row in held:
            self._held.setdefault((row.buyer_id, row.item_id), []).append(
                Holding(
                    key=(row.seq, row.wish),
                    options=tuple(json.loads(row.options)),
                    quantity=row.quantity,
                    status=ClaimStatus(row.status),
                    fixed=row.invoice_id is not None,
                    id=row.id,
                )
            )

    def claims_of(
        self, wishes: Sequence[Wish], buyer_id: int, seq: int, *, queued: bool, refused: str
    ) -> tuple[list[ledger.NewClaim], list[int]]:
        """The claims a comment makes, and the numbers of those that kept it from changing something."""
        made: list[ledger.NewClaim] = []
        fixed: list[int] = []
        for wish in wishes:
            here = self._stock.get(wish.item_id) if wish.item_id is not None else None
            mine = self._held.setdefault((buyer_id, here.item_id), []) if here is not None else []
            outcome = decide_by(self.terms, wish, here, mine, (seq, len(made)), queued=queued, refused=refused)
            for decision in outcome.made:
                made.append(
                    ledger.NewClaim(
                        seq,
                        len(made),
                        here.item_id if here else None,
                        here.code if here else wish.code,
                        buyer_id,
                        decision.quantity,
                        decision.status.value,
                        decision.reason,
                        decision.position,
                        wish.options,
                    )
                )
            fixed += outcome.fixed
            if here is None:
                continue
            here.holders[(buyer_id, wish.options)] = ClaimStatus.WINNER  # its counters are to be written
            for held in outcome.changed:
                self._changed[held.key] = held
            if outcome.frees:
                self._freed.add(here.item_id)
                self.frees = True
        return made, fixed

    def keep(self, tx: sa.Connection, workspace_id: int, show: Show, now: datetime) -> list[Claim]:
        """Write down what became of earlier claims, once the run is; those next in line who got something by it."""
        keep_changes(tx, workspace_id, show, self._changed, now)
        promoted: list[Claim] = []
        for item_id in sorted(self._freed):
            restoring.line_up(tx, workspace_id, item_id)
            promoted += serve_line(tx, workspace_id, show, item_id, now)
        return promoted


def keep_changes(
    tx: sa.Connection, workspace_id: int, show: Show, changed: Mapping[Key, Holding], now: datetime
) -> None:
    """Write down that claims are for another number of pieces; those for none are over."""
    left = [(*key, held.quantity) for key, held in changed.items() if held.quantity]
    holdings.set_quantities(tx, workspace_id, show.id, left, now)
    over = [key for key, held in changed.items() if not held.quantity]
    for claim_id in holdings.ids_of(tx, workspace_id, show.id, over).values():
        claims.move(tx, workspace_id, claim_id, status=ClaimStatus.RELEASED, reason=REPLACED, now=now)
