"""Commands about the scoreboard: the message in a group that says how the items stand."""

from __future__ import annotations

from bot.commands.table import Commands, Context, Reply
from bot.kit.errors import BadInput
from bot.workflows.show_scoreboards import show_anew

commands = Commands()


@commands.add("scoreboard [again]", topic="shows", example="scoreboard")
async def scoreboard(context: Context) -> Reply | str:
    """send the scoreboard anew, below everything; in private it is sent to every group that hears the show

    It comes by itself with the first comment in a group, and is edited as things move.
    To stop it: /rules scoreboard off
    """
    show = await context.show()
    editable = context.platform is not None and context.platform.can_edit
    here = (context.channel.id, context.message.chat_id) if editable and not context.message.private else None
    count = await show_anew(context.assistant, context.workspace_id, show, group=here)
    if here is not None:
        return ""
    if not count:
        raise BadInput(
            "No Telegram group was heard in this show yet; the scoreboard comes with the first comment there."
        )
    return f"The scoreboard comes anew in {'1 group' if count == 1 else f'{count} groups'}."
