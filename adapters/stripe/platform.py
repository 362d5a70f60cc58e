"""Stripe Connect: accounts of sellers under the platform's own. https://docs.stripe.com/connect"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from adapters.platform import AccountPlatform, Balance, OnboardingLink, PayoutSchedule
from adapters.stripe.amounts import from_stripe, to_stripe
from adapters.stripe.client import Client, Settings
from adapters.stripe.repeats import Answer, find, once
from bot.domain.money import Money
from bot.domain.onboarding import Standing
from bot.kit.errors import OutcomeUnknown


class StripePlatform(AccountPlatform):
    """The platform's account at Stripe, opened with its secret key."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime]) -> None:
        self._client = Client(settings, clock)

    async def create_account(self, *, workspace_uid: str, country: str, email: str, key: str) -> Standing:
        """An account with the Express dashboard: Stripe collects what it needs, and carries the losses.

        `type` is deprecated in favour of `controller`. https://docs.stripe.com/connect/migrate-to-controller-properties
        """
        params: Answer = {
            "controller": {
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
            "metadata": {"live_assist_workspace": workspace_uid},
        }
        params |= {"country": country} if country else {}
        params |= {"email": email} if email else {}
        api = self._client.v1.accounts
        return _standing(
            await once(
                self._client,
                key,
                lambda options: api.create_async(cast("Any", params), options),
                lambda: find(self._client, api.list_async, params["metadata"]),
            )
        )

    async def ask_account(self, account_id: str) -> Standing:
        """The account as it stands at Stripe now."""
        return _standing(await self._client.call(self._client.v1.accounts.retrieve_async(account_id)))

    async def onboarding_link(self, account_id: str, *, refresh_url: str, return_url: str) -> OnboardingLink:
        """A link for one use, a few minutes long. https://docs.stripe.com/api/account_links"""
        answer = await self._client.call(
            self._client.v1.account_links.create_async(
                {
                    "account": account_id,
                    "refresh_url": refresh_url,
                    "return_url": return_url,
                    "type": "account_onboarding",
                    "collection_options": {"fields": "eventually_due"},
                }
            )
        )
        url, expires_at = answer.get("url"), answer.get("expires_at")
        if not isinstance(url, str) or not isinstance(expires_at, int):
            raise OutcomeUnknown("Stripe's link could not be read.", code="unreadable")
        return OnboardingLink(url=url, expires_at=datetime.fromtimestamp(expires_at, UTC))

    async def transfer(self, account_id: str, amount: Money, *, description: str, key: str) -> str:
        """https://docs.stripe.com/api/transfers/create"""
        params: Answer = {
            "amount": to_stripe(amount),
            "currency": amount.currency.lower(),
            "destination": account_id,
            "metadata": {"live_assist_transfer": key},
        }
        params |= {"description": description} if description else {}
        api, wanted = self._client.v1.transfers, {"destination": account_id}
        answer = await once(
            self._client,
            key,
            lambda options: api.create_async(cast("Any", params), options),
            lambda: find(self._client, api.list_async, params["metadata"], wanted=wanted),
        )
        return _text(answer, "id")

    async def balance(self, account_id: str) -> Balance:
        """https://docs.stripe.com/api/balance"""
        answer = await self._client.call(self._client.v1.balance.retrieve_async(options={"stripe_account": account_id}))
        return Balance(available=_sums(answer, "available"), pending=_sums(answer, "pending"))

    async def payout_schedule(self, account_id: str) -> PayoutSchedule:
        """https://docs.stripe.com/api/balance-settings"""
        asked = self._client.v1.balance_settings.retrieve_async(options={"stripe_account": account_id})
        return _schedule(await self._client.call(asked))

    async def set_payout_schedule(self, account_id: str, schedule: PayoutSchedule) -> PayoutSchedule:
        """The same twice is the same."""
        wanted: Answer = {"interval": schedule.interval}
        wanted |= {"weekly_payout_days": list(schedule.weekly_on)} if schedule.weekly_on else {}
        wanted |= {"monthly_payout_days": list(schedule.monthly_on)} if schedule.monthly_on else {}
        asked = self._client.v1.balance_settings.update_async(
            {"payments": {"payouts": {"schedule": cast("Any", wanted)}}}, {"stripe_account": account_id}
        )
        return _schedule(await self._client.call(asked))

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()


def _standing(answer: Answer) -> Standing:
    needs, profile = answer.get("requirements") or {}, answer.get("business_profile") or {}
    currency = answer.get("default_currency")
    due = [*(needs.get("currently_due") or []), *(needs.get("past_due") or [])]
    return Standing(
        account_id=_text(answer, "id"),
        business_name=str(profile.get("name") or ""),
        country=str(answer.get("country") or ""),
        currency=currency.upper() if isinstance(currency, str) else "",
        charges_enabled=answer.get("charges_enabled") is True,
        payouts_enabled=answer.get("payouts_enabled") is True,
        details_submitted=answer.get("details_submitted") is True,
        disabled_reason=str(needs.get("disabled_reason") or ""),
        due=tuple(dict.fromkeys(str(one) for one in due)),
    )


def _sums(answer: Answer, which: str) -> tuple[Money, ...]:
    return tuple(from_stripe(part["amount"], part["currency"]) for part in answer.get(which) or [])


def _schedule(answer: Answer) -> PayoutSchedule:
    payouts = (answer.get("payments") or {}).get("payouts") or {}
    schedule = payouts.get("schedule") or {}
    return PayoutSchedule(
        interval=str(schedule.get("interval") or "manual"),
        weekly_on=tuple(schedule.get("weekly_payout_days") or ()),
        monthly_on=tuple(schedule.get("monthly_payout_days") or ()),
    )


def _text(answer: Answer, name: str) -> str:
    given = answer.get(name)
    if not isinstance(given, str) or not given:
        raise OutcomeUnknown("Stripe's answer names nothing.", code="unreadable")
    return given
