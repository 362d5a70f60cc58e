"""The item codes and option names of a show, arranged so that a comment finds them by look-up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.reading.normal import atoms, normalise, normalise_code

#: Options that are the same thing under several spellings; the sizes first.
SPELLINGS = (
    "xxs, 2xs, xx small",
    "xs, xsm, x small, extra small",
    "s, sm, sml, small",
    "m, md, med, medium",
    "l, lg, lrg, large",
    "xl, xlg, xlrg, x large, xtra large, extra large",
    "1x, 1xl",
    "2x, 2xl, xxl, xx large, 2x large",
    "3x, 3xl, xxxl, xxx large, 3x large",
    "4x, 4xl, xxxxl, 4x large",
    "5x, 5xl, 5x large",
    "one size, os, osfa, free size, freesize",
    "grey, gray",
)
_SIZES = 12
_NUMBERED = re.compile("[0-9-]+")

#: A piece has one of these; a name like “black-white” is an option of its own.
COLOURS = (
    "black, white, red, blue, navy, green, yellow, pink, purple, orange, brown, grey, gray, beige, gold, silver, cream",
    "黑, 白, 紅, 红, 藍, 蓝, 綠, 绿, 黃, 黄, 粉, 紫, 橘, 橙, 咖, 灰, 米, 金, 銀, 银",
    "黑色, 白色, 紅色, 红色, 藍色, 蓝色, 綠色, 绿色, 黃色, 黄色, 粉色, 紫色, 灰色, 米色",
    "đen, trắng, đỏ, xanh, vàng, hồng, tím, nâu, xám, hitam, putih, merah, biru, hijau, kuning",
    "ดำ, ขาว, แดง, ฟ้า, น้ำเงิน, เขียว, เหลือง, ชมพู, ม่วง, ส้ม, น้ำตาล, เทา",
    "negro, blanco, rojo, azul, verde, amarillo, noir, blanc, rouge, bleu, vert, jaune",
    "sort, svart, hvid, hvit, vit, rød, röd, blå, grøn, grønn, grön",
    "블랙, 화이트, 검정, 흰색, 빨강, 파랑, 노랑, 초록, 핑크",
)
_COLOURS = frozenset(normalise_code(colour) for line in COLOURS for colour in line.split(","))


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """What a show sells; built once per version of its items."""

    codes: Mapping[str, str]
    """Normal form of a code → the code as the operator wrote it."""
    options: Mapping[str, str]
    """Every accepted spelling of an option in normal form → its name."""
    rank: Mapping[str, int]
    """Option name → its place in the list given; options of a claim always come in this order."""
    sizes: frozenset[str]
    """The option names that are sizes, numbers among them: a claim has one."""
    colours: frozenset[str]
    """The option names that are colours: a claim has one of these, too."""
    beginnings: frozenset[str]
    """What a name of several parts (“t-shirt”, “A7” typed “A 7”) may begin with."""
    longest: int
    """Parts of the longest name."""

    @classmethod
    def of(cls, codes: Iterable[str], options: Iterable[str] = ()) -> Catalogue:
        """A catalogue of these codes and option names; of two names that look alike the first counts."""
        written: dict[str, str] = {}
        parts: list[list[str]] = []
        for code in codes:
            written.setdefault(normalise_code(code), code)
            parts.append(atoms(normalise(code)))
        names = [name for name in dict.fromkeys(options) if normalise_code(name)]
        spelt: dict[str, str] = {}
        for name in names:
            spelt.setdefault(normalise_code(name), name)
            parts.append(atoms(normalise(name)))
        sizes = {name for name in names if _NUMBERED.fullmatch(normalise_code(name))}
        for place, family in enumerate(SPELLINGS):
            spellings = family.split(", ")
            keys = [normalise_code(spelling) for spelling in spellings]
            known = [spelt[key] for key in keys if key in spelt]
            if place < _SIZES:
                sizes.update(known)
            for key, spelling in zip(keys, spellings, strict=True) if known else ():
                spelt.setdefault(key, known[0])
                parts.append(atoms(normalise(spelling)))
        written.pop("", None)
        return cls(
            codes=MappingProxyType(written),
            options=MappingProxyType(spelt),
            rank=MappingProxyType({name: place for place, name in enumerate(names)}),
            sizes=frozenset(sizes),
            colours=frozenset(name for name in names if normalise_code(name) in _COLOURS),
            beginnings=frozenset(
                normalise_code(" ".join(name[:count])) for name in parts for count in range(1, len(name))
            ),
            longest=max(map(len, parts), default=1),
        )

    def find(self, code: str | None) -> str | None:
        """The code as the show writes it, or None if the show does not have it."""
        return None if code is None else self.codes.get(normalise_code(code))
