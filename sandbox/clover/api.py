"""The three hosts on the wire, under one base: who asks, for which merchant, how often, and in which words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from sandbox.clover import checkouts, ecommerce, platform
from sandbox.clover.books import Merchant
from sandbox.clover.errors import Refused
from sandbox.clover.limits import Limits
from sandbox.clover.tokens import Tokens

_Answer = dict[str, Any]


class Api:
    """Takes requests apart, refuses what Clover refuses, and has the rest carried out."""

    def __init__(self, merchants: Mapping[str, Merchant], tokens: Tokens, now: Callable[[], float]) -> None:
        self.limits = Limits()
        self.site = ""
        self._merchants = merchants
        self._tokens = tokens
        self._memory = ecommerce.Memory()
        self._now = now

    def routes(self, app: web.Application) -> None:
        """Every route there is; any other is answered 404."""
        add = app.router.add_route
        add("POST", "/oauth/v2/{what:token|refresh|recovery}", self._flat(self._oauth))
        add("GET", "/v3/merchants/{merchant}", self._flat(self._platform))
        add("GET", "/v3/merchants/{merchant}/{things}", self._flat(self._platform))
        add("GET", "/v3/merchants/{merchant}/{things}/{thing}", self._flat(self._platform))
        add("POST", "/invoicingcheckoutservice/v1/checkouts", self._flat(self._open_page))
        add("GET", "/invoicingcheckoutservice/v1/checkouts/{session}", self._flat(self._show_page))
        add("POST", "/v1/refunds", self._nested(self._refund))
        add("GET", "/v1/{things:refunds|charges}/{thing}", self._nested(self._show_ecommerce))
        add("GET", "/v1/charges", self._nested(self._show_charges))

    def _flat(self, carry_out: Callable[[web.Request], Awaitable[_Answer]]) -> Callable[..., Awaitable[web.Response]]:
        return self._answering(carry_out, ecommerce=False)

    def _nested(self, carry_out: Callable[[web.Request], Awaitable[_Answer]]) -> Callable[..., Awaitable[web.Response]]:
        return self._answering(carry_out, ecommerce=True)

    def _answering(
        self, carry_out: Callable[[web.Request], Awaitable[_Answer]], *, ecommerce: bool
    ) -> Callable[..., Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                token = request.headers.get("Authorization", "")
                app = self._tokens.app_id if self._tokens.merchant_of(token.removeprefix("Bearer ")) else ""
                if not token:
                    return web.json_response(await carry_out(request))
                with self.limits.admit(token, app, self._now()):
                    return web.json_response(await carry_out(request))
            except Refused as no:
                return web.json_response(no.body(ecommerce=ecommerce), status=no.status, headers=no.headers)

        return answer

    async def _oauth(self, request: web.Request) -> _Answer:
        asked = await _json(request)
        deeds = {"token": self._tokens.token, "refresh": self._tokens.refresh, "recovery": self._tokens.recover}
        return deeds[request.match_info["what"]](asked)

    async def _platform(self, request: web.Request) -> _Answer:
        merchant = self._who(request, platform=True)
        asked = dict(request.query)
        if request.match_info["merchant"] != merchant.id:
            raise Refused(401)
        things, thing = request.match_info.get("things"), request.match_info.get("thing")
        if things is None:
            return platform.merchant(merchant, asked)
        if thing is None and things in platform.ALL:
            return platform.ALL[things](merchant, asked)
        if thing is not None and things in platform.ONE:
            return platform.ONE[things](merchant, asked, thing)
        raise Refused(404)

    async def _open_page(self, request: web.Request) -> _Answer:
        merchant = self._page_owner(request)
        return checkouts.create(merchant, await _json(request), self.site)

    async def _show_page(self, request: web.Request) -> _Answer:
        return checkouts.show(self._page_owner(request), request.match_info["session"], self.site)

    async def _refund(self, request: web.Request) -> _Answer:
        merchant = self._who(request)
        key = request.headers.get("idempotency-key")
        return ecommerce.create_refund(merchant, await _json(request), key, self._memory)

    async def _show_ecommerce(self, request: web.Request) -> _Answer:
        show = ecommerce.refund if request.match_info["things"] == "refunds" else ecommerce.charge
        return show(self._who(request), request.match_info["thing"])

    async def _show_charges(self, request: web.Request) -> _Answer:
        return ecommerce.charges(self._who(request), request.query)

    def _page_owner(self, request: web.Request) -> Merchant:
        merchant = self._who(request)
        if request.headers.get("X-Clover-Merchant-Id") != merchant.id:
            raise Refused(400, "X-Clover-Merchant-Id is not the merchant of this token")
        if request.query_string:
            raise Refused(400, "No query parameters are expected")
        return merchant

    def _who(self, request: web.Request, *, platform: bool = False) -> Merchant:
        """Whose token or private key this is; 401 for anything else, as Clover answers."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        by_token = self._tokens.merchant_of(given)
        by_key = next((one for one in self._merchants.values() if given and one.private_key == given), None)
        merchant = self._merchants.get(by_token) if by_token else by_key
        if scheme != "Bearer" or merchant is None:
            raise Refused(401)
        if platform and not by_token and not merchant.key_reads_platform:
            raise Refused(401)
        return merchant


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise Refused(415)
    try:
        asked = json.loads(await request.read())
    except ValueError:
        raise Refused(400, "The body is not JSON") from None
    if not isinstance(asked, dict):
        raise Refused(400, "The body is not an object")
    return asked
