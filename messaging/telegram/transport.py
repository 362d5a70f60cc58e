"""How python-telegram-bot reaches Telegram: through our own HTTP client, with its bounds and its errors."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from telegram.request import BaseRequest, RequestData

from bot.kit.errors import Busy, OutcomeUnknown, Refused, Unreachable
from bot.kit.http import Answer, Http


class Transport(BaseRequest):
    """Sends what the library wants sent, once.

    The library's own client reads answers of any size, logs every URL with its token, and does not tell a
    connection refused from one that was lost. Errors raised here come out as the cause of its NetworkError;
    `messaging.telegram.errors` brings them back.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    @property
    def read_timeout(self) -> float | None:
        """None: the client has its own."""
        return None

    async def initialize(self) -> None:
        """Nothing to do: the client opens when it is used."""

    async def shutdown(self) -> None:
        """Nothing to do: the client belongs to who made it."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """The status and the body, when they are an answer of the Bot API; the library reads them."""
        reads = method == "GET"
        if reads:
            # Bots POST everything; servers that stand in for Telegram may not know it otherwise.
            url, _, query = url.partition("?")
            form = dict(parse_qsl(query))
        else:
            form = request_data.json_parameters if request_data else {}
        answer = await self._http.request(
            "POST", url, form=form, timeout=read_timeout if isinstance(read_timeout, int | float) else None
        )
        told = _read(answer)
        if answer.status == 429 or told.get("error_code") == 429:
            raise Busy("Telegram asks to wait", code="429", retry_after=_retry_after(answer, told))
        if answer.status >= 500 or (answer.ok and "result" not in told and told.get("ok") is not False):
            # Reading changes nothing over there, so it can simply be done again.
            unsure = Unreachable if reads else OutcomeUnknown
            raise unsure(f"Telegram answered {answer.status} without a result", code=str(answer.status))
        if not told:
            raise Refused(
                f"What answers for Telegram is not the Bot API (status {answer.status})",
                code=str(answer.status),
            )
        if answer.ok and told.get("ok") is False:
            code = told.get("error_code")
            return code if isinstance(code, int) else 400, answer.body
        return answer.status, answer.body


def _read(answer: Answer) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _retry_after(answer: Answer, told: dict[str, Any]) -> float | None:
    """https://core.telegram.org/bots/api#responseparameters"""
    parameters = told.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(seconds, int | float):
        return max(0.0, float(seconds))
    return answer.retry_after
