"""Letters: what people write to the Page in Messenger, read off the webhooks that tell of it.

Facebook's books keep the Page's side of a conversation; the page in the browser shows both.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sandbox.facebook.books import Books


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One thing somebody wrote or tapped."""

    at: float
    text: str


class Letters:
    """By author, what they wrote; `read` goes on where it stopped."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._by_author: defaultdict[str, list[Letter]] = defaultdict(list)
        self._mids: set[str] = set()  # webhooks may come twice
        self._deliveries_read = 0

    def of(self, author_id: str) -> list[Letter]:
        """Somebody's letters, oldest first."""
        return self._by_author[author_id]

    def read(self) -> None:
        """Read what was delivered meanwhile."""
        fresh = self._books.webhooks.deliveries[self._deliveries_read :]
        self._deliveries_read += len(fresh)
        for delivery in fresh:
            if b'"messaging"' in delivery.body:
                for entry in json.loads(delivery.body)["entry"]:
                    for event in entry.get("messaging", ()):
                        self._keep(entry["id"], event)

    def _keep(self, page_id: str, event: dict[str, Any]) -> None:
        said = event.get("message") or event.get("postback") or {}
        talk = self._books.conversations.get((page_id, event["sender"]["id"]))  # none for an echo: the Page speaks
        mid, text = str(said.get("mid")), said.get("text") or said.get("title")
        if talk is None or not text or mid in self._mids:
            return
        self._mids.add(mid)
        self._by_author[talk.person.author_id].append(Letter(at=event["timestamp"] / 1000, text=text))
