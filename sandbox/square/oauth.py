"""Where a seller agrees, and what an application gets for it. https://developer.squareup.com/docs/oauth-api/overview"""

from __future__ import annotations

import hmac
import itertools
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, PackageLoader

from sandbox.square.api import Access, Tokens, read_body
from sandbox.square.books import Books, Json
from sandbox.square.errors import Refused, unauthorised

TOKEN_LASTS = 30 * 86400
REFRESH_LASTS = 90 * 86400
CODE_LASTS = 300

_templates = Environment(loader=PackageLoader("sandbox.square"), autoescape=True)


@dataclass(kw_only=True)
class Application:
    """One that a seller may agree to."""

    id: str
    secret: str
    name: str
    redirect_uri: str


@dataclass(kw_only=True)
class _Grant:
    """What a seller has agreed to."""

    application: Application
    books: Books
    scopes: frozenset[str]
    challenge: str
    ends_at: float


@dataclass(kw_only=True)
class OAuth:
    """The page, and the tokens behind it."""

    merchants: Mapping[str, Books]
    tokens: Tokens
    now: Callable[[], float]
    applications: dict[str, Application] = field(default_factory=dict)
    _codes: dict[str, _Grant] = field(default_factory=dict)
    _refreshes: dict[str, _Grant] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def routes(self, app: web.Application) -> None:
        """Add the page's and the tokens' routes."""
        app.router.add_get("/oauth2/authorize", self._page)
        app.router.add_post("/oauth2/authorize", self._decide)
        app.router.add_post("/oauth2/token", self._door(self._token))
        app.router.add_post("/oauth2/revoke", self._door(self._revoke))
        app.router.add_post("/oauth2/token/status", self._door(self._status))

    def _door(self, deed: Callable[[web.Request, bytes], Json]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def door(request: web.Request) -> web.Response:
            try:
                return web.json_response(deed(request, await request.read()))
            except Refused as no:
                return web.json_response(no.body(), status=no.status)

        return door

    async def _page(self, request: web.Request) -> web.Response:
        application = self._asking(request)
        html = _templates.get_template("authorize.html").render(
            application=application.name,
            scopes=sorted(request.query["scope"].split()),
            merchants=[(one.id, one.merchant["business_name"]) for one in self.merchants.values()],
        )
        return web.Response(text=html, content_type="text/html")

    async def _decide(self, request: web.Request) -> web.Response:
        application, form = self._asking(request), await request.post()
        back = {"state": request.query.get("state", "")}
        books = self.merchants.get(str(form.get("merchant")))
        if form.get("choice") != "allow" or books is None:
            back |= {"error": "access_denied", "error_description": "user_denied"}
        else:
            back |= {"code": self.allow(application, books, request.query), "response_type": "code"}
        raise web.HTTPFound(f"{application.redirect_uri}?{urlencode(back)}")

    def allow(self, application: Application, books: Books, asked: Mapping[str, str]) -> str:
        """The seller agrees: a code to be exchanged within five minutes."""
        code = f"sandbox-sq0cgb-{self._secret('code')}"
        self._codes[code] = _Grant(
            application=application,
            books=books,
            scopes=frozenset(asked["scope"].split()),
            challenge=asked.get("code_challenge", ""),
            ends_at=self.now() + CODE_LASTS,
        )
        return code

    def revoke(self, books: Books, application_id: str, *, by: str) -> None:
        """Every token of this seller and application is worth nothing from now on."""
        for token, access in list(self.tokens.valid.items()):
            if access.books is books and access.scopes is not None:
                del self.tokens.valid[token]
                self.tokens.revoked.add(token)
        self._refreshes = {
            token: grant
            for token, grant in self._refreshes.items()
            if not (grant.books is books and grant.application.id == application_id)
        }
        told = {"revoked_at": books.time(), "revoker_type": by}
        books.emit("oauth.authorization.revoked", "revocation", books.new_id(36), told)
        books.applications.discard(application_id)

    def _asking(self, request: web.Request) -> Application:
        application = self.applications.get(request.query.get("client_id", ""))
        if application is None or not request.query.get("scope"):
            raise web.HTTPBadRequest(text="Square does not know this application, or it asks for nothing.")
        if request.query.get("redirect_uri", application.redirect_uri) != application.redirect_uri:
            raise web.HTTPBadRequest(text="The redirect URL is not the application's.")
        return application

    def _token(self, request: web.Request, body: bytes) -> Json:
        asked = read_body("POST /oauth2/token", request, body)
        application = self.applications.get(asked["client_id"])
        if application is None:
            raise unauthorised("Application not found.", status=401)
        secret = asked.get("client_secret")
        if secret is not None and not hmac.compare_digest(secret.encode(), application.secret.encode()):
            raise unauthorised("The client secret is wrong.")
        if asked["grant_type"] == "authorization_code":
            return self._for_code(application, asked, with_secret=secret is not None)
        if asked["grant_type"] == "refresh_token":
            return self._for_refresh(application, asked, with_secret=secret is not None)
        raise Refused("INVALID_VALUE", "Unknown grant type.", field="grant_type")

    def _for_code(self, application: Application, asked: Json, *, with_secret: bool) -> Json:
        grant = self._codes.pop(asked.get("code", ""), None)
        if grant is None or grant.application is not application or self.now() >= grant.ends_at:
            raise unauthorised("Authorization code not found.")
        if asked.get("redirect_uri", application.redirect_uri) != application.redirect_uri:
            raise Refused("INVALID_VALUE", "The redirect URL is not the application's.", field="redirect_uri")
        verifier = asked.get("code_verifier", "")
        if grant.challenge:
            made = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
            if made != grant.challenge:
                raise unauthorised("The code verifier does not match.")
        elif not with_secret:
            raise Refused("MISSING_REQUIRED_PARAMETER", "Missing `client_secret`.", field="client_secret")
        grant.books.applications.add(application.id)
        return self._give(grant, "", pkce=not with_secret)

    def _for_refresh(self, application: Application, asked: Json, *, with_secret: bool) -> Json:
        refresh = asked.get("refresh_token", "")
        grant = self._refreshes.get(refresh)
        if grant is None or grant.application is not application or self.now() >= grant.ends_at:
            raise unauthorised("The refresh token is not valid.")
        if bool(grant.challenge) == with_secret:
            raise unauthorised("The refresh token belongs to the other flow.")
        if not with_secret:
            del self._refreshes[refresh]  # PKCE gives a new one every time
        return self._give(grant, refresh if with_secret else "", pkce=not with_secret)

    def _give(self, grant: _Grant, refresh: str, *, pkce: bool) -> Json:
        access, ends_at = f"EAAA{self._secret('access')}", self.now() + TOKEN_LASTS
        refresh = refresh or f"EQAA{self._secret('refresh')}"
        self.tokens.valid[access] = Access(books=grant.books, scopes=grant.scopes, ends_at=ends_at)
        grant.ends_at = self.now() + REFRESH_LASTS if pkce else float("inf")
        self._refreshes[refresh] = grant
        answer = {
            "access_token": access,
            "token_type": "bearer",
            "expires_at": _written(ends_at),
            "merchant_id": grant.books.id,
            "refresh_token": refresh,
            "short_lived": False,
        }
        return answer | ({"refresh_token_expires_at": _written(grant.ends_at)} if pkce else {})

    def _status(self, request: web.Request, _body: bytes) -> Json:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        access = self.tokens.valid.get(token) if kind == "Bearer" else None
        if access is None or (access.ends_at is not None and self.now() >= access.ends_at):
            raise unauthorised("The access token is not valid.")
        ends = {"expires_at": _written(access.ends_at)} if access.ends_at is not None else {}
        return {"scopes": sorted(access.scopes or ()), "merchant_id": access.books.id, **ends}

    def _revoke(self, request: web.Request, body: bytes) -> Json:
        asked = read_body("POST /oauth2/revoke", request, body)
        application = self.applications.get(asked.get("client_id", ""))
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if application is None or kind != "Client" or not hmac.compare_digest(secret, application.secret):
            raise unauthorised("Authorize with `Client` and the application's secret.")
        access = self.tokens.valid.get(asked.get("access_token", ""))
        merchant = access.books if access else self.merchants.get(asked.get("merchant_id", ""))
        if merchant is None:
            raise Refused("NOT_FOUND", "There is no such token.", status=404)
        self.revoke(merchant, application.id, by="APPLICATION")
        return {"success": True}

    def _secret(self, what: str) -> str:
        return sha256(f"{what}/{next(self._numbers)}".encode()).hexdigest()


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
