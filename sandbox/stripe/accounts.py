"""Accounts: one's own, and those under a platform, from the form their owner fills in to the day they are rejected."""

from __future__ import annotations

from sandbox.stripe.books import Books, since, tidy
from sandbox.stripe.errors import Refused, missing, not_found
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource, new, random_text

LINKS_LAST = 300
"""Seconds."""

_ASKED_FOR = ["business_profile.url", "external_account", "individual.first_name", "tos_acceptance.date"]


def retrieve_own(books: Books, _params: Params, _id: str) -> Resource:
    """GET /v1/account"""
    return books.account


def retrieve(books: Books, _params: Params, id_: str) -> Resource:
    """GET /v1/accounts/{account}: one's own or a connected one."""
    return acting_for(books, id_).account


def acting_for(books: Books, account_id: str) -> Books:
    """The books of an account this one may act for, itself included."""
    if account_id == books.id:
        return books
    if account_id not in books.connected:
        raise Refused(
            f"The provided key does not have access to account '{account_id}' (or that account does not "
            "exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return books.connected[account_id]


def create(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/accounts: under the platform, with nothing filled in yet."""
    controller = params.get("controller")
    if controller is None:
        raise missing("controller")
    losses = controller.get("losses", {}).get("payments", "stripe")
    fees = controller.get("fees", {}).get("payer", "account")
    dashboard = controller.get("stripe_dashboard", {}).get("type", "full")
    if losses == "application" and fees != "application":
        raise Refused(
            "When `controller[losses][payments]=application`, `controller[fees][payer]` must be `application`.",
            param="controller[fees][payer]",
        )
    opened = books.open_account(
        f"acct_1{random_text(15)}", params.get("country", "US"), params.get("default_currency", "usd")
    )
    account = opened.account
    account["controller"] = {
        "type": "application",
        "is_controller": True,
        "fees": {"payer": fees},
        "losses": {"payments": losses},
        "requirement_collection": controller.get("requirement_collection", "stripe"),
        "stripe_dashboard": {"type": dashboard},
    }
    account["email"] = params.get("email")
    account["metadata"] = tidy(params.get("metadata", {}))
    account["business_profile"]["name"] = params.get("business_profile", {}).get("name")
    asked = [name for name, wish in params.get("capabilities", {}).items() if wish.get("requested")]
    account["capabilities"] = dict.fromkeys(asked, "inactive")
    account |= {"charges_enabled": False, "payouts_enabled": False, "details_submitted": False}
    account["requirements"] |= {
        "currently_due": list(_ASKED_FOR),
        "eventually_due": list(_ASKED_FOR),
        "disabled_reason": "requirements.past_due",
        "past_due": list(_ASKED_FOR),
    }
    return account


def find(books: Books, params: Params, _id: str) -> Resource:
    """GET /v1/accounts: those under the platform."""
    under = [one.account for one in reversed(books.connected.values())]
    return books.page(under, params, "/v1/accounts", lambda one: since(one["created"], params.get("created")))


def open_form(books: Books, params: Params, _id: str) -> Resource:
    """POST /v1/account_links: a page for one visit, soon."""
    if params["account"] not in books.connected:
        raise not_found("account", params["account"], "account")
    for name in ("refresh_url", "return_url"):
        if not params.get(name):
            raise missing(name)
    token = random_text(12)
    expires_at = books.now() + LINKS_LAST
    account_id = params["account"]
    books.connected[account_id].forms[token] = {
        "expires_at": expires_at,
        "refresh_url": params["refresh_url"],
        "return_url": params["return_url"],
    }
    return new(
        "account_link", created=books.now(), expires_at=expires_at, url=f"{books.site}/setup/s/{account_id}/{token}"
    )


def open_dashboard(books: Books, _params: Params, id_: str) -> Resource:
    """POST /v1/accounts/{account}/login_links"""
    account = acting_for(books, id_).account
    if not account["details_submitted"]:
        raise Refused("Cannot create a login link for an account that has not completed onboarding.")
    return new("login_link", created=books.now(), url=f"{books.site}/express/{id_}/{random_text(12)}")


def fill_in(books: Books, *, complete: bool = True) -> None:
    """What the owner does on the form: all that was asked for, or only a part of it."""
    account = books.account
    left = [] if complete else _ASKED_FOR[1:2]
    account["details_submitted"] = True
    account["business_profile"]["name"] = account["business_profile"]["name"] or "New Seller"
    account["requirements"] |= {
        "currently_due": left,
        "eventually_due": left,
        "past_due": left,
        "disabled_reason": "requirements.past_due" if left else None,
    }
    account |= {"charges_enabled": complete, "payouts_enabled": complete}
    account["capabilities"] = dict.fromkeys(account["capabilities"], "active" if complete else "inactive")
    books.emit("account.updated", account)


def reject(books: Books, reason: str) -> None:
    """What Stripe, or the platform, does to an account for good: fraud, terms_of_service, other."""
    account = books.account
    account["requirements"]["disabled_reason"] = f"rejected.{reason}"
    account |= {"charges_enabled": False, "payouts_enabled": False}
    account["capabilities"] = dict.fromkeys(account["capabilities"], "inactive")
    books.emit("account.updated", account)


def check_fee(books: Books, fee: int | None, amount: int | None, param: str, *, elsewhere: bool = False) -> None:
    """Refuse a platform's fee where there is no platform, or that is more than what is paid.

    https://docs.stripe.com/connect/direct-charges#collect-fees
    """
    if fee is None:
        return
    if books.acting is None and not elsewhere:
        raise Refused(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using "
            "an OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param=param,
        )
    if amount is not None and fee > amount:
        raise Refused("Your application fee must be no greater than the amount of the charge.", param=param)
