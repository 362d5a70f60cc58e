"""The pages people see: where a buyer pays, and where a merchant lets an app in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader

from sandbox.clover.books import DECLINED_CARD, GOOD_CARD, Declined, Merchant, NotOpen, Session
from sandbox.clover.tokens import Tokens

_CARDS = {"pay": GOOD_CARD, "decline": DECLINED_CARD}
_SAID = {
    "OPEN": "",
    "PAID": "This order is paid. Thank you.",
    "EXPIRED": "This checkout page has expired. Ask the seller for a new link.",
}

_templates = Environment(loader=PackageLoader("sandbox.clover"), autoescape=True)
_templates.filters["money"] = lambda cents, currency: f"{cents // 100}.{cents % 100:02} {currency}"

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


class Pages:
    """Serves the pages of every merchant."""

    def __init__(self, merchants: Mapping[str, Merchant], tokens: Tokens) -> None:
        self._merchants = merchants
        self._tokens = tokens

    def routes(self, app: web.Application) -> None:
        """Add the pages' routes."""
        app.router.add_get("/checkout/{session}", self._show)
        app.router.add_post("/checkout/{session}", self._answer)
        app.router.add_get("/oauth/v2/authorize", self._ask)
        app.router.add_post("/oauth/v2/authorize", self._agree)

    async def _show(self, request: web.Request) -> web.Response:
        return _pay_page(*self._session(request))

    async def _answer(self, request: web.Request) -> web.Response:
        merchant, session = self._session(request)
        choice = str((await request.post()).get("choice"))
        if merchant.state_of(session) == "OPEN" and choice not in _CARDS:
            raise web.HTTPSeeOther(session.redirects.get("cancel") or str(request.rel_url))
        try:
            merchant.pay(session.id, _CARDS.get(choice, GOOD_CARD))
        except NotOpen:
            return _pay_page(merchant, session)
        except Declined:
            if "failure" in session.redirects:
                raise web.HTTPSeeOther(session.redirects["failure"]) from None
            return _pay_page(merchant, session, declined=True)
        raise web.HTTPSeeOther(session.redirects.get("success") or str(request.rel_url))

    async def _ask(self, request: web.Request) -> web.Response:
        self._check_app(request)
        return _render("allow.html", merchants=list(self._merchants.values()), app_id=self._tokens.app_id)

    async def _agree(self, request: web.Request) -> web.Response:
        redirect_uri = self._check_app(request)
        merchant = self._merchants.get(str((await request.post()).get("merchant")))
        if merchant is None:
            raise web.HTTPSeeOther(_with(redirect_uri, error="access_denied", state=request.query.get("state", "")))
        raise web.HTTPSeeOther(
            _with(
                redirect_uri,
                merchant_id=merchant.id,
                employee_id="E1MPL0YEE0001",
                client_id=self._tokens.app_id,
                code=self._tokens.agree(merchant.id),
                state=request.query.get("state", ""),
            )
        )

    def _check_app(self, request: web.Request) -> str:
        asked = request.query
        if asked.get("client_id") != self._tokens.app_id or asked.get("response_type", "code") != "code":
            raise web.HTTPBadRequest(text="There is no such app.")
        redirect_uri = asked.get("redirect_uri", "")
        known = self._tokens.redirect_uris
        if not redirect_uri or (known and redirect_uri not in known):
            raise web.HTTPBadRequest(text="The redirect_uri is not one of the app's.")
        return redirect_uri

    def _session(self, request: web.Request) -> tuple[Merchant, Session]:
        for merchant in self._merchants.values():
            session = merchant.sessions.get(request.match_info["session"])
            if session is not None:
                return merchant, session
        raise web.HTTPNotFound(text="There is no such checkout page.")


def _pay_page(merchant: Merchant, session: Session, *, declined: bool = False) -> web.Response:
    state = merchant.state_of(session)
    shown = {"merchant": merchant, "session": session, "state": state, "said": _SAID[state], "declined": declined}
    return _render("pay.html", 402 if declined else 200, **shown)


def _render(template: str, status: int = 200, **shown: Any) -> web.Response:
    html = _templates.get_template(template).render(**shown)
    return web.Response(text=html, content_type="text/html", status=status, headers=_HEADERS)


def _with(url: str, **more: str) -> str:
    parts = urlsplit(url)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), *more.items()])).geturl()
