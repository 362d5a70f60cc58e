"""How many there are of a thing. https://developer.squareup.com/docs/inventory-api/what-it-does"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.square.books import Books, Json
from sandbox.square.errors import Refused, not_found


def batch_retrieve(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/inventory/counts/batch-retrieve"""
    counts = [
        _count(books, variation, location)
        for variation, location in books.counts
        if variation in asked.get("catalog_object_ids", [variation])
        and location in asked.get("location_ids", [location])
        and "IN_STOCK" in asked.get("states", ["IN_STOCK"])
    ]
    return {"counts": counts} if counts else {}


def batch_change(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/inventory/changes/batch-create: here, only counts."""
    for number, change in enumerate(asked.get("changes", [])):
        field = f"changes[{number}].physical_count"
        count = change.get("physical_count", {})
        for name in ("catalog_object_id", "state", "location_id", "quantity", "occurred_at"):
            if name not in count:
                raise Refused("MISSING_REQUIRED_PARAMETER", f"Missing `{name}`.", field=f"{field}.{name}")
        moment = datetime.fromisoformat(count["occurred_at"])
        if not books.now - timedelta(hours=24) <= moment <= books.now + timedelta(seconds=1):
            raise Refused("INVALID_TIME", "Older than a day, or in the future.", field=f"{field}.occurred_at")
        books.location(count["location_id"], f"{field}.location_id")
        if (count["catalog_object_id"], count["location_id"]) not in books.counts:
            raise not_found("Catalog object", count["catalog_object_id"], f"{field}.catalog_object_id", status=400)
    told = []
    for change in asked.get("changes", []):
        count = change["physical_count"]
        where = (count["catalog_object_id"], count["location_id"])
        counted = datetime.fromisoformat(count["occurred_at"])
        since = sum(pieces for moment, pieces in books.sales.get(where, []) if moment > counted)
        books.counts[where] = str(Decimal(count["quantity"]) - since)
        told.append(_count(books, *where))
    books.emit("inventory.count.updated", "inventory_counts", books.new_id(20), {"counts": told})
    return {"counts": told}


def sell(books: Books, variation: str, location: str, pieces: int) -> None:
    """Somebody buys over the counter; fewer when negative. A count of an earlier moment does not undo it."""
    where = variation, location
    books.sales.setdefault(where, []).append((books.now, pieces))
    books.counts[where] = str(Decimal(books.counts[where]) - pieces)
    books.emit("inventory.count.updated", "inventory_counts", books.new_id(20), {"counts": [_count(books, *where)]})


def _count(books: Books, variation: str, location: str) -> Json:
    return {
        "catalog_object_id": variation,
        "catalog_object_type": "ITEM_VARIATION",
        "state": "IN_STOCK",
        "location_id": location,
        "quantity": books.counts[variation, location],
        "calculated_at": books.time(),
    }
