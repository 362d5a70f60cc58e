"""`make bench` measures every target; `make bench ARGS="T1 T6"` some of them."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import uvloop

from benchmarks.bench import Bench
from benchmarks.graph import graph
from benchmarks.machine import LOAD_CORE, description
from benchmarks.measures import MEASURES
from benchmarks.processes import Failed
from benchmarks.results import Result, table, write_latest
from benchmarks.shop import Shops


def main() -> None:
    """Measure what was asked for; exit code 1 when a target is missed or could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="T1", help=f"some of {', '.join(MEASURES)}; all by default")
    parser.add_argument("--rounds", type=int, help="how often reference and ours take turns")
    parser.add_argument("--seconds", type=float, help="how long each of them is under load")
    options = parser.parse_args()
    unknown = [name for name in options.targets if name not in MEASURES]
    if unknown:
        parser.error(f"there is no measurement {', '.join(unknown)}")
    os.sched_setaffinity(0, {LOAD_CORE})
    sys.exit(uvloop.run(_measure(options)))


async def _measure(options: argparse.Namespace) -> int:
    me = asyncio.current_task()
    assert me is not None, "uvloop runs it as a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)  # nothing may be left running
    machine = description()
    _say("; ".join(f"{name} {value}" for name, value in machine.items()))
    results: list[Result] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="live-assist-bench-") as folder, ExitStack() as closing:
        async with graph() as graph_url:
            home = Path(folder)
            bench = Bench(
                home=home,
                shops=Shops(home=home, graph_url=graph_url),
                rounds=options.rounds,
                seconds=options.seconds,
                say=_say,
                closing=closing,
            )
            for name in options.targets or MEASURES:
                try:
                    result = await MEASURES[name](bench)
                except (Failed, TimeoutError) as trouble:
                    _say(f"{name} could not be measured: {trouble}")
                    failed = True
                    continue
                _print(str(result))
                results.append(result)
                write_latest([result], machine)
    _print(f"\n{table(results)}")
    return int(failed or any(not result.verdict for result in results))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
