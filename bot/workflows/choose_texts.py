"""Chooses the texts a buyer reads: in their language, in the shop's own words where it has any."""

from __future__ import annotations

import sqlalchemy as sa

from messaging.texts import Texts, choose_language
from storage import buyers, shows, templates


def texts_for(tx: sa.Connection, workspace_id: int, buyer_id: int, show_id: int | None) -> Texts:
    """The texts of one buyer; without a show, the newest one's markets are what counts."""
    if show_id is None:
        show = next(iter(shows.newest(tx, workspace_id, limit=1)), None)
    else:
        show = shows.get(tx, workspace_id, show_id)
    own = buyers.language_of(tx, workspace_id, buyer_id)
    language = choose_language(own, show.market if show is not None else "")
    return Texts(language, templates.of_workspace(tx, workspace_id))
