"""Customers and orders: who buys, what, and what it comes to.

https://developer.squareup.com/docs/orders-api/how-it-works/order-calculations
"""

from __future__ import annotations

from sandbox.square.books import Books, Json, ordered, page, shown, within
from sandbox.square.errors import Refused, version_mismatch


def create_customer(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/customers"""
    if not any(asked.get(name) for name in ("given_name", "family_name", "company_name", "email_address")):
        raise Refused(
            "BAD_REQUEST",
            "At least one of `given_name`, `family_name`, `company_name`, `email_address`, or `phone_number` is "
            "required for a customer.",
        )
    made = {name: value for name, value in asked.items() if name != "idempotency_key"}
    now = books.time()
    customer = books.keep(
        "customer",
        {
            "id": books.new_id(),
            "created_at": now,
            "updated_at": now,
            **made,
            "preferences": {"email_unsubscribed": False},
            "creation_source": "THIRD_PARTY",
            "version": 0,
        },
    )
    books.emit("customer.created", "customer", customer["id"], customer)
    return {"customer": shown(customer)}


def get_customer(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/customers/{customer_id}"""
    return {"customer": shown(books.at("customer", id_))}


def delete_customer(books: Books, _asked: Json, id_: str) -> Json:
    """DELETE /v2/customers/{customer_id}"""
    customer = books.at("customer", id_)
    books.drop("customer", id_)
    books.emit("customer.deleted", "customer", id_, customer)
    return {}


def search_customers(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/customers/search"""
    query = asked.get("query", {})
    found = list(books.all("customer"))
    wanted = query.get("filter", {})
    if exact := wanted.get("reference_id", {}).get("exact"):
        found = [one for one in found if one.get("reference_id") == exact]
    if times := wanted.get("created_at"):
        found = within(found, "created_at", times)
    sort = query.get("sort", {})
    field = "created_at" if sort.get("field") == "CREATED_AT" else "given_name"
    answer = page(ordered(found, field, sort.get("order", "ASC")), asked, "customers")
    if asked.get("count"):
        answer["count"] = len(found)
    return answer


def create_order(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/orders"""
    if "order" not in asked:
        raise Refused("MISSING_REQUIRED_PARAMETER", "Missing required parameter `order`.", field="order")
    return {"order": shown(add_order(books, asked["order"]))}


def add_order(books: Books, asked: Json, state: str = "OPEN") -> Json:
    """An order, added up."""
    location = books.location(asked["location_id"], "order.location_id")
    now = books.time()
    order: Json = {
        "id": books.new_id(28) + "ZY",
        "source": {"name": "Sandbox"},
        **asked,
        "state": state,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }
    _add_up(books, order, location["currency"])
    books.keep("order", order)
    told = {"order_id": order["id"], "version": 1, "location_id": location["id"], "state": state, "created_at": now}
    books.emit("order.created", "order_created", order["id"], told)
    return order


def get_order(books: Books, _asked: Json, id_: str) -> Json:
    """GET /v2/orders/{order_id}"""
    return {"order": shown(books.at("order", id_))}


def update_order(books: Books, asked: Json, id_: str) -> Json:
    """PUT /v2/orders/{order_id}: here, only its state."""
    order, change = books.at("order", id_), asked.get("order", {})
    if change.get("version", order["version"]) != order["version"]:
        raise version_mismatch(change["version"], order["version"])
    if state := change.get("state"):
        if order["state"] not in ("DRAFT", "OPEN"):
            raise Refused("BAD_REQUEST", f"Order is {order['state']} and cannot be changed.", field="order.state")
        if state == "CANCELED" and order.get("tenders"):
            raise Refused("BAD_REQUEST", "An order that is paid cannot be canceled.", field="order.state")
        set_state(books, order, state)
    return {"order": shown(order)}


def search_orders(books: Books, asked: Json, _id: str) -> Json:
    """POST /v2/orders/search"""
    if not asked.get("location_ids"):
        raise Refused("MISSING_REQUIRED_PARAMETER", "Specify at least one location.", field="location_ids")
    query = asked.get("query", {})
    wanted, sort = query.get("filter", {}), query.get("sort", {"sort_field": "CREATED_AT", "sort_order": "DESC"})
    found = [one for one in books.all("order") if one["location_id"] in asked["location_ids"]]
    if states := wanted.get("state_filter", {}).get("states"):
        found = [one for one in found if one["state"] in states]
    if times := wanted.get("date_time_filter", {}).get("created_at"):
        if sort["sort_field"] != "CREATED_AT":
            raise Refused("BAD_REQUEST", "The sort field must match the date time filter.", field="query.sort")
        found = within(found, "created_at", times)
    if who := wanted.get("customer_filter", {}).get("customer_ids"):
        found = [one for one in found if one.get("customer_id") in who]
    return page(ordered(found, sort["sort_field"].lower(), sort.get("sort_order", "DESC")), asked, "orders", most=500)


def set_state(books: Books, order: Json, state: str) -> None:
    """An order goes on to another state."""
    order["state"] = state
    if state != "OPEN":
        order["closed_at"] = books.time()
    tell_updated(books, order)


def tell_updated(books: Books, order: Json) -> None:
    """An order was changed."""
    books.touch(order)
    told = {
        "order_id": order["id"],
        "version": order["version"],
        "location_id": order["location_id"],
        "state": order["state"],
        "created_at": order["created_at"],
        "updated_at": order["updated_at"],
    }
    books.emit("order.updated", "order_updated", order["id"], told)


def due(order: Json) -> int:
    """What is still to be paid."""
    paid: int = sum(tender["amount_money"]["amount"] for tender in order.get("tenders", []))
    return int(order["total_money"]["amount"]) - paid


def _add_up(books: Books, order: Json, currency: str) -> None:
    lines = order.setdefault("line_items", [])
    for number, line in enumerate(lines):
        price = line.get("base_price_money")
        if price is None:
            raise Refused(
                "MISSING_REQUIRED_PARAMETER",
                "Base price is required for an ad hoc line item.",
                field=f"order.line_items[{number}].base_price_money",
            )
        _same(price, currency, f"order.line_items[{number}].base_price_money")
        if not line.get("name"):
            raise Refused("BAD_REQUEST", "A line item needs a name.", field=f"order.line_items[{number}].name")
        amount = price["amount"] * int(line["quantity"])
        line |= {
            "uid": books.new_id(22),
            "item_type": "ITEM",
            "variation_total_price_money": _money(amount, currency),
            "gross_sales_money": _money(amount, currency),
            "total_tax_money": _money(0, currency),
            "total_discount_money": _money(0, currency),
            "total_service_charge_money": _money(0, currency),
            "total_money": _money(amount, currency),
        }
    discounted = _take_off(books, order, lines, currency)
    total = sum(line["total_money"]["amount"] for line in lines)
    sums = {
        "total_money": _money(total, currency),
        "total_tax_money": _money(0, currency),
        "total_discount_money": _money(discounted, currency),
        "total_tip_money": _money(0, currency),
        "total_service_charge_money": _money(0, currency),
    }
    order |= sums
    order["net_amounts"] = {
        name.removeprefix("total_") if name != "total_money" else name: amount for name, amount in sums.items()
    }
    order["net_amount_due_money"] = _money(total, currency)


def _take_off(books: Books, order: Json, lines: list[Json], currency: str) -> int:
    """Each discount over all lines by what is left of them; none makes a line less than nothing."""
    all_of_it: int = 0
    for number, discount in enumerate(order.get("discounts", [])):
        if "amount_money" not in discount or "type" not in discount:
            raise Refused("BAD_REQUEST", "A discount needs a type and an amount.", field=f"order.discounts[{number}]")
        _same(discount["amount_money"], currency, f"order.discounts[{number}].amount_money")
        discount.setdefault("uid", books.new_id(22))
        left = sum(line["total_money"]["amount"] for line in lines)
        amount = int(min(discount["amount_money"]["amount"], left))
        discount["applied_money"] = _money(amount, currency)
        all_of_it += amount
        rest = amount
        for line in lines:
            has = line["total_money"]["amount"]
            share = rest if line is lines[-1] else min(has, amount * has // left if left else 0)
            share = min(share, has)
            rest -= share
            _book(line, share)
        for line in lines:  # what rounding has left over
            share = min(rest, line["total_money"]["amount"])
            rest -= share
            _book(line, share)
    return all_of_it


def _book(line: Json, share: int) -> None:
    line["total_discount_money"]["amount"] += share
    line["total_money"]["amount"] -= share


def _same(money: Json, currency: str, field: str) -> None:
    if money.get("currency") != currency:
        raise Refused(
            "CURRENCY_MISMATCH",
            f"The location takes {currency}, not {money.get('currency')}.",
            field=f"{field}.currency",
        )
    if money.get("amount", 0) < 0:
        raise Refused("VALUE_TOO_LOW", "An amount is not below zero.", field=f"{field}.amount")


def _money(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency}
