"""Connects a provider on its own page: the seller agrees there, and comes back with a code (RFC 6749, RFC 7636).

What the page is sent is a state that only we know: random, kept as a hash, used once, good for ten minutes, and bound
to the workspace, the provider and whoever began. Who comes back with anything else connects nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from adapters.base import App, Capability, PaymentProvider
from adapters.registry import provider_class
from bot.kit.errors import BadInput, OutsideError, Refused
from bot.workflows.assistant import Assistant
from bot.workflows.connect_providers import Connection, connect_agreed
from bot.workflows.find_connections import PlanTooSmall, why_not
from bot.workflows.note_integrations import Level, blot, log
from bot.workflows.offer_providers import is_offered
from bot.workflows.tell import Parcel, tell_chat
from storage import oauth_states
from storage.oauth_states import Begun

_log = logging.getLogger(__name__)

LASTS = timedelta(minutes=10)
LONGEST_ANSWER = 4096
"""Characters of what a page may send back under one name."""


class NoOAuth(BadInput):
    """This provider cannot be connected on its own page (here)."""


class StateInvalid(BadInput):
    """This link is not one of ours, was used, or is too old. Begin again."""


class OAuthFailed(Refused):
    """The provider did not give the access."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where the seller agrees."""

    url: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A connection that was agreed to, and for whom."""

    workspace_id: int
    connection: Connection


def can_be_agreed(assistant: Assistant, provider: type[PaymentProvider]) -> bool:
    """Whether a provider is connected on its own page here."""
    return Capability.OAUTH in provider.capabilities and not missing_settings(assistant.app_of(provider.name), provider)


async def begin_oauth(
    assistant: Assistant,
    workspace_id: int,
    name: str,
    *,
    operator: str,
    channel_id: int | None = None,
    chat_id: str = "",
) -> Page:
    """A page for whoever is called `operator`; what comes of it is told in the chat, if there is one.

    Raises BadInput when there is no such page.
    """
    provider = provider_class(name)
    if not is_offered(provider.name, assistant.settings.variant):
        raise NoOAuth(f"{provider.display_name} is not part of this installation.")
    if Capability.OAUTH not in provider.capabilities:
        raise NoOAuth(
            f"{provider.display_name} has no page of its own to connect on. In our private chat send: /connect {name}"
        )
    if missing := missing_settings(assistant.app_of(provider.name), provider):
        raise NoOAuth(f"{provider.display_name} cannot be connected on its own page yet: set {', '.join(missing)}.")
    why = await assistant.database.read(why_not, workspace_id, provider.name)
    if why is not None:
        raise PlanTooSmall(why)
    app = assistant.app_of(provider.name)
    redirect_uri = app.get("REDIRECT_URI") or f"{app.public_url}/api/integrations/{provider.name}/callback"
    verifier = secrets.token_urlsafe(64)
    state = await assistant.database.write(
        oauth_states.begin,
        assistant.vault,
        workspace_id,
        provider.name,
        operator=operator,
        channel_id=channel_id,
        chat_id=chat_id,
        verifier=verifier,
        redirect_uri=redirect_uri,
        expires_at=assistant.now() + LASTS,
    )
    url = provider.auth_url(app, state=state, verifier=verifier, redirect_uri=redirect_uri)
    return Page(url=url, state=state)


async def finish_oauth(assistant: Assistant, name: str, answer: Mapping[str, str]) -> Agreed:
    """Connect with what the provider's page sent back.

    Raises StateInvalid for whoever was not sent by us, OAuthFailed when there is no access, and whatever else
    connecting raises.
    """
    provider = provider_class(name)
    state = answer.get("state", "")
    begun = None
    if state and len(state) <= LONGEST_ANSWER:
        begun = await assistant.database.write(oauth_states.use, assistant.vault, provider.name, state, assistant.now())
    if begun is None:
        _log.warning("security: somebody came back from %s with a state that is not ours", provider.display_name)
        raise StateInvalid
    try:
        if answer.get("error") or not answer.get("code"):
            raise OAuthFailed(_why_not_given(provider, answer))
        credentials = await provider.exchange_code(
            assistant.app_of(provider.name), answer, verifier=begun.verifier, redirect_uri=begun.redirect_uri
        )
    except OutsideError as trouble:
        message = blot(trouble.message, [begun.verifier, answer.get("code", "")])
        await assistant.database.write(_note_failure, begun, provider.name, message, assistant.now())
        if isinstance(trouble, Refused):
            raise OAuthFailed(message, code=trouble.code) from None
        raise

    def tell(tx: sa.Connection, made: Connection) -> list[Parcel]:
        return _tell(tx, begun, provider, made, assistant.now())

    made = await connect_agreed(assistant, begun.workspace_id, provider.name, credentials, also=tell)
    return Agreed(workspace_id=begun.workspace_id, connection=made)


def missing_settings(app: App, provider: type[PaymentProvider]) -> list[str]:
    """The settings that are missing to connect on the provider's page, by their full names."""
    prefix = provider.name.upper()
    missing = [f"{prefix}_{name}" for name in provider.app_settings if not app.get(name)]
    if not app.public_url and not app.get("REDIRECT_URI"):
        missing.append("LIVE_ASSIST_PUBLIC_URL")
    return missing


def _why_not_given(provider: type[PaymentProvider], answer: Mapping[str, str]) -> str:
    error = answer.get("error", "")
    if error == "access_denied":  # https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
        return f"Access to {provider.display_name} was not given. Begin again if that was a slip."
    said = (answer.get("error_description") or error)[:200]
    return f"{provider.display_name} did not give access" + (f": {said}" if said else ". Begin again.")


def _note_failure(tx: sa.Connection, begun: Begun, provider: str, message: str, now: datetime) -> None:
    log(
        tx, begun.workspace_id, provider, "refused", f"Not connected. {message}", now=now,
        level=Level.WARNING, by=begun.operator,
    )  # fmt: skip


def _tell(
    tx: sa.Connection, begun: Begun, provider: type[PaymentProvider], made: Connection, now: datetime
) -> list[Parcel]:
    if begun.channel_id is None:
        return []
    account = made.account
    mode = "live mode" if account.livemode else "test mode"
    return tell_chat(
        tx,
        begun.workspace_id,
        channel_id=begun.channel_id,
        chat_id=begun.chat_id,
        text=f"{provider.display_name} is connected: {account.name or account.id}, {mode}.",
        key=f"oauth:{begun.id}",
        now=now,
    )
