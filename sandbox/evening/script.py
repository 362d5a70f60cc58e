"""What happens on Friday evening, and what each of it must lead to: the first of the three sides that are counted.

The two platforms talk at the same time, so nothing here depends on how they interleave: what is scarce is wanted on
one platform only, and what is wanted on both there is plenty of.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.evening.cast import (
    ANA,
    BEA,
    CARLA,
    DORA,
    EMI,
    FAY,
    GINA,
    HANA,
    IRIS,
    JUDY,
    KIM,
    LAN,
    MIA,
    NINA,
    NOOR,
    OLGA,
    PAM,
    QUYNH,
    ROSA,
    SOFIA,
    TESS,
    UMA,
    VERA,
    WEN,
    XENIA,
    YARA,
    ZOE,
    Guest,
)

TITLE = "Friday evening"
CURRENCY = "USD"


@dataclass(frozen=True)
class Item:
    """One thing sold, and the line with which the seller lists it."""

    code: str
    price: int
    line: str


ITEMS = {
    item.code: item
    for item in (
        Item("12", 1990, "12 Blue dress 19.90 x3"),
        Item("13", 950, "13 Linen scarf 9.50 x40"),
        Item("14", 4800, "14 Silver ring 48.00 x1"),
        Item("15", 1500, "15 Straw hat 15.00 x2"),
        Item("A7", 3200, "A7 Tea set 32.00 x4"),
        Item("B2", 1280, "B2 Tote bag (粉, 白, 黑) 12.80 x30"),
        Item("C5", 1800, "C5 T-shirt (S, M, L) 18.00 x30"),
    )
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one wish in a comment has become when the evening is over."""

    status: str
    code: str = ""
    pieces: int = 0


@dataclass(frozen=True)
class Said:
    """One comment, and what becomes of it."""

    by: Guest
    text: str
    outcomes: tuple[Outcome, ...]


def won(code: str, pieces: int = 1) -> Outcome:
    return Outcome(status="winner", code=code, pieces=pieces)


IGNORED = Outcome(status="ignored")
AMBIGUOUS = Outcome(status="ambiguous")
WAITS = Outcome(status="waitlisted")
AGAIN = Outcome(status="duplicate")
NO_SUCH = Outcome(status="unmatched")
TOO_MANY = Outcome(status="rejected")
RELEASED = Outcome(status="released")


def _said(by: Guest, text: str, *outcomes: Outcome) -> Said:
    return Said(by, text, outcomes)


IN_THE_GROUP = (
    _said(KIM, "hi from Texas!! 🤠", IGNORED),
    _said(ANA, "sold 14", RELEASED),
    _said(BEA, "14 sold", won("14")),  # first in line when Ana passes
    _said(CARLA, "SOLD #14", WAITS),
    _said(ANA, "sold 15", won("15")),
    _said(JUDY, "how much is 13?", IGNORED),
    _said(DORA, "15 sold", won("15")),
    _said(EMI, "Sold 15 please 🙏", WAITS),
    _said(NOOR, "مرحبا من القاهرة 💐", IGNORED),
    _said(DORA, "sold 15", AGAIN),
    _said(FAY, "B2 粉+1 白+1", won("B2"), won("B2")),
    _said(GINA, "C5 M sold", won("C5")),
    _said(HANA, "sold 13", won("13")),
    _said(IRIS, "C5 L +1", won("C5")),
    _said(BEA, "sold 13 x2", won("13", 2)),
    _said(JUDY, "is 12 sold?", IGNORED),
    _said(EMI, "sold 99", NO_SUCH),
    _said(GINA, "C5 M sold", AGAIN),
    _said(GINA, "C5 S sold", won("C5")),
    _said(KIM, "so pretty 😍", IGNORED),
    _said(BEA, "Sold 15!!", WAITS),
    _said(FAY, "Ｂ２黑＋１", won("B2")),
    _said(HANA, "mine 13", AGAIN),
    _said(DORA, "sold 13 or C5", AMBIGUOUS),
    _said(KIM, "sold 13 x60", TOO_MANY),
    _said(IRIS, "B2 白 +1", won("B2")),
    _said(CARLA, "13+1", won("13")),
    _said(NOOR, "شكرا ❤️", IGNORED),
    _said(JUDY, "Mine 13", won("13")),
    _said(EMI, "sold C5 in L", won("C5")),
    _said(KIM, "can you show the back of C5", IGNORED),
    _said(DORA, "sold B2 黑", won("B2")),
    _said(ANA, "13 sold ❤️", won("13")),
    _said(KIM, "💙💙💙", IGNORED),
)

BELOW_THE_LIVE_VIDEO = (
    _said(YARA, "مساء الخير 🌙", IGNORED),
    _said(LAN, "sold 12", won("12")),
    _said(MIA, "12 sold", won("12")),
    _said(NINA, "SOLD #12", won("12")),
    _said(OLGA, "Sold 12 ❤️", WAITS),
    _said(PAM, "mine 12", WAITS),
    _said(LAN, "sold 12", AGAIN),
    _said(QUYNH, "A7+1", won("A7")),
    _said(ZOE, "lol 😂😂", IGNORED),
    _said(ROSA, "A7+2", won("A7", 2)),
    _said(SOFIA, "A7 +2", WAITS),  # one is left, and nobody is promised half
    _said(TESS, "a7+1", WAITS),  # and nobody overtakes
    _said(WEN, "A7我要+1", WAITS),
    _said(WEN, "A7 還有嗎？", IGNORED),
    _said(UMA, "B2 粉+1 白+1", won("B2"), won("B2")),
    _said(VERA, "C5 S sold", won("C5")),
    _said(XENIA, "sold 13", won("13")),
    _said(ZOE, "99 sold", NO_SUCH),
    _said(PAM, "how do I pay?", IGNORED),
    _said(OLGA, "sold 1 2", AMBIGUOUS),
    _said(SOFIA, "C5 M +1", won("C5")),
    _said(WEN, "B2 黑+2", won("B2", 2)),
    _said(QUYNH, "A7+1", AGAIN),
    _said(TESS, "Sold C5 L", won("C5")),
)

DELIVERED_TWICE = BELOW_THE_LIVE_VIDEO[1]
"""A comment that Facebook delivers once more, byte for byte."""

THE_RUSH = (
    _said(LAN, "sold 13", won("13")),
    _said(MIA, "13 sold", won("13")),
    _said(NINA, "13+1", won("13")),
    _said(OLGA, "SOLD13", won("13")),
    _said(PAM, "sold 13 x2", won("13", 2)),
    _said(QUYNH, "mine 13 🙏", won("13")),
    _said(ROSA, "sold #13", won("13")),
    _said(VERA, "13", won("13")),
    _said(ZOE, "sold 13 x3", won("13", 3)),
    _said(YARA, "ما شاء الله 😍", IGNORED),
)
"""Comments of one moment: Facebook delivers them in one batch, in any order, and each of them twice."""

EVERYTHING = IN_THE_GROUP + BELOW_THE_LIVE_VIDEO + THE_RUSH

RELEASE = ("14", ANA)
PROMOTED = BEA

FOLLOWS_THE_LINK = HANA
"""Never pressed Start, so her link is asked for in the group; then she opens the chat."""
NEVER_OPENS = IRIS
"""Never pressed Start either, and does not look: the operator has to copy her link."""
REFUSED = XENIA
"""Whom the provider does not want as a customer."""
WRITES_BACK = ROSA
"""Answers in Messenger, which opens the 24 hours in which the Page may thank her."""
DECLINED = GINA
"""Her card is declined, and she leaves it at that."""
PAYS_LATE = MIA
"""Her payment is reported late, after somebody has forged the report."""
PAYS_TWICE_TOLD = NINA
"""Her payment is reported twice."""
PAYS = (ANA, BEA, DORA, FAY, HANA, JUDY, LAN, ROSA, UMA, SOFIA, WEN)
"""Whose payments go as they should."""
PAYERS = (*PAYS, PAYS_LATE, PAYS_TWICE_TOLD)


def owed() -> dict[str, int]:
    """What everybody has to pay when the show is over, by name, in cents."""
    sums: dict[str, int] = {}
    for line in EVERYTHING:
        for outcome in line.outcomes:
            if outcome.status == "winner":
                price = ITEMS[outcome.code].price * outcome.pieces
                sums[line.by.name] = sums.get(line.by.name, 0) + price
    return sums
