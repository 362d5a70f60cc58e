"""Edits what buyers read: the shop's own words in place of ours, and the language of a buyer."""

from __future__ import annotations

from bot.kit.errors import BadInput
from bot.workflows.assistant import Assistant
from messaging.texts import KINDS, LANGUAGES, BadTemplate, check, known_language
from storage import buyers, templates


def the_kind(word: str) -> str:
    """The kind of text an operator means. Raises BadInput."""
    kind = word.lower().replace("-", "_")
    if kind not in KINDS:
        raise BadInput(f"There is no text “{word}”. /template list shows them all.")
    return kind


def the_language(word: str) -> str:
    """The language an operator means. Raises BadInput."""
    language = known_language(word)
    if language is None:
        raise BadInput(f"I do not write “{word}”. I write {', '.join(LANGUAGES)}.")
    return language


async def set_template(assistant: Assistant, workspace_id: int, kind: str, language: str, text: str) -> None:
    """Say it in the shop's words from now on. Raises BadInput when they say too little."""
    try:
        check(kind, text)
    except BadTemplate as wrong:
        raise BadInput(str(wrong)) from None
    await assistant.database.write(
        templates.put, workspace_id, kind=kind, language=language, text=text, now=assistant.now()
    )


async def reset_template(assistant: Assistant, workspace_id: int, kind: str, language: str) -> bool:
    """Say it in our words again; False when it was never changed."""
    return await assistant.database.write(templates.remove, workspace_id, kind=kind, language=language)


async def set_language(assistant: Assistant, workspace_id: int, buyer_id: int, language: str) -> None:
    """Write to a buyer in this language from now on; empty is what their show speaks."""
    await assistant.database.write(buyers.set_language, workspace_id, buyer_id, language)
