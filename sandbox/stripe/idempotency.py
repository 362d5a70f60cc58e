"""One effect per Idempotency-Key. https://docs.stripe.com/api/idempotent_requests"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.stripe.errors import Refused

LONGEST = 255
KEPT_FOR = 24 * 3600

_ANOTHER = "Try using a key other than '{}' if you meant to execute a different request."


@dataclass(kw_only=True)
class Saved:
    """What was asked under a key and, once there is one, the answer."""

    at: float
    path: str
    params: dict[str, Any]
    request_id: str
    status: int = 0
    """0 while the first request is still being carried out."""
    body: str = ""


class Memory:
    """Every key used lately, by account."""

    def __init__(self) -> None:
        self.saved: dict[tuple[str, str], Saved] = {}

    def begin(self, account: str, key: str, path: str, params: dict[str, Any], *, request_id: str, now: float) -> Saved:
        """A new entry in flight, or the finished one of the same request; otherwise Refused."""
        if len(key) > LONGEST:
            raise Refused(f"Idempotency keys can have up to {LONGEST} characters; yours has {len(key)}.")
        found = self.saved.get((account, key))
        if found is None or now - found.at >= KEPT_FOR:
            entry = Saved(at=now, path=path, params=params, request_id=request_id)
            self.saved[account, key] = entry
            return entry
        if found.path != path:
            raise Refused(
                "Keys for idempotent requests can only be used for the same endpoint they were first used "
                f"for ('{found.path}'). {_ANOTHER.format(key)}",
                kind="idempotency_error",
            )
        if found.params != params:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. {_ANOTHER.format(key)}",
                kind="idempotency_error",
            )
        if not found.status:
            raise Refused(
                "There is currently another in-progress request using this Idempotent Key (that probably "
                "means you submitted twice, and the other request is still going through): "
                f"{key}. Please try again later.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        return found

    def forget(self, account: str, key: str) -> None:
        """The request never began; the key is free again."""
        del self.saved[account, key]
