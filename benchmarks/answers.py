"""What became of a load: every request with its status, and how long it waited."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

OK, REFUSED, LOST, UNSENT = 200, 503, 0, -1
"""Statuses as they are answered; LOST for a connection that broke, or an answer that never came."""


@dataclass(slots=True)
class Answers:
    """By the place of the request in the load. Moments are `perf_counter`'s: a loop counts whole milliseconds."""

    status: array[int]
    latency: array[float]
    """Seconds until its answer, from when it was due."""
    at: array[float]
    """When it was answered."""
    began: float
    turns: list[list[int]] = field(default_factory=list)
    """Requests that followed each other: each was sent when the one before had been answered."""
    without_retry_after: int = 0
    """How many 503 did not say when to come again."""

    @classmethod
    def of(cls, count: int, began: float) -> Answers:
        """Nothing sent yet."""
        return cls(array("h", [UNSENT]) * count, array("d", [0.0]) * count, array("d", [0.0]) * count, began)

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        return max(self.at) - self.began

    def with_status(self, status: int) -> list[int]:
        """The places of the requests answered so."""
        return [place for place, found in enumerate(self.status) if found == status]

    @property
    def strange(self) -> list[str]:
        """What was answered other than 200, in words."""
        others = [status for status in self.status if status not in (UNSENT, OK)]
        return [f"{others.count(status)} webhooks answered {status or 'never'}" for status in sorted(set(others))]

    def percentile(self, share: float) -> float:
        """Latency in seconds that this share of the webhooks answered 200 stayed within."""
        waits = sorted(self.latency[place] for place in self.with_status(OK))
        return waits[min(int(len(waits) * share), len(waits) - 1)] if waits else float("inf")
