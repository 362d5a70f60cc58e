"""The Send API: who may be written to, when, and with what.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from __future__ import annotations

from typing import Any

from sandbox.facebook import errors
from sandbox.facebook.calls import GraphCall
from sandbox.facebook.limits import Limits
from sandbox.facebook.messages import object_of, only, read_message, text_of
from sandbox.facebook.pages import Comment, Post
from sandbox.facebook.people import Conversation
from sandbox.facebook.templates import render

PARAMS = frozenset(
    {
        "recipient",
        "messaging_type",
        "message",
        "sender_action",
        "notification_type",
        "tag",
        "reply_to",
        "persona_id",
    }
)
RECIPIENTS = {"id", "comment_id", "post_id"}
MESSAGING_TYPES = ["RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"]
NOTIFICATION_TYPES = ["REGULAR", "SILENT_PUSH", "NO_PUSH"]
SENDER_ACTIONS = ["typing_on", "typing_off", "mark_seen", "react", "unreact"]

DAY = 86_400
WINDOW = DAY
HUMAN_AGENT_WINDOW = 7 * DAY
PRIVATE_REPLY_WINDOW = 7 * DAY


class SendApi:
    """`POST /{page-id}/messages`."""

    def __init__(self, *, limits: Limits, human_agent: bool) -> None:
        self.limits = limits
        self.human_agent = human_agent
        """Whether Facebook approved the Human Agent feature for this app."""

    async def send(self, call: GraphCall) -> dict[str, Any]:
        """Send a message, a private reply or a sender action, or refuse it."""
        now = call.books.now()
        self.limits.count("messenger", call.page.id, now)
        self.limits.count("sends", call.page.id, now)
        call.only(PARAMS)
        recipient = object_of(call.json("recipient"), "recipient")
        only(recipient, RECIPIENTS, "recipient")
        if len(recipient) != 1:
            raise errors.invalid("Param recipient must have exactly one of id, comment_id and post_id")
        call.choice("notification_type", NOTIFICATION_TYPES, "REGULAR")
        if "messaging_type" in call.params:
            call.choice("messaging_type", MESSAGING_TYPES, "")
        if "id" not in recipient:
            self.limits.count("private_replies", call.page.id, now)
            return await self._reply_privately(call, recipient)
        talk = _conversation(call, str(recipient["id"]))
        if "sender_action" in call.params:
            return _act(call, talk)
        return await self._message(call, talk)

    async def _message(self, call: GraphCall, talk: Conversation) -> dict[str, Any]:
        if "messaging_type" not in call.params:
            raise errors.invalid("The parameter messaging_type is required.")
        kind = call.params["messaging_type"]
        content = read_message(object_of(call.json("message"), "message"))
        if (content.template is not None) != (kind == "UTILITY"):
            raise errors.invalid("Param messaging_type UTILITY is for utility templates, and they for it")
        if content.template is not None:
            content = render(call.page, content, content.template)
        if kind == "MESSAGE_TAG":
            self._check_tag(call)
        elif "tag" in call.params:
            raise errors.invalid("Param tag is for messaging_type MESSAGE_TAG only")
        _check_reply_to(call, talk)
        if talk.blocked:
            raise errors.person_unavailable()
        if kind != "UTILITY":
            _check_window(call, talk, HUMAN_AGENT_WINDOW if kind == "MESSAGE_TAG" else WINDOW)
        message = await talk.receive(content, app_id=int(call.books.app_id))
        return {"recipient_id": talk.psid, "message_id": message.mid}

    def _check_tag(self, call: GraphCall) -> None:
        """Only HUMAN_AGENT is left: the others were retired on 27 April 2026 with a bare error 100."""
        if call.params.get("tag") != "HUMAN_AGENT":
            raise errors.invalid()
        if not self.human_agent:
            raise errors.permission_missing()

    async def _reply_privately(self, call: GraphCall, recipient: dict[str, Any]) -> dict[str, Any]:
        """Answer a comment by message: once, within seven days, and not the Page's own."""
        if "sender_action" in call.params:
            raise errors.invalid("Param sender_action needs a recipient id")
        content = read_message(object_of(call.json("message"), "message"))
        if content.template is not None:
            raise errors.invalid("A utility template needs a recipient id")
        about = str(next(iter(recipient.values())))
        wanted = Comment if "comment_id" in recipient else Post
        node = call.books.nodes.get(about)
        if not isinstance(node, wanted) or node.page is not call.page:
            raise errors.unknown_object("POST", about)
        person = call.books.authors.get(node.author_id) if isinstance(node, Comment) else None
        if not isinstance(node, Comment) or person is None:
            # The Page wrote it, and a Page has no inbox to reply to.
            raise errors.cannot_reply()
        if node.private_reply is not None:
            raise errors.already_replied()
        if call.books.now() - node.created_at > PRIVATE_REPLY_WINDOW:
            raise errors.cannot_reply()
        talk = person.talk_with(call.page)
        if talk.blocked:
            raise errors.person_unavailable()
        message = await talk.receive(content, answers=node, app_id=int(call.books.app_id))
        return {"recipient_id": talk.psid, "message_id": message.mid}


def can_reply_privately(comment: Comment, now: float) -> bool:
    """What a comment's own field of this name says."""
    return not comment.by_page and comment.private_reply is None and now - comment.created_at <= PRIVATE_REPLY_WINDOW


def _conversation(call: GraphCall, psid: str) -> Conversation:
    talk = call.books.conversations.get((call.page.id, psid))
    if talk is None:
        raise errors.no_such_person()
    return talk


def _act(call: GraphCall, talk: Conversation) -> dict[str, Any]:
    if "message" in call.params:
        raise errors.invalid("Cannot send both message and state at the same time", subcode=2018014)
    action = str(call.params["sender_action"]).lower()
    if action not in SENDER_ACTIONS:
        raise errors.not_one_of("sender_action", SENDER_ACTIONS, action)
    if talk.blocked:
        raise errors.person_unavailable()
    _check_window(call, talk, WINDOW)
    talk.actions.append(action)
    return {"recipient_id": talk.psid}


def _check_reply_to(call: GraphCall, talk: Conversation) -> None:
    if "reply_to" in call.params:
        reply_to = object_of(call.json("reply_to"), "reply_to")
        only(reply_to, {"mid"}, "reply_to")
        mid = text_of(reply_to, "mid", "reply_to", below=1000)
        if mid not in talk.mids:
            raise errors.invalid("Param reply_to[mid] is no message of this conversation")


def _check_window(call: GraphCall, talk: Conversation, seconds: int) -> None:
    if talk.heard_at is None or call.books.now() - talk.heard_at > seconds:
        raise errors.outside_window()
