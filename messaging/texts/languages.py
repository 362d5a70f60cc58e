"""The languages buyers are written to in, and whose language a text is in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "de": "Deutsch",
        "da": "Dansk",
        "nb": "Norsk",
        "sv": "Svenska",
        "zh-Hant": "繁體中文",
        "zh-Hans": "简体中文",
        "th": "ไทย",
        "vi": "Tiếng Việt",
        "id": "Bahasa Indonesia",
        "ms": "Bahasa Melayu",
        "tl": "Tagalog",
        "ko": "한국어",
    }
)
PLAIN = "en"
"""Where nothing better is known."""

OF_MARKET = {
    "us": "en",
    "ph": "en",
    "tw": "zh-Hant",
    "hk": "zh-Hant",
    "th": "th",
    "vn": "vi",
    "my": "en",
    "sg": "en",
    "nordic": "da",
    "id": "id",
    "es": "es",
    "fr": "fr",
    "kr": "ko",
    "cn": "zh-Hans",
}
"""In the Philippines, Malaysia and Singapore live sales speak English to everybody; their own languages are chosen."""

_ALSO = {
    "fil": "tl",
    "no": "nb",
    "nn": "nb",
    "in": "id",
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh-hant": "zh-Hant",
    "zh-hans": "zh-Hans",
}
"""Other codes by which platforms and people mean one of ours, in small letters."""


def known_language(code: str) -> str | None:
    """Ours for a code as platforms and people write them (“pt-br”, “zh_TW”, “fil”), or None."""
    parts = code.strip().lower().replace("_", "-").split("-")
    for length in range(len(parts), 0, -1):
        tag = "-".join(parts[:length])
        if tag in _ALSO:
            return _ALSO[tag]
        if tag in LANGUAGES:
            return tag
    return None


def language_of_market(markets: str) -> str:
    """What a show in these markets speaks, named with commas between: the first that is known."""
    names = (name.strip().lower() for name in markets.split(","))
    return next((OF_MARKET[name] for name in names if name in OF_MARKET), PLAIN)


def choose_language(own: str, markets: str) -> str:
    """A buyer's own language, else that of the show's markets, else English."""
    return known_language(own) or language_of_market(markets)
