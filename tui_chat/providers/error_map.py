"""The one boundary where failures of HTTP become words for a person.

Most specific first. Everything that leaves here is masked and holds no URL beyond host and port.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import (
    BadReply,
    ContextTooLong,
    CutOff,
    KeyRefused,
    ProviderError,
    RateLimited,
    RequestRejected,
    ServerFailed,
)
from tui_chat.core.profile import SAMPLING_NAMES
from tui_chat.core.visible import visible_line
from tui_chat.providers.retry_after import asked_wait_s
from tui_chat.providers.server_words import error_fields, is_html, parsed_body, server_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.masking import Masker
    from tui_chat.core.profile import Profile
    from tui_chat.providers.reply import Ending

WORDS_LIMIT: Final = 300
BODY_LIMIT: Final = 65_536

_CONTEXT: Final = re.compile(
    r"context[ _-]?(length|window|size)|maximum context|too many tokens|exceed\w* .{0,40}context|"
    r"prompt is too long|input is too long|reduce the length|exceeds the available context",
    re.IGNORECASE,
)
_UNSUPPORTED: Final = re.compile(
    r"unsupported|not support|unrecognized|unknown|unexpected|extra inputs|not permitted|invalid|"
    r"not allowed|deprecated|must be|out of range|should be|greater than|less than",
    re.IGNORECASE,
)
_QUOTA: Final = re.compile(r"insufficient_quota|exceeded your current quota|billing|credit", re.I)
_NO_MODEL: Final = re.compile(
    r"model.{0,80}(not found|does not exist|unknown|not exist|no such)|(no such|unknown) model|"
    r"model_not_found|not a valid model",
    re.IGNORECASE,
)
_OVERLOADED: Final = re.compile(r"overloaded|capacity|unavailable|server_error|internal", re.I)
_LOGIN: Final = re.compile(r"log ?in|sign ?in|auth|sso|登录", re.IGNORECASE)


class ErrorMap:
    """Translates for one profile, whose key it masks."""

    def __init__(self, profile: Profile, masker: Masker) -> None:
        self._profile = profile
        self._masker = masker
        self._host = masker(profile.host) or "the endpoint"

    def of_status(self, status: int, headers: Mapping[str, str], body: str) -> ProviderError:
        """Return the failure that an HTTP status and its body mean."""
        parsed = parsed_body(body)
        words = server_words(parsed if parsed is not None else body)
        return self._of(status, error_fields(parsed), words, body, asked_wait_s(headers, words))

    def of_stream_error(self, error: Any, *, has_text: bool) -> ProviderError:
        """Return the failure that an error inside an answer means."""
        words = server_words(error)
        code, param = error_fields(error)
        body = str(error)
        if has_text:
            return CutOff(
                f"{self._host} ended the answer with an error.",
                "Press r for another answer.",
                **self._common(words, body),
            )
        numeric = re.search(r"\b[45]\d\d\b", code)
        if numeric:
            status = int(numeric[0])
        elif "rate" in code or "too many requests" in words.lower():
            status = 429
        elif "auth" in code or "api_key" in code:
            status = 401
        elif "invalid" in code or "bad_request" in code:
            status = 400
        else:
            status = 500
        failure = self._of(status, (code, param), words, body, asked_wait_s({}, words))
        failure.status = None
        return failure

    def of_ending(self, ending: Ending) -> ProviderError | None:
        """Return why an answer that came without an exception is not whole; None if it is."""
        if ending.error is not None:
            return self.of_stream_error(ending.error, has_text=ending.has_text)
        if ending.is_too_long:
            kind = CutOff if ending.has_text else BadReply
            return kind(
                f"The answer of {self._host} is too long (8 MB in one event, or 64 MB in all).",
                host=self._host,
            )
        if ending.has_text:
            if ending.finish_reason is None:
                return CutOff(
                    f"{self._host} closed the connection before the end of the answer.",
                    "Press r for another answer.",
                    host=self._host,
                )
            return None
        return self._of_no_text(ending)

    def of_foreign_redirect(self, target_host: str) -> ProviderError:
        """Return the failure of a redirect to another origin."""
        return RequestRejected(
            f"{self._host} redirects to another place, {self._masked(target_host)}. "
            "The question was not sent there.",
            "If that is right, put it into base_url.",
            host=self._host,
        )

    def _of_no_text(self, ending: Ending) -> ProviderError:
        reason = (ending.finish_reason or "").lower()
        if ending.tools:
            names = ", ".join(name for name in ending.tools if name) or "a tool"
            what = f"The model asked for {self._masked(names)} and wrote no answer."
            todo = "There are no tools here; ask it to answer in words."
        elif reason == "content_filter":
            what = f"{self._host} withheld the answer: its content filter."
            todo = "Ask in other words."
        elif reason in ("length", "max_tokens"):
            what = "The token limit was used up before the answer began."
            todo = "Set a higher max_tokens."
        elif ending.has_reasoning:
            what = "The model thought, and gave no answer."
            todo = "Press r for another answer."
        elif ending.finish_reason is not None:
            what = f"The answer of {self._host} is empty."
            todo = "Press r for another answer."
        else:
            return self._of_no_answer(ending)
        return BadReply(what, todo, host=self._host)

    def _of_no_answer(self, ending: Ending) -> ProviderError:
        body = ending.head.decode("utf-8", "replace")
        if not body.strip():
            what = f"{self._host} closed the connection without an answer."
            return BadReply(what, "Press r to try again.", host=self._host)
        if is_html(body):
            words = server_words(body)
            what = f"{self._host} answered with a web page in place of an answer."
            todo = "Check base_url: the path often ends in /v1."
            if _LOGIN.search(body[:4096]):
                todo = f"It looks like a login page: log in to that network first. {todo}"
            return BadReply(what, todo, **self._common(words, body))
        if ending.broken_lines:
            what = f"{self._host} sent events that are not JSON."
        else:
            what = f"What {self._host} sent is not an answer of an OpenAI-compatible endpoint."
        return BadReply(what, "Check base_url.", **self._common(server_words(body), body))

    def _of(
        self, status: int, fields: tuple[str, str], words: str, body: str, wait_s: float | None
    ) -> ProviderError:
        common = self._common(words, body) | {"status": status}
        told = f"{self._host} (HTTP {status})"
        code, param = fields
        if status in (401, 403):
            return self._of_refusal(status, told, common)
        if status == 407:
            return KeyRefused(
                f"The proxy wants a login (HTTP {status}).", "Check HTTPS_PROXY.", **common
            )
        if status == 429:
            return self._of_limit(told, f"{code} {words}", common, wait_s)
        if status == 408 or status == 409 or status >= 500:
            what = f"{told} failed on its own side."
            return ServerFailed(what, "Press r to try again.", **common, retry_after_s=wait_s)
        if _CONTEXT.search(f"{code} {words}"):
            return ContextTooLong(
                "The conversation is too long for this model's context.",
                "Press o on this message to leave out the oldest turns, or begin a new one (Ctrl+N).",
                **common,
            )
        return self._of_rejection(status, told, param, f"{code} {words}", common)

    def _of_refusal(self, status: int, told: str, common: dict[str, Any]) -> ProviderError:
        source = self._profile.key
        name = visible_line(self._profile.name, 60)
        if status == 403:
            return KeyRefused(
                f"{told} does not allow this.",
                f"The key may lack the right, or the model may be closed to it ({source}).",
                **common,
            )
        if str(source) == "none":
            what = f"{told} wants a key, and profile “{name}” has none."
            return KeyRefused(what, "Set OPENAI_API_KEY, or a key source in config.toml.", **common)
        return KeyRefused(
            f"{told} refused the key.", f"Check the key of profile “{name}”: {source}.", **common
        )

    def _of_limit(
        self, told: str, words: str, common: dict[str, Any], wait_s: float | None
    ) -> ProviderError:
        limited = RateLimited(f"{told} limits the rate.", "", **common, retry_after_s=wait_s)
        if _QUOTA.search(words):
            limited.what = f"The quota at {told} is used up."
            limited.todo = "Check the plan and the billing there."
            limited.retryable = False
        elif wait_s is not None:
            limited.todo = f"Try again in {_long_time(wait_s)}."
        else:
            limited.todo = "Try again a little later."
        return limited

    def _of_rejection(
        self, status: int, told: str, param: str, words: str, common: dict[str, Any]
    ) -> ProviderError:
        setting = _setting(param, words)
        if setting:
            what = f"{told} does not take the setting “{setting}” as it is."
            todo = f"Change or remove {setting} in the profile."
        elif status == 404 and _NO_MODEL.search(words):
            what = f"{told} does not have this model."
            todo = "Ctrl+L lists the models it offers."
        elif status == 404:
            what = f"{told} does not know this address."
            todo = "Check base_url: its path often ends in /v1."
        elif status == 405:
            what = f"{told} does not take questions at this address."
            todo = "Check base_url: its path often ends in /v1."
        elif status == 413:
            what = f"The question is too large for {told}."
            todo = "Send less, or begin a new conversation (Ctrl+N)."
        elif 300 <= status < 400:
            what = f"{told} redirects, and leads nowhere."
            todo = "Check base_url."
        else:
            what = f"{told} rejected the request."
            todo = ""
        return RequestRejected(what, todo, **common)

    def _common(self, words: str, body: str) -> dict[str, Any]:
        return {
            "host": self._host,
            "server_words": visible_line(self._masked(words[: 4 * WORDS_LIMIT]), WORDS_LIMIT),
            "body": self._masked(body[:BODY_LIMIT]),
        }

    def _masked(self, text: str) -> str:
        return self._masker(text)


def _setting(param: str, words: str) -> str:
    """Return the name of the setting that an error is about, if it is one of ours."""
    names = (*SAMPLING_NAMES, "max_completion_tokens", "response_format", "stream_options")
    if param in names:
        return "max_tokens" if param == "max_completion_tokens" else param
    if _UNSUPPORTED.search(words):
        for name in names:
            if re.search(rf"\b{name}\b", words):
                return "max_tokens" if name == "max_completion_tokens" else name
    return ""


def _long_time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.0f} h"
