"""Calling the Graph API with a Page's token."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bot.kit.errors import OutcomeUnknown, Unreachable
from bot.kit.http import Http
from messaging.messenger.errors import translate, used

VERSION = "v26.0"
"""https://developers.facebook.com/docs/graph-api/changelog"""


class Graph:
    """The Graph API, as one Page."""

    def __init__(self, base: str, token: str, app_secret: str, *, http: Http) -> None:
        base = base.rstrip("/")
        # Without a version Graph would answer as the oldest one the app was made with.
        self._base = base if urlsplit(base).path else f"{base}/{VERSION}"
        self._http = http
        self.used = 0
        """How much of the Page's calls are used up, in percent, as the last answer said."""
        self._identity = {"access_token": token}
        if app_secret:
            # https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof
            proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256)
            self._identity["appsecret_proof"] = proof.hexdigest()

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """Read something."""
        return await self._call("GET", path, params=params)

    async def post(self, path: str, body: Mapping[str, Any] | None = None, **params: str) -> dict[str, Any]:
        """Do something, once."""
        return await self._call("POST", path, params=params, body=body)

    async def _call(
        self, method: str, path: str, *, params: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        answer = await self._http.request(
            method, f"{self._base}/{path}", params={**params, **self._identity}, json=body
        )
        self.used = used(answer)
        error = translate(answer)
        if error is not None:
            # A read that Facebook broke down on can be done again.
            if isinstance(error, OutcomeUnknown) and method == "GET":
                error = Unreachable(error.message, code=error.code)
            raise error
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            unsure = Unreachable if method == "GET" else OutcomeUnknown
            raise unsure("Facebook's answer could not be read", code=str(answer.status))
        return told
