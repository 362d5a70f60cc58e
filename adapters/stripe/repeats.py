"""Doing a thing at Stripe once: under a key of ours, and looked for by our mark when the key is of no use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.stripe.client import Client, KeySpent
from bot.kit.errors import Busy, OutcomeUnknown

if TYPE_CHECKING:
    import stripe
    from stripe import RequestOptions

Answer = dict[str, Any]

KEYS_LAST = timedelta(hours=23)
"""Stripe keeps keys for at least 24 hours. https://docs.stripe.com/api/idempotent_requests"""

PAGE = 100
"""The most there are on a page. https://docs.stripe.com/api/pagination"""

_CLOCKS_DIFFER = timedelta(hours=1)
_MOST_KEYS = 9


async def once(
    client: Client,
    key: str,
    post: Callable[[RequestOptions], Awaitable[stripe.StripeObject]],
    done: Callable[[], Awaitable[Answer | None]],
) -> Answer:
    """Post under `key`. When Stripe fails, ask whether it is `done`; if not, post once more under the same key.

    Only what Stripe keeps under a key is passed by, under the next one: whatever failed on the way may still be at it.
    The next keys are as predictable as the first, so two processes at the same order still do it once.
    """
    failures, number = 0, 1
    while True:
        try:
            return await client.call(post({"idempotency_key": key if number == 1 else f"{key}-{number}"}))
        except KeySpent as spent:
            answer = await done()
            if answer is not None:
                return answer
            if spent.retry_after is not None and spent.again:
                raise Busy(spent.message, code=spent.code, retry_after=spent.retry_after) from spent
            failures += spent.failed_now
            if failures == 2 or number == _MOST_KEYS or not spent.again:
                raise
            number += not spent.failed_now


async def find(
    client: Client,
    listing: Callable[[Any], Awaitable[stripe.StripeObject]],
    mark: Mapping[str, str],
    *,
    since: datetime | None = None,
    most: int | None = None,
    wanted: Mapping[str, str] | None = None,
) -> Answer | None:
    """The newest since then, of so many that are as wanted, that bears our mark.

    Lists are up to date at once; searches are not.
    """
    params: Answer = {"limit": PAGE, **(wanted or {})}
    if since is not None:
        params["created"] = {"gte": int((since - _CLOCKS_DIFFER).timestamp())}
    seen = 0
    while True:
        page = await client.call(listing(params))
        found: list[Answer] = page.get("data") or []
        for answer in found:
            if (answer.get("metadata") or {}).items() >= mark.items():
                return answer
        seen += len(found)
        if not page.get("has_more") or not found or (most is not None and seen >= most):
            return None
        params["starting_after"] = found[-1]["id"]


async def every(
    client: Client, listing: Callable[[Any], Awaitable[stripe.StripeObject]], **wanted: Any
) -> list[Answer]:
    """All there is on a list, newest first."""
    params: Answer = {"limit": PAGE, **wanted}
    found: list[Answer] = []
    while True:
        page = await client.call(listing(params))
        data: list[Answer] = page.get("data") or []
        found += data
        if not page.get("has_more") or not data:
            return found
        params["starting_after"] = data[-1]["id"]


def id_of(answer: Answer) -> str:
    """What Stripe calls the thing it answers with."""
    given = answer.get("id")
    if not isinstance(given, str) or not given:
        raise OutcomeUnknown("Stripe's answer names nothing.", code="unreadable")
    return given


def id_in(answer: Answer, name: str) -> str | None:
    """The id of another thing that this one names, whether or not it is shown whole."""
    given = answer.get(name)
    if isinstance(given, dict):
        given = given.get("id")
    return given if isinstance(given, str) and given else None
