"""Invoice lines and the loose invoice items that become lines."""

from __future__ import annotations

from decimal import Decimal

from sandbox.stripe import money
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.catalog import inline_price
from sandbox.stripe.errors import Refused, missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, new

MOST_LINES = 250
"""https://docs.stripe.com/api/invoices/add_lines"""


def add_lines(books: Books, params: Params, id_: str) -> Resource:
    """POST /v1/invoices/{invoice}/add_lines"""
    invoice = editable(books.at("invoice", id_, "invoice"))
    added = []
    for at, given in enumerate(params["lines"]):
        where = f"lines[{at}]"
        if item_id := given.get("invoice_item"):
            item = books.named("invoiceitem", item_id, f"{where}[invoice_item]")
            if item["invoice"]:
                raise Refused("This invoice item is already on an invoice.", param=f"{where}[invoice_item]")
            added.append(_line_of(item, invoice))
        else:
            amount = _priced(books, given, invoice["currency"], where)
            added.append(new("line_item", **_entry(books, given, invoice["currency"]), **amount))
    if "invoice_metadata" in params:
        invoice["metadata"] = tidy(params["invoice_metadata"], invoice["metadata"])
    before = invoice["total"]
    put_lines(books, invoice, added)
    books.emit("invoice.updated", invoice, {"total": before})
    return invoice


def list_lines(books: Books, params: Params, id_: str) -> Resource:
    """GET /v1/invoices/{invoice}/lines"""
    invoice = books.at("invoice", id_, "invoice")
    return books.page(invoice["lines"]["data"], params, f"/v1/invoices/{id_}/lines", lambda _line: True)


def create_item(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/invoiceitems: onto the draft named, or pending until an invoice includes it."""
    if not params.get("customer"):
        raise missing("customer")
    customer = books.named("customer", params["customer"], "customer")
    invoice = None
    if params.get("invoice"):
        invoice = editable(books.named("invoice", params["invoice"], "invoice"))
        if invoice["customer"] != customer["id"]:
            raise Refused("The invoice belongs to another customer.", param="invoice")
    data = params.get("price_data")
    currency = params.get("currency") or (data or {}).get("currency") or (invoice or {}).get("currency")
    if "pricing" in params:
        currency = books.named("price", params["pricing"].get("price") or "", "pricing[price]")["currency"]
    if not currency:
        raise missing("currency")
    currency = money.currency(currency)
    if invoice is not None and currency != invoice["currency"]:
        raise _mixed(invoice["currency"], currency, "currency")
    customer["currency"] = customer["currency"] or currency
    item = new(
        "invoiceitem",
        customer=customer["id"],
        date=books.now(),
        **_entry(books, params, currency),
        **_priced(books, params, currency, ""),
    )
    item["net_amount"] = item["amount"]
    if invoice is not None:
        put_lines(books, invoice, [_line_of(item, invoice)])
        item["invoice"] = invoice["id"]
    books.keep(item)
    books.emit("invoiceitem.created", item)
    return item


def retrieve_item(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/invoiceitems/{invoiceitem}"""
    return books.at("invoiceitem", id_, "invoiceitem")


def delete_item(books: Books, _params: Params, id_: str) -> Resource:
    """DELETE /v1/invoiceitems/{invoiceitem}: while it is pending, or its invoice a draft."""
    item = books.at("invoiceitem", id_, "invoiceitem")
    if item["invoice"]:
        invoice = editable(books.at("invoice", item["invoice"]))
        rest = [line for line in invoice["lines"]["data"] if _item_of(line) != id_]
        invoice["lines"]["data"] = []
        put_lines(books, invoice, rest)
    books.emit("invoiceitem.deleted", item)
    return books.discard(item)


def list_items(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/invoiceitems"""
    return books.page(
        books.newest("invoiceitem"),
        params,
        "/v1/invoiceitems",
        lambda one: (
            params.get("customer") in (None, one["customer"])
            and params.get("invoice") in (None, one["invoice"])
            and params.get("pending") in (None, one["invoice"] is None)
            and since(one["date"], params.get("created"))
        ),
    )


def take_pending(books: Books, invoice: Resource) -> None:
    """Put the customer's pending items in the invoice's currency on it."""
    waiting = [
        one
        for one in books.all("invoiceitem")
        if one["customer"] == invoice["customer"] and not one["invoice"] and one["currency"] == invoice["currency"]
    ]
    put_lines(books, invoice, [_line_of(item, invoice) for item in waiting[:MOST_LINES]])


def put_lines(books: Books, invoice: Resource, added: list[Resource]) -> None:
    """Append lines, all or none, and add the invoice up again."""
    lines = [*invoice["lines"]["data"], *added]
    if len(lines) > MOST_LINES:
        raise Refused(f"Invoices can have up to {MOST_LINES} line items.", param="lines")
    for line in added:
        line |= {"invoice": invoice["id"], "subtotal": line["amount"]}
        if (item_id := _item_of(line)) and (item := books.get("invoiceitem", item_id)):
            item["invoice"] = invoice["id"]
    invoice["lines"]["data"] = lines
    total = sum(line["amount"] for line in lines)
    for name in ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"):
        invoice[name] = total
    invoice["amount_due"] = invoice["amount_remaining"] = max(total, 0)


def editable(invoice: Resource) -> Resource:
    """The invoice, if it is still a draft."""
    if invoice["status"] != "draft":
        raise Refused(
            "This invoice is no longer editable: only draft invoices can be changed in this way.",
            code="invoice_not_editable",
            param="invoice",
        )
    return invoice


def _priced(books: Books, given: Params, currency: str, where: str) -> Params:
    """Amount, quantity and pricing, from exactly one of the ways to say a price."""
    names = {name: f"{where}[{name}]" if where else name for name in (*_WAYS, "quantity")}
    ways = [name for name in _WAYS if name in given]
    if not ways:
        raise missing(names["amount"])
    if len(ways) > 1:
        listed = ", ".join(names[name] for name in ways)
        raise Refused(f"You may only specify one of these parameters: {listed}.", param=names[ways[0]])
    way, quantity = ways[0], given.get("quantity", 1)
    pricing: Params = {"price_details": None, "type": "price_details"}
    if way == "amount":
        amount = given["amount"]
        unit = Decimal(amount) / quantity if quantity else Decimal(amount)
    elif way == "unit_amount_decimal":
        unit = given[way]
        amount = money.times(unit, quantity)
    else:
        if way == "price_data":
            price = inline_price(books, given[way], names[way])
        else:
            price = books.named("price", given[way].get("price") or "", f"{names[way]}[price]")
        if price["currency"] != currency:
            raise _mixed(currency, price["currency"], f"{names[way]}[currency]")
        unit = Decimal(price["unit_amount_decimal"])
        amount = money.times(unit, quantity)
        pricing["price_details"] = {"price": price["id"], "product": price["product"]}
    money.within_limit(amount, currency, names[way])
    return {
        "amount": amount,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "pricing": pricing | {"unit_amount_decimal": money.plain(round(unit, 12))},
    }


_WAYS = ("amount", "unit_amount_decimal", "price_data", "pricing")


def _mixed(wanted: str, given: str, param: str) -> Refused:
    return Refused(
        f"The currency of an invoice item ({given}) must match the currency of its invoice ({wanted}).",
        param=param,
    )


def _entry(books: Books, given: Params, currency: str) -> Params:
    """What a line and an invoice item have in common besides their price."""
    described = given.get("description")
    if described is None and (data := given.get("price_data", {}).get("product_data")):
        described = data["name"]
    return {
        "currency": currency,
        "description": described,
        "discountable": given.get("discountable", True),
        "metadata": tidy(given.get("metadata", {})),
        "period": given.get("period") or {"start": books.now(), "end": books.now()},
    }


def _line_of(item: Resource, invoice: Resource) -> Resource:
    if item["currency"] != invoice["currency"]:
        raise _mixed(invoice["currency"], item["currency"], "currency")
    shared = (
        "amount",
        "currency",
        "description",
        "discountable",
        "metadata",
        "period",
        "pricing",
        "quantity",
    )
    line = new("line_item", **{name: item[name] for name in shared}, quantity_decimal=item["quantity_decimal"])
    line["parent"]["invoice_item_details"]["invoice_item"] = item["id"]
    return line


def _item_of(line: Resource) -> str | None:
    item: str | None = (line["parent"] or {}).get("invoice_item_details", {}).get("invoice_item")
    return item
