"""Commands about what buyers read: the shop's own words, and the language of a buyer."""

from __future__ import annotations

import re

from bot.commands.naming import find_buyer
from bot.commands.table import Commands, Context, Reply
from bot.domain.buyer import Buyer
from bot.kit.errors import BadInput
from bot.workflows.edit_texts import reset_template, set_language, set_template, the_kind, the_language
from messaging.texts import KINDS, LANGUAGES, defaults, known_language, language_of_market, wordings
from storage import buyers, templates

commands = Commands()

ANY_LANGUAGE = ("auto", "off", "default", "none", "reset")


@commands.add("template list", topic="shows")
async def template_list(context: Context) -> Reply | str:
    """list what buyers are told, and which of it you changed"""
    own = await context.assistant.database.read(templates.of_workspace, context.workspace_id)
    lines = []
    for kind in KINDS.values():
        changed = ", ".join(language for name, language in own if name == kind.name)
        lines.append(f"{kind.name}: {kind.about}{f' — yours in {changed}' if changed else ''}")
    return "\n".join([*lines, "To read one: /template got_it"])


@commands.add("template <kind> <language> reset", topic="shows", example="template got_it th reset")
async def template_reset(context: Context, kind: str, language: str) -> Reply | str:
    """say something to buyers in the built-in words again"""
    kind, language = the_kind(kind), the_language(language)
    changed = await reset_template(context.assistant, context.workspace_id, kind, language)
    if not changed:
        return f"“{kind}” in {language} is as built in."
    return f"“{kind}” in {language} is as built in again: {defaults(language)[kind][0]}"


@commands.add(
    "template <kind> <language> <text...>",
    topic="shows",
    example="template got_it en {name}, {item} is yours! | {name}, noted: {item}",
)
async def template_set(context: Context, kind: str, language: str, text: str) -> Reply | str:
    """say something to buyers in your own words

    A | stands between several wordings; each comment gets one of them, so that no two answers look like spam.
    """
    kind, language = the_kind(kind), the_language(language)
    await set_template(context.assistant, context.workspace_id, kind, language, text)
    return f"“{kind}” in {language} is now:\n{_listed(wordings(text))}"


@commands.add("template <kind> [<language>]", topic="shows", example="template got_it th")
async def template_show(context: Context, kind: str, language: str | None) -> Reply | str:
    """read what buyers are told, and what you may write in its place"""
    kind = the_kind(kind)
    own = await context.assistant.database.read(templates.of_workspace, context.workspace_id)
    if language is None:
        show = await context.show()
        language = language_of_market(show.market)
    language = the_language(language)
    kept = own.get((kind, language))
    facts = ", ".join(f"{{{fact}}}" for fact in KINDS[kind].facts) or "no facts"
    needed = ", ".join(f"{{{fact}}}" for fact in KINDS[kind].needs)
    return "\n".join(
        [
            f"“{kind}” in {language}{' (yours)' if kept is not None else ''}: {KINDS[kind].about}",
            _listed(defaults(language)[kind] if kept is None else wordings(kept)),
            f"It knows {facts}{f'; it needs {needed}' if needed else ''}.",
            f"To change it: /template {kind} {language} <your text>",
        ]
    )


@commands.add("language <buyer...> <language>", topic="claims", example="language @mai th")
async def language_set(context: Context, who: str, language: str) -> Reply | str:
    """write to a buyer in their language; auto is what the show speaks"""
    chosen = "" if language.lower() in ANY_LANGUAGE else known_language(language)
    if chosen is None and not re.match("[@#]", who):
        return await language_show(context, f"{who} {language}")
    if chosen is None:
        raise BadInput(f"I do not write “{language}”. I write {', '.join(LANGUAGES)}.")
    buyer = await _buyer(context, who, line=f"language {{}} {language}")
    await set_language(context.assistant, context.workspace_id, buyer.id, chosen)
    return f"{buyer.label} reads {LANGUAGES[chosen] if chosen else 'what the show speaks'} from now on."


@commands.add("language <buyer...>", topic="claims", example="language @mai")
async def language_show(context: Context, who: str) -> Reply | str:
    """say which language a buyer is written to in"""
    buyer = await _buyer(context, who, line="language {}")
    own = known_language(await context.assistant.database.read(buyers.language_of, context.workspace_id, buyer.id))
    if own is None:
        show = await context.show()
        return f"{buyer.label} reads what the show speaks, {LANGUAGES[language_of_market(show.market)]}."
    return f"{buyer.label} reads {LANGUAGES[own]}."


async def _buyer(context: Context, who: str, *, line: str) -> Buyer:
    show = await context.show()
    return await find_buyer(context, show, who, line=line)


def _listed(texts: tuple[str, ...]) -> str:
    return "\n".join(f"• {text}" for text in texts)
