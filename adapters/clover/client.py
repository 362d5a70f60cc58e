"""Calls in a merchant's name: paced, with a token that is good, renewed once when it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from adapters.base import FixedKeys, Keyring
from adapters.clover import oauth, wire
from adapters.clover.hosts import Hosts
from adapters.clover.pacing import Pacing
from bot.kit.errors import OutcomeUnknown, Unreachable
from bot.kit.http import Answer, Http
from bot.kit.pacing import Pace

_NEARLY_OVER = timedelta(seconds=60)
"""A token with less than this left is not sent any more."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What it takes to talk to one merchant's Clover."""

    merchant_id: str
    private_key: str = field(default="", repr=False)
    """Of the Ecommerce API, for the integration type Hosted Checkout."""
    api_base: str = ""
    """Where all of Clover is; empty means the real one."""
    hosts: Hosts | None = None
    """Where each part of it is, when they are not at `api_base`."""
    app_id: str = ""
    livemode: bool = True
    timeout: float = 20.0
    """Seconds for one call, from the first byte to the last."""


class Client:
    """One merchant's Clover."""

    def __init__(
        self, settings: Settings, keys: Keyring | None, clock: Callable[[], datetime], pace: Pace | None
    ) -> None:
        given = {"merchant_id": settings.merchant_id, "private_key": settings.private_key}
        base = settings.api_base.rstrip("/")
        self.merchant_id = settings.merchant_id
        self._keys = keys or FixedKeys(given)
        self._hosts = settings.hosts or Hosts(pages=base, api=base, scl=base)
        self._clock = clock
        self._http = Http(timeout=settings.timeout)
        self._pacing = Pacing(pace, settings.merchant_id, settings.app_id) if pace else None

    @property
    def has_own_key(self) -> bool:
        """Whether there is a private key: it may open pages and refund, and perhaps not read everything."""
        return bool(self._keys.credentials.get("private_key"))

    async def platform(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read something of the merchant's: `path` begins behind its id."""
        url = f"{self._hosts.api}/v3/merchants/{quote(self.merchant_id, safe='')}{path}"
        return await self._call("GET", url, "access_token", params=params)

    async def checkout(self, session_id: str = "", body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Open a page to pay on, or look at one."""
        path = f"/{quote(session_id, safe='')}" if session_id else ""
        return await self._call(
            "GET" if body is None else "POST",
            f"{self._hosts.api}/invoicingcheckoutservice/v1/checkouts{path}",
            "private_key",
            body=body,
            headers={"X-Clover-Merchant-Id": self.merchant_id},
        )

    async def ecommerce(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The Ecommerce API: read, or do something once per key."""
        return await self._call(
            "GET" if body is None else "POST",
            f"{self._hosts.scl}/v1{path}",
            "private_key",
            params=params,
            body=body,
            headers={"idempotency-key": key} if key else {},
        )

    async def close(self) -> None:
        """Let go of the connections; idempotent."""
        await self._http.close()

    async def _call(
        self,
        method: str,
        url: str,
        first: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        async def send(credentials: Mapping[str, str]) -> Answer:
            token = {"Authorization": f"Bearer {_token(credentials, first)}"}
            async with self._pacing.turn() if self._pacing else nullcontext():
                answer = await wire.send(
                    self._http, method, url, params=params, body=body, headers={**token, **(headers or {})}
                )
            if answer.status == 429 and self._pacing is not None:
                self._pacing.refused(answer.headers, wire.seconds_to_wait(answer))
            return answer

        credentials = await self._good()
        answer = await send(credentials)
        if answer.status == 401:
            # Nothing was done, so that it can be sent again.
            renewed = await self._renew(credentials)
            if renewed != credentials:
                answer = await send(renewed)
        return wire.read(answer, reading=method == "GET", keyed="idempotency-key" in (headers or {}))

    async def _good(self) -> Mapping[str, str]:
        credentials = self._keys.credentials
        ends = oauth.expiry(credentials)
        if ends is None or self._clock() < ends - _NEARLY_OVER:
            return credentials
        return await self._renew(credentials)

    async def _renew(self, stale: Mapping[str, str]) -> Mapping[str, str]:
        if "refresh_token" not in stale:
            return stale
        try:
            return await self._keys.renew(stale)
        except OutcomeUnknown as trouble:
            # About the token, that is: what it was wanted for has not been sent.
            raise Unreachable("Clover gave no new token just now.", code=trouble.code) from trouble


def _token(credentials: Mapping[str, str], first: str) -> str:
    """An OAuth token does everything. A private key is for pages and refunds, and beside it a token may read more."""
    return credentials.get(first) or credentials.get("access_token") or credentials.get("private_key") or ""
