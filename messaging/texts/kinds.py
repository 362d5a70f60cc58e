"""The kinds of text that buyers read, and the facts each of them must give and may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing there is to say."""

    name: str
    about: str
    """When it is said."""
    needs: tuple[str, ...] = ()
    """Facts without which it says nothing."""
    may: tuple[str, ...] = ("name",)
    """Facts it may use beside those."""

    @property
    def facts(self) -> tuple[str, ...]:
        """Everything it may use."""
        named = ("item", "title") if "code" in self.needs else ()
        return tuple(dict.fromkeys((*self.needs, *named, *self.may)))


STANDS_FOR: Mapping[str, str] = MappingProxyType({"item": "code"})
"""“{item}” is a code with its title: where a code is needed, it will do."""

_ANSWERS = (
    Kind("got_it", "a claim won", ("code",), ("name", "price", "quantity")),
    Kind("waitlisted", "a claim waits", ("code", "position")),
    Kind("only_left", "more was asked for than there is", ("code", "left")),
    Kind("sold_out", "nothing is left", ("code",)),
    Kind("unknown_code", "no item has that code", ("code",)),
    Kind("closed", "the item is closed", ("code",)),
    Kind("duplicate", "they have it or wait for it already", ("code",)),
    Kind("limit", "they would have more than one buyer may", ("code",)),
    Kind("released", "an operator took it back", ("code",)),
    Kind("cancelled", "they gave it back", ("code",)),
    Kind("late", "the show has ended", ()),
    Kind("which_one", "the comment can be read in two ways", ()),
)
_OTHERS = (
    Kind("promoted", "what they waited for is theirs", ("code",), ()),
    Kind("taken_back", "what they were told is theirs is not", ("code",), ()),
    Kind("in_line", "their place, behind another sentence", ("position",), ()),
    Kind("link", "the order with its pay link", ("lines", "total"), ("name", "show")),
    Kind("prompt", "in public: please open a private chat", (), ("name",)),
    Kind("greeting", "they pressed Start", (), ()),
    Kind("nothing_open", "they wrote in private and owe nothing", (), ()),
    Kind("reminder", "they wrote in private and owe something", ("total",), ()),
    Kind("thanks", "their payment has arrived", ("total",), ()),
    Kind("part_thanks", "a part of what they owe has arrived", ("paid", "total"), ()),
    Kind("money_back", "money goes back to them", ("total",), ()),
    Kind("subscription", "what they pay again and again, with its first payment", ("title", "total", "every"), ()),
    Kind("every_day", "how often, in that sentence", (), ()),
    Kind("every_week", "how often, in that sentence", (), ()),
    Kind("every_month", "how often, in that sentence", (), ()),
    Kind("every_year", "how often, in that sentence", (), ()),
    Kind("slip_thanks", "they sent a picture of a transfer", (), ()),
    Kind("slip_missing", "the transfer in their picture has not come", ("total",), ()),
    Kind("cart", "they asked what they have", ("lines", "total"), ("name", "show")),
    Kind("cart_waits", "a line of it: what they wait for", ("code", "position"), ()),
    Kind("cart_empty", "they asked, and have nothing", (), ("name", "show")),
    Kind("pay_button", "the button of a pay link", ("total",), ()),
    Kind("open_button", "the button that opens the private chat", (), ()),
    Kind("your_turn", "what they waited for is offered to them", ("code", "time"), ()),
    Kind("kept_for", "how long it is kept for them, behind another sentence", ("time",), ()),
    Kind("turn_taken_back", "they were told it is their turn, and it is not", ("code",), ()),
    Kind("take_it_button", "the button that takes an offer", (), ()),
    Kind("no_thanks_button", "the button that declines it", (), ()),
    Kind("turn_taken", "they took the offer", ("code",), ()),
    Kind("turn_declined", "they declined the offer", ("code",), ()),
    Kind("turn_yours_already", "they took it again", ("code",), ()),
    Kind("turn_kept", "they declined what they have already", ("code",), ()),
    Kind("turn_not_yet", "they answered an offer that was taken back", ("code", "position"), ()),
    Kind("turn_gone", "they answered an offer they had declined", ("code",), ()),
    Kind("turn_missed", "they answered an offer too late", ("code",), ()),
    Kind("turn_not_yours", "they answered an offer to somebody else", (), ()),
    Kind("hold_reminder", "the time to pay is nearly over", ("lines",), ()),
    Kind("hold_line", "a line of it: how long an item is still kept", ("code", "time"), ()),
    Kind("more_time", "an operator gave them more time", ("time", "lines"), ()),
    Kind("hold_over", "the time to pay is over", ("code",), ()),
    Kind("hold_yielded", "somebody waits for what they have not paid", ("code",), ()),
    Kind("turn_over", "the time to take an offer is over", ("code",), ()),
    Kind("late_paid", "they paid late, and it was still free", ("code",), ()),
    Kind("late_lost", "they paid late, and it was gone", ("code",), ()),
    Kind("covered", "their order leaves nothing to pay", ("lines",), ("name", "show")),
    Kind("coupon_counts", "the coupon they wrote counts", ("coupon", "worth"), ("show",)),
    Kind("coupon_from", "from which sum on, behind another sentence", ("total",), ()),
    Kind("coupon_used", "the coupon they wrote was theirs before", ("coupon",), ()),
    Kind("coupon_over", "the coupon they wrote counts no more", ("coupon",), ()),
    Kind("coupon_currency", "it counts in another currency", ("coupon", "currency"), ()),
    Kind("new_link", "another pay link replaces theirs, behind another sentence", (), ()),
    Kind("giveaway", "they won a draw", ("prize",), ()),
    Kind("board_left", "scoreboard: pieces left", ("left",), ()),
    Kind("board_sold_out", "scoreboard: nothing left", (), ()),
    Kind("board_waiting", "scoreboard: how many wait", ("count",), ()),
    Kind("board_closed", "scoreboard: closed", (), ()),
    Kind("board_more", "scoreboard: how many items there was no room for", ("count",), ()),
    Kind("board_ended", "scoreboard: the show is over", (), ()),
    Kind("page_order", "pay page: what it is about", ("show",), ()),
    Kind("page_total", "pay page: before the sum of the order", (), ()),
    Kind("page_paid_part", "pay page: before what is paid of it already", (), ()),
    Kind("page_due", "pay page: before what is still to be paid", (), ()),
    Kind("page_shipping", "pay page: the line of the shipping", (), ()),
    Kind("page_credit", "pay page: the line of the store credit", (), ()),
    Kind("page_where", "pay page: where its button leads", ("provider",), ()),
    Kind("page_paid", "pay page: the order is paid", ("total",), ()),
    Kind("page_moment", "pay page: they have paid, and it is not confirmed yet", (), ()),
    Kind("page_making", "pay page: it cannot be paid yet", (), ()),
    Kind("page_released", "pay page: the order was taken back", (), ()),
    Kind("page_expired", "pay page: the time to pay is over", (), ()),
    Kind("page_refunded", "pay page: the money was sent back", (), ()),
    Kind("page_trouble", "pay page: it cannot be paid now", (), ()),
    Kind("page_unknown", "pay page: there is no order", (), ()),
    Kind("page_busy", "pay page: opened too often", (), ()),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in (*_ANSWERS, *_OTHERS)})
"""Every kind by its name, answers to comments first."""
ANSWERS = frozenset(kind.name for kind in _ANSWERS)
"""Those that answer a comment; many people read them side by side, so they have several wordings."""
