"""The first commands: becoming an operator, and finding out what can be said."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.commands.menu import menu_of
from bot.commands.slips import put_right
from bot.commands.table import ALIKE, Command, Commands, Context, Reply, button
from bot.kit.errors import BadInput
from bot.workflows.offer_commands import offer_commands
from bot.workflows.pair_operators import pair_operator
from storage.operators import Operator

commands = Commands()

WELCOME = """\
Welcome{name}! You are {role} here now.
1. /show new Friday sale
2. /item add 12 Blue dress 19.90 x3
3. In your group: /live
4. When you are done: /end and then /invoice all
{paid}Everything else: /help"""
PAID = "How your buyers pay you: /integrations\n"

ABOUT = {
    "start": "The beginning: pairing makes you an operator.",
    "shows": "A show is one live sale: a draft, then live, then ended. Commands are about the one you work on.",
    "items": "An item has a code that buyers write, like 12 or A7. List them before or during the show.",
    "claims": "Comments become claims: the first win, the next wait in line. Your word comes before theirs.",
    "buyers": "What you know about the people who buy: who owes, who is blocked, and who is the same person twice.",
    "money": "After the show: one invoice per buyer, the link in private, the payment heard of by itself.",
    "prices": "What a show adds to its prices and takes off them: shipping, taxes, coupons, credit.",
    "integrations": "Where the money is collected.",
}
"""What each topic is about, before its commands."""

SHORT = """\
An evening: /show new <title>, /item add <lines>, /live, then /end and /invoice all.
How it stands: /status"""


@commands.add("pair <code...>", topic="start", example="pair ABCD-EFGH", private=True, role="anybody")
async def pair(context: Context, code: str) -> Reply | str:
    """become an operator, with a code like ABCD-EFGH from the person who runs the server"""
    paired = await pair_operator(context.assistant, context.channel, context.message, code)
    context.assistant.spawn(
        offer_commands(context.assistant, context.channel.id, context.message.chat_id, menu_of(context.commands))
    )
    if not paired.anew:
        return f"You are paired already{_called(context, paired.operator)}. /help shows what you can do."
    role = "the owner" if paired.operator.role == "owner" else "an operator"
    paid = PAID if any(one.head == "integrations" for one in context.commands) else ""
    return WELCOME.format(name=_called(context, paired.operator), role=role, paid=paid)


def _called(context: Context, operator: Operator) -> str:
    """`, Ann`, or nothing for somebody whom the platform gave no name but a number."""
    return "" if operator.name == context.message.person.id else f", {operator.name}"


@commands.add("start [<payload...>]", topic="")
async def start(context: Context, _payload: str | None) -> Reply | str:
    """say hello"""
    return _short_help(context)


@commands.add("help [<topic...>]", topic="start", example="help item add")
async def help_(context: Context, topic: str | None) -> Reply | str:
    """list the commands, or explain those about a topic, or one of them"""
    if topic is None:
        return _short_help(context)
    topics = context.commands.topics()
    bare = topic.strip(" /.").lower()
    name = next((name for name in topics if bare in (name, name.rstrip("s"))), None)
    wanted = bare if name is not None else put_right(bare).line
    found: Sequence[Command] = [one for one in context.commands if one.topic and one.head == wanted]
    if name is not None and not (found and topic.startswith("/")):
        return "\n\n".join([ABOUT[name], *_all_explained(topics[name])])
    found = found or _nearest(context, wanted)
    if not found:
        raise BadInput(f"There is no help about {topic}. There is: {', '.join(topics)}.")
    return "\n\n".join(map(_explained, found))


def _nearest(context: Context, wanted: str) -> Sequence[Command]:
    """The commands that begin with these words, or look most like them."""
    shown = [command for command in context.commands if command.topic]
    found = [command for command in shown if f"{wanted} ".startswith(f"{command.head} ")]
    found = found or [command for command in shown if f"{command.head} ".startswith(f"{wanted} ")]
    if not found:
        close = difflib.get_close_matches(wanted, [command.head for command in shown], n=1, cutoff=ALIKE)
        found = [command for command in shown if command.head in close]
    return found


def _all_explained(commands_there: Sequence[Command]) -> list[str]:
    """Each command of a topic; what can be asked of one provider after the other, in a line for each."""
    single = [_explained(command) for command in commands_there if not command.family]
    families: dict[str, list[str]] = {}
    for command in commands_there:
        if command.family:
            families.setdefault(command.brief, []).append(command.head.removeprefix(command.brief).strip())
    return single + [f"/{brief} {'|'.join(heads)}\nMore: /help {brief}" for brief, heads in families.items()]


def _explained(command: Command) -> str:
    lines = [f"/{command.usage}", command.help]
    if command.details:
        lines.append(command.details)
    if command.example:
        lines.append(f"Like: /{command.example}")
    return "\n".join(lines)


def _short_help(context: Context) -> Reply:
    topics = context.commands.topics()
    lines = [
        f"{topic}: {', '.join(dict.fromkeys(f'/{command.brief}' for command in commands_there))}"
        for topic, commands_there in topics.items()
    ]
    return Reply(
        text="\n".join([SHORT, "", *lines, "", "More about one: /help items, /help item add"]),
        buttons=tuple(row for topic in topics for row in button(topic.capitalize(), f"help {topic}")),
    )
