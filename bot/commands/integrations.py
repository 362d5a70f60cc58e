"""Commands about payment providers: connecting, trying, disconnecting."""

from __future__ import annotations

from adapters.base import Account
from bot.commands.table import Commands, Context, Reply
from bot.kit.errors import LiveAssistError
from bot.kit.redact import redact
from bot.workflows.connect_providers import (
    Connection,
    connect_by_key,
    disconnect_provider,
    test_connection,
    the_integration,
    try_settings,
)
from storage import integrations

commands = Commands()


@commands.add(
    "stripe connect <key...>",
    topic="integrations",
    example="stripe connect sk_test_…",
    private=True,
    role="owner",
)
async def stripe_connect(context: Context, key: str) -> Reply | str:
    """take payments by Stripe, with a secret key from dashboard.stripe.com/apikeys; private chat only

    The key is tried first and stored encrypted, and your message with it is deleted. Begin with a test key.
    """
    try:
        made = await connect_by_key(context.assistant, context.workspace_id, "stripe", {"secret_key": key})
    except LiveAssistError as problem:
        return Reply(text=f"Not connected. {redact(problem.message)}", also_delete=True)
    return Reply(text="\n".join(["Stripe is connected:", *_made(made)]), also_delete=True)


@commands.add("stripe status", topic="integrations")
async def stripe_status(context: Context) -> Reply | str:
    """say which Stripe account is connected"""
    found = await the_integration(context.assistant, context.workspace_id, "stripe")
    if found.status == "error":
        return f"Stripe: {found.display_name} does not accept the key any more: {found.error}"
    mode = _mode(found.livemode)
    since = f", since {found.connected_at:%Y-%m-%d}" if found.connected_at else ""
    return f"Stripe: {_named(found.display_name, found.account_id)}, {mode}{since}."


@commands.add("stripe test", topic="integrations")
async def stripe_test(context: Context) -> Reply | str:
    """ask Stripe now whether the connection works"""
    before = await context.assistant.database.read(integrations.get, context.workspace_id, "stripe")
    if before is None:
        await try_settings(context.assistant, context.workspace_id, "stripe")
    account = await test_connection(context.assistant, context.workspace_id, "stripe")
    return "\n".join(["Stripe answers:", *_account(account)])


@commands.add("stripe disconnect", topic="integrations", role="owner")
async def stripe_disconnect(context: Context) -> Reply | str:
    """forget the Stripe key"""
    left_open = await disconnect_provider(context.assistant, context.workspace_id, "stripe")
    if not left_open:
        return "Stripe is disconnected and its key forgotten."
    return (
        f"Stripe is disconnected and its key forgotten. {_unpaid(left_open)} open there: buyers can still pay, "
        "but I will not hear of it."
    )


def _made(made: Connection) -> list[str]:
    lines = _account(made.account)
    if made.webhook:
        lines.append("Stripe tells me about payments by itself.")
    elif made.webhook_error:
        lines.append(f"Payments are found by asking Stripe, as it could not be told to report: {made.webhook_error}")
    else:
        lines.append("Payments are found by asking Stripe, as I have no public address.")
    if made.still_to_do:
        lines.append(made.still_to_do)
    if made.left_open:
        lines.append(f"{_unpaid(made.left_open)} open in the account before this one.")
    return lines


def _account(account: Account) -> list[str]:
    lines = [f"{_named(account.name, account.id)}, {_mode(account.livemode)}"]
    if not account.can_charge:
        lines.append("It cannot take payments yet: finish its setup at dashboard.stripe.com")
    return lines


def _named(name: str, account_id: str) -> str:
    return f"{name} ({account_id})" if account_id and account_id != name else name


def _mode(livemode: bool) -> str:
    return "live mode" if livemode else "test mode"


def _unpaid(count: int) -> str:
    return "1 unpaid invoice stays" if count == 1 else f"{count} unpaid invoices stay"
