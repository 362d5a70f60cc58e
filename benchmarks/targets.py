"""What Live Assist promises to reach: every target with its three levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class Verdict(IntEnum):
    """How far a measurement got."""

    MISSED = 0
    FLOOR = 1
    GOOD = 2
    AMBITIOUS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One property, and how much of it is enough."""

    name: str
    what: str
    levels: tuple[float, ...]
    """Floor, good, ambitious; a last one that is left out cannot be reached."""
    of: str = ""
    """What a ratio is a ratio of; empty where the value itself is compared."""
    unit: str = ""
    """Of the levels, where they are no ratios."""
    less_is_better: bool = False

    def verdict(self, score: float) -> Verdict:
        """The highest level this score reaches."""
        reached = [score <= level if self.less_is_better else score >= level for level in self.levels]
        return Verdict(reached.index(False) if False in reached else len(reached))


def _more(name: str, what: str, *levels: float, of: str = "", unit: str = "") -> Target:
    return Target(name=name, what=what, levels=levels, of=of, unit=unit)


def _less(name: str, what: str, *levels: float, of: str = "", unit: str = "") -> Target:
    return Target(name=name, what=what, levels=levels, of=of, unit=unit, less_is_better=True)


_ALL = (
    _more("T1", "comments/s to a durable decision, SQLite, 5 per webhook, 50 items", 0.12, 0.25, 0.50, of="R5"),
    _more("T2", "comments/s, SQLite, 1 per webhook", 0.12, 0.25, 0.45, of="R1"),
    _more("T3", "comments/s, PostgreSQL, one process, 5 per webhook", 0.12, 0.25, 0.50, of="P5"),
    _more("T4", "one hot item against 50 items", 0.7, 0.9, 1.0, of="50 items"),
    _more("T5", "two replicas on one show against one", 0.7, 0.9, 1.0, of="one replica"),
    _less("T6", "acknowledgement p99 at 200 webhooks/s of 5", 50, 20, 10, unit="ms"),
    _less("T7", "acknowledgement p99 at 500 webhooks/s of 5", 100, 40, 15, unit="ms"),
    _less("T8", "acknowledgement p99 at 1,000 webhooks/s of 5", 250, 100, 40, unit="ms"),
    _less("T9", "twice its capacity for 30 s: back to T6 within", 5, 2, unit="s"),
    _less("T10", "a decision visible on an open console, p99 at 500 webhooks/s", 1000, 500, 250, unit="ms"),
    _less("T11", "a webhook of 1,000 updates", 500, 150, 60, unit="ms"),
    _more("T12", "invoices/s, the provider answers at once, no pacing", 40, 80, 150, unit="/s"),
    _more("T13", "invoices/s under the provider's real limits", 0.90, 0.95, 0.98, of="limit"),
    _more("T14", "the provider takes 200 ms: concurrency follows", 0.90, 0.95, 0.98, of="c/0.2"),
    _more("T15", "messages against 30/s overall, 1/s per chat", 0.90, 0.95, 0.98, of="limit"),
    _more("T16", "T1 while both pumps run at their limits", 0.8, 0.9, 0.95, of="T1"),
    _less("T17", "memory idle", 2.0, 1.6, 1.3, of="I"),
    _less("T18", "memory more after a show of 100,000 comments, 10 consoles open", 96, 48, 16, unit="MB"),
    _less("T19", "start to ready, empty", 3.0, 2.0, 1.5, of="I"),
    _less("T19b", "start to ready, longer with 100,000 comments and 1,000 due jobs", 1.0, 0.3, 0.1, unit="s"),
    _less("T20", "growth of the cost per comment, 1,000 to 100,000", 1.5, 1.25, 1.0, of="R5"),
    _less("T21", "console queries at 100,000 claims against 1,000", 10, 3, 1.5, of="1,000"),
    _more(
        "READ", "comments read in a second of one core, none remembered, 200 items", 20_000, 30_000, 45_000, unit="/s"
    ),
    _less("T22", "SIGKILL under load to the first acknowledgement", 5, 2.5, 1.5, unit="s"),
)

TARGETS: Mapping[str, Target] = MappingProxyType({target.name: target for target in _ALL})
"""R5 and R1: `benchmarks.reference` at 5 and 1 comments per webhook; P5: `benchmarks.reference_postgres`; I: a process
that only imports our dependencies. READ: beside a pass that normalises and looks for one pattern."""
