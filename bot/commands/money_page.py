"""How money moves, as a page: docs/money.md is made of the table that moves it."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.invoice import TRANSITIONS, InvoiceEvent, InvoiceStatus

WORDS = {
    InvoiceEvent.LINK_DELIVERED: "its link was delivered",
    InvoiceEvent.REFUSED: "the provider refused it",
    InvoiceEvent.RETRIED: "it is tried again",
    InvoiceEvent.PAYMENT: "all of it was paid",
    InvoiceEvent.PART_PAYMENT: "a part was paid",
    InvoiceEvent.PAYMENT_FAILED: "a payment failed",
    InvoiceEvent.VOIDED: "it was voided",
    InvoiceEvent.UNCOVERED: "the credit that covered it was taken back",
    InvoiceEvent.EXPIRED: "its page expired",
    InvoiceEvent.REFUND: "all that was paid went back",
    InvoiceEvent.PART_REFUND: "a part went back",
    InvoiceEvent.REFUND_FAILED: "what went back came again",
    InvoiceEvent.UNPAID: "`/paid … undo`, nothing is left",
    InvoiceEvent.PART_UNPAID: "`/paid … undo`, some is left",
    InvoiceEvent.DISPUTED: "the buyer's bank disputes it",
    InvoiceEvent.DISPUTE_WON: "a dispute was won",
    InvoiceEvent.DISPUTE_LOST: "A lost dispute",
}

HEAD = """\
# How money moves

Every invoice has books: what came for it, row by row, and what went back. Whatever providers report is entered there
first, in any order and however often it is told, and the books say what it means. A provider tells what came for one
page in all, and what went back of one payment in all, so the larger figure counts and a late event changes nothing.

## What happens when

| what happens | what becomes of it |
|---|---|
| **Late money**: paid after the time to pay was over | the invoice is paid. The items are theirs again while \
pieces are free; if they are gone, you are told: `/refund`, or more pieces and `/award` |
| **Money for a void invoice** | it is paid, and you are told, with a button that sends the money back |
| **A part is paid** | partly paid; the buyer is thanked and told what is left. What they owe, `/owed` and \
`/status` count only the rest |
| **Cash and the like** (`/paid @mai cash 20`) | the page at the provider is closed, so that nobody pays twice. \
What is left is asked for on a new page, with “Already paid” as a line, and the buyer gets its link |
| **A picture of a transfer**, sent in the private chat | counts as nothing: operators see it, with buttons to \
confirm it or to say that it has not come |
| **The page for the rest is over**: you voided it at the provider, or its time was up | it stays partly paid, and \
you are told, with a button for a new page. Until then the buyer's link says that it cannot be paid now |
| **Taken back** (`/paid @mai undo`, within a week) | the same the other way round |
| **Paid twice**: the buyer pays on the page before it is closed | both payments are in the books, the invoice is \
paid, and you are told how much is too much, with a button that sends it back |
| **Refund** (`/refund @mai`, `/refund @mai 5`) | sent back by the provider; what came by hand is written down, \
and you hand it back. Never more than came less what went back, or is on its way |
| **Refund of released items, or release of refunded ones** | one does nothing to the other: `/refund` moves \
money, `/release` moves items. What is paid is released only after the refund |
| **Credit** that paid a part | comes back when all the money did. An invoice that credit covers alone has no \
money in it: `/void` gives the credit back |
| **A refund that fails**, at once or days later | the invoice is as it was before, and you are told, with a \
button to try again |
| **A refund whose answer is lost** | the provider is asked what went back before anything is sent again |
| **Dispute opened** | nothing moves; you are told to answer it at the provider. It cannot be refunded meanwhile |
| **Dispute won** | nothing moves; you are told |
| **Dispute lost** | the money is gone: refunded, or partly refunded. Credit does not come back |
| **Money for something we had let go of** | told to you, with the provider's id |
| **A card on file** (`/charge @mai`) | you are asked with the sum first. What the bank says when it \
declines is told, and the link is offered instead; a lost answer is asked for, and nothing is charged twice |
| **Paid again and again** (`/subscribe @mai 25 month A box`) | the provider makes those bills and \
charges the card that the first payment left. They are in its books, and in none of a show's |

## Where an invoice stands

What is not in this table changes nothing: that is why events may come late, twice and in any order. It is made of what
the code goes by: `.venv/bin/python -m bot.commands.money_page > docs/money.md`.

| when | from | to |
|---|---|---|
"""

TAIL = """
These move nothing, and are only told: {}. A lost dispute moves it as money that went back.
"""


def money_page() -> str:
    """The page, in Markdown."""
    moves: dict[tuple[InvoiceEvent, InvoiceStatus], list[InvoiceStatus]] = {}
    for (before, event), status in TRANSITIONS.items():
        moves.setdefault((event, status), []).append(before)
    moving = {event for event, _ in moves} | {InvoiceEvent.DISPUTE_LOST}
    told = sorted(set(InvoiceEvent) - moving, key=list(InvoiceEvent).index)
    lines = [
        f"| {WORDS[event]} | {_listed(before)} | {_word(status)} |"
        for (event, status), before in sorted(moves.items(), key=lambda move: list(InvoiceEvent).index(move[0][0]))
    ]
    return HEAD + "\n".join(lines) + "\n" + TAIL.format(", ".join(WORDS[event] for event in told))


def _listed(statuses: Iterable[InvoiceStatus]) -> str:
    return ", ".join(_word(status) for status in sorted(statuses, key=list(InvoiceStatus).index))


def _word(status: InvoiceStatus) -> str:
    return status.value.replace("_", " ")


if __name__ == "__main__":
    import sys

    sys.stdout.write(money_page())
