"""How the Graph API says no: one exception, and each refusal under the name of its reason.

Codes: https://developers.facebook.com/docs/messenger-platform/error-codes
"""

from __future__ import annotations

from typing import Any


class GraphError(Exception):
    """A refusal, in the terms of the error envelope."""

    def __init__(
        self,
        message: str,
        *,
        code: int,
        subcode: int | None = None,
        status: int = 400,
        kind: str = "OAuthException",
        transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.subcode = subcode
        self.status = status
        self.kind = kind
        self.transient = transient

    def body(self, trace: str) -> dict[str, Any]:
        """The error envelope; keys that do not apply are absent, never null."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.transient:
            error["is_transient"] = True
        error["code"] = self.code
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["fbtrace_id"] = trace
        return {"error": error}


def invalid(why: str = "Invalid parameter", *, subcode: int | None = None) -> GraphError:
    return GraphError(f"(#100) {why}", code=100, subcode=subcode)


def not_one_of(param: str, choices: list[str], given: object) -> GraphError:
    return invalid(f'Param {param} must be one of {{{", ".join(choices)}}} - got "{given}".')


def unknown_object(method: str, node_id: str) -> GraphError:
    return GraphError(
        f"Unsupported {method.lower()} request. Object with ID '{node_id}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation. Please read the Graph API "
        "documentation at https://developers.facebook.com/docs/graph-api",
        code=100,
        subcode=33,
        kind="GraphMethodException",
    )


def unknown_field(field: str, node_type: str) -> GraphError:
    return invalid(f"Tried accessing nonexisting field ({field}) on node type ({node_type})")


def unknown_path(path: str) -> GraphError:
    return GraphError(f"Unknown path components: {path}", code=2500)


def unknown_version(version: str) -> GraphError:
    return GraphError(
        f"(#2635) You are calling a deprecated version of the API ({version}). "
        "Please update to the latest version: v26.0.",
        code=2635,
    )


TOKEN_DEATHS = {
    458: "Error validating access token: The user has not authorized application.",
    460: "Error validating access token: The session is invalid because the user changed the password.",
    463: "Error validating access token: Session has expired.",
    467: "Invalid OAuth access token.",
}


def token_refused(subcode: int) -> GraphError:
    return GraphError(TOKEN_DEATHS[subcode], code=190, subcode=subcode)


def token_missing() -> GraphError:
    return GraphError("(#104) An access token is required to request this resource.", code=104)


def proof_refused() -> GraphError:
    return GraphError("Invalid appsecret_proof provided in the API argument", code=100, kind="GraphMethodException")


def proof_missing() -> GraphError:
    return GraphError(
        "API calls from the server require an appsecret_proof argument", code=100, kind="GraphMethodException"
    )


def permission_missing() -> GraphError:
    return GraphError("(#10) Application does not have permission for this action", code=10, status=403)


def outside_window() -> GraphError:
    return GraphError(
        "(#10) This message is sent outside of allowed window. Learn more about the new policy here: "
        "https://developers.facebook.com/docs/messenger-platform/policy-overview",
        code=10,
        subcode=2018278,
    )


def person_unavailable() -> GraphError:
    return GraphError("(#551) This person isn't available right now.", code=551, subcode=1545041)


def no_such_person() -> GraphError:
    return invalid("No matching user found", subcode=2018001)


def already_replied() -> GraphError:
    return GraphError("(#10900) Activity already replied to", code=10900)


def cannot_reply() -> GraphError:
    return GraphError("(#10903) This user can't reply to this activity", code=10903)
