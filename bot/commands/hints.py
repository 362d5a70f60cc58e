"""Hints: what an operator hears who typed in private what is nearly a command; chatter is left alone."""

from __future__ import annotations

from bot.commands.item_lines import read_item
from bot.commands.slips import put_right
from bot.commands.table import Context, Reply, Unfit, button, command_lines
from bot.kit.errors import BadInput
from bot.kit.redact import redact

A_KEY = "That looks like a secret key. To connect Stripe, send here: /stripe connect <key>"
_BEFORE = " \\.!->\"'“”‘’«»"
"""What slips in before a command: a wrong slash, a quote, a dash."""


async def hint(context: Context) -> Reply:
    """The answer to what is not a command: none, unless it was nearly one."""
    if not context.message.private:
        return Reply(text="")  # operators talk with their buyers in the group
    text = context.message.text
    if redact(text) != text:
        return Reply(text=A_KEY, also_delete=True)
    lines = command_lines(f"/{text.strip(_BEFORE)}")
    return (_meant(context, lines[0]) if lines else None) or await _item(context, " ".join(text.split()))


def _meant(context: Context, typed: str) -> Reply | None:
    line = put_right(typed).line
    try:
        command, _ = context.commands.find(line)
    except Unfit as unfit:
        first = line.split()[0].lower()
        if any(command.topic and command.head.split()[0] == first for command in context.commands):
            return Reply(text=f"Commands begin with a slash. {unfit.reply.text}")
        return None
    if command.private:
        return Reply(text=f"Commands begin with a slash: /{command.usage}")  # it may hold a secret
    if not command.topic:
        return None
    return Reply(text=f"Commands begin with a slash. Send:\n/{line}", buttons=button("Do it", line))


async def _item(context: Context, plain: str) -> Reply:
    """An item line without its command."""
    try:
        show = await context.show()
        new = read_item(plain, show.currency)
    except BadInput:
        return Reply(text="")
    if any(map(str.isdigit, new.code)) and new.title and (new.price is not None or new.quantity > 1):
        line = f"item add {plain}"
        return Reply(text=f"To add that item, send:\n/{line}", buttons=button("Add it", line))
    return Reply(text="")
