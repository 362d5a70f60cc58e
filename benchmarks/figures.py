"""Puts the newest figures into docs/performance.md: `python -m benchmarks.figures` after a run on a quiet machine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from benchmarks.processes import ROOT
from benchmarks.results import LATEST, figure
from benchmarks.targets import TARGETS, Target

PAGE = ROOT / "docs" / "performance.md"
_PLACE = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_HEAD = ("", "property", "measured", "reference", "ratio", "floor / good / ambitious", "reached", "beside it")


def main() -> None:
    """Replace what stands between the marks."""
    measured = json.loads(LATEST.read_text())["targets"]
    known = [(target, measured[name]) for name, target in TARGETS.items() if name in measured]
    text, places = _PLACE.subn(lambda found: f"{found[1]}{figures(known)}\n{found[2]}", PAGE.read_text())
    assert places == 1, "docs/performance.md has one place for them"
    PAGE.write_text(text)


def figures(measured: list[tuple[Target, Mapping[str, Any]]]) -> str:
    """The table, and where it comes from."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *(_row(target, found) for target, found in measured)]
    machine = measured[-1][1]["machine"]
    return "\n".join(
        [
            f"Python {machine['python']}, {machine['system']}, {machine['cores']} cores; {machine['measured_at']}.",
            "",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
    )


def _row(target: Target, found: Mapping[str, Any]) -> tuple[str, ...]:
    ratio = "" if found["ratio"] is None else f"**{figure(found['ratio'])}** {target.of}"
    if found["ratio"] is not None and found["spread"]:
        ratio += f" ({figure(found['spread'][0])}–{figure(found['spread'][1])})"
    return (
        target.name,
        target.what,
        f"{figure(found['value'])} {found['unit']}",
        "" if found["reference"] is None else f"{figure(found['reference'])} {found['unit']}",
        ratio,
        " / ".join(f"{level:g}" for level in target.levels),
        found["verdict"],
        "; ".join([*(f"{name} {figure(value)}" for name, value in found["notes"].items()), *found["broken"]]),
    )


if __name__ == "__main__":
    main()
