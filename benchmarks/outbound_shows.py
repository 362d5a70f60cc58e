"""Big shows, quickly: decided by the product's own claim path, in its database, before any service runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from benchmarks.comments import comment_id
from benchmarks.outbound_telegram import BOT
from benchmarks.shop import Shop
from bot.domain.invoice import InvoiceStatus, Line
from bot.workflows.decide_comments import Decider
from bot.workflows.read_comments import Heard
from bot.workflows.tell import tell_buyer
from messaging.base import Comment, Person, Verb
from storage import channels, integrations, invoices, shows, workspaces
from storage.database import Database
from storage.tables import buyers

GROUP = "-1001"
AT_ONCE = 500
FIRST_PERSON = 5_000_001
FIRST_COMMENT = 10**12
"""Far above the numbers of any load that follows."""


async def fill(
    shop: Shop, *, people: int, wishes: int, items: int = 0, messages: int = 0, billed: bool = False
) -> list[str]:
    """So many people each win one piece of so many items in the shop's live show, which may have more; their chats.

    So many `messages` to each of them wait to be sent, as after a crash; `billed` says that they were, and have paid.
    """
    database = Database(shop.database_url)
    now = datetime.now(UTC)
    try:
        workspace_id, channel_id = await database.write(_open, now)
        decider = Decider()
        heard = _comments(channel_id, people, wishes, max(items, wishes), now)
        while batch := list(islice(heard, AT_ONCE)):
            decider.remember(await database.write(decider.decide, workspace_id, batch, now))
        if billed:
            await database.write(_bill, workspace_id, wishes, now)
        return await database.write(_write_to, workspace_id, messages, now)
    finally:
        await database.close()


def _open(tx: sa.Connection, now: datetime) -> tuple[int, int]:
    workspace_id = workspaces.first(tx)
    channel = channels.ensure(
        tx, workspace_id, platform="telegram", external_id=str(BOT["id"]), title=str(BOT["first_name"]), now=now
    )
    return workspace_id, channel.id


def _comments(channel_id: int, people: int, wishes: int, items: int, now: datetime) -> Iterator[Heard]:
    for number in range(people * wishes):
        wish, person = divmod(number, people)
        yield Heard(
            channel_id=channel_id,
            platform="telegram",
            comment=Comment(
                feed_id=GROUP,
                feed_title="Sale group",
                comment_id=comment_id(FIRST_COMMENT + number),
                verb=Verb.ADDED,
                revision=0,
                author=Person(
                    id=str(FIRST_PERSON + person), kind="user", username=f"buyer{person}", name=f"Buyer {person}"
                ),
                text=f"sold {(person + wish) % items + 1}",
                written_at=now + timedelta(milliseconds=number),
            ),
        )


def _bill(tx: sa.Connection, workspace_id: int, wishes: int, now: datetime) -> None:
    """What issuing and delivering leave behind, without anybody being asked."""
    show = shows.live(tx, workspace_id)
    assert show is not None, "a shop begins with a live show"
    for integration in integrations.usable(tx, workspace_id):
        lines = [Line(code=str(n), title=f"Thing {n}", options=(), quantity=1, unit_cents=1900) for n in range(wishes)]
        for buyer in tx.execute(sa.select(buyers).order_by(buyers.c.id)).all():
            invoice_id = invoices.reserve(
                tx,
                workspace_id,
                show_id=show.id,
                integration_id=integration.id,
                provider=integration.provider,
                account_id=integration.account_id,
                buyer_id=buyer.id,
                buyer_handle=buyer.handle,
                buyer_platform_user_id=buyer.platform_user_id,
                currency=show.currency,
                lines=lines,
                replaces_id=None,
                now=now,
            )
            sent = {
                "status": InvoiceStatus.PAID,
                "external_id": f"in_{invoice_id}",
                "external_url": "https://pay.example",
            }
            invoices.change(tx, workspace_id, invoice_id, **sent)


def _write_to(tx: sa.Connection, workspace_id: int, messages: int, now: datetime) -> list[str]:
    met = tx.execute(sa.select(buyers.c.id, buyers.c.platform_user_id).order_by(buyers.c.id)).all()
    for number in range(1, messages + 1):
        for buyer in met:
            text = f"Message {number} of {messages}: thank you for being with us tonight."
            tell_buyer(tx, workspace_id, buyer.id, text, purpose="notice", key=f"m{number}:{buyer.id}", now=now)
    return [buyer.platform_user_id for buyer in met]
