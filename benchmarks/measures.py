"""Which function measures which target."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from benchmarks import (
    console,
    crash,
    footprint,
    growth,
    latency,
    outbound_invoices,
    outbound_messages,
    outbound_together,
    reading,
    throughput,
)
from benchmarks.bench import Bench
from benchmarks.results import Result

Measure = Callable[[Bench], Awaitable[Result]]

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "T1": throughput.t1,
        "T2": throughput.t2,
        "T3": throughput.t3,
        "T4": throughput.t4,
        "T5": throughput.t5,
        "T6": latency.t6,
        "T7": latency.t7,
        "T8": latency.t8,
        "T9": latency.t9,
        "T10": console.t10,
        "T11": latency.t11,
        "T12": outbound_invoices.t12,
        "T13": outbound_invoices.t13,
        "T14": outbound_invoices.t14,
        "T15": outbound_messages.t15,
        "T16": outbound_together.t16,
        "T17": footprint.t17,
        "T18": footprint.t18,
        "T19": footprint.t19,
        "T19b": footprint.t19b,
        "T20": growth.t20,
        "T21": console.t21,
        "T22": crash.t22,
        "READ": reading.read_rate,
    }
)
"""In the order in which they run."""
