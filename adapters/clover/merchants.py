"""Who the merchant is, and the one currency they charge in."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from adapters.base import Account
from adapters.clover.client import Client
from adapters.clover.wire import NotPermitted
from bot.kit.errors import NotAuthorised, Refused

_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")


class Merchant:
    """What is known of one merchant. The currency never changes, so it is asked for once."""

    def __init__(self, client: Client, *, livemode: bool) -> None:
        self._client = client
        self._livemode = livemode
        self._currency: str | None = None
        self._asking = asyncio.Lock()

    async def account(self) -> Account:
        """Whose books these are.

        A private key may lack the right to say so. Then the Ecommerce API proves that it works, and the merchant's id
        is the one that was typed.
        """
        try:
            said = await self._client.platform("", {"expand": "address"})
        except NotAuthorised:
            if not self._client.has_own_key:
                raise
            await self._client.ecommerce("/charges", params={"limit": "1"})
            said = {}
        name = said.get("name")
        return Account(
            id=self._client.merchant_id,
            name=name.strip() if isinstance(name, str) and name.strip() else "Clover",
            currency=await self.currency() if said else None,
            livemode=self._livemode,
            can_charge=True,
            country=_country(said),
        )

    async def currency(self) -> str | None:
        """ISO 4217; None when this key may not know.

        https://docs.clover.com/dev/reference/merchantgetmerchantproperties
        """
        async with self._asking:
            if self._currency is None:
                self._currency = await self._ask_currency()
            return self._currency

    async def _ask_currency(self) -> str | None:
        try:
            said = await self._client.platform("/properties")
        except NotAuthorised as no:
            if isinstance(no, NotPermitted) or self._client.has_own_key:
                return None
            raise
        except Refused:
            return None
        given = said.get("defaultCurrency")
        return given if isinstance(given, str) and _CURRENCY.fullmatch(given) else None


def _country(said: dict[str, Any]) -> str | None:
    address = said.get("address")
    country = address.get("country") if isinstance(address, dict) else None
    return country if isinstance(country, str) and _COUNTRY.fullmatch(country) else None
