"""Connect by OAuth: a seller agrees on a page, the platform trades the code it gets for their account.

https://docs.stripe.com/connect/oauth-reference
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader

from sandbox.stripe.books import Books
from sandbox.stripe.errors import Refused
from sandbox.stripe.form import FORM
from sandbox.stripe.resources import random_text

CODE_LASTS = 300
"""Seconds a code is good for."""

_TOKEN = {"grant_type", "code", "client_secret", "assert_capabilities", "scope", "refresh_token"}
_DEAUTHORIZE = {"client_id", "stripe_user_id", "client_secret"}

_templates = Environment(loader=PackageLoader("sandbox.stripe"), autoescape=True)


@dataclass(kw_only=True)
class Platform:
    """An account that others connect to, by the client id they see."""

    books: Books
    redirect_uris: set[str]


@dataclass(kw_only=True)
class _Code:
    client_id: str
    account_id: str
    made_at: float
    used: bool = False


@dataclass(kw_only=True)
class Connect:
    """The pages and calls of connect.stripe.com."""

    accounts: Mapping[str, Books]
    caller: Callable[[web.Request], Books]
    clock: Callable[[], float]
    platforms: dict[str, Platform] = field(default_factory=dict)
    _codes: dict[str, _Code] = field(default_factory=dict)

    def routes(self, app: web.Application) -> None:
        """Add the pages and calls."""
        app.router.add_get("/oauth/authorize", self._show)
        app.router.add_post("/oauth/authorize", self._answer)
        app.router.add_post("/oauth/token", self._token)
        app.router.add_post("/oauth/deauthorize", self._deauthorize)

    def code(self, client_id: str, account_id: str) -> str:
        """What the seller's browser brings back when they agree."""
        code = f"ac_{random_text(32)}"
        self._codes[code] = _Code(client_id=client_id, account_id=account_id, made_at=self.clock())
        return code

    def disconnect(self, client_id: str, account_id: str) -> None:
        """End a connection, whoever asked for it; the platform hears of it."""
        platform, account = self.platforms[client_id].books, self.accounts[account_id]
        account.emit("account.application.deauthorized", {"id": client_id, "object": "application", "name": "Platform"})
        platform.connected.pop(account_id)
        account.platforms.remove(platform)

    async def _show(self, request: web.Request) -> web.Response:
        platform = self._asked(request)
        others = [books.account for books in self.accounts.values() if books is not platform.books]
        html = _templates.get_template("connect.html").render(
            platform=platform.books.account["business_profile"]["name"],
            accounts=others,
        )
        return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def _answer(self, request: web.Request) -> web.Response:
        self._asked(request)
        client_id = request.query["client_id"]
        chosen = str((await request.post()).get("account", ""))
        given = {"state": request.query.get("state", "")}
        if chosen in self.accounts:
            given |= {"code": self.code(client_id, chosen), "scope": "read_write"}
        else:
            given |= {"error": "access_denied", "error_description": "The user denied your request"}
        raise web.HTTPSeeOther(f"{self._redirect(request)}?{urlencode(given)}")

    def _asked(self, request: web.Request) -> Platform:
        platform = self.platforms.get(request.query.get("client_id", ""))
        if platform is None:
            raise web.HTTPBadRequest(text="No application matches the supplied client identifier")
        if request.query.get("response_type") != "code":
            raise web.HTTPBadRequest(text="response_type must be code")
        if request.query.get("scope", "read_only") not in ("read_write", "read_only"):
            raise web.HTTPBadRequest(text="Invalid scope")
        if self._redirect(request) not in platform.redirect_uris:
            raise web.HTTPBadRequest(text="Invalid redirect URI: it is not among those registered for this application")
        return platform

    def _redirect(self, request: web.Request) -> str:
        return request.query.get("redirect_uri", "")

    async def _token(self, request: web.Request) -> web.Response:
        platform, given = await self._call(request, _TOKEN)
        if isinstance(given, web.Response):
            return given
        if given.get("grant_type") != "authorization_code":
            return _refusal("unsupported_grant_type", f"Unsupported grant type: {given.get('grant_type', '')}")
        code = self._codes.get(given.get("code", ""))
        if code is None or self.platforms[code.client_id].books is not platform:
            return _refusal("invalid_grant", f"Authorization code does not exist: {given.get('code', '')}")
        if self.clock() - code.made_at > CODE_LASTS:
            return _refusal("invalid_grant", "Authorization code expired")
        account = self.accounts[code.account_id]
        if code.used:
            if platform in account.platforms:
                self.disconnect(code.client_id, code.account_id)
            said = "This authorization code has already been used. All tokens issued with this code have been revoked."
            return _refusal("invalid_grant", said)
        code.used = True
        if platform not in account.platforms:
            platform.connected[account.id] = account
            account.platforms.append(platform)
        account.emit(
            "account.application.authorized", {"id": code.client_id, "object": "application", "name": "Platform"}
        )
        return web.json_response(
            {
                "access_token": f"sk_test_{random_text(32)}",
                "livemode": False,
                "refresh_token": f"rt_{random_text(32)}",
                "scope": "read_write",
                "stripe_publishable_key": f"pk_test_{random_text(32)}",
                "stripe_user_id": account.id,
                "token_type": "bearer",
            }
        )

    async def _deauthorize(self, request: web.Request) -> web.Response:
        platform, given = await self._call(request, _DEAUTHORIZE)
        if isinstance(given, web.Response):
            return given
        client_id, account_id = given.get("client_id", ""), given.get("stripe_user_id", "")
        if client_id not in self.platforms or self.platforms[client_id].books is not platform:
            return _refusal("invalid_client", f"No such application: '{client_id}'", status=401)
        if account_id not in platform.connected:
            said = f"This application is not connected to stripe account {account_id}, or that account does not exist."
            return _refusal("invalid_client", said, status=401)
        self.disconnect(client_id, account_id)
        return web.json_response({"stripe_user_id": account_id})

    async def _call(self, request: web.Request, known: set[str]) -> tuple[Books, dict[str, str] | web.Response]:
        try:
            platform = self.caller(request)
        except Refused as no:
            return next(iter(self.accounts.values())), web.json_response(no.body(), status=no.status)
        if request.content_type != FORM:
            return platform, _refusal("invalid_request", f"The content type is not {FORM}")
        given = {name: str(value) for name, value in (await request.post()).items()}
        unknown = given.keys() - known
        if unknown or "Stripe-Account" in request.headers:
            return platform, _refusal("invalid_request", f"Received unknown parameter: {', '.join(sorted(unknown))}")
        return platform, given


def registered(uri: str) -> str:
    """An address that may be registered: whole, and without a fragment."""
    parts = urlsplit(uri)
    if not (parts.scheme and parts.netloc) or parts.fragment:
        raise ValueError(f"{uri} cannot be a redirect URI")
    return uri


def _refusal(code: str, said: str, *, status: int = 400) -> web.Response:
    return web.json_response({"error": code, "error_description": said}, status=status)
