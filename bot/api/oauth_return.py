"""Where a provider's page sends a seller back to: the state they bring is what they may come with, and nothing else."""

from __future__ import annotations

from html import escape

from aiohttp import web

from bot.api.integration_looks import FEATURE, INTEGRATION, the_provider
from bot.api.integration_shapes import connected_json
from bot.api.provider_problems import problem_of
from bot.api.table import VARIANT, Route, register
from bot.kit.errors import BadInput, OutsideError
from bot.webhooks import ASSISTANT
from bot.workflows.connect_by_oauth import finish_oauth

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The address holds a code and a state: it is kept nowhere and told nobody."""

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 15vh auto 0; padding: 0 1rem }}
</style>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</html>
"""


def add_routes(app: web.Application) -> None:
    """Open to everybody: whoever comes without a state of ours gets nothing."""
    register(app, ROUTES)


async def _callback(request: web.Request) -> web.Response:
    provider = the_provider(request.match_info, request.app[VARIANT])
    wants_json = _wants_json(request)
    try:
        if any(len(request.query.getall(name)) > 1 for name in request.query):
            raise BadInput("Each name may be there once.")
        agreed = await finish_oauth(request.app[ASSISTANT], provider.name, dict(request.query))
    except (BadInput, OutsideError) as trouble:
        problem = problem_of(provider.name, trouble, otherwise="STATE_INVALID")
        if wants_json:
            problem.headers.update(_HEADERS)
            raise problem from None
        return _page(f"{provider.display_name} is not connected", problem.message, status=problem.status)
    if wants_json:
        return web.json_response(connected_json(provider.name, agreed.connection), headers=_HEADERS)
    account = agreed.connection.account
    return _page(
        f"{provider.display_name} is connected",
        f"{account.name or account.id} takes payments for you now. You can close this page and go back to the chat.",
    )


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "").lower()
    return "application/json" in accepted and "text/html" not in accepted


def _page(title: str, text: str, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        text=_PAGE.format(title=escape(title), text=escape(text)),
        content_type="text/html",
        headers=_HEADERS,
    )


ROUTES = (
    Route(
        method="GET",
        path=f"{INTEGRATION}/callback",
        does="Finish connecting on the provider's page, which sends its visitors here; a page for people, "
        "or JSON for who asks for it",
        handler=_callback,
        answers="Connected",
        scope="",
        query=("state", "code", "error"),
        conflicts=("PROVIDER_INVALID_TOKEN", "PROVIDER_REFUSED"),
        feature=FEATURE,
        outside=True,
    ),
)
