"""The item codes and option names of a show, arranged so that a comment finds them by look-up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.domain.reading.normal import atoms, normalise, normalise_code

#: Options that are the same thing under several spellings; the sizes first, then colours.
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
    "black, blk, itim",
    "white, wht, puti",
    "red, pula",
    "grey, gray",
    *("negro, negra", "blanco, blanca", "rojo, roja", "amarillo, amarilla", "morado, morada", "rosado, rosada"),
    *("dorado, dorada", "noir, noire", "blanc, blanche", "bleu, bleue", "vert, verte", "gris, grise"),
    *("đen, den", "trắng, trang", "đỏ, do", "vàng, vang", "hồng, hong", "tím, tim", "nâu, nau", "xám, xam"),
    *("sort, sorte", "hvid, hvidt, hvide", "hvit, hvitt", "vit, vitt", "rød, rødt, røde", "röd, rött, röda"),
    *("blå, blåt, blått", "grøn, grønt", "grønn, grønt", "grön, grönt"),
    *("黑色, 黑", "白色, 白", "紅色, 紅, 红色, 红", "藍色, 藍, 蓝色, 蓝", "綠色, 綠, 绿色, 绿", "黃色, 黃, 黄色, 黄"),
    *("粉色, 粉, 粉紅, 粉红, 粉紅色, 粉红色", "紫色, 紫", "灰色, 灰", "米色, 米", "咖啡色, 咖啡, 咖色, 咖", "橘色, 橘"),
    *("橙色, 橙", "金色, 金", "銀色, 銀, 银色, 银", "杏色, 杏", "卡其色, 卡其"),
    *("แดง, สีแดง", "ดำ, สีดำ", "ขาว, สีขาว", "ฟ้า, สีฟ้า", "น้ำเงิน, สีน้ำเงิน", "เขียว, สีเขียว", "เหลือง, สีเหลือง"),
    *("ชมพู, สีชมพู", "ม่วง, สีม่วง", "ส้ม, สีส้ม", "น้ำตาล, สีน้ำตาล", "เทา, สีเทา", "ครีม, สีครีม"),
    *("블랙, 검정, 검정색, 검은색, 블랙색", "화이트, 흰색, 하얀색", "핑크, 분홍, 분홍색", "베이지, 베이지색"),
    *("레드, 빨강, 빨간색", "블루, 파랑, 파란색", "그레이, 회색", "네이비, 남색", "옐로우, 노랑, 노란색"),
)
_SIZES = 12
_NUMBERED = re.compile("[0-9-]+")

#: A piece has one of these; a name like “black-white” is an option of its own.
COLOURS = (
    *SPELLINGS[_SIZES:],
    "blue, navy, green, yellow, pink, purple, orange, brown, beige, gold, silver, cream",
    "xanh, hitam, putih, merah, biru, hijau, kuning, azul, verde, rouge, jaune, svart, 초록",
)
#: What items come in anywhere, also in shows that do not list it.
SIZES_AND_COLOURS = frozenset(
    normalise_code(name) for line in (*SPELLINGS[:_SIZES], *COLOURS) for name in line.split(",")
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
                if place >= _SIZES and key in written:  # “粉+1 白+1” names two items, whatever is “白色”
                    continue
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
