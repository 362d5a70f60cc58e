"""What a run found: a line per target, a table, and a file for whoever compares runs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.targets import TARGETS, Target, Verdict

LATEST = Path(__file__).with_name("latest.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One target, measured."""

    target: Target
    value: float
    unit: str
    reference: float | None = None
    """The same figure of the reference in the same run."""
    ratio: float | None = None
    """The median of the ratios within each round; not the ratio of the medians."""
    spread: tuple[float, float] | None = None
    """The lowest and the highest round of what is compared with the levels."""
    at_best: Verdict = Verdict.AMBITIOUS
    """The highest verdict that what happened besides allows."""
    broken: tuple[str, ...] = ()
    """Promises that did not hold in this run; one is enough to miss the target, however fast it was."""
    notes: Mapping[str, float] = field(default_factory=dict)
    """Other figures of the run, by a name that says their unit."""

    @property
    def score(self) -> float:
        """What is compared with the levels."""
        if not self.target.of:
            return self.value
        assert self.ratio is not None, f"{self.target.name} is a ratio"
        return self.ratio

    @property
    def verdict(self) -> Verdict:
        """How far it got."""
        return Verdict.MISSED if self.broken else min(self.at_best, self.target.verdict(self.score))

    def __str__(self) -> str:
        """The one line: `T1 0.31 R5 good`."""
        what = self.target.of or self.target.unit
        return f"{self.target.name} {figure(self.score)} {what} {self.verdict.name.lower()}"


def compared(
    name: str,
    ours: Sequence[float],
    references: Sequence[float],
    *,
    unit: str,
    broken: Iterable[str] = (),
    notes: Mapping[str, float] | None = None,
) -> Result:
    """The result of interleaved rounds: the median of the ratios of each round, and their spread."""
    ratios = [one / other for one, other in zip(ours, references, strict=True)]
    return Result(
        target=TARGETS[name],
        value=statistics.median(ours),
        unit=unit,
        reference=statistics.median(references),
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        broken=tuple(broken),
        notes=notes or {},
    )


def figure(number: float) -> str:
    """Three digits that say something."""
    if abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}" if abs(number) >= 0.01 or not number else f"{number:.4f}"


_HEAD = ("target", "value", "unit", "reference", "ratio", "rounds", "floor/good/ambitious", "verdict", "beside it")


def table(results: Sequence[Result]) -> str:
    """All of it, for people."""
    rows = [_HEAD, *(_row(result) for result in results)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in rows
    )


def _row(result: Result) -> tuple[str, ...]:
    low, high = result.spread or (result.score, result.score)
    beside = [f"{name} {figure(value)}" for name, value in result.notes.items()] + list(result.broken)
    return (
        result.target.name,
        figure(result.value),
        result.unit,
        "" if result.reference is None else figure(result.reference),
        "" if result.ratio is None else figure(result.ratio),
        f"{figure(low)}–{figure(high)}" if result.spread else "",
        "/".join(f"{level:g}" for level in result.target.levels),
        result.verdict.name.lower(),
        "; ".join(beside),
    )


def write_latest(results: Sequence[Result], machine: Mapping[str, float | str]) -> None:
    """Keep this run beside the code; what an earlier run said about other targets stays."""
    kept = json.loads(LATEST.read_text()) if LATEST.exists() else {"targets": {}}
    for result in results:
        kept["targets"][result.target.name] = {
            "value": result.value,
            "unit": result.unit,
            "reference": result.reference,
            "ratio": result.ratio,
            "verdict": result.verdict.name.lower(),
            "spread": result.spread,
            "broken": result.broken,
            "notes": dict(result.notes),
            "machine": dict(machine),
        }
    LATEST.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
