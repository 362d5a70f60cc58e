"""Products and prices: what an invoice line or a checkout line can be priced by."""

from __future__ import annotations

from decimal import Decimal

from sandbox.stripe import money
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused, missing
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, new


def create_product(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/products"""
    product = new("product", created=books.now(), updated=books.now()) | _with_tidy_metadata(params)
    if books.get("product", product["id"]):
        raise Refused("Product already exists.", code="resource_already_exists")
    books.keep(product)
    books.emit("product.created", product)
    return product


def find_products(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/products"""
    active = params.get("active")
    return books.page(
        books.newest("product"),
        params,
        "/v1/products",
        lambda one: active in (None, one["active"]) and since(one["created"], params.get("created")),
    )


def retrieve_product(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/products/{id}"""
    return books.at("product", id_)


def create_price(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/prices"""
    given = _with_tidy_metadata(params)
    currency = money.currency(given.pop("currency"))
    unit = unit_amount(given)
    product = _product(books, given, "")
    for name in ("unit_amount", "unit_amount_decimal", "product", "product_data"):
        given.pop(name, None)
    price = books.keep(_price(books, product, unit, currency) | given)
    books.emit("price.created", price)
    return price


def retrieve_price(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/prices/{price}"""
    return books.at("price", id_)


def inline_price(books: Books, data: Params, where: str) -> Resource:
    """The price a `price_data` parameter describes; Stripe keeps it, inactive, with its product."""
    currency = money.currency(data["currency"], f"{where}[currency]")
    unit = unit_amount(data, where)
    price = books.keep(_price(books, _product(books, data, where), unit, currency))
    price["active"] = False
    return price


def recurring_price(books: Books, data: Params, where: str) -> Resource:
    """The price a subscription's `price_data` describes, for a product that is there."""
    price = inline_price(books, data, where)
    price["type"] = "recurring"
    price["recurring"] = {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed"}
    price["recurring"] |= data["recurring"]
    return price


def unit_amount(data: Params, where: str = "") -> Decimal:
    """The price of one, from whichever of the two parameters is there."""
    names = [f"{where}[{name}]" if where else name for name in ("unit_amount", "unit_amount_decimal")]
    given = [data[name] for name in ("unit_amount", "unit_amount_decimal") if name in data]
    if not given:
        raise missing(names[0])
    if len(given) > 1:
        raise Refused(f"You may only specify one of these parameters: {', '.join(names)}.", param=names[0])
    return Decimal(given[0])


def _product(books: Books, data: Params, where: str) -> Resource:
    product, product_data = [f"{where}[{name}]" if where else name for name in ("product", "product_data")]
    if ("product" in data) == ("product_data" in data):
        if "product" in data:
            raise Refused(f"You may only specify one of these parameters: {product}, {product_data}.", param=product)
        raise missing(product)
    if "product" in data:
        return books.named("product", data["product"] or "", product)
    return create_product(books, data["product_data"], "")


def _price(books: Books, product: Resource, unit: Decimal, currency: str) -> Resource:
    whole = int(unit) if unit == unit.to_integral_value() else None
    if whole is not None:
        money.within_limit(whole, currency, "unit_amount")
    return new(
        "price",
        created=books.now(),
        currency=currency,
        product=product["id"],
        unit_amount=whole,
        unit_amount_decimal=money.plain(unit),
    )


def _with_tidy_metadata(params: Params) -> Params:
    given = {name: value for name, value in params.items() if value is not None}
    return given | {"metadata": tidy(params.get("metadata", {}))}
