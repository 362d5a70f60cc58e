"""Who may ask: API tokens, each for one workspace."""

from __future__ import annotations

from aiohttp import web

from bot.problems import Handler, Problem
from bot.webhooks import ASSISTANT
from storage import tokens
from storage.tokens import Bearer

_MAKE_ONE = "Make one with: live-assist token create --name my-script."

BEARER = web.RequestKey("bearer", Bearer)


def needs(scope: str, handler: Handler) -> Handler:
    """The handler, for tokens that include `scope`; it finds the bearer in the request."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        given = request.headers.getall("Authorization", [])
        kind, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if kind.lower() != "bearer" or not token:
            raise Problem(
                401,
                "UNAUTHORIZED",
                f"Send Authorization: Bearer <api token>. {_MAKE_ONE}",
                headers={"WWW-Authenticate": "Bearer"},
            )
        bearer = await request.app[ASSISTANT].database.read(tokens.bearer, token.strip())
        if bearer is None:
            raise Problem(
                401,
                "UNAUTHORIZED",
                f"This token is not known, or was revoked. {_MAKE_ONE}",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not bearer.may(scope):
            raise Problem(
                403,
                "SCOPE_TOO_SMALL",
                f"This needs a token with the scope {scope}. {_MAKE_ONE.removesuffix('.')} --scope {scope}.",
            )
        request[BEARER] = bearer
        return await handler(request)

    return guarded
