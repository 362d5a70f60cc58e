"""A live show in a database of its own, in which everything happens that a ledger can tell; nothing goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from adapters.base import PaymentProvider
from bot.domain.claim import ACTIVE, Claim, ClaimStatus
from bot.domain.invoice import Invoice, InvoiceEvent, InvoiceStatus
from bot.domain.show import Item
from bot.kit.errors import BadInput
from bot.settings import load_settings
from bot.workflows.answer_turns import answer_turn
from bot.workflows.assistant import Assistant
from bot.workflows.award_claims import TO_BE_AWARDED, award_claim
from bot.workflows.decide_comments import Decider
from bot.workflows.edit_shows import edit_show, set_options, set_rule
from bot.workflows.expire_claims import expire_claims
from bot.workflows.issue_invoices import issue_invoices
from bot.workflows.merge_buyers import merge_buyers
from bot.workflows.read_comments import Heard
from bot.workflows.release_claims import award_item, release_claim
from bot.workflows.remind_holders import remind_holders
from bot.workflows.replay_show import Replayed, replay_show
from bot.workflows.resolve_doubts import resolve_doubt
from bot.workflows.run_shows import end_show, go_live, new_show
from bot.workflows.settle_payments import record_event
from bot.workflows.stock_items import NewItem, add_items, edit_item, remove_item
from bot.workflows.stock_options import ItemChange
from bot.workflows.tell_promoted import turn_payload
from bot.workflows.undo_last import undo_last
from messaging.base import Comment, Message, Person, Verb
from storage import channels, claims, doubts, integrations, invoices, items, workspaces
from storage.channels import Channel
from storage.crypto import Vault
from storage.database import Database
from storage.tables import buyers as buyers_table

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BUYERS = ("mai", "lan", "hoa", "kim", "an", "bo", "cam")


class _NoJobs:
    """What is to be told is written down, and stays there; what is to be closed waits until the provider is asked."""

    def __init__(self) -> None:
        self.to_close: list[int] = []

    async def deliver(
        self, workspace_id: int, delivery_id: int, attempt: int, chat: str, *, reply: bool = False
    ) -> None:
        pass

    async def place_invoice(self, workspace_id: int, invoice_id: int, attempt: int) -> None:
        pass

    async def watch_run(self, workspace_id: int, run_id: int, attempt: int = 1) -> None:
        pass

    async def balance_invoice(self, workspace_id: int, invoice_id: int, tries: int) -> None:
        pass

    async def refund(self, workspace_id: int, refund_id: int, tries: int) -> None:
        pass

    async def void_invoice(self, workspace_id: int, invoice_id: int, attempt: int) -> None:
        self.to_close.append(invoice_id)


def _no_provider(*_: object) -> PaymentProvider:
    raise AssertionError("nobody is billed this evening")


@dataclass
class Evening:
    """One live show; whatever happens in it takes a second."""

    assistant: Assistant
    workspace_id: int
    channel_id: int
    show_id: int
    decider: Decider = field(default_factory=Decider)
    written: list[Heard] = field(default_factory=list)
    seconds: int = 0
    jobs: _NoJobs = field(default_factory=_NoJobs)
    at_provider: dict[int, str] = field(default_factory=dict)
    """Invoice → open, paid or void, as the provider knows it."""
    to_hear: list[int] = field(default_factory=list)
    """Paid invoices of which we were not told yet."""

    @property
    def database(self) -> Database:
        return self.assistant.database

    @property
    def where(self) -> tuple[Assistant, int, int]:
        return (self.assistant, self.workspace_id, self.show_id)

    async def replayed(self) -> Replayed:
        return await replay_show(self.database, self.workspace_id, self.show_id)

    async def happens(self, what: str, *how: Any) -> bool:
        """Something is done; whether it could be."""
        self.seconds += 1
        try:
            await getattr(self, what)(*how)
        except BadInput:
            return False
        return True

    async def says(self, buyer: int | None, text: str) -> None:
        """A buyer writes; None is one whom the platform does not name."""
        await self.hears([("added", buyer, text, 0)])

    async def hears(self, batch: Sequence[tuple[str, int | None, str, int]]) -> None:
        """One commit of comments.

        Each is (verb, buyer, text, which): `which` is the earlier comment that is edited, deleted or sent again, and
        for a new one how many seconds late it is. One that is `early` is deleted before it arrives.
        """
        heard: list[Heard] = []
        for verb, buyer, text, which in batch:
            if verb in ("edited", "removed", "again"):
                if self.written:
                    earlier = self.written[which % len(self.written)]
                    heard.append(_changed(earlier, verb, text, len(self.written)))
                continue
            one = self._comment(buyer, text, late=which)
            self.written.append(one)
            heard += [_changed(one, "removed", "", 0), one] if verb == "early" else [one]
        await self.record(heard)

    async def record(self, heard: Sequence[Heard]) -> None:
        """Keep and decide these, as they are."""
        effects = await self.database.write(self.decider.decide, self.workspace_id, heard, self.assistant.now())
        self.decider.remember(effects)

    async def release(self, which: int) -> None:
        """Somebody's claim is taken back."""
        await release_claim(self.assistant, self.workspace_id, (await self._one(which, ACTIVE)).id, by="Ann")

    async def settle(self, which: int) -> None:
        """A claim that waits, or had no item, is awarded."""
        await award_claim(self.assistant, self.workspace_id, (await self._one(which, TO_BE_AWARDED)).id, by="Ann")

    async def resolve(self, which: int, choice: int) -> None:
        """An operator says what an unclear comment means."""
        found = await self.database.read(doubts.open_in, self.workspace_id, self.show_id, limit=1_000)
        if not found:
            raise BadInput("nothing is unclear")
        doubt = found[which % len(found)]
        await resolve_doubt(*self.where, doubt.seq, choice % (len(doubt.maybe) + 1), by="Ann")

    async def award(self, buyer: int, code: str, quantity: int | None) -> None:
        """An operator gives an item away."""
        item = await self.item(code)
        if item is None:
            raise BadInput("there is no such item")
        await award_item(*self.where, item.id, buyer + 1, quantity=quantity, by="Ann")

    async def add(self, *codes: str, quantity: int = 1) -> None:
        """Items are listed, in one deed."""
        await add_items(*self.where, [NewItem(code=code, quantity=quantity) for code in codes], by="Ann")

    async def stock(self, code: str, *stock: tuple[tuple[str, ...], int]) -> None:
        """An item is listed whose options have pieces of their own."""
        await add_items(*self.where, [NewItem(code=code, stock=stock)], by="Ann")

    async def edit(self, code: str, change: ItemChange) -> None:
        """An item is changed."""
        await edit_item(*self.where, code, change, by="Ann")

    async def remove(self, code: str) -> None:
        """An item is taken out."""
        await remove_item(*self.where, code, by="Ann")

    async def options(self, code: str, options: Sequence[str]) -> None:
        """An item comes in these from now on."""
        await set_options(*self.where, code, options)

    async def market(self, market: str) -> None:
        """Other claim words apply."""
        await edit_show(*self.where, market=market)

    async def rule(self, name: str, value: str) -> None:
        """The show goes by another rule."""
        await set_rule(*self.where, name, value)

    async def block(self, buyer: int, blocked: bool = True) -> None:
        """A buyer may claim nothing any more, or may again."""
        await self.flag(buyer, blocked=blocked)

    async def flag(self, buyer: int, **flags: bool) -> None:
        """The shop decides something about a buyer."""

        def change(tx: sa.Connection) -> None:
            tx.execute(buyers_table.update().where(buyers_table.c.id == buyer + 1).values(**flags))

        await self.database.write(change)

    async def pays_first(self, buyer: int, on: bool) -> None:
        """Nothing is held any more for a buyer, or is again."""
        await self.flag(buyer, pays_first=on)

    async def who_pay_first(self) -> set[int]:
        """Their ids."""

        def look(tx: sa.Connection) -> set[int]:
            here = buyers_table.c.workspace_id == self.workspace_id
            return set(tx.scalars(sa.select(buyers_table.c.id).where(here, buyers_table.c.pays_first)))

        return await self.database.read(look)

    async def bill(self, which: int) -> None:
        """An invoice bills a claim."""
        await self.database.write(claims.bill, self.workspace_id, [(await self._one(which, ACTIVE)).id], 77)

    async def merge(self, kept: int, gone: int) -> None:
        """Two buyers turn out to be one."""
        await merge_buyers(self.assistant, self.workspace_id, kept + 1, gone + 1, by="Ann")

    async def undo(self) -> None:
        """The last deed is taken back."""
        await undo_last(*self.where, by="Bob")

    async def passes(self, minutes: int) -> None:
        """Nothing happens for a while."""
        self.seconds += 60 * minutes

    async def clock(self) -> None:
        """Whatever is due is taken, by two who meet at it."""
        await asyncio.gather(expire_claims(self.assistant), expire_claims(self.assistant))
        await remind_holders(self.assistant)

    async def pause(self, minutes: int) -> None:
        """The show ends, and goes on after a while."""
        await end_show(*self.where)
        await self.passes(minutes)
        await self.clock()
        await go_live(*self.where, {})

    async def answers(self, which: int, yes: bool) -> None:
        """Somebody taps a button under an offer that they have, or had."""
        claim = await self._one(which, (ClaimStatus.OFFERED, ClaimStatus.WINNER, ClaimStatus.RELEASED))
        buyer = (claim.buyer_id or 0) - 1
        channel = await self.database.write(_channel, self.workspace_id)
        message = Message(
            event_id=f"tap-{self.seconds}",
            chat_id=f"id-{buyer}",
            chat_title="",
            private=True,
            person=Person(id=f"id-{buyer}", kind="user", username=BUYERS[buyer]),
            text=turn_payload(claim.id, yes=yes),
            message_id="m",
            sent_at=self.assistant.now(),
            tap_id="tap",
        )
        await answer_turn(self.assistant, channel, message, claim.id, yes=yes, inbox_id=self.seconds)

    async def invoice(self) -> None:
        """Everybody is billed for all they have won, and the provider has the invoices."""
        await issue_invoices(*self.where)
        await self.assistant.errands_done()
        for made in await self._invoices():
            if made.status is InvoiceStatus.DRAFT and made.external_id is None:
                if made.replaces_id is not None:
                    await self.closes(made.replaces_id)
                placed = {"external_id": f"in_{made.id}", "external_url": "https://pay.example", "status": "sent"}
                await self.database.write(invoices.change, self.workspace_id, made.id, **placed)
                self.at_provider[made.id] = "open"

    async def pays(self, which: int) -> None:
        """Somebody pays at the provider, who tells us later."""
        payable = [invoice_id for invoice_id, state in self.at_provider.items() if state == "open"]
        if not payable:
            raise BadInput("there is nothing to pay")
        paid = payable[which % len(payable)]
        self.at_provider[paid] = "paid"
        self.to_hear.append(paid)

    async def tells(self) -> None:
        """The provider tells us of everything that was paid."""
        while self.to_hear:
            await self._record(self.to_hear.pop(0), InvoiceEvent.PAYMENT)

    async def closes(self, invoice_id: int | None = None) -> None:
        """The provider closes an invoice, or says that it was paid; without a number, all that we asked it to."""
        closing = [invoice_id] if invoice_id is not None else self.jobs.to_close
        while closing:
            this = closing.pop(0)
            if self.at_provider[this] == "open":
                self.at_provider[this] = "void"
            paid = self.at_provider[this] == "paid"
            await self._record(this, InvoiceEvent.PAYMENT if paid else InvoiceEvent.VOIDED)

    async def _record(self, invoice_id: int, event: InvoiceEvent) -> None:
        await self.database.write(record_event, self.workspace_id, invoice_id, event, None, self.assistant.now())

    async def _invoices(self) -> list[Invoice]:
        return await self.database.read(invoices.of_show, self.workspace_id, self.show_id)

    async def connect(self) -> None:
        """There is a provider to be billed through."""
        await self.database.write(
            integrations.connect,
            self.assistant.vault,
            self.workspace_id,
            "stripe",
            display_name="Stripe",
            account_id="acct_1",
            livemode=False,
            credentials={},
            settings={},
            now=NOON,
        )

    async def check_books(self) -> None:
        """No comment is lost, nothing is oversold, no line has a gap, and who can be served is served."""
        rows = await self.database.read(claims.ledger_page, self.workspace_id, self.show_id, limit=10_000)
        assert {one.comment.comment_id for one in self.written} == {row.comment_id for row in rows} - {None}
        held = [row.claim for row in rows if row.claim is not None and row.claim.status in ACTIVE]
        for item in await self.database.read(items.of_show, self.workspace_id, self.show_id):
            theirs = [claim for claim in held if claim.item_id == item.id]
            line = [claim for claim in theirs if claim.status is ClaimStatus.WAITLISTED]
            assert sum(claim.quantity for claim in theirs if claim not in line) == item.won <= item.quantity
            assert [claim.position for claim in line] == list(range(1, item.waiting + 1))
            assert not line or line[0].quantity > item.left, "who can be served is served"

    async def item(self, code: str) -> Item | None:
        return await self.database.read(items.by_code, self.workspace_id, self.show_id, code)

    async def all_claims(self) -> list[Claim]:
        rows = await self.database.read(claims.ledger_page, self.workspace_id, self.show_id, limit=10_000)
        return [row.claim for row in rows if row.claim is not None]

    async def _one(self, which: int, statuses: Any) -> Claim:
        found = [claim for claim in await self.all_claims() if claim.status in statuses]
        if not found:
            raise BadInput("nobody has such a claim")
        return found[which % len(found)]

    def _comment(self, buyer: int | None, text: str, *, late: int) -> Heard:
        person = None if buyer is None else Person(id=f"id-{buyer}", kind="user", username=BUYERS[buyer])
        comment = Comment(
            feed_id="group",
            feed_title="",
            comment_id=f"c{len(self.written)}",
            verb=Verb.ADDED,
            revision=0,
            author=person,
            text=text,
            written_at=NOON + timedelta(seconds=self.seconds - late),
        )
        return Heard(channel_id=self.channel_id, platform="telegram", comment=comment)


def _channel(tx: sa.Connection, workspace_id: int) -> Channel:
    return channels.ensure(tx, workspace_id, platform="telegram", external_id="1", title="Sale", now=NOON)


def _changed(one: Heard, verb: str, text: str, revision: int) -> Heard:
    if verb == "again":
        return one
    return one._replace(comment=one.comment._replace(verb=Verb(verb), text=text, revision=revision))


@asynccontextmanager
async def an_evening(url: str, *, people: int = 4) -> AsyncIterator[Evening]:
    """A live show, in a database with our tables, where so many people have said hello."""
    evening: Evening

    def now() -> datetime:
        return NOON + timedelta(seconds=evening.seconds)

    assistant = Assistant(
        settings=load_settings({}),
        database=Database(url),
        vault=Vault([b"k" * 32]),
        now=now,
        provider_for=_no_provider,
        connect_provider=_no_provider,
        app_of=_no_provider,
    )
    database = assistant.database
    try:
        workspace_id = await database.write(workspaces.ensure_first, NOON)
        channel = await database.write(_channel, workspace_id)
        evening = Evening(assistant, workspace_id, channel.id, show_id=0)
        assistant.jobs = evening.jobs  # type: ignore[assignment]
        evening.show_id = (await new_show(assistant, workspace_id, "Friday", "USD")).id
        await go_live(*evening.where, {})
        for buyer in range(people):
            await evening.says(buyer, "hello")
        yield evening
    finally:
        await database.close()
