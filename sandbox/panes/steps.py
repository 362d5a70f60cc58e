"""The next sensible step: what the page tells somebody to do now, and what they can tap for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.evening import script
from sandbox.evening.stage import Stage
from sandbox.panes.product import Sale

PAIRED = "Welcome"
"""What the bot says when that step is done."""

OPERATOR_PANE, LIVE_PANE, BUYER_PANE = "operator", "live", "buyer"


@dataclass(frozen=True)
class Offer:
    """Something to tap: its title, and what it writes into the operator's chat."""

    title: str
    text: str


@dataclass(frozen=True)
class Step:
    """What to do now, in which pane."""

    say: str
    pane: str
    offers: tuple[Offer, ...] = ()

    def wire(self) -> dict[str, Any]:
        """As the page reads it."""
        return asdict(self)


NEW_SHOW = Offer("New show", f"/show new {script.TITLE}")
ADD_ITEMS = Offer(
    f"Add {len(script.ITEMS)} items", "/item add " + "\n".join(item.line for item in script.ITEMS.values())
)
GO_LIVE = Offer("Go live", "/live")
CLAIMS, BUYERS, END = Offer("Claims", "/claims"), Offer("Buyers", "/buyers"), Offer("End the show", "/end")
INVOICE_ALL, RETRY = Offer("Invoice all", "/invoice all"), Offer("Retry refused", "/invoice retry")
STATUS = Offer("Status", "/status")


def next_step(stage: Stage, sale: Sale, pairing_code: Callable[[], str]) -> Step:
    """What comes next, from what has happened."""
    heard = [appearance.text for appearance in stage.seller.chat(stage.bot).appearances]
    if not any(text.startswith(PAIRED) for text in heard):
        return Step(
            f"Start here: you are {stage.seller.first_name}, who sells. In the operator’s chat, tap Pair: "
            "from then on the bot obeys you.",
            OPERATOR_PANE,
            (Offer("Pair", f"/pair {pairing_code()}"),),
        )
    till = stage.till
    if till.connect and not any(f"{till.title} is connected" in text for text in heard):
        return Step(
            f"Connect {till.title} with the stand-in’s test key: tap it. The bot takes the key out of the chat again.",
            OPERATOR_PANE,
            (Offer(f"Connect {till.title}", till.connect),),
        )
    if not sale.show:
        return Step("Make a show.", OPERATOR_PANE, (NEW_SHOW,))
    if not sale.show["items"]:
        return Step("List what you sell, one line per item.", OPERATOR_PANE, (ADD_ITEMS,))
    if sale.show["status"] == "draft":
        return Step("Go live: from then on comments count.", OPERATOR_PANE, (GO_LIVE, ADD_ITEMS))
    if sale.show["status"] == "live":
        return _while_live(sale)
    return _afterwards(sale)


def _while_live(sale: Sale) -> Step:
    if not sale.tally["winner"]:
        code = sale.show["items"][0]["code"]
        return Step(
            f"You are live. Write “sold {code}” in the live comments, as any buyer on either side, or let a crowd run.",
            LIVE_PANE,
            (CLAIMS, END),
        )
    return Step(
        "Claims are coming in: watch the evening. When you have sold enough, end the show.",
        LIVE_PANE,
        (END, CLAIMS, BUYERS),
    )


def _afterwards(sale: Sale) -> Step:
    invoices = sale.invoices.values()
    if not invoices and not sale.tally["winner"]:
        return Step("The show is over, and nobody has bought. Make another one.", OPERATOR_PANE, (NEW_SHOW,))
    if not invoices:
        return Step("Send everybody their bill: tap Invoice all.", OPERATOR_PANE, (INVOICE_ALL, CLAIMS, BUYERS))
    refused = (RETRY,) if any(invoice["status"] == "error" for invoice in invoices) else ()
    if any(invoice["status"] in ("draft", "sent") for invoice in invoices):
        return Step(
            "Now be a buyer: choose somebody with a new message, and tap Pay; "
            "or be who is asked in the group, and tap there.",
            BUYER_PANE,
            (STATUS, *refused, NEW_SHOW),
        )
    return Step(
        "That was the evening. Ask how it stands, or make another show.", OPERATOR_PANE, (STATUS, *refused, NEW_SHOW)
    )
