"""Where a seller sells: every invoice and link belongs to one of their locations."""

from __future__ import annotations

from adapters.square.client import ONCE, Answer, Client, rows
from bot.kit.errors import OutcomeUnknown, Refused

CODE = "SQUARE_LOCATION_NOT_FOUND"


class Places:
    """The locations of one account, and which of them is ours."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._location_id = client.settings.location_id

    async def all(self) -> list[Answer]:
        """Every location, asked now. https://developer.squareup.com/reference/square/locations-api/list-locations"""
        answer = await self._client.call(lambda: self._client.api.locations.list(request_options=ONCE))
        return [one for one in rows(answer, "locations") if one.get("id")]

    async def ours(self) -> Answer:
        """The location that was chosen, or the only one that is active; raises Refused with those there are."""
        return choose(await self.all(), self._location_id)

    async def id(self) -> str:
        """Its id; Square is asked at most once."""
        if not self._location_id:
            self._location_id = str((await self.ours())["id"])
        return self._location_id


def choose(locations: list[Answer], wanted: str) -> Answer:
    """The location with this id, or without one the only active one."""
    active = [one for one in locations if one.get("status", "ACTIVE") == "ACTIVE"]
    found = [one for one in active if wanted in ("", one["id"])]
    if len(found) == 1:
        return found[0]
    if not locations:
        raise OutcomeUnknown("Square named no location.", code="unreadable")
    listed = (
        "; ".join(f"{one['id']} ({one.get('name') or 'without a name'})" for one in active[:20]) or "none is active"
    )
    if wanted:
        raise Refused(f"Square has no active location {wanted}. There are: {listed}.", code=CODE)
    raise Refused(f"Which location sells? Connect again with its id behind the token. There are: {listed}.", code=CODE)
