"""Rate limits: how many calls are too many, and the usage headers that tell how close one is.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import dataclass

from sandbox.facebook.errors import GraphError


@dataclass(frozen=True)
class Rule:
    """So many calls in `seconds`; beyond that the error with `code`."""

    seconds: int
    code: int
    message: str
    status: int = 400


TOO_FAST = "Calls to this api have exceeded the rate limit."

RULES = {
    "app": Rule(3600, 4, "Application request limit reached", status=403),
    "pages": Rule(86_400, 80001, "There have been too many calls to this Page account. Wait a bit and try again."),
    "messenger": Rule(86_400, 80006, "There have been too many calls to this Messenger account."),
    "sends": Rule(1, 613, TOO_FAST),
    "private_replies": Rule(3600, 613, TOO_FAST),
}


class Limits:
    """Ceilings by the name of their rule; a rule without a ceiling never refuses.

    `Limits(sends=300, private_replies=750)` are the documented ones that do not depend on the audience.
    """

    def __init__(self, **ceilings: int) -> None:
        unknown = ceilings.keys() - RULES.keys()
        if unknown:
            raise ValueError(f"no such limit: {', '.join(sorted(unknown))}; there are {', '.join(RULES)}")
        self.ceilings = ceilings
        self._calls: dict[tuple[str, str], deque[float]] = {}

    def count(self, rule: str, whose: str, now: float) -> None:
        """Count one call, and refuse it when there were too many. Refused calls count: they prolong it."""
        if rule not in self.ceilings:
            return
        calls = self._recent(rule, whose, now)
        calls.append(now)
        if len(calls) > self.ceilings[rule]:
            no = RULES[rule]
            raise GraphError(f"(#{no.code}) {no.message}", code=no.code, status=no.status, transient=no.code == 4)

    def headers(self, app_id: str, page_id: str, now: float) -> dict[str, str]:
        """The usage headers of one answer, in percent of each ceiling."""
        used = self._percent("app", app_id, now)
        business = [
            {
                "type": kind,
                "call_count": self._percent(kind, page_id, now),
                "total_cputime": 0,
                "total_time": 0,
                "estimated_time_to_regain_access": self._minutes_to_regain(kind, page_id, now),
            }
            for kind in ("messenger", "pages")
        ]
        return {
            "X-App-Usage": json.dumps({"call_count": used, "total_time": 0, "total_cputime": 0}),
            "X-Business-Use-Case-Usage": json.dumps({page_id: business}),
        }

    def _recent(self, rule: str, whose: str, now: float) -> deque[float]:
        calls = self._calls.setdefault((rule, whose), deque())
        while calls and calls[0] <= now - RULES[rule].seconds:
            calls.popleft()
        return calls

    def _percent(self, rule: str, whose: str, now: float) -> int:
        if rule not in self.ceilings:
            return 0
        return min(100, 100 * len(self._recent(rule, whose, now)) // self.ceilings[rule])

    def _minutes_to_regain(self, rule: str, whose: str, now: float) -> int:
        """Minutes, as the real header says them: until enough old calls have aged out."""
        if rule not in self.ceilings:
            return 0
        calls = self._recent(rule, whose, now)
        excess = len(calls) - self.ceilings[rule]
        if excess <= 0:
            return 0
        return math.ceil((calls[excess] + RULES[rule].seconds - now) / 60)
