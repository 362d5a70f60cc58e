"""Counting: what the script promised, what the service says, and what the outside world has on its books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandbox.evening import script
from sandbox.evening.cast import Platform
from sandbox.evening.service import Facts
from sandbox.evening.stage import Stage


class Row(StrEnum):
    """What is counted, in the order of the table."""

    COMMENTS = "comments"
    WINNERS = "winners"
    WAITLIST = "waitlist"
    DUPLICATES = "duplicates"
    UNMATCHED = "unmatched"
    REJECTED = "rejected"
    AMBIGUOUS = "for the seller to decide"
    RELEASED = "released"
    IGNORED = "chatter"
    PIECES_WON = "pieces won"
    PIECES_BILLED = "pieces billed"
    INVOICES = "invoices"
    REFUSED = "refused by the provider"
    SENT = "links in private messages"
    MANUAL = "links to copy by hand"
    PAID = "paid"
    OWED = "not paid yet"
    TAKINGS = f"takings, {script.CURRENCY}"
    FAILED = "failed payments"
    THANKED = "buyers thanked"
    FORGED = "forged webhooks refused"


_STATUSES = {
    "winner": Row.WINNERS,
    "waitlisted": Row.WAITLIST,
    "duplicate": Row.DUPLICATES,
    "unmatched": Row.UNMATCHED,
    "rejected": Row.REJECTED,
    "ambiguous": Row.AMBIGUOUS,
    "released": Row.RELEASED,
    "ignored": Row.IGNORED,
}


@dataclass(frozen=True, kw_only=True)
class Books:
    """One side's account of the evening. What a side cannot know is not in its counts, or is None."""

    side: str
    counts: dict[Row, int]
    decisions: dict[str, str] | None = None
    """“name: text” → what became of it; several when they wrote it several times, or wished for several things."""
    bills: dict[str, int] | None = None
    """Name → cents asked for at the provider."""


def expected() -> Books:
    """What the script promises."""
    owed = script.owed()
    billed = {name: cents for name, cents in owed.items() if name != script.REFUSED.name}
    outcomes = [(line.by, outcome) for line in script.EVERYTHING for outcome in line.outcomes]
    pieces = sum(outcome.pieces for _, outcome in outcomes)
    refused = sum(outcome.pieces for by, outcome in outcomes if by is script.REFUSED)
    answered = [
        one
        for one in script.PAYERS
        if one.platform is Platform.TELEGRAM or one is script.WRITES_BACK  # nobody else has opened a chat
    ]
    return Books(
        side="script",
        counts={
            Row.COMMENTS: len(script.EVERYTHING),
            **_by_status(outcome.status for _, outcome in outcomes),
            Row.PIECES_WON: pieces,
            Row.PIECES_BILLED: pieces - refused,
            Row.INVOICES: len(billed),
            Row.REFUSED: 1,
            Row.SENT: len(billed) - 1,
            Row.MANUAL: 1,
            Row.PAID: len(script.PAYERS),
            Row.OWED: len(billed) - len(script.PAYERS),
            Row.TAKINGS: sum(owed[payer.name] for payer in script.PAYERS),
            Row.FAILED: 1,
            Row.THANKED: len(answered),
            Row.FORGED: 1,
        },
        decisions=_decisions(
            (line.by.name, line.text, outcome.status) for line in script.EVERYTHING for outcome in line.outcomes
        ),
        bills=billed,
    )


def told(facts: Facts) -> Books:
    """What the service says."""
    comments = [claim for claim in facts.claims if claim["kind"] == "comment"]
    placed = [invoice for invoice in facts.invoices if invoice["external_url"] is not None]
    statuses = Counter(invoice["status"] for invoice in facts.invoices)
    links = Counter(invoice["delivery"]["status"] for invoice in facts.invoices if invoice["delivery"])
    return Books(
        side="service",
        counts={
            Row.COMMENTS: len({claim["comment_id"] for claim in comments}),
            **_by_status(claim["status"] for claim in comments),
            Row.PIECES_WON: sum(item["won"] for item in facts.items),
            Row.PIECES_BILLED: sum(line["quantity"] for invoice in placed for line in invoice["line_items"]),
            Row.INVOICES: len(placed),
            Row.REFUSED: statuses["error"],
            Row.SENT: links["sent"],
            Row.MANUAL: links["manual"],
            Row.PAID: statuses["paid"],
            Row.OWED: statuses["sent"] + sum(invoice["status"] == "draft" for invoice in placed),
            Row.TAKINGS: sum(one["amount_cents"] for one in facts.invoices if one["status"] == "paid"),
        },
        decisions=_decisions(
            (claim["buyer"]["name"] if claim["buyer"] else "somebody", claim["text"], claim["status"])
            for claim in comments
        ),
        bills={invoice["buyer"]["name"]: invoice["amount_cents"] for invoice in placed},
    )


def seen(stage: Stage) -> Books:
    """What Telegram, Facebook and the provider have on their books."""
    bills = stage.till.bills()
    asked = {bill.name for bill in bills}
    holders = [guest for guest in stage.guests if stage.pay_link(guest) is not None]
    in_the_group = sum(
        not (message.sender.is_bot or message.service or message.text.startswith("/"))
        for message in stage.group.messages
    )
    below_videos = sum(not comment.by_page for post in stage.page.posts for comment in post.comments)
    return Books(
        side="outside",
        counts={
            Row.COMMENTS: in_the_group + below_videos,
            Row.PIECES_BILLED: sum(bill.pieces for bill in bills),
            Row.INVOICES: len(bills),
            Row.REFUSED: len(stage.till.refused()),
            Row.SENT: len(holders),
            Row.MANUAL: len(asked - {guest.name for guest in holders}),
            Row.PAID: sum(0 < bill.total <= bill.paid for bill in bills),
            Row.OWED: sum(bill.is_open for bill in bills),
            Row.TAKINGS: sum(bill.paid for bill in bills),
            Row.FAILED: stage.till.failed(),
            Row.THANKED: sum("Thank you" in text for guest in stage.guests for text in stage.heard(guest)),
            Row.FORGED: sum(one.forged and 400 <= one.status < 500 for one in stage.till.stand_in.deliveries),
        },
        bills={bill.name: bill.total for bill in bills},
    )


def differences(sides: Sequence[Books]) -> list[str]:
    """Everything on which two sides do not agree, in sentences; empty is what the evening is played for."""
    found = []
    for row in Row:
        counts = {books.side: written(row, books.counts[row]) for books in sides if row in books.counts}
        if len(set(counts.values())) > 1:
            found.append(f"{row}: {_said(counts)}")
    decisions = {books.side: books.decisions for books in sides if books.decisions is not None}
    bills = {
        books.side: {name: _decimal(cents) for name, cents in books.bills.items()}
        for books in sides
        if books.bills is not None
    }
    for what, account in (("decision on", decisions), ("bill of", bills)):
        for key in dict.fromkeys(key for entries in account.values() for key in entries):
            values = {side: entries.get(key, "nothing") for side, entries in account.items()}
            if len(set(values.values())) > 1:
                found.append(f"{what} {key}: {_said(values)}")
    return found


def written(row: Row, count: int) -> str:
    """A count as people read it: money with its decimals."""
    return _decimal(count) if row is Row.TAKINGS else str(count)


def _decimal(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _said(values: dict[str, str]) -> str:
    return ", ".join(f"{side} has {value}" for side, value in values.items())


def _by_status(statuses: Iterable[str]) -> dict[Row, int]:
    counted = Counter(statuses)
    return {row: counted[status] for status, row in _STATUSES.items()}


def _decisions(outcomes: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, text, status in outcomes:
        found.setdefault(f"{name}: {text}", []).append(status)
    return {line: ", ".join(statuses) for line, statuses in found.items()}
