"""Commands about buyers: a card of what is known, notes, strikes and flags, who owes, and two who are one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from bot.commands.lights import lit
from bot.commands.naming import find_buyer, names
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.buyer import Account, Buyer, owed
from bot.domain.invoice import Invoice
from bot.domain.money import Money
from bot.kit.errors import BadInput
from bot.kit.redact import redact
from bot.workflows.mark_buyers import add_note, set_flag, strike_buyer, take_strike_back
from bot.workflows.merge_buyers import look_before, merge_buyers
from bot.workflows.run_shows import current_show
from messaging.base import Button
from storage import accounts, buyers, channels, claims, invoices, strikes
from storage.buyers import Identity
from storage.strikes import Strike

commands = Commands()

MOST_LISTED = 20
MOST_TO_TAP = 5
"""Pay links, or cards, under one message: Messenger takes no more than thirteen buttons."""
CLEAR = ("clear", "off", "-")
_FLAGS = {
    "blocked": "Blocked: comments are seen and claim nothing.",
    "deposit_due": "A deposit is due before any claim counts.",
    "pays_first": "Pays first: what they have not paid goes to the next in line as soon as somebody waits for it.",
}


@commands.add("buyer <buyer...>", topic="buyers", example="buyer @mai")
async def buyer(context: Context, who: str) -> Reply | str:
    """show what is known about a buyer, what they owe and their pay links"""
    found = await _find(context, who, "buyer {}")
    return await _card(context, found.id)


@commands.add("note <buyer> <text...>", topic="buyers", example="note @mai pays on Fridays")
async def note(context: Context, who: str, text: str) -> Reply | str:
    """add a line to the note about a buyer; only operators see it

    /note @mai clear wipes the whole note.
    """
    found = await _find(context, who, f"note {{}} {_plain(text)}")
    added = None if text.lower() in CLEAR else redact(text)
    noted = await add_note(context.assistant, context.workspace_id, found.id, added, by=context.by, key=context.key)
    return f"Noted about {noted.label}:\n{noted.note}" if noted.note else f"The note about {noted.label} is wiped."


@commands.add("strike <buyer> [<reason...>]", topic="buyers", example="strike @mai did not pay on Friday")
async def strike(context: Context, who: str, reason: str | None) -> Reply | str:
    """give a buyer a strike, with the reason; /strike @mai -1 takes the last one back"""
    found = await _find(context, who, f"strike {{}} {_plain(reason or '')}".rstrip())
    where = (context.assistant, context.workspace_id, found.id)
    if reason == "-1":
        marked = await take_strike_back(*where, by=context.by, key=context.key)
        return f"{marked.label} has {_strikes(marked)} now."
    marked = await strike_buyer(*where, redact(reason or ""), by=context.by, key=context.key)
    blocking = () if marked.blocked else button(f"Block {marked.label}"[:40], f"block #{marked.id}")
    return Reply(
        text=f"{marked.label} has {_strikes(marked)} now.",
        buttons=(*button("Take it back", f"strike #{marked.id} -1"), *blocking),
    )


@commands.add("block <buyer...>", topic="buyers", example="block @mai")
async def block(context: Context, who: str) -> Reply | str:
    """let a buyer's comments claim nothing, from the next one on; you still see what they write"""
    found = await _find(context, who, "block {}")
    marked = await set_flag(context.assistant, context.workspace_id, found.id, "blocked", True)
    held = await context.assistant.database.read(_held, context.workspace_id, marked.id)
    stays = (
        f" What they have or wait for stays: {', '.join(held)}. To take it back: /release {held[0]} {marked.label}"
        if held
        else ""
    )
    return Reply(
        text=f"{marked.label} is blocked: their comments claim nothing.{stays}",
        buttons=button("Unblock", f"unblock #{marked.id}"),
    )


@commands.add("unblock <buyer...>", topic="buyers", example="unblock @mai")
async def unblock(context: Context, who: str) -> Reply | str:
    """let a buyer's comments claim again"""
    found = await _find(context, who, "unblock {}")
    marked = await set_flag(context.assistant, context.workspace_id, found.id, "blocked", False)
    return f"{marked.label} can claim again, from the next comment on."


@commands.add("deposit <buyer...> on|off|paid", topic="buyers", example="deposit @mai on")
async def deposit(context: Context, who: str, how: str) -> Reply | str:
    """let a buyer claim nothing before they have paid a deposit; say paid when they have"""
    found = await _find(context, who, f"deposit {{}} {how}")
    on = how.lower() == "on"
    marked = await set_flag(context.assistant, context.workspace_id, found.id, "deposit_due", on)
    if on:
        return f"{marked.label} claims nothing until their deposit is there. When it is: /deposit {marked.label} paid"
    paid = "paid their deposit and" if how.lower() == "paid" else "needs no deposit and"
    return f"{marked.label} {paid} can claim, from the next comment on."


@commands.add("payfirst <buyer...> on|off", topic="buyers", example="payfirst @mai on")
async def payfirst(context: Context, who: str, how: str) -> Reply | str:
    """hold nothing for a buyer: what they have not paid goes to the next in line as soon as somebody waits for it

    In every show, live or over, within seconds; a time of their own (/hold) does not change that, and others who pay
    first do not count as waiting. What is paid, also in part, stays theirs.
    """
    found = await _find(context, who, f"payfirst {{}} {how}")
    on = how.lower() == "on"
    marked = await set_flag(context.assistant, context.workspace_id, found.id, "pays_first", on)
    if on:
        return (
            f"Nothing is held for {marked.label} any more: what they have not paid goes to the next in line as soon as "
            "somebody waits for it."
        )
    return f"What {marked.label} wins is held for them again."


@commands.add("owed", topic="buyers")
async def owed_(context: Context) -> Reply | str:
    """list who owes, from every show, most first

    What was won in a show that is over counts, billed or not; a partly paid invoice counts with all it comes to.
    """
    owing = await context.assistant.database.read(_owing, context.workspace_id)
    if not owing:
        return "Nobody owes anything."
    lines = [f"{lit(who, theirs)}: {_sums(owed(theirs)) or 'no price yet'}" for who, theirs in owing[:MOST_LISTED]]
    if len(owing) > MOST_LISTED:
        lines.append(f"… and {len(owing) - MOST_LISTED} more")
    total: dict[str, int] = {}
    for _, theirs in owing:
        for currency, amount in owed(theirs).items():
            total[currency] = total.get(currency, 0) + amount
    count = "1 buyer owes" if len(owing) == 1 else f"{len(owing)} buyers owe"
    return Reply(
        text="\n".join([f"{count} {_sums(total) or 'what has no price yet'}:", *lines]),
        buttons=tuple(row for who, _ in owing[:MOST_TO_TAP] for row in button(who.label[:40], f"buyer #{who.id}")),
    )


@commands.add("merge <buyer> <other>", topic="buyers", example="merge @mai @mai.fb")
async def merge(context: Context, kept: str, gone: str) -> Reply | str:
    """make two buyers one: everything of the other becomes the first one's; I ask before

    Claims of every show, invoices and messages go along, and whoever finds the other finds the first. Of two flags the
    stricter stays, strikes add up. It cannot be undone.
    """
    first = await _find(context, kept, f"merge {{}} {_plain(gone)}")
    other = await _find(context, gone, f"merge #{first.id} {{}}")
    asked = await context.assistant.database.read(look_before, context.workspace_id, first.id, other.id)
    moves = names(_counted(asked.moves)) if any(asked.moves.values()) else "nothing but the name"
    return Reply(
        text=f"Merge {_called(asked.gone)} into {_called(asked.kept)}? {moves} will be {asked.kept.label}'s. "
        "This cannot be undone.",
        buttons=button(f"Merge into {asked.kept.label}"[:40], f"merge yes #{asked.kept.id} #{asked.gone.id}"),
    )


@commands.add("merge yes #<kept> #<gone>", topic="")
async def merge_yes(context: Context, kept: str, gone: str) -> Reply | str:
    """merge two buyers"""
    if not (kept.isdecimal() and gone.isdecimal()):
        raise BadInput("Send it like this: /merge @mai @mai.fb")
    merged = await merge_buyers(context.assistant, context.workspace_id, int(kept[:18]), int(gone[:18]), by=context.by)
    return Reply(
        text=f"{merged.gone.label} is {merged.kept.label} now.",
        buttons=button(merged.kept.label[:40], f"buyer #{merged.kept.id}"),
    )


async def _find(context: Context, who: str, line: str) -> Buyer:
    show = await context.show()
    return await find_buyer(context, show, who, line=line)


def _plain(text: str) -> str:
    """What was typed, in a line that the buyer is put into; a key for “stripe” that came here is not repeated."""
    return redact(text).replace("{", "{{").replace("}", "}}")


def _called(who: Buyer) -> str:
    return f"{who.label} ({who.name})" if who.name and who.name != who.handle else who.label


def _counted(moves: Mapping[str, int]) -> list[str]:
    one = {"claims": "claim", "invoices": "invoice", "identities": "identity"}
    return [f"{count} {one[what] if count == 1 else what}" for what, count in moves.items() if count]


def _strikes(who: Buyer) -> str:
    return "1 strike" if who.strikes == 1 else f"{who.strikes or 'no'} strikes"


def _sums(amounts: Mapping[str, int]) -> str:
    return " and ".join(str(Money(amount, currency)) for currency, amount in sorted(amounts.items()))


def _held(tx: sa.Connection, workspace_id: int, buyer_id: int) -> list[str]:
    """The codes of what a buyer has, or waits for, in the current show."""
    show = current_show(tx, workspace_id)
    return list(dict.fromkeys(one.item_code for one in claims.active(tx, workspace_id, show.id, buyer_id=buyer_id)))


def _owing(tx: sa.Connection, workspace_id: int) -> list[tuple[Buyer, list[Account]]]:
    """Everybody who owes, most first; who owes only what has no price yet comes last."""
    theirs = accounts.owing(tx, workspace_id)
    known = buyers.many(tx, workspace_id, theirs)
    return [
        (known[buyer_id], theirs[buyer_id]) for buyer_id in sorted(theirs, key=lambda one: (-_most(theirs[one]), one))
    ]


def _most(theirs: Sequence[Account]) -> Decimal:
    """The largest sum somebody owes in one currency, in whole units."""
    return max(
        (Decimal(Money(amount, currency).plain()) for currency, amount in owed(theirs).items()), default=Decimal()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a card says."""

    buyer: Buyer
    identities: Sequence[tuple[str, Identity]]
    """Each beside its platform."""
    strikes: Sequence[Strike]
    accounts: Sequence[Account]
    unpaid: Sequence[Invoice]
    shows: int


def _known(tx: sa.Connection, workspace_id: int, buyer_id: int) -> _Known:
    found = buyers.get(tx, workspace_id, buyer_id)
    if found is None:
        raise BadInput("There is no such buyer. Send /buyers to see them.")
    identities = buyers.identities_of(tx, workspace_id, found.id)
    platforms = {one: channels.platform_of(tx, workspace_id, one) for one in {one.channel_id for one in identities}}
    return _Known(
        buyer=found,
        identities=[((platforms[one.channel_id] or "").capitalize(), one) for one in identities],
        strikes=strikes.of_buyer(tx, workspace_id, found.id),
        accounts=accounts.of_buyers(tx, workspace_id, [found.id]).get(found.id, []),
        unpaid=invoices.unpaid_of_buyer(tx, workspace_id, found.id),
        shows=accounts.shows_of(tx, workspace_id, found.id),
    )


async def _card(context: Context, buyer_id: int) -> Reply:
    known = await context.assistant.database.read(_known, context.workspace_id, buyer_id)
    who = known.buyer
    name = f" ({who.name})" if who.name and who.name != who.handle else ""
    lines = [f"{lit(who, known.accounts)}{name}, #{who.id}", _known_as(known.identities)]
    lines += [meaning for flag, meaning in _FLAGS.items() if getattr(who, flag)]
    if who.strikes:
        reasons = "; ".join(one.reason for one in known.strikes if one.reason)
        lines.append(f"{_strikes(who)}{f': {reasons}' if reasons else ''}")
    if who.note:
        lines.append(f"Note: {who.note}")
    lines += _money(known)
    public_url = context.assistant.settings.public_url
    links = [(one, link) for one in known.unpaid if (link := one.pay_link(public_url)) is not None]
    rows = [(Button(title=f"{one.number}: {one.rest}", url=link),) for one, link in links[:MOST_TO_TAP]]
    flip = "unblock" if who.blocked else "block"
    marks = button(flip.capitalize(), f"{flip} #{who.id}") + button("Strike", f"strike #{who.id}")
    return Reply(text="\n".join(filter(None, lines)), buttons=(*rows, tuple(one for row in marks for one in row)))


def _known_as(identities: Sequence[tuple[str, Identity]]) -> str:
    """“Telegram @mai, Messenger Mai Nguyen”."""
    called = [
        f"{platform} {f'@{one.username}' if one.username else one.name or one.platform_user_id}"
        for platform, one in identities
    ]
    return ", ".join(dict.fromkeys(called))


def _money(known: _Known) -> list[str]:
    """How many shows, what is paid, and what is not."""
    paid, unpaid = (sum(getattr(one, what) for one in known.accounts) for what in ("paid", "unpaid"))
    lines = [f"{'1 show' if known.shows == 1 else f'{known.shows} shows'}, {paid} paid, {unpaid} unpaid"]
    billed: dict[str, int] = {}
    won: dict[str, int] = {}
    for one in known.accounts:
        billed[one.currency] = billed.get(one.currency, 0) + one.unpaid_cents
        won[one.currency] = won.get(one.currency, 0) + one.won_cents
    if unpaid:
        lines.append(f"Unpaid: {_sums(billed)} on {'1 invoice' if unpaid == 1 else f'{unpaid} invoices'}")
    if count := sum(one.won for one in known.accounts):
        lines.append(f"Won and not billed yet: {count}, {_sums(won)}")
    return lines
