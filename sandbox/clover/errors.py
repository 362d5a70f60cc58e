"""Clover's two envelopes for a no: the platform's is flat, the Ecommerce API's has an error inside."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class Refused(Exception):
    """A request Clover says no to. https://docs.clover.com/dev/docs/ecommerce-api-error-codes"""

    def __init__(
        self, status: int, message: str = "", *, code: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}

    def body(self, *, ecommerce: bool) -> dict[str, Any]:
        """The envelope, as sent."""
        line = f"{self.status} {HTTPStatus(self.status).phrase}"
        if not ecommerce:
            return {"message": self.message or line}
        kind = "api_error" if self.status >= 500 else "invalid_request_error"
        error = {"type": kind, "code": self.code or kind, "message": self.message or line}
        return {"message": line, "error": error}
