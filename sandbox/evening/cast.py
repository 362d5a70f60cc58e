"""Who is there on Friday evening: the seller, the buyers in a Telegram group and below a Facebook live video."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SHOP = "Mai's Closet"
SELLER = "Mai Linh"


class Platform(StrEnum):
    """Where somebody chats."""

    TELEGRAM = "telegram"
    FACEBOOK = "facebook"


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Somebody who comes to the sale."""

    name: str
    platform: Platform
    username: str = ""
    presses_start: bool = True
    """On Telegram: whether they open the private chat before the show, without which a bot cannot write to them."""

    @property
    def handle(self) -> str:
        """What the operator types for them."""
        return f"@{self.username or ''.join(self.name.split())}"


def _telegram(name: str, username: str, *, presses_start: bool = True) -> Guest:
    return Guest(name=name, username=username, platform=Platform.TELEGRAM, presses_start=presses_start)


def _facebook(name: str) -> Guest:
    return Guest(name=name, platform=Platform.FACEBOOK)


ANA = _telegram("Ana Ortiz", "ana_o")
BEA = _telegram("Bea Lund", "bealund")
CARLA = _telegram("Carla Reyes", "carla_r")
DORA = _telegram("Dora Klein", "dora_k")
EMI = _telegram("Emi Sato", "emisato")
FAY = _telegram("Fay 林", "fay_lin")
GINA = _telegram("Gina Rossi", "ginar")
HANA = _telegram("Hana Kim", "hanakim", presses_start=False)
IRIS = _telegram("Iris Bell", "iris_bell", presses_start=False)
JUDY = _telegram("Judy Park", "judypark")
KIM = _telegram("Kim Tran", "kimtran", presses_start=False)
NOOR = _telegram("نور حداد", "noor_h", presses_start=False)

LAN = _facebook("Lan Nguyen")
MIA = _facebook("Mia Cole")
NINA = _facebook("Nina Cruz")
OLGA = _facebook("Olga Petrova")
PAM = _facebook("Pam Lee")
QUYNH = _facebook("Quỳnh Lê")
ROSA = _facebook("Rosa Diaz")
SOFIA = _facebook("Sofia Marino")
TESS = _facebook("Tess Young")
UMA = _facebook("Uma Patel")
VERA = _facebook("Vera Wolf")
WEN = _facebook("陳雯")
XENIA = _facebook("Xenia Bloom")
YARA = _facebook("يارا منصور")
ZOE = _facebook("Zoe Adler")
