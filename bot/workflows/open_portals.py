"""Opens a buyer's own page at a provider, where they see what they pay and change their card."""

from __future__ import annotations

import sqlalchemy as sa

from adapters.base import Capability
from adapters.registry import provider_class
from bot.domain.buyer import Buyer
from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from bot.workflows.find_connections import NotConnected
from bot.workflows.offer_providers import offered
from storage import buyers, integrations
from storage.integrations import Integration


class NoCustomer(BadInput):
    """The buyer is no customer of any provider that has such a page."""


async def open_portal(assistant: Assistant, workspace_id: int, buyer: Buyer) -> str:
    """A link to the page, for now and for nobody else. Raises NoCustomer, NotConnected, BadInput or an OutsideError."""
    integration, customer_id = await assistant.database.read(
        where_they_are_known, workspace_id, assistant.settings.variant, buyer
    )
    return_url = await _way_back(assistant, workspace_id, buyer)
    return await assistant.provider_for(integration).open_portal(customer_id, return_url=return_url)


def where_they_are_known(tx: sa.Connection, workspace_id: int, variant: str, buyer: Buyer) -> tuple[Integration, str]:
    """The connection with such a page where the buyer is a customer, and which one. Raises NoCustomer, NotConnected."""
    can_do = [name for name, kind in offered(variant).items() if Capability.PORTAL in kind.capabilities]
    there = [one for one in integrations.usable(tx, workspace_id) if one.provider in can_do]
    for one in there:
        customer_id = buyers.customer_of(tx, workspace_id, buyer.id, one.provider, one.account_id)
        if customer_id is not None:
            return one, customer_id
    if there:
        name = provider_class(there[0].provider).display_name
        raise NoCustomer(f"{buyer.label} is no customer at {name} yet: that comes with their first invoice there.")
    ways = "".join(f" In our private chat: /connect {name}" for name in can_do[:1])
    raise NotConnected(f"No provider is connected that gives buyers a page of their own.{ways}")


async def _way_back(assistant: Assistant, workspace_id: int, buyer: Buyer) -> str:
    """Where the page leads them back to: our chat with them, else this installation's address."""
    for identity in await assistant.database.read(buyers.identities_of, workspace_id, buyer.id):
        connected = assistant.on(identity.channel_id)
        if connected is not None:
            return connected.platform.chat_link()
    if not assistant.settings.public_url:
        raise BadInput("Set LIVE_ASSIST_PUBLIC_URL first: the page has to lead back somewhere.")
    return assistant.settings.public_url
