"""Gives sellers accounts of their own under the platform's, as far as they have come, and what is sent there."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import Capability
from adapters.platform import AccountPlatform, Balance, OnboardingLink, PayoutSchedule
from adapters.registry import provider_class
from bot.domain.money import Money
from bot.domain.onboarding import AccountStatus, Standing
from bot.kit.errors import BadInput, LiveAssistError, NotAuthorised, Refused
from bot.kit.redact import redact
from bot.workflows.assistant import Assistant
from bot.workflows.connect_providers import connect_agreed
from bot.workflows.find_connections import check_plan
from storage import connected_accounts, integrations, transfers, workspaces
from storage.connected_accounts import ConnectedAccount
from storage.crypto import CannotDecrypt
from storage.transfers import Transfer

_log = logging.getLogger(__name__)

TICKETS_LAST = timedelta(days=7)
"""How long the provider's page may send its visitor back to us for a new link."""
_BOUND_TO = "connect/ticket"


class NoAccount(BadInput):
    """There is no account yet: onboard first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """Where a seller goes on, and how far they have come."""

    standing: Standing
    link: OnboardingLink


async def onboard_seller(
    assistant: Assistant, workspace_id: int, provider: str, *, country: str = "", email: str = ""
) -> Onboarding:
    """The workspace's account, made the first time, and a new link to go on with it.

    Raises BadInput when this installation cannot do that, or an OutsideError.
    """
    public_url = assistant.settings.public_url
    if not public_url:
        raise BadInput("Set LIVE_ASSIST_PUBLIC_URL first: the provider's page has to lead back here.")
    await assistant.database.read(check_plan, workspace_id, provider)
    known = await assistant.database.read(connected_accounts.get, workspace_id, provider)
    workspace = await assistant.database.read(workspaces.get, workspace_id)
    async with _platform(assistant, provider) as platform:
        if known is None:
            standing = await platform.create_account(
                workspace_uid=workspace.uid, country=country, email=email, key=f"la-{workspace.uid}-account"
            )
            await _keep(assistant, workspace_id, provider, standing)
        else:
            standing = await _ask(assistant, platform, known)
        ticket = _ticket(assistant, workspace_id, provider)
        link = await platform.onboarding_link(
            standing.account_id,
            refresh_url=f"{public_url}/api/connect/refresh/{ticket}",
            return_url=f"{public_url}/api/connect/return/{ticket}",
        )
    return Onboarding(standing=standing, link=link)


async def look_at_account(assistant: Assistant, workspace_id: int, provider: str) -> ConnectedAccount:
    """How the workspace's account stands, asked now; one that can charge is what the workspace bills through.

    As it was last seen when the provider cannot be asked. Raises NoAccount.
    """
    known = await _known(assistant, workspace_id, provider)
    try:
        async with _platform(assistant, provider) as platform:
            standing = await _ask(assistant, platform, known)
        await _use(assistant, workspace_id, provider, standing)
    except LiveAssistError as trouble:
        _log.info("the account of workspace %s at %s: %s", workspace_id, provider, redact(trouble.message))
    return await _known(assistant, workspace_id, provider)


async def transfer_to(
    assistant: Assistant,
    workspace_id: int,
    provider: str,
    amount: Money,
    *,
    order_id: str,
    description: str,
    by: str,
) -> Transfer:
    """Send money of the platform's to a workspace's account, once per `order_id`. Raises BadInput or an OutsideError.

    One whose outcome is unknown is sent again under the same key by whoever asks for the same `order_id`.
    """
    known = await _known(assistant, workspace_id, provider)
    transfer = await assistant.database.write(
        _reserve, known, amount, order_id=order_id, description=description, by=by, now=assistant.now()
    )
    if transfer.status != "asked":
        return transfer
    workspace = await assistant.database.read(workspaces.get, workspace_id)
    async with _platform(assistant, provider) as platform:
        try:
            sent = await platform.transfer(
                transfer.account_id,
                Money(transfer.amount_cents, transfer.currency),
                description=transfer.description,
                key=f"la-{workspace.uid}-transfer-{transfer.id}",
            )
        except NotAuthorised:
            raise
        except Refused as no:
            await assistant.database.write(transfers.settle, workspace_id, transfer.id, error=redact(no.message))
            raise
    await assistant.database.write(transfers.settle, workspace_id, transfer.id, provider_ref=sent)
    done = await assistant.database.read(transfers.named, workspace_id, order_id)
    assert done is not None, "transfers are never deleted"
    return done


async def balance_of(assistant: Assistant, workspace_id: int, provider: str) -> Balance:
    """What the workspace's account has. Raises NoAccount or an OutsideError."""
    known = await _known(assistant, workspace_id, provider)
    async with _platform(assistant, provider) as platform:
        return await platform.balance(known.account_id)


async def payouts_of(
    assistant: Assistant, workspace_id: int, provider: str, wanted: PayoutSchedule | None = None
) -> PayoutSchedule:
    """When the account is paid out, from now on as `wanted`. Raises NoAccount or an OutsideError."""
    known = await _known(assistant, workspace_id, provider)
    async with _platform(assistant, provider) as platform:
        if wanted is None:
            return await platform.payout_schedule(known.account_id)
        return await platform.set_payout_schedule(known.account_id, wanted)


def read_ticket(assistant: Assistant, ticket: str) -> tuple[int, str]:
    """(workspace, provider) of somebody whom the provider's page sends back. Raises BadInput for a ticket not ours."""
    try:
        sealed = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        said = json.loads(assistant.vault.open(sealed, bound_to=_BOUND_TO))
    except (binascii.Error, ValueError, CannotDecrypt):
        raise BadInput("This link is not complete. Ask for a new one.") from None
    if datetime.fromisoformat(said["until"]) < assistant.now():
        raise BadInput("This link is too old. Ask for a new one.")
    return int(said["workspace_id"]), str(said["provider"])


def _ticket(assistant: Assistant, workspace_id: int, provider: str) -> str:
    until = assistant.now() + TICKETS_LAST
    said = json.dumps({"workspace_id": workspace_id, "provider": provider, "until": until.isoformat()})
    return base64.urlsafe_b64encode(assistant.vault.seal(said.encode(), bound_to=_BOUND_TO)).decode().rstrip("=")


@asynccontextmanager
async def _platform(assistant: Assistant, name: str) -> AsyncIterator[AccountPlatform]:
    provider = provider_class(name)
    if Capability.ACCOUNTS not in provider.capabilities:
        raise BadInput(f"{provider.display_name} gives sellers no accounts under ours.")
    platform = provider.platform(assistant.app_of(name))
    try:
        yield platform
    finally:
        await platform.close()


async def _ask(assistant: Assistant, platform: AccountPlatform, known: ConnectedAccount) -> Standing:
    standing = await platform.ask_account(known.account_id)
    await _keep(assistant, known.workspace_id, known.provider, standing)
    return standing


async def _keep(assistant: Assistant, workspace_id: int, provider: str, standing: Standing) -> None:
    await assistant.database.write(connected_accounts.keep, workspace_id, provider, standing, assistant.now())


async def _use(assistant: Assistant, workspace_id: int, provider: str, standing: Standing) -> None:
    """Bill through an account that can charge, unless the workspace bills through another one there already."""
    if standing.status is not AccountStatus.ACTIVE:
        return
    integration = await assistant.database.read(integrations.get, workspace_id, provider)
    if integration is None or (integration.status == "inactive" and integration.account_id != standing.account_id):
        credentials = provider_class(provider).credentials_of(standing.account_id)
        await connect_agreed(assistant, workspace_id, provider, credentials, also=lambda _tx, _made: [])


async def _known(assistant: Assistant, workspace_id: int, provider: str) -> ConnectedAccount:
    known = await assistant.database.read(connected_accounts.get, workspace_id, provider)
    if known is None:
        raise NoAccount
    return known


def _reserve(
    tx: sa.Connection,
    known: ConnectedAccount,
    amount: Money,
    *,
    order_id: str,
    description: str,
    by: str,
    now: datetime,
) -> Transfer:
    before = transfers.named(tx, known.workspace_id, order_id)
    if before is None:
        transfers.reserve(
            tx,
            known.workspace_id,
            provider=known.provider,
            account_id=known.account_id,
            order_id=order_id,
            amount_cents=amount.amount,
            currency=amount.currency,
            description=description,
            by=by,
            now=now,
        )
        before = transfers.named(tx, known.workspace_id, order_id)
        assert before is not None
    elif (before.amount_cents, before.currency, before.account_id) != (
        amount.amount,
        amount.currency,
        known.account_id,
    ):
        raise BadInput("That was asked for before with another amount or for another account. Use another key.")
    return before
