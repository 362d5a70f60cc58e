"""Stripe's one error envelope, and the refusals it carries."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A request Stripe answers with its error envelope. https://docs.stripe.com/api/errors"""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.code = code
        self.error: dict[str, Any] = {"message": message, "type": kind}
        if code is not None:
            self.error |= {
                "code": code,
                "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
            }
        if param is not None:
            self.error["param"] = param
        self.error |= more

    def body(self) -> dict[str, Any]:
        """The envelope, as sent."""
        return {"error": self.error}


def not_found(noun: str, given: str, param: str, *, status: int = 400) -> Refused:
    """An id nobody knows: 404 when it is the address, 400 when it is a parameter."""
    return Refused(f"No such {noun}: '{given}'", status=status, code="resource_missing", param=param)


def missing(param: str) -> Refused:
    """A required parameter that is not there."""
    return Refused(f"Missing required param: {param}.", code="parameter_missing", param=param)


def empty(param: str) -> Refused:
    """An empty value where nothing can be unset."""
    return Refused(
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a "
        f"parameter; however '{param}' cannot be unset. You should remove '{param}' from your request "
        "or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=param,
    )
