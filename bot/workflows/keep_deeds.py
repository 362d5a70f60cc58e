"""Keeps deeds: who did it and by which message, so that a crash repeats nothing and /undo knows what came last."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.kit.errors import BadInput
from storage import deeds


class DoneBefore(BadInput):
    """I was interrupted just then, but that is done. /claims and /item list show how it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing an operator did."""

    by: str
    """What the operator is called."""
    key: str
    """Names it among all deeds: a message that is acted on again after a crash has the same."""

    @classmethod
    def of(cls, by: str, key: str) -> Deed:
        """A deed; without a key it is one that nothing can repeat."""
        return cls(by=by, key=key or uuid.uuid4().hex)

    @property
    def marks(self) -> dict[str, Any]:
        """What a ledger entry carries so that it is known as part of this deed."""
        return {"deed": self.key, "by": self.by}


def begin(tx: sa.Connection, workspace_id: int, deed: Deed, now: datetime) -> None:
    """Keep the deed in the transaction that does it. Raises DoneBefore."""
    if not deeds.keep(tx, workspace_id, deed.key, now):
        raise DoneBefore
