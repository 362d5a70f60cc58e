"""Sellers' accounts under the platform's own: onboarding, how they stand, transfers, balance and payouts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from aiohttp import web

from adapters.base import Capability
from adapters.platform import Balance, PayoutSchedule
from adapters.registry import PROVIDERS
from bot.api import bodies
from bot.api.access import BEARER
from bot.api.bodies import Field, required
from bot.api.shapes import Json
from bot.api.table import Order, Route, change
from bot.domain.money import Money
from bot.kit.errors import BadInput, NotAuthorised, OutsideError, Refused
from bot.problems import Problem
from bot.webhooks import ASSISTANT
from bot.workflows.onboard_sellers import (
    NoAccount,
    balance_of,
    look_at_account,
    onboard_seller,
    payouts_of,
    read_ticket,
    transfer_to,
)
from storage import workspaces
from storage.connected_accounts import ConnectedAccount

PROVIDER = next(name for name, one in PROVIDERS.items() if Capability.ACCOUNTS in one.capabilities)
"""The provider of accounts under ours, which the addresses do not name."""

_INTERVALS = ("manual", "daily", "weekly", "monthly")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


async def _onboard(order: Order) -> Json:
    with _problems():
        made = await onboard_seller(
            order.assistant,
            order.workspace_id,
            PROVIDER,
            country=order.given.get("country", ""),
            email=order.given.get("email", ""),
        )
    return {
        "account_id": made.standing.account_id,
        "onboarding_url": made.link.url,
        "expires_at": made.link.expires_at.isoformat(),
        "status": made.standing.status.value,
        "step": made.standing.step.value,
    }


async def _status(request: web.Request) -> web.Response:
    workspace_id = await _whose(request)
    assistant = request.app[ASSISTANT]
    with _problems():
        account = await look_at_account(assistant, workspace_id, PROVIDER)
    workspace = await assistant.database.read(workspaces.get, workspace_id)
    return web.json_response(_account_json(account, workspace.fee_basis_points))


async def _transfer(order: Order) -> Json:
    await _check_platform(order)
    given = order.given
    with _problems():
        done = await transfer_to(
            order.assistant,
            given["workspace_id"],
            PROVIDER,
            Money(given["amount_cents"], given["currency"]),
            order_id=order.key or f"api:{uuid.uuid4().hex}",
            description=given.get("description", ""),
            by=order.by,
        )
    if done.status == "refused":
        raise Problem(409, _code("TRANSFER_REFUSED"), done.error)
    return {
        "transfer_id": done.provider_ref,
        "workspace_id": done.workspace_id,
        "account_id": done.account_id,
        "amount_cents": done.amount_cents,
        "currency": done.currency,
        "status": done.status,
    }


async def _balance(request: web.Request) -> web.Response:
    workspace_id = await _whose(request)
    with _problems():
        return web.json_response(_balance_json(await balance_of(request.app[ASSISTANT], workspace_id, PROVIDER)))


async def _payouts(request: web.Request) -> web.Response:
    workspace_id = await _whose(request)
    with _problems():
        return web.json_response(_schedule_json(await payouts_of(request.app[ASSISTANT], workspace_id, PROVIDER)))


async def _set_payouts(order: Order) -> Json:
    if order.names["workspace_id"] != str(order.workspace_id):
        raise _not_theirs()
    given = order.given
    wanted = PayoutSchedule(
        interval=given["interval"],
        weekly_on=tuple(given.get("weekly_on", ())),
        monthly_on=tuple(given.get("monthly_on", ())),
    )
    if bool(wanted.weekly_on) != (wanted.interval == "weekly") or bool(wanted.monthly_on) != (
        wanted.interval == "monthly"
    ):
        raise Problem(400, "BAD_REQUEST", "weekly comes with weekly_on, monthly with monthly_on, the others alone.")
    with _problems():
        return _schedule_json(await payouts_of(order.assistant, order.workspace_id, PROVIDER, wanted))


async def _refresh(request: web.Request) -> web.Response:
    """The provider's page found its link used or old: on to a new one, without a word."""
    assistant = request.app[ASSISTANT]
    with _problems():
        workspace_id, provider = read_ticket(assistant, request.match_info["ticket"])
        made = await onboard_seller(assistant, workspace_id, provider)
    raise web.HTTPSeeOther(made.link.url, headers=_PRIVATE)


async def _return(request: web.Request) -> web.Response:
    """Coming back says nothing about whether anything was filled in: the provider is asked."""
    assistant = request.app[ASSISTANT]
    with _problems():
        workspace_id, provider = read_ticket(assistant, request.match_info["ticket"])
        account = await look_at_account(assistant, workspace_id, provider)
    text = _SAID[account.status] + (f" {account.rejection_reason}" if account.rejection_reason else "")
    return web.Response(text=f"{text}\nYou can close this page and go back to the chat.", headers=_PRIVATE)


_SAID = {
    "active": "Your account can take payments.",
    "pending": "Your account is not ready yet.",
    "disabled": "Your account cannot take payments.",
}
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


async def _whose(request: web.Request) -> int:
    """The workspace of the address, for its own tokens and the platform's. Raises Problem for anybody else."""
    bearer, given = request[BEARER], request.match_info["workspace_id"]
    if given == str(bearer.workspace_id):
        return bearer.workspace_id

    def find(tx: sa.Connection) -> int | None:
        known = re.fullmatch(r"[1-9][0-9]{0,17}", given) and workspaces.first(tx) == bearer.workspace_id
        return int(given) if known and workspaces.exists(tx, int(given)) else None

    found = await request.app[ASSISTANT].database.read(find)
    if found is None:
        raise _not_theirs()
    return found


async def _check_platform(order: Order) -> None:
    """The platform's money is moved by the platform alone: the first workspace of the installation."""
    if await order.assistant.database.read(workspaces.first) != order.workspace_id:
        raise Problem(403, "NOT_THE_PLATFORM", "Transfers are made with a token of the first workspace.")
    if not await order.assistant.database.read(workspaces.exists, order.given["workspace_id"]):
        raise _not_theirs()


def _not_theirs() -> Problem:
    return Problem(404, "NOT_FOUND", "There is no such workspace.")


@contextmanager
def _problems() -> Iterator[None]:
    """What goes wrong inside is told in the envelope, with the provider's name before the code."""
    try:
        yield
    except NoAccount as none:
        raise Problem(404, _code("NOT_CONNECTED"), none.message) from None
    except BadInput as no:
        raise Problem(409, _code("CONNECT_REFUSED"), no.message) from None
    except NotAuthorised as no:
        raise Problem(409, _code("INVALID_KEY"), no.message) from None
    except Refused as no:
        raise Problem(409, _code("REFUSED"), no.message) from None
    except OutsideError as trouble:
        raise Problem(503, _code("UNREACHABLE"), trouble.message, headers={"Retry-After": "5"}) from None


def _code(what: str) -> str:
    return f"{PROVIDER.upper()}_{what}"


def _account_json(account: ConnectedAccount, fee_basis_points: int) -> Json:
    return {
        "workspace_id": account.workspace_id,
        "provider": account.provider,
        "account_id": account.account_id,
        "status": account.status,
        "step": account.step,
        "rejection_reason": account.rejection_reason or None,
        "business_name": account.business_name or None,
        "country": account.country or None,
        "default_currency": account.default_currency or None,
        "charges_enabled": account.charges_enabled,
        "payouts_enabled": account.payouts_enabled,
        "fee_percent": fee_basis_points / 100,
        "updated_at": account.updated_at.isoformat(),
    }


def _balance_json(balance: Balance) -> Json:
    def sums(parts: tuple[Money, ...]) -> list[Json]:
        return [{"amount_cents": part.amount, "currency": part.currency} for part in parts]

    return {"available": sums(balance.available), "pending": sums(balance.pending)}


def _schedule_json(schedule: PayoutSchedule) -> Json:
    return {
        "interval": schedule.interval,
        "weekly_on": list(schedule.weekly_on),
        "monthly_on": list(schedule.monthly_on),
    }


def _word(words: tuple[str, ...]) -> Field:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return Field(says=f"one of {', '.join(words)}", schema={"type": "string", "enum": list(words)}, read=read)


def _words(words: tuple[str, ...]) -> Field:
    def read(value: Any) -> list[str]:
        if not isinstance(value, list) or not value or any(one not in words for one in value):
            raise ValueError
        return list(dict.fromkeys(value))

    items = {"type": "string", "enum": list(words)}
    return Field(
        says=f"a list of {', '.join(words)}", schema={"type": "array", "minItems": 1, "items": items}, read=read
    )


def _month_days(value: Any) -> list[int]:
    if not isinstance(value, list) or not value or any(type(day) is not int or not 1 <= day <= 31 for day in value):
        raise ValueError
    return list(dict.fromkeys(value))


def _pattern(pattern: str, says: str, longest: int) -> Field:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return Field(says=says, schema={"type": "string", "pattern": f"^{pattern}$", "maxLength": longest}, read=read)


COUNTRY = _pattern("[A-Z]{2}", "the ISO code of a country, like US", 2)
EMAIL = _pattern(r"[^@\s]+@[^@\s]+", "an e-mail address", 254)
MONTH_DAYS = Field(
    says="a list of days from 1 to 31",
    schema={"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 31}},
    read=_month_days,
)
CONFLICTS = (_code("CONNECT_REFUSED"), _code("INVALID_KEY"), _code("REFUSED"))

ROUTES = (
    change(
        "POST",
        "/api/connect/onboard",
        "Give the workspace an account under the platform's, or go on with it where its owner left off",
        _onboard,
        answers="Onboarding",
        scope="admin",
        body={"country": COUNTRY, "email": EMAIL},
        conflicts=CONFLICTS,
    ),
    Route(
        method="GET",
        path="/api/connect/status/{workspace_id}",
        does="Say how far a workspace's account has come, asked now",
        handler=_status,
        answers="ConnectedAccount",
    ),
    change(
        "POST",
        "/api/connect/transfer",
        "Send money of the platform's to a workspace's account; for the platform's own tokens",
        _transfer,
        answers="Transfer",
        scope="admin",
        body={
            "workspace_id": required(bodies.BUYER_ID),
            "amount_cents": required(bodies.NEW_PRICE),
            "currency": required(bodies.CURRENCY),
            "description": bodies.text(500),
        },
        conflicts=(*CONFLICTS, _code("TRANSFER_REFUSED")),
        once=True,
    ),
    Route(
        method="GET",
        path="/api/connect/balance/{workspace_id}",
        does="Say what a workspace's account has, available and on its way",
        handler=_balance,
        answers="Balance",
    ),
    Route(
        method="GET",
        path="/api/connect/payouts/{workspace_id}",
        does="Say when a workspace's account is paid out",
        handler=_payouts,
        answers="PayoutSchedule",
    ),
    change(
        "PATCH",
        "/api/connect/payouts/{workspace_id}",
        "Have a workspace's account paid out otherwise from now on",
        _set_payouts,
        answers="PayoutSchedule",
        scope="admin",
        body={
            "interval": required(_word(_INTERVALS)),
            "weekly_on": _words(_DAYS),
            "monthly_on": MONTH_DAYS,
        },
        conflicts=CONFLICTS,
    ),
    Route(
        method="GET",
        path="/api/connect/refresh/{ticket}",
        does="Lead a seller whose link was used on to a new one",
        handler=_refresh,
        answers="",
        scope="",
        status=303,
    ),
    Route(
        method="GET",
        path="/api/connect/return/{ticket}",
        does="Tell a seller who comes back from the provider's page how their account stands",
        handler=_return,
        answers="",
        scope="",
    ),
)
