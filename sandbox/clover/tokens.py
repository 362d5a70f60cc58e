"""Clover's OAuth v2: codes, pairs of tokens that end, refresh tokens that are good once, and the way back after a loss.

https://docs.clover.com/dev/docs/refresh-access-tokens
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.clover.errors import Refused

ACCESS_LASTS = 30 * 60
REFRESH_LASTS = 365 * 24 * 3600
CODE_LASTS = 10 * 60


@dataclass(kw_only=True)
class Pair:
    """An access token and its refresh token."""

    merchant_id: str
    access: str
    refresh: str
    access_ends: int
    refresh_ends: int
    before: str | None
    """The refresh token this pair came for: the recovery token, should this one be lost."""
    used: bool = False


class Tokens:
    """Every token of one app."""

    def __init__(self, app_id: str, app_secret: str, now: Callable[[], float]) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.redirect_uris: list[str] = []
        """Where the app may be answered; empty for anywhere."""
        self.refreshes = 0
        """Pairs that were given for a refresh token."""
        self.recoveries = 0
        self.pairs: list[Pair] = []
        self._now = now
        self._codes: dict[str, tuple[str, float]] = {}

    def agree(self, merchant_id: str) -> str:
        """A code, as the merchant has agreed."""
        code = secrets.token_hex(16)
        self._codes[code] = (merchant_id, self._now() + CODE_LASTS)
        return code

    def uninstall(self, merchant_id: str) -> None:
        """The merchant takes the app away: all its tokens are dead."""
        self.pairs = [pair for pair in self.pairs if pair.merchant_id != merchant_id]

    def merchant_of(self, access: str) -> str | None:
        """Whose token this is, while it is good."""
        now = self._now()
        return next((pair.merchant_id for pair in self.pairs if pair.access == access and now < pair.access_ends), None)

    def issue(self, merchant_id: str, before: str | None = None) -> Pair:
        """A new pair. Of the pairs before, only the access tokens go on until they end."""
        now = int(self._now())
        pair = Pair(
            merchant_id=merchant_id,
            access=f"at_{secrets.token_hex(16)}",
            refresh=f"clvroar_{secrets.token_hex(16)}",
            access_ends=now + ACCESS_LASTS,
            refresh_ends=now + REFRESH_LASTS,
            before=before,
        )
        self.pairs.append(pair)
        return pair

    def token(self, asked: dict[str, Any]) -> dict[str, Any]:
        """POST /oauth/v2/token."""
        _only(asked, "client_id", "client_secret", "code")
        self._check_app(asked)
        if asked["client_secret"] != self.app_secret:
            raise Refused(401, "Unknown client secret")
        merchant_id, ends = self._codes.pop(asked["code"], ("", 0.0))
        if self._now() >= ends:
            raise Refused(400, "Unknown or expired authorization code")
        return _shown(self.issue(merchant_id))

    def refresh(self, asked: dict[str, Any]) -> dict[str, Any]:
        """POST /oauth/v2/refresh, without a secret."""
        _only(asked, "client_id", "refresh_token")
        self._check_app(asked)
        pair = next((one for one in self.pairs if one.refresh == asked["refresh_token"]), None)
        if pair is None or pair.used or self._now() >= pair.refresh_ends:
            can_recover = any(one.before == asked["refresh_token"] and not one.used for one in self.pairs)
            raise Refused(
                401,
                "Invalid refresh token",
                headers={"X-Clover-Recovery-Available": "true" if can_recover else "false"},
            )
        pair.used = True
        self.refreshes += 1
        return _shown(self.issue(pair.merchant_id, before=pair.refresh))

    def recover(self, asked: dict[str, Any]) -> dict[str, Any]:
        """POST /oauth/v2/recovery: a new pair for the token that the lost one came for; the lost one is dead."""
        _only(asked, "client_id", "client_secret", "recovery_token")
        self._check_app(asked)
        if asked["client_secret"] != self.app_secret:
            raise Refused(401, "Unknown client secret")
        lost = next((one for one in self.pairs if one.before == asked["recovery_token"] and not one.used), None)
        if lost is None:
            raise Refused(401, "Invalid recovery token")
        lost.used = True
        self.recoveries += 1
        return _shown(self.issue(lost.merchant_id, before=asked["recovery_token"]))

    def _check_app(self, asked: dict[str, Any]) -> None:
        if asked["client_id"] != self.app_id:
            raise Refused(401, "Unknown client id")


def _only(asked: dict[str, Any], *names: str) -> None:
    if set(asked) != set(names) or not all(isinstance(value, str) and value for value in asked.values()):
        raise Refused(400, f"Expected {', '.join(names)}")


def _shown(pair: Pair) -> dict[str, Any]:
    return {
        "access_token": pair.access,
        "access_token_expiration": pair.access_ends,
        "refresh_token": pair.refresh,
        "refresh_token_expiration": pair.refresh_ends,
    }
