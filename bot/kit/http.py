"""The HTTP client for services we call by hand: bounded in time and size, never redirected, errors sorted.

A host that has not answered several times in a row is left alone for a while (`bot.kit.circuit`).

What the service answers is returned, whatever its status. What goes wrong on the way there or back is raised:
Unreachable when the request never arrived, OutcomeUnknown when it may have.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bot.kit.circuit import Circuit
from bot.kit.errors import OutcomeUnknown, Refused, Unreachable

TIMEOUT = 20.0
"""Seconds for a whole call, unless it asks for its own."""
CONNECT_TIMEOUT = 5.0
"""Seconds to get a connection: waiting for a free one, DNS, TCP and TLS together."""
BODY_LIMIT = 4 * 2**20
"""Bytes of one answer, unpacked. The largest real ones are lists of a hundred objects."""
CONNECTIONS_PER_HOST = 50
"""Each host has its own, so one that hangs takes no connection from another."""

_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes = field(repr=False)
    at: float
    """When it came, in seconds since the epoch."""

    @property
    def ok(self) -> bool:
        """Whether the status says yes."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON, or ValueError for anything that is none."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, from a Retry-After header in seconds or as a date; None without a usable one."""
        given = self.headers.get("Retry-After", "").strip()
        try:
            seconds = float(given)
        except ValueError:
            try:
                seconds = parsedate_to_datetime(given).timestamp() - self.at
            except (ValueError, OverflowError):
                return None
        return max(0.0, seconds) if math.isfinite(seconds) else None


class Http:
    """One pool of connections, opened at the first call and shared by everybody it is given to."""

    def __init__(
        self,
        *,
        timeout: float = TIMEOUT,
        body_limit: int = BODY_LIMIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout
        self._body_limit = body_limit
        self._clock = clock
        self._circuits: dict[str, Circuit] = {}
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Call once, with a JSON or a form body or none. Nothing is repeated, and no error quotes the URL.

        A redirect is an answer like any other and not followed: it could lead into the network we run in.
        """
        # Reading changes nothing over there, so a read that was cut off can simply be done again.
        unsure = Unreachable if method in _READS else OutcomeUnknown
        host = _host(url)
        total = self._timeout if timeout is None else timeout
        try:
            with self._circuit(url).call():
                async with self._open().request(
                    method,
                    url,
                    params=params,
                    json=json,
                    data=form,
                    headers=headers,
                    timeout=aiohttp.ClientTimeout(total=total, connect=min(total, CONNECT_TIMEOUT)),
                    allow_redirects=False,
                ) as response:
                    body = await self._read(response)
                    if body is None:
                        raise unsure(f"{host} answered more than {self._body_limit} bytes")
                    return Answer(response.status, CIMultiDict(response.headers), body, time.time())
        # The originals are cut off from ours (`from None`): some quote the URL, and URLs carry tokens.
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise Refused(f"{host} is not a web address") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"{host} cannot be reached", code=type(error).__name__) from None
        except TimeoutError as error:
            raise unsure(f"{host} did not answer in time", code=type(error).__name__) from None
        except (aiohttp.ClientError, OSError) as error:
            raise unsure(f"{host} broke off", code=type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _circuit(self, url: str) -> Circuit:
        """The circuit of the host and port in a URL: whoever calls them finds them dead together."""
        origin = _origin(url)
        if origin not in self._circuits:
            self._circuits[origin] = Circuit(_host(url), clock=self._clock)
        return self._circuits[origin]

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | None:
        """The body, or None as soon as it is too long."""
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._body_limit:
                response.close()
                return None
        return bytes(body)

    def _open(self) -> aiohttp.ClientSession:
        # Not in __init__: a session belongs to the event loop that is running.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS_PER_HOST),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _origin(url: str) -> str:
    try:
        return URL(url).authority
    except ValueError:
        return ""


def _host(url: str) -> str:
    try:
        return URL(url).host or "that"
    except ValueError:
        return "that"
