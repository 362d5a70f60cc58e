"""Commands about providers: which there are, connecting, trying, syncing, disconnecting."""

from __future__ import annotations

from adapters.base import Account, Capability, PaymentProvider
from adapters.registry import PROVIDERS, provider_class
from bot.commands.table import Commands, Context, Reply, button
from bot.domain.offers import MOST_CONNECTED
from bot.kit.errors import BadInput, LiveAssistError
from bot.workflows.connect_by_oauth import begin_oauth, can_be_agreed
from bot.workflows.connect_providers import Connection, connect_by_key, test_connection, try_settings
from bot.workflows.disconnect_providers import disconnect_provider
from bot.workflows.find_connections import connections, the_integration, why_not
from bot.workflows.note_integrations import blot
from bot.workflows.offer_providers import bill_through, billable, is_offered, needs_connecting, offered
from bot.workflows.sync_provider import sync_provider
from messaging.base import Button
from storage import integrations, invoices, workspaces
from storage.integrations import Integration

commands = Commands()
by_hand = Commands()
"""Those about being paid by hand, which every variant has."""


@commands.add("connect", topic="", private=True)
async def connect_what(context: Context) -> Reply | str:
    """say what there is to connect"""
    return await all_integrations(context)


@commands.add("integrations", topic="integrations")
async def all_integrations(context: Context) -> Reply | str:
    """list the providers, how each is connected, and which one bills"""
    assistant, workspace_id = context.assistant, context.workspace_id
    variant = assistant.settings.variant
    there = {one.provider: one for one in await assistant.database.read(connections, workspace_id)}
    first = next(iter(await assistant.database.read(billable, workspace_id, variant)), None)
    cards: list[str] = []
    buttons: list[Button] = []
    for provider in offered(variant).values():
        one, bills = there.get(provider.name), first is not None and first.provider == provider.name
        locked = await assistant.database.read(why_not, workspace_id, provider.name)
        cards.append(_card(provider, one, bills=bills, locked=locked))
        buttons += _buttons(provider, one, bills=bills, locked=locked is not None)
    plan = (await assistant.database.read(workspaces.get, workspace_id)).plan
    if MOST_CONNECTED[plan] is not None:
        cards.append(f"Your plan is {plan}. A larger one connects more.")
    return Reply(text="\n\n".join(cards), buttons=tuple((one,) for one in buttons))


@commands.add("integrations use <provider>", topic="integrations", example="integrations use stripe", role="owner")
async def use(context: Context, name: str) -> Reply | str:
    """make new invoices at this provider; what is open elsewhere stays there"""
    provider = _the_provider(context, name)
    await bill_through(context.assistant, context.workspace_id, provider.name)
    return f"New invoices are made at {provider.display_name}. What is open elsewhere stays there."


@commands.add(
    "connect <provider> [<credentials...>]",
    topic="integrations",
    example="connect stripe",
    private=True,
    role="owner",
)
async def connect(context: Context, name: str, typed: str | None) -> Reply | str:
    """connect a provider: on its own page where it has one, or with its key, which is stored encrypted"""
    return await _connect(context, _the_provider(context, name), typed)


@commands.add("disconnect <provider> now", topic="", role="owner")
async def disconnect_now(context: Context, name: str) -> Reply | str:
    """forget the credentials of a provider, whatever is open there"""
    return await _disconnect(context, _the_provider(context, name))


@commands.add("disconnect <provider>", topic="integrations", example="disconnect stripe", role="owner")
async def disconnect(context: Context, name: str) -> Reply | str:
    """forget the credentials of a provider; I ask before when unpaid invoices are open there"""
    return await _ask_to_disconnect(context, _the_provider(context, name))


@commands.add("sync [<provider>]", topic="integrations", example="sync stripe")
async def sync(context: Context, name: str | None) -> Reply | str:
    """read the customers, invoices and payments of a provider, or of all of them, now"""
    if name is not None:
        provider = _the_provider(context, name)
        found = [await the_integration(context.assistant, context.workspace_id, provider.name)]
    else:
        there = await context.assistant.database.read(integrations.usable, context.workspace_id)
        found = [one for one in there if one.provider in PROVIDERS]
        found = [one for one in found if Capability.SYNC in context.assistant.provider_for(one).capabilities]
        if not found:
            raise BadInput("Nothing is connected whose books could be read. /integrations shows what there is.")
    return "\n".join([await _synced(context, one) for one in found])


async def _synced(context: Context, integration: Integration) -> str:
    display_name = provider_class(integration.provider).display_name
    try:
        synced = await sync_provider(context.assistant, integration)
    except LiveAssistError as trouble:
        if isinstance(trouble, BadInput):
            return trouble.message
        return f"{display_name}: {blot(trouble.message, ())}"
    lines = [f"{display_name}: {synced.synced} new, {synced.updated} updated."]
    lines += [f"Not read: {error}" for error in synced.errors]
    return "\n".join(lines)


def _is_secret(provider: type[PaymentProvider]) -> bool:
    return any(field.secret for field in provider.credential_fields)


def _typed(provider: type[PaymentProvider]) -> str:
    if not _is_secret(provider):
        return "words"
    return "key" if len(provider.credential_fields) == 1 else "credentials"


def _add(provider: type[PaymentProvider]) -> None:
    """The commands under a provider's own name, the same for every one."""
    name, display_name = provider.name, provider.display_name

    async def connect_(context: Context, typed: str | None) -> Reply | str:
        return await _connect(context, provider, typed)

    async def status(context: Context) -> Reply | str:
        found = await the_integration(context.assistant, context.workspace_id, name)
        if found.status == "error":
            return f"{display_name}: {found.display_name} does not accept the key any more: {found.error}"
        since = f", since {found.connected_at:%Y-%m-%d}" if found.connected_at else ""
        if not provider.keeps_books:
            return f"{display_name}: buyers are told how to pay you{since}."
        return f"{display_name}: {_named(found.display_name, found.account_id)}, {_mode(found.livemode)}{since}."

    async def test(context: Context) -> Reply | str:
        before = await context.assistant.database.read(integrations.get, context.workspace_id, name)
        if before is None:
            await try_settings(context.assistant, context.workspace_id, name)
        account = await test_connection(context.assistant, context.workspace_id, name)
        return "\n".join([f"{display_name} answers:", *_account(account)])

    async def disconnect_(context: Context) -> Reply | str:
        return await (_ask_to_disconnect if needs_connecting(name) else _disconnect)(context, provider)

    where = f", with what you find at {provider.keys_page}" if provider.keys_page else ""
    by_key = f"""take payments by {display_name}{where}; private chat only

    What you send is tried first and stored encrypted, and your message with it is deleted. Begin with a test account.
    """
    in_words = """tell buyers how to pay you without a payment page, in your own words; private chat only

    They read it with their bill. What came is written down with /paid.
    """
    connect_.__doc__ = by_key if _is_secret(provider) else in_words
    status.__doc__ = f"say which {display_name} account is connected"
    test.__doc__ = f"ask {display_name} now whether the connection works"
    disconnect_.__doc__ = (
        f"forget the {display_name} credentials; I ask before when unpaid invoices are open there"
        if needs_connecting(name)
        else "tell nobody any more how to pay you by hand"
    )
    examples = [field.example for field in provider.credential_fields if field.required]
    there = commands if needs_connecting(name) else by_hand
    there.add(
        f"{name} connect [<{_typed(provider)}...>]",
        topic="integrations",
        example=" ".join([name, "connect", *examples]),
        private=True,
        role="owner",
        family=True,
    )(connect_)
    there.add(f"{name} status", topic="integrations", family=True)(status)
    there.add(f"{name} test", topic="integrations", family=True)(test)
    there.add(f"{name} disconnect", topic="integrations", role="owner", family=True)(disconnect_)


for _provider in PROVIDERS.values():
    if Capability.CONNECT_BY_KEY in _provider.capabilities or Capability.OAUTH in _provider.capabilities:
        _add(_provider)


def _the_provider(context: Context, name: str) -> type[PaymentProvider]:
    provider = provider_class(name)
    if not is_offered(provider.name, context.assistant.settings.variant):
        raise BadInput(f"{provider.display_name} is not part of this installation.")
    return provider


async def _connect(context: Context, provider: type[PaymentProvider], typed: str | None) -> Reply | str:
    if typed is None:
        return await _how_to_connect(context, provider)
    given, secret = _credentials(provider, typed), _is_secret(provider)
    try:
        made = await connect_by_key(context.assistant, context.workspace_id, provider.name, given)
    except LiveAssistError as problem:
        return Reply(text=f"Not connected. {blot(problem.message, given.values())}", also_delete=secret)
    return Reply(
        text="\n".join([f"{provider.display_name} is connected:", *_made(context, provider, made)]), also_delete=secret
    )


def _credentials(provider: type[PaymentProvider], typed: str) -> dict[str, str]:
    """What was typed, by the provider's fields in their order; the only field takes all of it."""
    fields = [field.name for field in provider.credential_fields]
    words = [typed] if len(fields) == 1 else typed.split(None, max(0, len(fields) - 1))
    return dict(zip(fields, words, strict=False))


async def _how_to_connect(context: Context, provider: type[PaymentProvider]) -> Reply | str:
    lines: list[str] = []
    buttons: tuple[tuple[Button, ...], ...] = ()
    if can_be_agreed(context.assistant, provider):
        page = await begin_oauth(
            context.assistant,
            context.workspace_id,
            provider.name,
            operator=context.by,
            channel_id=context.channel.id,
            chat_id=context.message.chat_id,
        )
        lines.append(f"Tap to connect on {provider.display_name}'s own page. The link works once, for ten minutes.")
        buttons = ((Button(title=f"Connect {provider.display_name}", url=page.url),),)
    if Capability.CONNECT_BY_KEY in provider.capabilities:
        labels = [(f"<{field.label.lower()}>", field.required) for field in provider.credential_fields]
        wanted = " ".join(label if required else f"[{label}]" for label, required in labels)
        examples = " ".join(field.example for field in provider.credential_fields if field.required)
        lines.append(f"{'Or send' if lines else 'Send'} it like this: /{provider.name} connect {wanted}")
        lines.append(f"Like: /{provider.name} connect {examples}")
        if provider.keys_page:
            lines.append(f"You find it at {provider.keys_page}")
    if not lines:
        await begin_oauth(context.assistant, context.workspace_id, provider.name, operator=context.by)
    return Reply(text="\n".join(lines), buttons=buttons)


async def _ask_to_disconnect(context: Context, provider: type[PaymentProvider]) -> Reply | str:
    await the_integration(context.assistant, context.workspace_id, provider.name)
    left_open = await context.assistant.database.read(invoices.count_open_at, context.workspace_id, provider.name)
    if not left_open:
        return await _disconnect(context, provider)
    return Reply(
        text=f"{_unpaid(left_open)} open at {provider.display_name}: buyers could still pay, but I would not hear "
        "of it. Disconnect all the same?",
        buttons=button("Disconnect", f"disconnect {provider.name} now"),
    )


async def _disconnect(context: Context, provider: type[PaymentProvider]) -> Reply | str:
    left_open = await disconnect_provider(context.assistant, context.workspace_id, provider.name)
    if not provider.keeps_books:
        return (
            "Buyers are not told any more how to pay you by hand. What came for open invoices you can still write down."
        )
    done = f"{provider.display_name} is disconnected and its key forgotten."
    if not left_open:
        return done
    return f"{done} {_unpaid(left_open)} open there: buyers can still pay, but I will not hear of it."


def _card(provider: type[PaymentProvider], one: Integration | None, *, bills: bool, locked: str | None) -> str:
    if one is not None and one.status == "error":
        lines = [f"✗ {provider.display_name}: {one.error}"]
    elif one is not None and one.status == "active":
        shown = one.display_name and provider.keeps_books
        who = f": {_named(one.display_name, one.account_id)}, {_mode(one.livemode)}" if shown else ""
        lines = [f"✓ {provider.display_name}{who}"]
    elif locked is not None:
        return f"🔒 {provider.display_name}: {locked}"
    else:
        lines = [f"– {provider.display_name}: not connected"]
    if bills:
        lines.append("New invoices are made here.")
    if does := [_DOES[one] for one in Capability if one in provider.capabilities and one in _DOES]:
        lines.append(f"Does {', '.join(does)}.")
    return "\n".join(lines)


_DOES = {
    Capability.INVOICE: "invoices",
    Capability.CHECKOUT: "checkout pages",
    Capability.PAYMENT_LINK: "payment links",
    Capability.REFUND: "refunds",
    Capability.STORED_METHOD: "stored cards",
    Capability.SUBSCRIPTIONS: "subscriptions",
    Capability.SYNC: "syncing",
    Capability.STOCK: "stock",
}
"""What a seller cares about, in their words."""


def _buttons(provider: type[PaymentProvider], one: Integration | None, *, bills: bool, locked: bool) -> list[Button]:
    """What is likely to be wanted next."""
    name, display_name = provider.name, provider.display_name
    if one is None or one.status == "inactive":
        wanted = [] if locked else [(f"Connect {display_name}", f"connect {name}")]
    elif one.status == "error" or bills:
        wanted = [(f"Test {display_name}", f"{name} test")]
    else:
        wanted = [(f"Bill through {display_name}", f"integrations use {name}")]
    return [row[0] for title, line in wanted for row in button(title, line)]


def _made(context: Context, provider: type[PaymentProvider], made: Connection) -> list[str]:
    if not provider.keeps_books:
        return ["Buyers read it with their bill. What came you write down, like: /paid @mai cash 20"]
    name = provider.display_name
    lines = _account(made.account)
    if made.webhook:
        lines.append(f"{name} tells me about payments by itself.")
    elif made.webhook_error:
        lines.append(f"Payments are found by asking {name}, as it could not be told to report: {made.webhook_error}")
    elif context.assistant.settings.public_url:
        lines.append(f"Payments are found by asking {name}.")
    else:
        lines.append(f"Payments are found by asking {name}, as I have no public address.")
    if made.still_to_do:
        lines.append(made.still_to_do)
    if made.books:
        lines.append("I am reading its customers, invoices and payments now.")
    if made.left_open:
        lines.append(f"{_unpaid(made.left_open)} open in the account before this one.")
    return lines


def _account(account: Account) -> list[str]:
    lines = [f"{_named(account.name, account.id)}, {_mode(account.livemode)}"]
    if not account.can_charge:
        lines.append("It cannot take payments yet: finish its setup in its dashboard.")
    return lines


def _named(name: str, account_id: str) -> str:
    return f"{name} ({account_id})" if account_id and account_id != name else name


def _mode(livemode: bool) -> str:
    return "live mode" if livemode else "test mode"


def _unpaid(count: int) -> str:
    return "1 unpaid invoice stays" if count == 1 else f"{count} unpaid invoices stay"
