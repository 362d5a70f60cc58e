"""T1–T5: comments per second to a durable decision, in a closed loop, reference and ours in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from benchmarks.answers import OK, Answers
from benchmarks.audit import audit
from benchmarks.bench import Bench
from benchmarks.comments import Crowd, Webhook, requests_of, webhooks
from benchmarks.load import closed_loop
from benchmarks.postgres import Postgres
from benchmarks.processes import Process, free_port
from benchmarks.results import Result, compared

ROUNDS, SECONDS = 7, 3.0
FASTEST = {5: 65_000, 1: 22_000}
"""Comments per second, by comments per webhook, that nobody here exceeds: so many are prepared."""
CROWD = Crowd()


@dataclass(kw_only=True)
class Round:
    """One turn of somebody under load."""

    per_second: float
    cpu: float
    """µs of the serving processes per comment."""
    database_cpu: float
    """µs of PostgreSQL per comment; SQLite works inside the process."""
    broken: list[str] = field(default_factory=list)


async def t1(bench: Bench) -> Result:
    """SQLite, 5 comments per webhook."""
    result = await _against_reference(bench, "T1", "benchmarks.reference", per=5)
    if bench.rounds is None:
        naive = await reference(bench, "benchmarks.reference_naive", _load(bench, 5, CROWD))
        result = replace(result, notes={**result.notes, "an ORM session per webhook, comments/s": naive.per_second})
    return result


async def t2(bench: Bench) -> Result:
    """SQLite, 1 comment per webhook."""
    return await _against_reference(bench, "T2", "benchmarks.reference", per=1)


async def t3(bench: Bench) -> Result:
    """PostgreSQL, 5 comments per webhook."""
    return await _against_reference(bench, "T3", "benchmarks.reference_postgres", per=5, postgres=bench.postgres)


async def t4(bench: Bench) -> Result:
    """Everybody wants the same item."""
    hot = Crowd(hot=True)
    loads = {crowd: _load(bench, 5, crowd) for crowd in (hot, CROWD)}
    one, fifty = [], []
    for turn in range(bench.rounds_or(ROUNDS)):
        one.append(await ours(bench, loads[hot], crowd=hot))
        fifty.append(await ours(bench, loads[CROWD]))
        _say(bench, "T4", turn, one, fifty)
    return _result("T4", one, fifty)


async def t5(bench: Bench) -> Result:
    """Two processes on one PostgreSQL and one show; everybody asks them in turn, and their order must hold."""
    load = _load(bench, 5, CROWD)
    two, one = [], []
    for turn in range(bench.rounds_or(ROUNDS)):
        one.append(await ours(bench, load, postgres=bench.postgres))
        two.append(await ours(bench, load, postgres=bench.postgres, replicas=2))
        _say(bench, "T5", turn, two, one)
    return _result("T5", two, one)


async def _against_reference(
    bench: Bench, name: str, module: str, *, per: int, postgres: Postgres | None = None
) -> Result:
    load = _load(bench, per, CROWD)
    mine, theirs = [], []
    for turn in range(bench.rounds_or(ROUNDS)):
        theirs.append(await reference(bench, module, load, postgres=postgres))
        mine.append(await ours(bench, load, postgres=postgres))
        _say(bench, name, turn, mine, theirs)
    return _result(name, mine, theirs)


def _load(bench: Bench, per: int, crowd: Crowd) -> list[Webhook]:
    return webhooks(int(FASTEST[per] / per * bench.seconds_or(SECONDS)), per, crowd=crowd)


async def ours(
    bench: Bench,
    load: Sequence[Webhook],
    *,
    crowd: Crowd = CROWD,
    postgres: Postgres | None = None,
    replicas: int = 1,
) -> Round:
    """A fresh shop under this load, and afterwards its books."""
    shop = await bench.shops.new(crowd, postgres=postgres)
    processes = [shop.serve() for _ in range(replicas)]
    try:
        for process in processes:
            process.start()
        for process in processes:
            await process.ready()
        found, answers = await _under_load(bench, processes, load, postgres)
    finally:
        for process in processes:
            await process.kill()
    found.broken += audit(shop, [(load, answers)])
    bench.shops.close(shop, postgres)
    return found


async def reference(bench: Bench, module: str, load: Sequence[Webhook], *, postgres: Postgres | None = None) -> Round:
    """A fresh reference under this load."""
    async with a_reference(bench, module, crowd=CROWD, postgres=postgres) as process:
        found, _ = await _under_load(bench, [process], load, postgres)
    return found


@asynccontextmanager
async def a_reference(
    bench: Bench, module: str, *, crowd: Crowd = CROWD, postgres: Postgres | None = None
) -> AsyncIterator[Process]:
    """A fresh reference, ready to be asked."""
    home, port = Path(mkdtemp(dir=bench.home)), free_port()
    arguments = ["--port", port, "--home", home, "--items", crowd.items, "--pieces", crowd.pieces]
    database = postgres.create() if postgres is not None else ""
    if postgres is not None:
        arguments += ["--database", postgres.url(database)]
    async with Process(module, *map(str, arguments), home=home, port=port) as process:
        yield process
    if postgres is not None:
        postgres.drop(database)
        postgres.settle()


async def _under_load(
    bench: Bench, processes: Sequence[Process], load: Sequence[Webhook], postgres: Postgres | None
) -> tuple[Round, Answers]:
    def used() -> tuple[float, float]:
        return sum(one.cpu_seconds() for one in processes), postgres.cpu_seconds() if postgres is not None else 0.0

    before = used()
    ports = [process.port for process in processes]
    answers = await closed_loop(ports, requests_of(load), seconds=bench.seconds_or(SECONDS))
    after = used()
    comments = sum(load[place].count for place in answers.with_status(OK))
    cpu, database_cpu = ((end - start) / max(comments, 1) * 1e6 for start, end in zip(before, after, strict=True))
    return Round(
        per_second=comments / answers.seconds, cpu=cpu, database_cpu=database_cpu, broken=answers.strange
    ), answers


def _result(name: str, mine: Sequence[Round], theirs: Sequence[Round]) -> Result:
    notes = {"CPU µs/comment": median(one.cpu for one in mine), "of the reference": median(one.cpu for one in theirs)}
    if mine[0].database_cpu:
        notes["database µs/comment"] = median(one.database_cpu for one in mine)
        notes["of the reference's"] = median(one.database_cpu for one in theirs)
    notes["ratio by CPU"] = median(
        (other.cpu + other.database_cpu) / (one.cpu + one.database_cpu) for one, other in zip(mine, theirs, strict=True)
    )
    return compared(
        name,
        [one.per_second for one in mine],
        [other.per_second for other in theirs],
        unit="comments/s",
        broken=dict.fromkeys(what for one in mine for what in one.broken),
        notes=notes,
    )


def _say(bench: Bench, name: str, turn: int, mine: Sequence[Round], theirs: Sequence[Round]) -> None:
    one, other = mine[-1], theirs[-1]
    bench.say(
        f"{name} round {turn + 1}: {one.per_second:,.0f} against {other.per_second:,.0f} comments/s "
        f"({one.per_second / other.per_second:.2f}); CPU {one.cpu + one.database_cpu:.0f} against "
        f"{other.cpu + other.database_cpu:.0f} µs/comment" + "".join(f"; {what}" for what in one.broken)
    )
