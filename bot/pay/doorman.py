"""Who opens pay pages how often: per address and per link, so that nobody can try addresses or wear a provider out."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from aiohttp import web

from bot.kit.allowance import Allowance

PER_LINK = (2.0, 30)
PER_ADDRESS = (1.0, 60)
"""Seconds per visit, and how many at once: a page that looks again by itself comes every few seconds."""
PER_PROXY = (0.01, 1000)
"""The same for an address on our own side of the network, which a proxy speaks from for everybody."""
PER_QUESTION = (20.0, 1)
"""How often a provider is asked, for one link, whether the money has come."""
NETWORK_BITS = 64
"""Of an IPv6 address, which one household has many of."""


class Doorman:
    """Counts visits, in the memory of one process.

    `proxies` is how many stand before us; each adds whom it heard to the end of X-Forwarded-For.
    """

    def __init__(self, *, proxies: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._proxies = proxies
        self._links, self._addresses, self._ours, self._questions = (
            Allowance(every=every, burst=burst, clock=clock)
            for every, burst in (PER_LINK, PER_ADDRESS, PER_PROXY, PER_QUESTION)
        )

    def wait(self, request: web.Request, token: str) -> float:
        """Seconds until whoever asks may come again; 0 when they are welcome now."""
        address = self.address_of(request)
        addresses = self._ours if _is_ours(address) else self._addresses
        return addresses.take(address) or self._links.take(token)

    def may_ask(self, token: str) -> bool:
        """Whether the provider may be asked about this link now, which counts."""
        return self._questions.take(token) == 0

    def address_of(self, request: web.Request) -> str:
        """Where a request comes from: what the nearest trusted proxy says, never what the client wrote itself."""
        said = [part.strip() for line in request.headers.getall("X-Forwarded-For", []) for part in line.split(",")]
        address = said[-self._proxies] if 0 < self._proxies <= len(said) else request.remote or ""
        try:
            parsed = ip_address(address)
        except ValueError:
            return request.remote or ""
        return str(ip_network((parsed, NETWORK_BITS), strict=False)) if parsed.version == 6 else str(parsed)


def _is_ours(address: str) -> bool:
    try:
        return ip_network(address).is_private
    except ValueError:
        return True  # a socket without an address
