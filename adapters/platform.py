"""The contract of a provider where sellers get accounts of their own, under the platform's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

from bot.domain.money import Money
from bot.domain.onboarding import Standing


@dataclass(frozen=True, kw_only=True)
class OnboardingLink:
    """Where a seller goes on; it can be used once, and soon."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What an account has, per currency."""

    available: tuple[Money, ...]
    pending: tuple[Money, ...]


@dataclass(frozen=True, kw_only=True)
class PayoutSchedule:
    """When an account's money goes to its bank by itself."""

    interval: str
    """manual, daily, weekly or monthly."""
    weekly_on: tuple[str, ...] = ()
    """Days, as monday."""
    monthly_on: tuple[int, ...] = ()


class AccountPlatform(ABC):
    """The platform's own account, and those of its sellers under it. Errors as in `adapters.base`."""

    @abstractmethod
    async def create_account(self, *, workspace_uid: str, country: str, email: str, key: str) -> Standing:
        """An account for one seller, once per key; country is ISO 3166-1 alpha-2, both may be empty."""

    @abstractmethod
    async def ask_account(self, account_id: str) -> Standing:
        """How an account stands now. Raises Refused when it is not, or no longer, under the platform's."""

    @abstractmethod
    async def onboarding_link(self, account_id: str, *, refresh_url: str, return_url: str) -> OnboardingLink:
        """Where its owner fills in what is missing; who finds the link used or old is sent to `refresh_url`."""

    @abstractmethod
    async def transfer(self, account_id: str, amount: Money, *, description: str, key: str) -> str:
        """Send money of the platform's to an account, once per key; returns the provider's id of it."""

    @abstractmethod
    async def balance(self, account_id: str) -> Balance:
        """What an account has."""

    @abstractmethod
    async def payout_schedule(self, account_id: str) -> PayoutSchedule:
        """When it is paid out."""

    @abstractmethod
    async def set_payout_schedule(self, account_id: str, schedule: PayoutSchedule) -> PayoutSchedule:
        """Have it paid out so."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""
