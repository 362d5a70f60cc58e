"""The first commands: becoming an operator, and finding out what can be said."""

from __future__ import annotations

from bot.commands.table import Commands, Context, Reply, button
from bot.kit.errors import BadInput
from bot.workflows.pair_operators import pair_operator

commands = Commands()

WELCOME = """\
Welcome, {name}! You are {role} here now.
1. /show new Friday sale
2. /item add 12 Blue dress 19.90 x3
3. In your group: /live
4. When you are done: /end and then /invoice all
Everything else: /help"""

SHORT = """\
An evening: /show new <title>, /item add <lines>, /live, then /end and /invoice all.
How it stands: /status"""


@commands.add("pair <code...>", topic="start", private=True, role="anybody")
async def pair(context: Context, code: str) -> Reply | str:
    """become an operator, with a code like ABCD-EFGH from the person who runs the server"""
    paired = await pair_operator(context.assistant, context.channel, context.message, code)
    if not paired.anew:
        return f"You are paired already, {paired.operator.name}. /help shows what you can do."
    role = "the owner" if paired.operator.role == "owner" else "an operator"
    return WELCOME.format(name=paired.operator.name, role=role)


@commands.add("start [<payload...>]", topic="")
async def start(context: Context, _payload: str | None) -> Reply | str:
    """say hello"""
    return _short_help(context)


@commands.add("help [<topic>]", topic="start")
async def help_(context: Context, topic: str | None) -> Reply | str:
    """list the commands, or those about one topic"""
    if topic is None:
        return _short_help(context)
    topics = context.commands.topics()
    wanted = topic.lstrip("/").lower()
    found = topics.get(wanted) or [
        command for command in context.commands if command.topic and command.head.split()[0] == wanted
    ]
    if not found:
        raise BadInput(f"There is no help about {topic}. There is: {', '.join(topics)}.")
    return "\n\n".join(f"/{command.usage}\n{command.help}" for command in found)


def _short_help(context: Context) -> Reply:
    topics = context.commands.topics()
    lines = [
        f"{topic}: {', '.join(dict.fromkeys(f'/{command.head}' for command in commands_there))}"
        for topic, commands_there in topics.items()
    ]
    return Reply(
        text="\n".join([SHORT, "", *lines, "", "More about one: /help items"]),
        buttons=tuple(row for topic in topics for row in button(topic.capitalize(), f"help {topic}")),
    )
