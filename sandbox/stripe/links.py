"""Payment links: a page that opens a checkout session for whoever comes, until it is closed."""

from __future__ import annotations

from sandbox.stripe import checkout
from sandbox.stripe.accounts import check_fee
from sandbox.stripe.books import Books, tidy
from sandbox.stripe.errors import Refused
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, listing, new

_AS_GIVEN = ("application_fee_amount", "customer_creation", "inactive_message", "submit_type", "transfer_data")


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/payment_links"""
    if not params["line_items"]:
        raise Refused("A payment link needs at least one line item.", param="line_items")
    items = checkout.items_of(books, params["line_items"])
    total = sum(item["amount_total"] for item in items)
    elsewhere = "transfer_data" in params
    check_fee(books, params.get("application_fee_amount"), total, "application_fee_amount", elsewhere=elsewhere)
    link = new(
        "payment_link",
        currency=items[0]["currency"],
        metadata=tidy(params.get("metadata", {})),
        payment_intent_data=_intent_data(params),
        restrictions=_restrictions(params),
        **{name: params[name] for name in _AS_GIVEN if name in params},
    )
    link["line_items"] = listing(f"/v1/payment_links/{link['id']}/line_items", items)
    link["url"] = f"{books.site}/l/{books.id}/{books.page_token(link['id'], 14)}"
    books.emit("payment_link.created", books.keep(link))
    return link


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/payment_links/{payment_link}"""
    return books.at("payment_link", id_, "payment_link")


def update(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/payment_links/{payment_link}"""
    link = books.at("payment_link", id_, "payment_link")
    changes = dict(params)
    if "restrictions" in changes:
        changes["restrictions"] = _restrictions(changes)
    previous = books.update(link, changes)
    if previous:
        books.emit("payment_link.updated", link, previous)
    return link


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/payment_links: links have no date, so that no list can be cut by one."""
    active = params.get("active")
    rows = books.newest("payment_link")
    return books.page(rows, params, "/v1/payment_links", lambda one: active in (None, one["active"]))


def list_items(books: Books, params: Params, id_: str) -> Resource:
    """GET /v1/payment_links/{payment_link}/line_items"""
    items = books.at("payment_link", id_, "payment_link")["line_items"]
    return books.page(items["data"], params, items["url"], lambda _item: True)


def visit(books: Books, link: Resource, reference: str | None = None) -> Resource:
    """What the link does for whoever opens it: a session of their own."""
    if not link["active"]:
        raise Refused(link["inactive_message"] or "This link is no longer active.", param="payment_link")
    data = {name: value for name, value in (link["payment_intent_data"] or {}).items() if value is not None}
    for name in ("application_fee_amount", "transfer_data"):
        if link[name] is not None:
            data[name] = link[name]
    return checkout.begin(
        books,
        [dict(item) for item in link["line_items"]["data"]],
        data,
        client_reference_id=reference,
        customer_creation=link["customer_creation"],
        metadata=dict(link["metadata"]),
        payment_link=link["id"],
        success_url=f"{books.site}/l/{books.id}/thanks",
    )


def _restrictions(params: Params) -> Resource | None:
    given = params.get("restrictions")
    return given and {"completed_sessions": {"count": 0, "limit": given["completed_sessions"]["limit"]}}


def _intent_data(params: Params) -> Resource | None:
    names = ("description", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix")
    given = params.get("payment_intent_data")
    return given and dict.fromkeys((*names, "capture_method", "transfer_group")) | {"metadata": {}} | given
