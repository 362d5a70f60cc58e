"""Text in one normal form: “ｓｏｌｄ　１２”, “Sold 12” and a bold or right-to-left one are the same comment.

Every script is kept. What nobody sees (NUL, zero-width characters, direction marks, lone surrogates) is
dropped, digits of any script become 0-9, letters become capitals, and punctuation becomes the few signs that
mean something in a comment or else a space.
"""

from __future__ import annotations

import re
import unicodedata

MEANINGFUL = "+-*=#,.;:?!/&()$@%"  # with the line break, the only signs left in normal form
_ALIKE = {
    **dict.fromkeys("➕﹢", "+"),
    **dict.fromkeys("➖−‐‑‒–—―", "-"),
    **dict.fromkeys("×✕✖✗╳∗", "*"),
    **dict.fromkeys("？؟¿❓❔⁇", "?"),
    **dict.fromkeys("、،﹐︐", ","),
    **dict.fromkeys("。｡", "."),
    **dict.fromkeys("！❗❕", "!"),
    **dict.fromkeys("™℠®©", " "),
    "№": "#",
    "İ": "I",  # Turkish buyers type it small and capital, dotted and not
    "؛": ";",
    "\r": "\n",
    "\t": " ",
    "'": "",
    "’": "",
}
_INVISIBLE_MARKS = {
    *range(0xFE00, 0xFE10),
    *range(0x1F3FB, 0x1F400),
    0x20E3,
    0x034F,
    *range(0xE0100, 0xE01F0),
}
_CACHED_CHARACTERS = 20_000


class _Spelling(dict[int, str]):
    """What each character becomes; filled as characters are met, up to a bound."""

    def __missing__(self, point: int) -> str:
        written = _spelt(chr(point))
        if len(self) < _CACHED_CHARACTERS:
            self[point] = written
        return written


def _spelt(char: str) -> str:
    if char in _ALIKE:
        return _ALIKE[char]
    if char.isascii():
        return char if char.isalnum() or char in MEANINGFUL or char in " \n" else " " if char.isprintable() else ""
    kind = unicodedata.category(char)
    if ord(char) in _INVISIBLE_MARKS or kind[0] == "C":
        return ""
    plain = unicodedata.normalize("NFKC", char)
    if plain != char:
        return "".join(map(_spelt, plain))
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    if kind[0] in "LMN":
        return char
    if kind == "So":
        return f" {char} "  # an emoji is a word of its own, and may even be a code
    return {"Sc": "$", "Zl": "\n", "Zp": "\n"}.get(kind, " ")


_SPELLING = _Spelling()
_FACES = re.compile(r"<3+(?!\d)|(?<!\S)[:;]-?[dpox](?!\S)", re.IGNORECASE)
"""Hearts and faces are no items, whatever the show calls its own. “A7 :3” is left alone: it may ask for three."""
_ATOM = re.compile(rf"[0-9]+|[^\s0-9{re.escape(MEANINGFUL)}]+")


def normalise(text: str) -> str:
    """A comment in normal form."""
    if "<" in text or ":" in text or ";" in text:
        text = _FACES.sub(" ", text)
    if text.isascii():
        return text.upper().translate(_SPELLING)
    seen = text.translate(_SPELLING)  # first, so that nothing invisible keeps a letter from its accent
    folded = unicodedata.normalize("NFKC", seen).casefold().upper()
    return unicodedata.normalize("NFKC", folded).translate(_SPELLING)


def atoms(text: str) -> list[str]:
    """The runs of digits and of letters in a normalised text."""
    return _ATOM.findall(text)


def normalise_code(text: str) -> str:
    """The form in which item codes are compared: “#a-7”, “A 7” and “Ａ７” are A7; “1-2” stays apart from 12.

    An empty answer means that the text holds nothing a buyer could type as a code.
    """
    code = ""
    for atom in atoms(normalise(text)):
        code += f"-{atom}" if code and code[-1].isdecimal() and atom[0].isdecimal() else atom
    return code if code.isascii() else unicodedata.normalize("NFKC", code)
