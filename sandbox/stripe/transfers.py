"""What a platform sends to the accounts under it, and when an account is paid out."""

from __future__ import annotations

from sandbox.stripe import accounts, money, payments
from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused, missing, not_found
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, new


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/transfers"""
    if "amount" not in params:
        raise missing("amount")
    currency, amount = money.currency(params["currency"]), params["amount"]
    if amount < 1:
        raise Refused(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param="amount"
        )
    destination = params["destination"]
    if destination not in books.connected:
        raise not_found("account", destination, "destination")
    target = accounts.acting_for(books, destination)
    if target.account["capabilities"].get("transfers") != "active":
        raise Refused(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    held = {part["currency"]: part["amount"] for part in payments.balance(books, {}, "")["available"]}
    if held.get(currency, 0) < amount:
        raise Refused("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
    given = {name: value for name, value in params.items() if name != "expand"}
    made = new("transfer", created=books.now()) | given | {"metadata": tidy(params.get("metadata", {}))}
    made["currency"] = currency
    made["reversals"]["url"] = f"/v1/transfers/{made['id']}/reversals"
    books.emit("transfer.created", books.keep(made))
    return made


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/transfers"""
    return books.page(
        books.newest("transfer"),
        params,
        "/v1/transfers",
        lambda one: (
            params.get("destination") in (None, one["destination"])
            and params.get("transfer_group") in (None, one["transfer_group"])
            and since(one["created"], params.get("created"))
        ),
    )


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/transfers/{transfer}"""
    return books.at("transfer", id_)


def balance_settings(books: Books, _params: Params, _id: str) -> Resource:
    """GET /v1/balance_settings"""
    return books.balance_settings


def set_balance_settings(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/balance_settings: days belong to the interval they are for."""
    schedule = params.get("payments", {}).get("payouts", {}).get("schedule", {})
    interval = schedule.get("interval")
    for name, belongs in (("weekly_payout_days", "weekly"), ("monthly_payout_days", "monthly")):
        where = f"payments[payouts][schedule][{name}]"
        if (name in schedule) != (interval == belongs):
            raise Refused(f"{where} is for the {belongs} interval, and needed there.", param=where)
    if interval:
        books.balance_settings["payments"]["payouts"]["schedule"] = schedule
    return books.balance_settings
