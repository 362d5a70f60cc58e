"""The OpenAPI document and the capabilities: they say what is there, all of it and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from bot.api.capabilities import build_hash, features
from bot.api.openapi import all_routes, document
from bot.app import make_app
from bot.domain.offers import WORKS_IN
from bot.settings import VARIANTS, load_settings
from tests.shop import Shop

METHODS = {"get", "post", "patch", "put", "delete"}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, there in document()["paths"].items()
        for method, operation in there.items()
        if method in METHODS
    ]


def registered(app: web.Application) -> set[tuple[str, str]]:
    return {
        (route.method.lower(), route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }


def test_every_route_is_described_and_every_described_one_is_there(tmp_path: Path) -> None:
    app = make_app(load_settings({"LIVE_ASSIST_DATA_DIR": str(tmp_path)}))
    here = {(method, path) for method, path in registered(app) if path.startswith("/api/")}
    assert {(method, path) for method, path, _ in operations()} == {
        (method, path) for method, path in here if not re.search("webhook(s/|$)", path)
    }


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    text = json.dumps(document())
    used = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert used == set(document()["components"]["schemas"])


def test_every_schema_is_a_schema() -> None:
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for _, _, operation in operations():
        for body in operation.get("requestBody", {}).get("content", {}).values():
            Draft202012Validator.check_schema(body["schema"])


def test_every_operation_has_a_name_of_its_own_and_all_its_parameters() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    assert "postShowsShowIdStart" in names
    for _, path, operation in operations():
        named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", path)
        assert operation["summary"].endswith(".")


def test_what_needs_a_token_says_so() -> None:
    open_to_all = {path for _, path, operation in operations() if not operation["security"]}
    assert open_to_all == {
        "/api/capabilities",
        "/api/openapi.json",
        "/api/connect/refresh/{ticket}",
        "/api/connect/return/{ticket}",
        "/api/integrations/{provider}/callback",
    }
    for route in all_routes():
        assert (route.scope in ("operate", "admin")) == (route.method != "GET")


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api/capabilities"])
async def test_both_are_open_to_everybody(shop: Shop, path: str) -> None:
    await shop.open()
    async with aiohttp.ClientSession() as session, session.get(f"{shop.url}{path}") as answer:
        assert answer.status == 200
        told = await answer.json()
    if path == "/api/openapi.json":
        assert told == json.loads(json.dumps(document()))
        assert told["openapi"].startswith("3.1")
    else:
        schemas = document()["components"]
        Draft202012Validator(schemas["schemas"]["Capabilities"] | {"components": schemas}).validate(told)
        assert told["build_variant"] == "full"
        assert told["features"]["stripe"] is True
        assert told["features"]["shopify"] is False
        assert told["build_hash"] == build_hash()


def test_only_the_full_variant_takes_money_by_provider() -> None:
    works = [name for name, works in features("full").items() if works]
    assert {"payments", "integrations", "sync", "stripe"} <= set(works)
    for variant in ("lite", "export"):
        assert not any(works for name, works in features(variant).items() if name != "manual")
        assert set(features(variant)) == set(features("full")) > set(WORKS_IN)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_variant_does_not_have_is_neither_there_nor_described(tmp_path: Path, variant: str) -> None:
    app = make_app(load_settings({"LIVE_ASSIST_DATA_DIR": str(tmp_path), "LIVE_ASSIST_VARIANT": variant}))
    here = {(method, path) for method, path in registered(app) if path.startswith("/api/integrations")}
    described = {path for path in document(variant)["paths"] if path.startswith("/api/integrations")}
    assert bool(here) == bool(described) == (variant == "full")
    assert ("Integration" in document(variant)["components"]["schemas"]) == (variant == "full")
