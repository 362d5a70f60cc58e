"""What every measurement is given: how long it may take, and the places where it finds what it needs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.postgres import Postgres, postgres
from benchmarks.shop import Shops


@dataclass(kw_only=True)
class Bench:
    """One run."""

    home: Path
    shops: Shops
    rounds: int | None
    """How often reference and ours take turns; None leaves it to the measurement."""
    seconds: float | None
    """How long each of them is under load; None leaves it to the measurement."""
    say: Callable[[str], None]
    """Tells whoever waits how far it is."""
    closing: ExitStack = field(default_factory=ExitStack)
    _postgres: Postgres | None = None

    def rounds_or(self, usual: int) -> int:
        """How many rounds, unless somebody asked for another number."""
        return self.rounds if self.rounds is not None else usual

    def seconds_or(self, usual: float) -> float:
        """How many seconds, unless somebody asked for another number."""
        return self.seconds if self.seconds is not None else usual

    @property
    def postgres(self) -> Postgres:
        """A PostgreSQL, started when the first measurement wants it."""
        if self._postgres is None:
            self._postgres = self.closing.enter_context(postgres(self.home))
        return self._postgres
