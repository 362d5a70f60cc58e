"""The Facebook stand-in against the published shapes of the Graph: nothing it takes or tells is made up."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.facebook import graph, send_api, subscriptions, templates
from sandbox.facebook.fields import FIELDS
from sandbox.facebook.messages import read_message

SPECS = Path("../shared/specs/facebook")

EDGES = [
    ("Page", "POST", "messages", send_api.PARAMS),
    ("Page", "POST", "subscribed_apps", subscriptions.PARAMS),
    ("Page", "GET", "live_videos", graph.LIVE_VIDEOS_PARAMS),
    ("Page", "POST", "message_templates", templates.CREATE_PARAMS),
    ("Page", "GET", "message_templates", templates.READ_PARAMS),
    ("Page", "DELETE", "message_templates", templates.DELETE_PARAMS),
    ("LiveVideo", "GET", "comments", graph.COMMENTS_PARAMS),
    ("Post", "GET", "comments", graph.COMMENTS_PARAMS),
    ("Comment", "GET", "comments", graph.COMMENTS_PARAMS),
    ("Post", "POST", "comments", graph.REPLY_PARAMS),
    ("Comment", "POST", "comments", graph.REPLY_PARAMS),
]


def _spec(name: str) -> Any:
    if not SPECS.exists():
        pytest.skip("the Facebook specs are not here")
    return json.loads((SPECS / f"{name}.json").read_text())


def _enum(name: str) -> set[str]:
    return next(set(enum["values"]) for enum in _spec("enum_types") if enum["name"] == name)


@pytest.mark.parametrize(("node", "method", "edge", "params"), EDGES)
def test_an_edge_takes_only_published_parameters(node: str, method: str, edge: str, params: frozenset[str]) -> None:
    apis = [api for api in _spec(node)["apis"] if (api["method"], api.get("endpoint")) == (method, edge)]
    published = {param["name"]: param["required"] for api in apis for param in api["params"]}
    assert params <= published.keys()
    assert {name for name, required in published.items() if required} <= params


@pytest.mark.parametrize("node", ["Page", "Post", "LiveVideo", "Comment"])
def test_a_node_has_only_published_fields(node: str) -> None:
    assert FIELDS[node] <= {field["name"] for field in _spec(node)["fields"]}


def test_the_words_are_the_published_ones() -> None:
    assert _enum("pagesubscribed_apps_subscribed_fields_enum_param") == subscriptions.SUBSCRIBED_FIELDS
    assert _enum("pagemessages_messaging_type_enum_param") == set(send_api.MESSAGING_TYPES)
    assert _enum("pagemessages_notification_type_enum_param") == set(send_api.NOTIFICATION_TYPES)
    assert _enum("pagelive_videos_broadcast_status_enum_param") == set(graph.BROADCAST_STATUSES)
    actions = {action.lower() for action in _enum("pagemessages_sender_action_enum_param")}
    assert actions == set(send_api.SENDER_ACTIONS)


@pytest.mark.parametrize("name", ["Text Message", "Quick Replies", "Button Template", "Generic Template"])
def test_a_published_sample_message_is_taken(name: str) -> None:
    folders = _spec("messenger-platform-api.postman_collection")["item"]
    samples = {sample["name"]: sample for folder in folders for sample in folder["item"]}
    body = json.loads(samples[name]["request"]["body"]["raw"])
    assert body.keys() <= send_api.PARAMS
    assert read_message(body["message"]).raw == body["message"]
