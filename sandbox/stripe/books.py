"""One account's books: every object it owns, and the event each change leaves behind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

from sandbox.stripe.errors import Refused, not_found
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, listing, merged, new, random_text

_ON_REQUEST = {
    "checkout.session": ("line_items",),
    "customer": ("invoice_credit_balance",),
    "invoice": ("payments",),
    "payment_link": ("line_items",),
}
"""Fields an answer has only when asked for with `expand`. https://docs.stripe.com/api/expanding_objects"""

_EMBEDDED = 10
"""How many entries a list inside an object shows; the rest is behind its URL."""

Announce = Callable[["Books", Resource], None]


class Books:
    """The objects of one account, by kind and id, in the order they came."""

    def __init__(
        self,
        account_id: str,
        *,
        name: str,
        country: str,
        currency: str,
        now: Callable[[], int],
        announce: Announce,
    ) -> None:
        self.now = now
        self.account = new(
            "account", id=account_id, country=country, created=now(), default_currency=currency, metadata={}
        )
        self.account["business_profile"]["name"] = name
        self.account["settings"]["dashboard"]["display_name"] = name
        self.site = ""
        """Base URL of the pages this account's buyers see."""
        self.request: Resource = {"id": None, "idempotency_key": None}
        """The API request being carried out, as its events will name it."""
        self.delivered = 0
        """Webhooks its endpoints have accepted."""
        self.connected: dict[str, Books] = {}
        """Accounts that let this one act for them, as a Connect platform."""
        self.platforms: list[Books] = []
        """Accounts that may act for this one."""
        self.balance_settings = new("balance_settings")
        self.forms: dict[str, Resource] = {}
        """The links to its onboarding form that were given out, by what they end with."""
        self.open_account: Callable[[str, str, str], Books] = _no_accounts
        """Opens the books of an account under this one: its id, country and currency."""
        self.tokens: dict[str, str] = {}
        """What a page is about, by the unguessable part of its address: the id of an invoice, a link or a customer."""
        self.acting: str | None = None
        """The platform that asks for what is being carried out, when it is not the account itself."""
        self._shelves: defaultdict[str, dict[str, Resource]] = defaultdict(dict)
        self._announce = announce

    @property
    def id(self) -> str:
        """The account's id, acct_…"""
        return str(self.account["id"])

    def keep(self, resource: Resource) -> Resource:
        """Put an object on its shelf."""
        self._shelves[resource["object"]][resource["id"]] = resource
        return resource

    def discard(self, resource: Resource) -> Resource:
        """Forget an object; what is left to say about it."""
        del self._shelves[resource["object"]][resource["id"]]
        return {"id": resource["id"], "object": resource["object"], "deleted": True}

    def all(self, kind: str) -> Iterator[Resource]:
        """Every object of a kind, oldest first."""
        return iter(list(self._shelves[kind].values()))

    def newest(self, kind: str) -> list[Resource]:
        """Every object of a kind, newest first, as lists show them."""
        return list(reversed(self._shelves[kind].values()))

    def get(self, kind: str, id_: str) -> Resource | None:
        """An object, if it is there and not deleted."""
        found = self._shelves[kind].get(id_)
        return None if found is None or found.get("deleted") else found

    def at(self, kind: str, id_: str, param: str = "id") -> Resource:
        """The object an address names, or 404."""
        if (found := self.get(kind, id_)) is None:
            raise not_found(kind, id_, param, status=404)
        return found

    def named(self, kind: str, id_: str, param: str) -> Resource:
        """The object a parameter names, or 400."""
        if (found := self.get(kind, id_)) is None:
            raise not_found(kind, id_, param)
        return found

    def page_token(self, id_: str, length: int = 60) -> str:
        """The unguessable part of a new address for a page."""
        token = f"test_{random_text(length)}"
        self.tokens[token] = id_
        return token

    def emit(self, type_: str, resource: Resource, previous: dict[str, Any] | None = None) -> Resource:
        """Record that something happened, as it looks now, and tell the endpoints."""
        data: dict[str, Any] = {"object": self.present(resource)}
        if previous is not None:
            data["previous_attributes"] = deepcopy(previous)
        event = self.keep(new("event", type=type_, created=self.now(), data=data, request=dict(self.request)))
        self._announce(self, event)
        return event

    def update(self, resource: Resource, changes: Params) -> dict[str, Any]:
        """Change an object's fields, metadata key by key; what they were before."""
        if "metadata" in changes:
            changes = changes | {"metadata": tidy(changes["metadata"], resource["metadata"])}
        previous = {name: resource[name] for name, value in changes.items() if resource[name] != value}
        resource.update(changes)
        return previous

    def page(self, rows: Sequence[Resource], params: Params, url: str, keep: Callable[[Resource], bool]) -> Resource:
        """One page of `rows` that pass `keep`. https://docs.stripe.com/api/pagination"""
        cursor = params.get("starting_after") or params.get("ending_before")
        if params.get("starting_after") and params.get("ending_before"):
            raise Refused("You can only use one of starting_after or ending_before.", param="ending_before")
        limit = params.get("limit", 10)
        wanted = [row for row in rows if keep(row) or row["id"] == cursor]
        if cursor is None:
            found = wanted
        else:
            backwards = "ending_before" in params
            at = next((place for place, row in enumerate(wanted) if row["id"] == cursor), None)
            if at is None:
                kind = url.removeprefix("/v1/").split("/")[0].removesuffix("s")
                raise not_found(kind, cursor, "ending_before" if backwards else "starting_after")
            found = list(reversed(wanted[:at])) if backwards else wanted[at + 1 :]
        shown = found[:limit]
        if "ending_before" in params:
            shown.reverse()
        return listing(url, [self.present(row) for row in shown], has_more=len(found) > limit)

    def present(self, resource: Resource, expand: Sequence[str] = ()) -> Resource:
        """An object as it is sent: without our notes (`_…`), long lists cut, `expand` followed."""
        hidden = _ON_REQUEST.get(str(resource.get("object")), ())
        shown = {name: value for name, value in resource.items() if name[0] != "_" and name not in hidden}
        if "lines" in shown:
            lines = shown["lines"]["data"]
            counts = {"has_more": len(lines) > _EMBEDDED, "total_count": len(lines)}
            shown["lines"] = shown["lines"] | counts | {"data": lines[:_EMBEDDED]}
        shown = deepcopy(shown)
        for at, path in enumerate(expand):
            parts = path.split(".")
            if len(parts) > 4:
                raise Refused("You can only expand up to 4 levels of a property.", param=f"expand[{at}]")
            self._expand(shown, parts, path)
        return shown

    def _expand(self, value: Any, parts: Sequence[str], path: str) -> None:
        if isinstance(value, list):
            for one in value:
                self._expand(one, parts, path)
            return
        if value is None:
            return
        name, *deeper = parts
        cannot = Refused(f"This property cannot be expanded ({path}).", param="expand")
        if not isinstance(value, dict):
            raise cannot
        if name in _ON_REQUEST.get(str(value.get("object")), ()) and name not in value:
            value[name] = self._on_request(value, name)
        elif name not in value:
            raise cannot
        if isinstance(value[name], str):
            found = next((shelf[value[name]] for shelf in self._shelves.values() if value[name] in shelf), None)
            if found is None:
                raise cannot
            value[name] = self.present(found)
        elif not isinstance(value[name], dict | list | None):
            raise cannot
        if deeper:
            self._expand(value[name], deeper, path)

    def _on_request(self, shown: Resource, name: str) -> Any:
        if name == "payments":
            made = [one for one in self.all("invoice_payment") if one["invoice"] == shown["id"]]
            return listing(f"/v1/invoice_payments?invoice={shown['id']}", [self.present(one) for one in made])
        return deepcopy(self._shelves[shown["object"]][shown["id"]][name])

    def summary(self) -> dict[str, Any]:
        """What a test or a person wants to know at a glance."""
        invoices = list(self.all("invoice"))
        return {
            "customers": sum(1 for one in self.all("customer") if not one.get("deleted")),
            "invoices": dict(Counter(one["status"] for one in invoices)),
            "paid_total": sum(one["amount_paid"] for one in invoices),
            "events": sum(1 for _ in self.all("event")),
            "webhooks_delivered": self.delivered,
        }


def _no_accounts(_id: str, _country: str, _currency: str) -> Books:
    raise Refused("You can only create new accounts if you've signed up for Connect.", status=400)


def tidy(given: dict[str, str] | None, existing: dict[str, str] | None = None) -> dict[str, str]:
    """Metadata after `given` is applied; 50 keys at most."""
    result = merged(existing or {}, given)
    if len(result) > 50:
        raise Refused(f"Metadata can have up to 50 keys, but you passed in {len(result)} keys.", param="metadata")
    return result


def since(moment: int | None, bound: Any) -> bool:
    """Whether a time passes a `created`-like filter: a number, or gt, gte, lt, lte."""
    if bound is None:
        return True
    if moment is None:
        return False
    if isinstance(bound, int):
        return moment == bound
    return bool(
        moment > bound.get("gt", -1)
        and moment >= bound.get("gte", 0)
        and moment < bound.get("lt", 2**62)
        and moment <= bound.get("lte", 2**62)
    )
