"""Whom an operator means by `@handle`, `#number` or a name, and what claims and buyers are called in answers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import sqlalchemy as sa

from bot.commands.table import Context, Reply, button
from bot.domain.buyer import Buyer
from bot.domain.claim import Claim, ClaimStatus
from bot.domain.option_stock import item_code
from bot.domain.show import Show
from bot.kit.errors import BadInput
from storage import buyers, claims, invoices

MOST_CHOICES = 8
_AROUND = " ,;:!?\"'“”‘’<>"


class Unclear(BadInput):
    """Nobody, or more than one, is called that; carries the answer with the people it may be."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


async def find_buyer(context: Context, show: Show, who: str, *, line: str) -> Buyer:
    """The buyer an operator means. Raises Unclear, with a button per person that sends `line` with them in it.

    `line` is the command without its slash, with `{}` where the buyer goes.
    """
    who = plain_name(who)
    found, close = await context.assistant.database.read(_look_up, context.workspace_id, show.id, who)
    if len(found) == 1:
        return found[0]
    if found:
        raise Unclear(_choices(f"Several are called {who}. Whom do you mean?", found, line))
    if close:
        raise Unclear(_choices(f"Nobody is called {who}. Did you mean:", close, line))
    raise Unclear(Reply(text=f"Nobody in this show is called {who}. /buyers lists everybody."))


def plain_name(who: str) -> str:
    """A name without what slipped in around it: “@mai@”, “‘mai’” and “@ mai,” are mai or @mai."""
    bare = who.strip(_AROUND)
    if bare.startswith("@"):
        return f"@{bare.strip(f'@{_AROUND}')}"
    return bare.rstrip(f"@{_AROUND}") or who.strip()


def pieces(quantity: int) -> str:
    """How many, when it is more than one."""
    return f" ×{quantity}" if quantity > 1 else ""


def line_of(claim: Claim) -> str:
    """A claim in a list: “12 (S) ×2”."""
    options = f" ({', '.join(claim.options)})" if claim.options else ""
    return f"{item_code(claim.item_code, claim.options)}{options}{pieces(claim.quantity)}"


def goes_to(claim: Claim, label: str) -> str:
    """Who has an item now, or is asked: “12 → @mai ×2”."""
    asked = " (asked)" if claim.status is ClaimStatus.OFFERED else ""
    return f"{claim.item_code} → {label}{pieces(claim.quantity)}{asked}"


def names(labels: Iterable[str]) -> str:
    """“@mai, @lan and @hoa”."""
    *rest, last = list(labels) or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def _choices(text: str, people: list[Buyer], line: str) -> Reply:
    shown = people[:MOST_CHOICES]
    lines = [f"#{buyer.id} {buyer.label}{f' ({buyer.name})' if buyer.name else ''}" for buyer in shown]
    rows = tuple(row for buyer in shown for row in button(f"{buyer.label} #{buyer.id}", line.format(f"#{buyer.id}")))
    return Reply(text="\n".join([text, *lines, f"Send: /{line.format('#number')}"]), buttons=rows)


def _look_up(tx: sa.Connection, workspace_id: int, show_id: int, who: str) -> tuple[list[Buyer], list[Buyer]]:
    """(those called that, those called something like it); people of this show come before all others."""
    here = _people_of(tx, workspace_id, show_id)
    found = buyers.by_handle(tx, workspace_id, who)
    if not found and not who.startswith("#"):
        wanted = buyers.handle_key(who.lstrip("@"))
        found = [buyer for buyer in here.values() if buyers.handle_key(buyer.name) == wanted]
    of_this_show = [buyer for buyer in found if buyer.id in here]
    if found:
        return of_this_show or found, []
    keys: dict[str, list[Buyer]] = {}
    for buyer in here.values():
        for name in (buyer.handle, buyer.name):
            if name:
                keys.setdefault(buyers.handle_key(name), []).append(buyer)
    wanted = buyers.handle_key(who.lstrip("@#"))
    alike = difflib.get_close_matches(wanted, keys, n=MOST_CHOICES, cutoff=0.6)
    alike += [key for key in keys if wanted and key.startswith(wanted)]
    return [], list({buyer.id: buyer for key in alike for buyer in keys[key]}.values())


def _people_of(tx: sa.Connection, workspace_id: int, show_id: int) -> dict[int, Buyer]:
    ids = {claim.buyer_id for claim in claims.active(tx, workspace_id, show_id)}
    ids |= {invoice.buyer_id for invoice in invoices.of_show(tx, workspace_id, show_id)}
    return buyers.many(tx, workspace_id, [buyer_id for buyer_id in ids if buyer_id is not None])
