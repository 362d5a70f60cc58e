"""Chooses the texts a buyer reads: in their language, in the shop's own words where it has any."""

from __future__ import annotations

import sqlalchemy as sa

from bot.domain.buyer import Buyer
from bot.domain.show import Show
from messaging.texts import Texts, choose_language
from storage import buyers, shows, templates


def texts_for(tx: sa.Connection, workspace_id: int, buyer_id: int, show_id: int | None) -> Texts:
    """The texts of one buyer; without a show, the newest one's markets are what counts."""
    if show_id is None:
        show = next(iter(shows.newest(tx, workspace_id, limit=1)), None)
    else:
        show = shows.get(tx, workspace_id, show_id)
    return _texts(tx, workspace_id, buyers.language_of(tx, workspace_id, buyer_id), show)


def texts_of(tx: sa.Connection, buyer: Buyer, show: Show) -> Texts:
    """The same, where both are at hand."""
    return _texts(tx, buyer.workspace_id, buyer.language, show)


def _texts(tx: sa.Connection, workspace_id: int, own: str, show: Show | None) -> Texts:
    language = choose_language(own, show.market if show is not None else "")
    return Texts(language, templates.of_workspace(tx, workspace_id))
