"""The machine a run happens on: which core does what, what a process used of it, and how quiet it was."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")

_ALLOWED = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _ALLOWED[-1], _ALLOWED[0]
"""What is measured runs on one core, with its database; the load and the outside world on another, if there is one."""


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Run this thread, and the processes it starts meanwhile, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, all its threads, in and out of the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def tree_cpu_seconds(pid: int) -> float:
    """The same of a process and its children, the ended ones too."""
    own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(own[13]) + int(own[14])) / _TICK
    return cpu_seconds(pid) + ended + sum(cpu_seconds(child) for child in children(pid))


def children(pid: int) -> list[int]:
    """The processes a process has started and not seen end."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def resident_bytes(pid: int) -> int:
    """How much memory a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def noise(core: int) -> float:
    """How unevenly a core answers: the slowest of 20 equal pieces of work over the fastest. 1 is a quiet machine."""
    with on_core(core):
        pieces = [_piece() for _ in range(20)]
    return max(pieces) / min(pieces)


def _piece() -> float:
    started = time.perf_counter()
    total = 0
    for number in range(200_000):
        total += number
    return time.perf_counter() - started


def description() -> dict[str, float | str]:
    """What a reader of the figures wants to know about where they come from."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "cores": len(_ALLOWED),
        "load": os.getloadavg()[0],
        "noise_server_core": round(noise(SERVER_CORE), 2),
        "noise_load_core": round(noise(LOAD_CORE), 2),
        "measured_at": time.strftime("%Y-%m-%d %H:%M"),
    }
