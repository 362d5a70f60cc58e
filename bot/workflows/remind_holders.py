"""Reminds buyers that their time to pay ends soon: one message each for all they have not paid, once per end.

Nobody is reminded of an item that others wait for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.domain.invoice import OPEN, Invoice
from bot.domain.show_rules import ShowRules
from bot.domain.spans import until
from bot.workflows.assistant import Assistant
from bot.workflows.choose_texts import texts_for
from bot.workflows.tell import Parcel, hand_over, tell_buyer, tell_operators
from bot.workflows.tell_promoted import about
from messaging.templates import pay_buttons
from messaging.texts import Texts
from storage import buyers, claims, holds, invoices, shows
from storage.holds import Unreminded

_NAMED = 20
"""Buyers that are named to the operators."""


async def remind_holders(assistant: Assistant) -> int:
    """Write down whatever reminders it is time for; returns in how many shows."""
    found = await assistant.database.read(_where, assistant.now())
    for workspace_id, show_id in found:
        parcels = await assistant.database.write(
            _remind, workspace_id, show_id, assistant.settings.public_url, assistant.now()
        )
        await hand_over(assistant, workspace_id, parcels)
    return len(found)


def _where(tx: sa.Connection, now: datetime) -> list[tuple[int, int]]:
    """The shows in which somebody is to be reminded now."""
    per_show: dict[tuple[int, int], list[Unreminded]] = {}
    for one in holds.unreminded(tx, now):
        per_show.setdefault((one.workspace_id, one.show_id), []).append(one)
    return [place for place, waiting in per_show.items() if _whom(tx, *place, waiting, now)]


def _whom(
    tx: sa.Connection, workspace_id: int, show_id: int, waiting: Iterable[Unreminded], now: datetime
) -> dict[int, list[Unreminded]]:
    """Buyer → all they are to be reminded of: the one whose time is near, and whatever else of theirs runs out."""
    show = shows.get(tx, workspace_id, show_id)
    theirs: dict[int, list[Unreminded]] = {}
    for one in waiting:
        theirs.setdefault(one.buyer_id, []).append(one)
    if show is None:
        return {}
    return {buyer_id: held for buyer_id, held in theirs.items() if _is_near(show.rules, held[0], now)}


def _is_near(rules: ShowRules, first: Unreminded, now: datetime) -> bool:
    """Whether it is time; never before half of a short hold is over."""
    whole = rules.hold_minutes if first.minutes is None else first.minutes
    before = min(rules.remind_minutes, (whole or 0) / 2)
    return before > 0 and first.due_at - now <= timedelta(minutes=before)


def _remind(tx: sa.Connection, workspace_id: int, show_id: int, public_url: str, now: datetime) -> list[Parcel]:
    shows.lock(tx, workspace_id, show_id)
    waiting = holds.unreminded(tx, now, of=(workspace_id, show_id))
    parcels: list[Parcel] = []
    without: dict[int, Unreminded] = {}
    for buyer_id, held in _whom(tx, workspace_id, show_id, waiting, now).items():
        invoice = _to_pay(tx, workspace_id, show_id, buyer_id)
        if invoice is None:
            without[buyer_id] = held[0]
        texts = texts_for(tx, workspace_id, buyer_id, show_id)
        parcels += tell_buyer(
            tx,
            workspace_id,
            buyer_id,
            _text(tx, workspace_id, texts, held, now),
            purpose="reminder",
            key=f"remind:{show_id}:{buyer_id}:{held[0].due_at.timestamp()}",
            invoice_id=invoice.id if invoice else None,
            buttons=pay_buttons(texts, [invoice] if invoice else [], public_url),
            now=now,
        )
        holds.reminded(tx, workspace_id, [one.claim_id for one in held])
    return parcels + _tell_of_unbilled(tx, workspace_id, show_id, without, now)


def _to_pay(tx: sa.Connection, workspace_id: int, show_id: int, buyer_id: int) -> Invoice | None:
    theirs = invoices.of_show(tx, workspace_id, show_id, buyer_id=buyer_id, statuses=OPEN)
    return next((invoice for invoice in reversed(theirs) if invoice.external_url is not None), None)


def _text(tx: sa.Connection, workspace_id: int, texts: Texts, held: Sequence[Unreminded], now: datetime) -> str:
    lines = []
    for one in held:
        claim = claims.get(tx, workspace_id, one.claim_id)
        assert claim is not None, "claims are never deleted"
        lines.append(texts.say("hold_line", **about(tx, workspace_id, claim), time=until(one.due_at, now)))
    return texts.say("hold_reminder", lines="\n".join(lines))


def _tell_of_unbilled(
    tx: sa.Connection, workspace_id: int, show_id: int, without: Mapping[int, Unreminded], now: datetime
) -> list[Parcel]:
    """Who has no link cannot pay by it: the operators hear of it while there is time."""
    if not without:
        return []
    show = shows.get(tx, workspace_id, show_id)
    assert show is not None, "it is locked"
    known = buyers.many(tx, workspace_id, without)
    labels = [known[buyer_id].label for buyer_id in without if buyer_id in known]
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    soonest = min(one.due_at for one in without.values())
    last = max(one.claim_id for one in without.values())
    return tell_operators(
        tx,
        workspace_id,
        f"“{show.title}”: time to pay ends in {until(soonest, now)} for {', '.join(labels[:_NAMED])}{more}, who have "
        f"no pay link yet. To bill them: /invoice all. For more time: /extend {labels[0]} 1 h",
        key=f"unbilled:{show_id}:{soonest.timestamp()}:{last}",
        now=now,
    )
