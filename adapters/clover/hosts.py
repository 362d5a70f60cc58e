"""Where Clover is: three hosts, in a sandbox or in one of three regions.

https://docs.clover.com/dev/docs/use-oauth and https://docs.clover.com/dev/docs/ecommerce-api-tutorials
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from adapters.base import App
from bot.kit.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The base addresses, each without a trailing slash."""

    pages: str
    """Where merchants sign in and agree."""
    api: str
    """Tokens, merchants, payments, and the pages to pay on."""
    scl: str
    """The Ecommerce API: charges and refunds."""

    @classmethod
    def of(cls, app: App) -> Self:
        """Where the settings say. Raises BadInput for an environment or a region there is not.

        CLOVER_API_BASE stands for all three, and CLOVER_SCL_API_BASE for the last of them.
        """
        environment = app.get("ENVIRONMENT") or "production"
        region = app.get("REGION") or "na"
        if environment not in ("production", "sandbox"):
            raise BadInput(f"CLOVER_ENVIRONMENT is production or sandbox, not {environment!r}.")
        if region not in _REGIONS:
            raise BadInput(f"CLOVER_REGION is one of {', '.join(_REGIONS)}, not {region!r}.")
        known = _SANDBOX if environment == "sandbox" else _REGIONS[region]
        base = app.api_base.rstrip("/")
        return cls(
            pages=base or known[0],
            api=base or known[1],
            scl=app.get("SCL_API_BASE").rstrip("/") or base or known[2],
        )


_SANDBOX = ("https://sandbox.dev.clover.com", "https://apisandbox.dev.clover.com", "https://scl-sandbox.dev.clover.com")
_REGIONS = {
    "na": ("https://www.clover.com", "https://api.clover.com", "https://scl.clover.com"),
    "eu": ("https://www.eu.clover.com", "https://api.eu.clover.com", "https://scl.eu.clover.com"),
    "la": ("https://www.la.clover.com", "https://api.la.clover.com", "https://scl.la.clover.com"),
}
