"""What buyers read, in their language: a file of wordings per language, and what each of them has to say."""

from messaging.texts.catalogue import BadTemplate, Texts, check, defaults, wordings
from messaging.texts.kinds import KINDS, Kind
from messaging.texts.languages import LANGUAGES, choose_language, known_language, language_of_market

__all__ = [
    "KINDS",
    "LANGUAGES",
    "BadTemplate",
    "Kind",
    "Texts",
    "check",
    "choose_language",
    "defaults",
    "known_language",
    "language_of_market",
    "wordings",
]
