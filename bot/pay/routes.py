"""The buyer's link. Looking at it changes nothing, as chat apps open every link they show; its button pays."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from aiohttp import web

from bot.kit.errors import Busy, LiveAssistError
from bot.pay.doorman import Doorman
from bot.pay.page import order_page, plain_page
from bot.problems import Handler, Problem, route_of
from bot.webhooks import ASSISTANT
from bot.workflows.follow_links import Link, Standing, ask_link, find_link, follow_link
from messaging.texts import Texts, known_language
from messaging.texts.languages import PLAIN

_log = logging.getLogger(__name__)

DOORMAN = web.AppKey("doorman", Doorman)

_REFUSED = {
    Standing.PAID: (409, "INVOICE_PAID", "This invoice is paid."),
    Standing.REFUNDED: (409, "INVOICE_CLOSED", "This invoice was paid, and the money was sent back."),
    Standing.RELEASED: (410, "INVOICE_CLOSED", "This invoice is void: there is nothing to pay."),
    Standing.EXPIRED: (410, "INVOICE_EXPIRED", "The time to pay this invoice is over."),
    Standing.MAKING: (409, "INVOICE_BEING_MADE", "This invoice is being made. Try again in a moment."),
    Standing.REFUSED: (503, "PROVIDER_UNAVAILABLE", "This invoice cannot be paid now. Write to the shop."),
}
"""What a script is told when there is nothing to pay."""


def add_routes(app: web.Application, *, proxies: int, clock: Callable[[], float] = time.monotonic) -> None:
    """The buyer's stable link; `proxies` is how many stand before us, `clock` counts the seconds between visits."""
    app[DOORMAN] = Doorman(proxies=proxies, clock=clock)
    app.router.add_get("/pay/{token}", _kindly(_look))
    app.router.add_post("/pay/{token}", _kindly(_pay))


def _kindly(handler: Handler) -> Handler:
    """The handler, for people: what nobody foresaw is a page in their language, too."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            if _wants_json(request):
                raise
            _log.exception("%s %s failed", request.method, route_of(request))
            texts = Texts(_language(request))
            return plain_page(texts.language, texts.say("page_trouble"), status=503, headers={"Retry-After": "60"})

    return handle


async def _look(request: web.Request) -> web.Response:
    link = await _link(request)
    if isinstance(link, web.Response):
        return link
    if link.replaced_by is not None and link.replaced_by.pay_token:
        raise web.HTTPFound(link.replaced_by.pay_token)  # beside this one, under whatever path we are
    assistant = request.app[ASSISTANT]
    waits = "done" in request.query
    if waits and link.standing is Standing.PAYABLE and request.app[DOORMAN].may_ask(link.invoice.pay_token):
        await ask_link(assistant, link)
        link = await find_link(assistant, link.invoice.pay_token) or link
    if _wants_json(request):
        return web.json_response(_told(link, assistant.settings.public_url), headers={"Cache-Control": "no-store"})
    return order_page(link, assistant.settings.public_url, waits=waits)


async def _pay(request: web.Request) -> web.Response:
    link = await _link(request)
    if isinstance(link, web.Response):
        return link
    assistant = request.app[ASSISTANT]
    url = None
    if link.standing is Standing.PAYABLE and not link.invoice.how_to_pay:
        try:
            url = await follow_link(assistant, link)
        except LiveAssistError as trouble:
            _log.warning("the page of invoice %s cannot be opened: %s", link.invoice.id, trouble)
            return _cannot_pay(request, link, trouble)
    if url is None:
        # Nothing to pay, or not any more, or the money is on its way: the page says which.
        again = await find_link(assistant, link.invoice.pay_token) or link
        if _wants_json(request):
            return web.json_response(_told(again, assistant.settings.public_url))
        done = "?done" if again.standing is Standing.PAYABLE and not again.invoice.how_to_pay else ""
        raise web.HTTPSeeOther(f"{link.invoice.pay_token}{done}")
    raise web.HTTPSeeOther(url, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


async def _link(request: web.Request) -> Link | web.Response:
    """The link of the address, or the refusal of somebody who comes too often, or to no link at all."""
    token = request.match_info["token"]
    texts = Texts(_language(request))
    wait = request.app[DOORMAN].wait(request, token)
    if wait > 0:
        retry = {"Retry-After": str(max(1, math.ceil(wait)))}
        if _wants_json(request):
            raise Problem(429, "TOO_MANY_REQUESTS", "That was too often. Try again in a minute.", headers=retry)
        return plain_page(texts.language, texts.say("page_busy"), status=429, headers=retry)
    link = await find_link(request.app[ASSISTANT], token)
    if link is None and _wants_json(request):
        raise Problem(404, "NOT_FOUND", "There is no such link.")
    return link or plain_page(texts.language, texts.say("page_unknown"), status=404)


def _cannot_pay(request: web.Request, link: Link, trouble: LiveAssistError) -> web.Response:
    if _wants_json(request):
        wait = trouble.retry_after if isinstance(trouble, Busy) and trouble.retry_after else 60
        raise Problem(
            503,
            "PROVIDER_UNAVAILABLE",
            "It cannot be paid right now. Try again in a minute, or write to the shop.",
            headers={"Retry-After": str(math.ceil(wait))},
        )
    return order_page(link, request.app[ASSISTANT].settings.public_url, trouble=True)


def _told(link: Link, public_url: str) -> dict[str, object]:
    """The same for a script. Raises Problem when there is nothing to pay."""
    if link.standing is not Standing.PAYABLE:
        status, code, message = _REFUSED[link.standing]
        raise Problem(status, code, message, headers={"Cache-Control": "no-store"})
    invoice = link.invoice
    return {
        "success": True,
        "status": invoice.status.value,
        "number": invoice.number,
        "amount_cents": invoice.rest.amount,
        "currency": invoice.currency,
        "pay_url": invoice.pay_link(public_url),
        "external_url": link.url,
    }


def _wants_json(request: web.Request) -> bool:
    """Whether a script asks: it says so, and no browser does."""
    accept = request.headers.get("Accept", "").lower()
    return "application/json" in accept and "text/html" not in accept


def _language(request: web.Request) -> str:
    """What a browser prefers of ours, for a page about no order."""
    for part in request.headers.get("Accept-Language", "")[:200].split(","):
        found = known_language(part.partition(";")[0])
        if found is not None:
            return found
    return PLAIN
