"""A circuit: a service that has not answered several times in a row is left alone until a try after a while succeeds.

Without one, everybody who needs a dead service waits out a timeout of their own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp

from bot.kit.errors import Unreachable

_log = logging.getLogger(__name__)

OPENS_AFTER = 5
"""Calls without an answer, one after the other."""
REST_SECONDS = 5.0
"""How long it is left alone before one call is let through to see."""

NO_ANSWER = (aiohttp.ClientError, OSError, TimeoutError)
"""What says that nobody is there. An answer that says no, or makes no sense, is one all the same."""


class Circuit:
    """The line to one service: closed while it answers, open after it has not."""

    def __init__(self, whom: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._whom = whom
        self._clock = clock
        self._unanswered = 0
        self._rests_until = 0.0
        self._trying = False

    def check(self) -> None:
        """Raises Unreachable while the service is left alone."""
        if self._is_open and (self._trying or self._clock() < self._rests_until):
            raise Unreachable(f"{self._whom} has not answered for a while", code="left_alone")

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around one call. Raises Unreachable at once, and nothing is sent, while the service is left alone."""
        self.check()
        self._trying = opened = self._is_open
        try:
            yield
        except aiohttp.InvalidURL:
            raise
        except NO_ANSWER:
            self._unanswered += 1
            self._rests_until = self._clock() + REST_SECONDS
            if self._unanswered == OPENS_AFTER:
                _log.warning("%s has not answered %s times in a row and is left alone", self._whom, OPENS_AFTER)
            raise
        else:
            self._unanswered = 0
            if opened:
                _log.warning("%s answers again", self._whom)
        finally:
            if opened:
                self._trying = False

    @property
    def _is_open(self) -> bool:
        return self._unanswered >= OPENS_AFTER
