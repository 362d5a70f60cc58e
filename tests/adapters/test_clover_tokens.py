"""Clover's tokens: they end after half an hour, and the one that renews them is good once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import aiohttp
import pytest

from adapters.base import App, FixedKeys
from adapters.clover import CloverProvider
from adapters.clover.hosts import Hosts
from bot.jobs.duties import AllMine
from bot.jobs.replica import Replica
from bot.kit.errors import BadInput, NotAuthorised, OutcomeUnknown, Refused, Unreachable
from bot.workflows.renew_credentials import Renewal
from sandbox.clover import APP_ID, MERCHANT_ID
from storage import integrations, workspaces
from storage.crypto import Vault
from storage.database import Database
from storage.integrations import Integration
from tests.adapters.clover_shop import NOW, ORDER, Town, a_town
from tests.postgres import Databases

REDIRECT = "https://shop.example/api/oauth/clover/callback"


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as opened:
        yield opened


async def agrees(town: Town, choice: str = MERCHANT_ID) -> dict[str, str]:
    """The merchant's browser: what Clover's page sends back to us."""
    url = CloverProvider.auth_url(town.app(), state="st4te", verifier="v", redirect_uri=REDIRECT)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(url) as page:
            assert page.status == 200
            assert "Allow for Sandbox Shop" in await page.text()
        async with browser.post(url, data={"merchant": choice}, allow_redirects=False) as answer:
            location = answer.headers["Location"]
    assert location.startswith(REDIRECT)
    return dict(parse_qsl(urlsplit(location).query))


async def connected(town: Town) -> dict[str, str]:
    return await CloverProvider.exchange_code(town.app(), await agrees(town), verifier="v", redirect_uri=REDIRECT)


# Agreeing


async def test_a_merchant_agrees_and_we_may_work_for_them(town: Town) -> None:
    answer = await agrees(town)
    assert answer["state"] == "st4te"
    credentials = await CloverProvider.exchange_code(town.app(), answer, verifier="v", redirect_uri=REDIRECT)
    assert credentials["merchant_id"] == MERCHANT_ID
    assert CloverProvider.renew_at(credentials) == NOW + timedelta(minutes=25)
    provider = town.opened(credentials)
    assert (await provider.test()).id == MERCHANT_ID
    assert (await provider.open_checkout(ORDER, key="k")).state == "open"
    assert await provider.revoke() is None
    await provider.close()


async def test_a_merchant_who_does_not_agree_is_asked_to_begin_again(town: Town) -> None:
    with pytest.raises(Refused, match="Begin again") as no:
        await CloverProvider.exchange_code(town.app(), await agrees(town, ""), verifier="v", redirect_uri=REDIRECT)
    assert no.value.code == "CLOVER_OAUTH_FAILED"


async def test_a_code_is_good_once_and_for_our_app_only(town: Town) -> None:
    answer = await agrees(town)
    with pytest.raises(Refused, match="Begin again") as no:
        await CloverProvider.exchange_code(town.app(APP_SECRET="guess"), answer, verifier="v", redirect_uri=REDIRECT)
    assert no.value.code == "CLOVER_OAUTH_FAILED"
    await CloverProvider.exchange_code(town.app(), answer, verifier="v", redirect_uri=REDIRECT)
    with pytest.raises(Refused, match="Begin again"):
        await CloverProvider.exchange_code(town.app(), answer, verifier="v", redirect_uri=REDIRECT)
    assert len(town.clover.tokens.pairs) == 1


@pytest.mark.parametrize("answer", [{}, {"code": "c"}, {"merchant_id": "../x", "code": "c"}, {"merchant_id": "M" * 13}])
async def test_what_names_no_merchant_or_no_code_is_sent_nowhere(town: Town, answer: dict[str, str]) -> None:
    with pytest.raises(Refused, match="Begin again"):
        await CloverProvider.exchange_code(town.app(), answer, verifier="v", redirect_uri=REDIRECT)
    assert town.asked("POST", "/oauth") == []


@pytest.mark.parametrize(
    ("values", "pages", "api", "scl"),
    [
        ({}, "https://www.clover.com", "https://api.clover.com", "https://scl.clover.com"),
        ({"REGION": "eu"}, "https://www.eu.clover.com", "https://api.eu.clover.com", "https://scl.eu.clover.com"),
        ({"REGION": "la"}, "https://www.la.clover.com", "https://api.la.clover.com", "https://scl.la.clover.com"),
        (
            {"ENVIRONMENT": "sandbox", "REGION": "eu"},
            "https://sandbox.dev.clover.com",
            "https://apisandbox.dev.clover.com",
            "https://scl-sandbox.dev.clover.com",
        ),
        ({"API_BASE": "http://c/"}, "http://c", "http://c", "http://c"),
        ({"API_BASE": "http://c", "SCL_API_BASE": "http://s/"}, "http://c", "http://c", "http://s"),
    ],
)
def test_each_part_of_clover_is_where_the_settings_say(values: dict[str, str], pages: str, api: str, scl: str) -> None:
    app = App(values=values | {"APP_ID": "A"})
    assert Hosts.of(app) == Hosts(pages=pages, api=api, scl=scl)
    url = CloverProvider.auth_url(app, state="s", verifier="v", redirect_uri=REDIRECT)
    assert url.startswith(f"{pages}/oauth/v2/authorize?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["A"],
        "redirect_uri": [REDIRECT],
        "response_type": ["code"],
        "state": ["s"],
    }


@pytest.mark.parametrize("values", [{"ENVIRONMENT": "test"}, {"REGION": "asia"}])
def test_a_setting_that_leads_nowhere_is_named(values: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=r"CLOVER_(ENVIRONMENT|REGION)"):
        CloverProvider.from_settings(App(values=values | {"MERCHANT_ID": MERCHANT_ID, "PRIVATE_KEY": "k" * 36}))


def test_the_environment_connects_with_a_private_key_an_api_token_or_both() -> None:
    def given(**values: str) -> Any:
        return CloverProvider.from_settings(App(values={"MERCHANT_ID": MERCHANT_ID} | values))

    assert CloverProvider.from_settings(App(values={"APP_ID": "A", "APP_SECRET": "S"})) is None
    assert given(PRIVATE_KEY="p" * 36) == {"merchant_id": MERCHANT_ID, "private_key": "p" * 36}
    both = given(PRIVATE_KEY="p" * 36, ACCESS_TOKEN="t" * 36, WEBHOOK_SECRET="s" * 36)
    assert both == {
        "merchant_id": MERCHANT_ID,
        "private_key": "p" * 36,
        "access_token": "t" * 36,
        "webhook_secret": "s" * 36,
    }
    assert given(ACCESS_TOKEN="t" * 36)["access_token"] == "t" * 36
    with pytest.raises(BadInput, match="private key"):
        given()
    assert CloverProvider.renew_at(both) is None


# Renewing


async def test_a_token_that_is_about_to_end_is_renewed_before_it_is_sent(town: Town) -> None:
    keys = Keys(town.app(), await connected(town))
    provider = town.opened(keys)
    town.seconds += 29 * 60 + 1
    await provider.test()
    await provider.close()
    assert town.clover.tokens.refreshes == 1
    assert all(call.status == 200 for call in town.clover.calls if call.path.startswith("/v3"))


async def test_a_token_that_is_refused_all_the_same_is_renewed_once(town: Town) -> None:
    credentials = await connected(town)
    del credentials["access_token_expiration"]
    provider = town.opened(Keys(town.app(), credentials))
    town.seconds += 31 * 60
    assert (await provider.open_checkout(ORDER, key="k")).state == "open"
    await provider.close()
    assert town.clover.tokens.refreshes == 1
    assert len(town.clover.merchant.sessions) == 1


async def test_when_clover_gives_none_any_more_the_merchant_has_to_agree_again(town: Town) -> None:
    credentials = await connected(town)
    town.clover.tokens.uninstall(MERCHANT_ID)
    provider = town.opened(Keys(town.app(), credentials))
    with pytest.raises(NotAuthorised, match="Connect Clover again") as no:
        await provider.test()
    await provider.close()
    assert no.value.code == "CLOVER_TOKEN_EXPIRED"


async def test_what_else_was_kept_beside_the_tokens_stays(town: Town) -> None:
    credentials = await connected(town) | {"webhook_secret": "s3cret"}
    renewed = await CloverProvider.renew(town.app(), credentials)
    assert renewed["webhook_secret"] == "s3cret"
    assert renewed["merchant_id"] == MERCHANT_ID
    assert renewed["refresh_token"] != credentials["refresh_token"]


@pytest.mark.parametrize("fault", ["drop_response", "status_after"])
async def test_a_pair_that_was_lost_on_its_way_is_recovered(town: Town, fault: str) -> None:
    """As when the process dies between Clover's answer and keeping it: what we have is the token before the last."""
    credentials = await connected(town)
    town.clover.fail(fault, path="/oauth/v2/refresh")
    with pytest.raises(OutcomeUnknown):
        await CloverProvider.renew(town.app(), credentials)
    renewed = await CloverProvider.renew(town.app(), credentials)
    assert (town.clover.tokens.refreshes, town.clover.tokens.recoveries) == (1, 1)
    provider = town.opened(renewed)
    await provider.test()
    await provider.close()
    assert (await CloverProvider.renew(town.app(), renewed))["access_token"] != renewed["access_token"]


async def test_no_new_token_just_now_means_that_nothing_was_done(town: Town) -> None:
    provider = town.opened(Keys(town.app(), await connected(town)))
    town.seconds += 31 * 60
    town.clover.fail("drop_response", path="/oauth/v2/refresh")
    with pytest.raises(Unreachable):
        await provider.open_checkout(ORDER, key="k")
    assert (await provider.open_checkout(ORDER, key="k")).state == "open"
    await provider.close()


async def test_a_key_of_their_own_is_never_renewed(town: Town) -> None:
    town.clover.merchant.private_key = "another"
    with pytest.raises(NotAuthorised):
        await town.provider.open_checkout(ORDER, key="k")
    assert town.asked("POST", "/oauth") == []
    with pytest.raises(NotAuthorised):
        await CloverProvider.renew(town.app(), {"merchant_id": MERCHANT_ID, "private_key": "p"})


@pytest.mark.parametrize("ends", [1764183600, 1764183600000])
async def test_seconds_and_milliseconds_are_both_understood(town: Town, ends: int) -> None:
    credentials = await connected(town)
    town.clover.fail(
        "status",
        path="/oauth/v2/refresh",
        status=200,
        body={"access_token": "a" * 20, "access_token_expiration": ends, "refresh_token": "r" * 20},
    )
    renewed = await CloverProvider.renew(town.app(), credentials)
    assert CloverProvider.renew_at(renewed) == datetime.fromtimestamp(1764183600, UTC) - timedelta(minutes=5)


@pytest.mark.parametrize("body", [{}, {"access_token": "a" * 20}, {"access_token": 5, "refresh_token": "r" * 20}])
async def test_an_answer_without_both_tokens_is_not_kept(town: Town, body: Any) -> None:
    credentials = await connected(town)
    town.clover.fail("status", path="/oauth/v2/refresh", status=200, body=body or "{}")
    with pytest.raises(OutcomeUnknown):
        await CloverProvider.renew(town.app(), credentials)


# Renewing at once


@dataclass
class Keys:
    """A keyring for a test without a database."""

    app: App
    credentials: dict[str, str] = field(repr=False)

    async def renew(self, stale: Any) -> dict[str, str]:
        if dict(stale) == self.credentials:
            self.credentials = await CloverProvider.renew(self.app, stale)
        return self.credentials


@dataclass
class Replicas:
    """One shop in a database, opened by several who know nothing of each other."""

    town: Town
    integration: Integration
    renewals: list[Renewal]


@pytest.fixture(params=["sqlite", "postgresql"])
async def replicas(
    request: pytest.FixtureRequest, town: Town, databases: Databases, tmp_path: Path
) -> AsyncIterator[Replicas]:
    """Two tasks of one process on SQLite, and two replicas on PostgreSQL."""
    with databases.fresh(request.param, tmp_path) as url:
        async with _replicas(town, url, 1 if request.param == "sqlite" else 2) as opened:
            yield opened


@asynccontextmanager
async def _replicas(town: Town, url: str, count: int) -> AsyncIterator[Replicas]:
    vault = Vault([bytes(32)])
    credentials = await connected(town)
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            database = Database(url)
            stack.push_async_callback(database.close)
            duties: Any = AllMine()
            if count > 1:
                replica = Replica(database.url)
                await replica.start()
                stack.push_async_callback(replica.stop)
                duties = replica.duties
            opened.append(
                Renewal(
                    database=database, vault=vault, app_of=lambda _name: town.app(), alone=duties.alone, now=lambda: NOW
                )
            )
        database = opened[0].database
        workspace_id = await database.write(workspaces.ensure_first, NOW)
        await database.write(
            integrations.connect,
            vault,
            workspace_id,
            "clover",
            display_name="Sandbox Shop",
            account_id=MERCHANT_ID,
            livemode=False,
            credentials=credentials,
            settings={},
            now=NOW,
        )
        integration = await database.read(integrations.get, workspace_id, "clover")
        assert integration is not None
        yield Replicas(town, integration, opened * (3 - count))


async def test_two_who_renew_at_once_do_it_once_and_both_go_on(replicas: Replicas) -> None:
    town = replicas.town
    providers = [town.opened(one.keys_of(replicas.integration)) for one in replicas.renewals]
    town.seconds += 31 * 60
    town.clover.fail("delay", path="/oauth/v2/refresh", seconds=0.2, times=9)
    pages = await asyncio.gather(*(one.open_checkout(ORDER, key="k") for one in providers for _ in range(4)))
    for one in providers:
        await one.close()
    assert [page.state for page in pages] == ["open"] * 8
    assert (town.clover.tokens.refreshes, town.clover.tokens.recoveries) == (1, 0)
    assert len(town.asked("POST", "/oauth/v2/refresh")) == 1
    renewal = replicas.renewals[0]
    kept = await renewal.database.read(integrations.get, replicas.integration.workspace_id, "clover")
    assert kept is not None
    stored = integrations.credentials(renewal.vault, kept)
    assert stored is not None
    assert stored["refresh_token"] == town.clover.tokens.pairs[-1].refresh


def test_fixed_keys_are_not_printed() -> None:
    assert "s3cret" not in repr(FixedKeys({"access_token": "s3cret"}))
    assert "s3cret" not in repr(App(values={"APP_SECRET": "s3cret", "APP_ID": APP_ID}))
