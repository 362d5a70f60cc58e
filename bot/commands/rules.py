"""Commands about the rules of a show."""

from __future__ import annotations

from bot.commands.table import Commands, Context, Reply
from bot.domain.show import Show
from bot.domain.show_rules import RULES, NoSuchRule, rule_called
from bot.kit.errors import BadInput
from bot.workflows.edit_shows import set_rule

commands = Commands()


@commands.add("rules", topic="shows")
async def rules(context: Context) -> Reply | str:
    """say by which rules the show decides, holds and answers"""
    show = await context.show()
    lines = [f"{rule.name}: {rule.say(show.rules)}" for rule in RULES.values()]
    return "\n".join([f"“{show.title}” goes by these rules:", *lines, "To change one: /rules hold 30 min"])


@commands.add("rules <name>", topic="")
async def rules_one(context: Context, name: str) -> Reply | str:
    """say one rule of the show, and how to change it"""
    show = await context.show()
    try:
        rule = rule_called(name)
    except NoSuchRule as no:
        raise BadInput(str(no)) from None
    return f"“{show.title}”: {rule.name} is {rule.say(show.rules)}. To change it: /rules {rule.usage}"


@commands.add("rules <name> <value...>", topic="shows", example="rules hold 30 min from end")
async def rules_set(context: Context, name: str, value: str) -> Reply | str:
    """change a rule of the show; it counts from the next comment on

    again ignore, add, replace or market; most 2 or off; partial on; late 10 min; cancel on; hold 24 h from end;
    remind 30 min; turn 15 min; answers on; scoreboard off; words claim gimme, need it.
    """
    show = await context.show()
    changed = await set_rule(context.assistant, context.workspace_id, show.id, name, value)
    return _said(changed, name)


def _said(show: Show, name: str) -> str:
    rule = RULES[name.lower()]
    return f"“{show.title}”: {rule.name} is now {rule.say(show.rules)}."
