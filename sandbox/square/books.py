"""The books of one merchant: what there is, and what has happened to it."""

from __future__ import annotations

import copy
import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.square.errors import Refused, not_found

Json = dict[str, Any]

PAGE = 100

_ALPHABET = "ABCDEFGHJKLMNPQRSTVWXYZ0123456789"


class Books:
    """One merchant's. Resources are plain dictionaries; names with an underscore are ours and never shown."""

    def __init__(
        self,
        merchant_id: str,
        *,
        name: str,
        country: str,
        currency: str,
        now: Callable[[], float],
        announce: Callable[[Books, Json], None],
    ) -> None:
        self.id = merchant_id
        self.site = ""
        """Where the buyers' pages are."""
        self.refunds_wait = False
        """Whether refunds stay PENDING until somebody settles them."""
        self.applications: set[str] = set()
        """Applications this seller has agreed to."""
        self._now = now
        self._announce = announce
        self._kept: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        self._numbers = itertools.count(1)
        self.counts: dict[tuple[str, str], str] = {}
        """How many of (variation, location) there are, as Square writes it."""
        self.sales: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
        """When how many of them were sold over the counter."""
        self.merchant: Json = {
            "id": merchant_id,
            "business_name": name,
            "country": country,
            "language_code": "en-US",
            "currency": currency,
            "status": "ACTIVE",
            "created_at": self.time(),
        }

    def add_location(self, location_id: str, name: str, *, active: bool = True) -> Json:
        """Open another place of business; the first is the main one."""
        self.merchant.setdefault("main_location_id", location_id)
        return self.keep(
            "location",
            {
                "id": location_id,
                "name": name,
                "timezone": "America/Los_Angeles",
                "capabilities": ["CREDIT_CARD_PROCESSING", "AUTOMATIC_TRANSFERS"],
                "status": "ACTIVE" if active else "INACTIVE",
                "created_at": self.time(),
                "merchant_id": self.id,
                "country": self.merchant["country"],
                "language_code": "en-US",
                "currency": self.merchant["currency"],
                "business_name": self.merchant["business_name"],
                "type": "PHYSICAL",
                "mcc": "7299",
            },
        )

    # Time and ids

    @property
    def now(self) -> datetime:
        """The moment."""
        return datetime.fromtimestamp(self._now(), UTC)

    def time(self) -> str:
        """The moment, as Square writes it."""
        return self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def new_id(self, length: int = 26) -> str:
        """An id nobody had before."""
        digest = hashlib.sha512(f"{self.id}/{next(self._numbers)}".encode()).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])

    # What there is

    def keep(self, kind: str, resource: Json) -> Json:
        """Put something new on the books."""
        self._kept[kind][resource["id"]] = resource
        return resource

    def all(self, kind: str) -> Iterator[Json]:
        """Everything of a kind, oldest first."""
        yield from list(self._kept[kind].values())

    def get(self, kind: str, id_: str) -> Json | None:
        """One thing, or None."""
        return self._kept[kind].get(id_)

    def at(self, kind: str, id_: str) -> Json:
        """One thing of an address; 404 when there is none."""
        found = self.get(kind, id_)
        if found is None:
            raise not_found(kind.replace("_", " ").capitalize(), id_)
        return found

    def drop(self, kind: str, id_: str) -> None:
        """Take something off the books."""
        del self._kept[kind][id_]

    def touch(self, resource: Json) -> None:
        """Something was changed: a new version, at a new moment."""
        resource["version"] = resource.get("version", 0) + 1
        resource["updated_at"] = self.time()

    def location(self, id_: str, field: str) -> Json:
        """An active location that a request names."""
        found = self.get("location", id_)
        if found is None:
            raise Refused("INVALID_LOCATION", f"Location `{id_}` is not one of this merchant's.", field=field)
        if found["status"] != "ACTIVE":
            raise Refused("INVALID_LOCATION", f"Location `{id_}` is not active.", field=field)
        return found

    # What has happened

    def emit(self, type_: str, noun: str, id_: str, about: Json | None, *, location: str | None = None) -> Json:
        """Note an event, and tell whoever has subscribed to it."""
        data: Json = {"type": noun, "id": id_}
        if about is None:
            data["deleted"] = True
        else:
            data["object"] = {noun: shown(about)}
        event: Json = {
            "merchant_id": self.id,
            "type": type_,
            "event_id": self._event_id(),
            "created_at": self.time(),
            "data": data,
        }
        if location:
            event["location_id"] = location
        self.keep("event", event | {"id": event["event_id"]})
        self._announce(self, event)
        return event

    def summary(self) -> Json:
        """Counts: customers, invoices by status, links, and what came in."""
        return {
            "customers": sum(1 for _ in self.all("customer")),
            "invoices": dict(Counter(one["status"] for one in self.all("invoice"))),
            "orders": dict(Counter(one["state"] for one in self.all("order"))),
            "links": sum(1 for _ in self.all("payment_link")),
            "paid": sum(one["amount_money"]["amount"] for one in self.all("payment") if one["status"] == "COMPLETED"),
            "events": sum(1 for _ in self.all("event")),
        }

    def _event_id(self) -> str:
        digest = hashlib.sha256(f"{self.id}/event/{next(self._numbers)}".encode()).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def shown(resource: Json) -> Json:
    """As anybody outside sees it."""
    return {name: copy.deepcopy(value) for name, value in resource.items() if not name.startswith("_")}


def page(found: list[Json], asked: Json, name: str, *, most: int = PAGE) -> Json:
    """One page of a list, and the cursor of the next."""
    cursor = asked.get("cursor")
    try:
        start = int(cursor) if cursor else 0
    except ValueError:
        raise Refused("INVALID_CURSOR", "The cursor is not one of ours.", field="cursor") from None
    size = min(int(asked.get("limit") or most), most)
    these = found[start : start + size]
    answer: Json = {name: [shown(one) for one in these]} if these else {}
    if start + size < len(found):
        answer["cursor"] = str(start + size)
    return answer


def ordered(found: list[Json], name: str, direction: str) -> list[Json]:
    """A list by a field, in this direction."""
    return sorted(found, key=lambda one: str(one.get(name, "")), reverse=direction == "DESC")


def within(found: list[Json], name: str, times: Json) -> list[Json]:
    """Those whose field lies between two moments."""
    start, end = (datetime.fromisoformat(times[key]) if key in times else None for key in ("start_at", "end_at"))
    kept = []
    for one in found:
        moment = datetime.fromisoformat(one[name])
        if (start is None or moment >= start) and (end is None or moment < end):
            kept.append(one)
    return kept
