"""The wordings: read once from their files, chosen for a reader, and filled in."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from messaging.texts.kinds import KINDS, STANDS_FOR
from messaging.texts.languages import PLAIN

LONGEST = 600
"""Characters of one wording of a shop's own."""
BETWEEN = "|"
"""Stands between several wordings in one line."""

_FACT = re.compile(r"\{(\w*)\}")
_BRACE = re.compile(r"[{}]")
_GAPS = re.compile(r"[ \t]{2,}")


class BadTemplate(ValueError):
    """A text that cannot be used; says what to write instead."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What one reader reads: their language, and the shop's own words for it."""

    language: str = PLAIN
    own: Mapping[tuple[str, str], str] = field(default_factory=lambda: MappingProxyType({}))
    """(kind, language) → the shop's text, in place of ours."""

    def say(self, kind: str, seed: str = "", **facts: object) -> str:
        """The text of this kind with its facts filled in; the same `seed` chooses the same wording every time."""
        kept = self.own.get((kind, self.language))
        choices = defaults(self.language)[kind] if kept is None else wordings(kept)
        chosen = choices[zlib.crc32(seed.encode()) % len(choices)]
        said = _FACT.sub(lambda found: str(facts.get(found[1], "")), chosen)
        return _GAPS.sub(" ", said).strip()


@lru_cache
def defaults(language: str) -> Mapping[str, tuple[str, ...]]:
    """Our wordings in this language, by kind."""
    file = files("messaging.texts").joinpath(f"{language}.toml")
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    return MappingProxyType({kind: tuple(texts) for kind, texts in told.items()})


def wordings(text: str) -> tuple[str, ...]:
    """A shop's text as its several wordings."""
    return tuple(filter(None, (part.strip() for part in text.split(BETWEEN))))


def check(kind: str, text: str) -> Sequence[str]:
    """The wordings of a shop's own text. Raises BadTemplate when one of them cannot be used."""
    rule, given = KINDS[kind], wordings(text)
    if not given:
        raise BadTemplate("There is no text in that.")
    may = ", ".join(f"{{{fact}}}" for fact in rule.facts)
    for wording in given:
        used = set(_FACT.findall(wording))
        if _BRACE.search(_FACT.sub("", wording)):
            raise BadTemplate("A { or } stands alone there. Facts are written like {name}.")
        if unknown := sorted(used - set(rule.facts)):
            told = f"It may use {may}." if may else "It takes none."
            raise BadTemplate(f"{{{unknown[0]}}} is nothing that “{kind}” knows. {told}")
        filled = used | {STANDS_FOR[fact] for fact in used & STANDS_FOR.keys()}
        if missing := [fact for fact in rule.needs if fact not in filled]:
            raise BadTemplate(f"“{kind}” needs {{{missing[0]}}}: without it the buyer would not know. Please add it.")
        if len(wording) > LONGEST:
            raise BadTemplate(f"That is too long: at most {LONGEST} characters.")
    return given
