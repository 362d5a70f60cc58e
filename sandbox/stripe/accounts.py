"""The account itself, as it and its platform see it."""

from __future__ import annotations

from sandbox.stripe.books import Books
from sandbox.stripe.errors import Refused
from sandbox.stripe.kinds import Params
from sandbox.stripe.resources import Resource


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
