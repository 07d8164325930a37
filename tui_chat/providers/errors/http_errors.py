"""Translates HTTP errors and incomplete replies into errors with a message for the user.

The most specific cause is checked first. Every text is redacted and contains no URL beyond host and
port.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import (
    READ_ALL_HINT,
    BadReply,
    ContextTooLong,
    CutOff,
    KeyRefused,
    ProviderError,
    RateLimited,
    RequestRejected,
    ServerFailed,
    Unreachable,
)
from tui_chat.core.labels import _
from tui_chat.core.stream_events import finish_label, is_at_limit
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.errors.error_patterns import (
    mentioned_setting,
    mentioned_status,
    mentions_context_limit,
    mentions_https,
    mentions_login,
    mentions_missing_model,
    mentions_quota,
)
from tui_chat.providers.errors.server_message import (
    error_fields,
    is_html,
    message_or_body,
    parsed_body,
    server_message,
)
from tui_chat.providers.retry_after import requested_wait_s
from tui_chat.providers.retry_policy import LONGEST_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.profile import Profile
    from tui_chat.core.text.redact import Redactor
    from tui_chat.providers.stream.reply_parser import Ending

MESSAGE_LIMIT: Final = 300
BODY_LIMIT: Final = 65_536

_INSPECTED_CHARS: Final = 4_000
"""Length of the part of an endpoint's message that is searched for its cause."""
_MAX_HOURS: Final = 10_000
_ERROR_REASONS: Final = ("error", "abort")
"""Values of finish_reason that only say that the endpoint failed."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """The facts about an error that an endpoint reported."""

    status: int
    endpoint: str
    """Name of the endpoint, with the HTTP status if there is one."""
    code: str
    param: str
    message: str
    common: dict[str, Any]
    wait_s: float | None

    @property
    def text(self) -> str:
        return f"{self.code} {self.message}"


class HttpErrors:
    """Translates errors of one profile, and redacts its key in them."""

    def __init__(self, profile: Profile, masker: Redactor) -> None:
        self._profile = profile
        self._masker = masker
        self._host = masker(profile.host) or _("the endpoint")

    def of_status(self, status: int, headers: Mapping[str, str], body: str) -> ProviderError:
        """Return the error for an HTTP status and the body that came with it."""
        parsed = parsed_body(body)
        message = message_or_body(parsed, body)
        endpoint = f"{self._host} (HTTP {status})"
        common = self._common(message, body) | {"status": status}
        return self._of(self._failure(status, endpoint, parsed, message, common, headers))

    def of_stream_error(self, error: Any, *, has_text: bool) -> ProviderError:
        """Return the error for an error object inside a stream."""
        body = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        message = message_or_body(error, body)
        common = self._common(message, body)
        if has_text:
            summary = _("{host} ended the answer with an error.").format(host=self._host)
            return CutOff(summary, _("Ask again."), **common)
        code = error_fields(error)[0]
        inner = error.get("error", error) if isinstance(error, dict) else error
        status = mentioned_status(inner, code, message[:_INSPECTED_CHARS])
        return self._of(self._failure(status or 500, self._host, error, message, common, {}))

    def _failure(
        self,
        status: int,
        endpoint: str,
        parsed: Any,
        message: str,
        common: dict[str, Any],
        headers: Mapping[str, str],
    ) -> _Failure:
        code, param = error_fields(parsed)
        start = message[:_INSPECTED_CHARS]
        wait_s = requested_wait_s(headers, start)
        return _Failure(status, endpoint, code, param, start, common, wait_s)

    def of_ending(self, ending: Ending) -> ProviderError | None:
        """Return why a reply that ended without an exception is incomplete; None if it is not."""
        if ending.error is not None:
            return self.of_stream_error(ending.error, has_text=ending.has_text)
        if (ending.finish_reason or "").lower() in _ERROR_REASONS:
            return self.of_stream_error("", has_text=ending.has_text)
        if ending.is_too_long:
            kind = CutOff if ending.has_text else BadReply
            summary = _(
                "The answer from {host} is too long (limit: 8 MB per event, 64 MB in total)."
            )
            return kind(summary.format(host=self._host), host=self._host)
        if ending.has_text:
            return self._of_no_end(ending) if ending.finish_reason is None else None
        if ending.has_reasoning and ending.finish_reason is None:
            return self._of_no_end(ending)
        return self._of_no_text(ending)

    def of_invalid_model_list(self, body: str) -> ProviderError:
        """Return the error for a response to GET /models that is not a list of models."""
        parsed = parsed_body(body)
        if isinstance(parsed, dict) and parsed.get("error"):
            return self.of_stream_error(parsed, has_text=False)
        return BadReply(
            _("{host} did not return a list of models.").format(host=self._host),
            _("Set `model` in the profile, or use --model."),
            **self._common(message_or_body(parsed, body), body),
        )

    def of_foreign_redirect(self, target_host: str) -> ProviderError:
        """Return the error for a redirect to another origin."""
        target = sanitize_line(self._masker(target_host), 100)
        if not target:
            summary = _("{host} redirects to an invalid address.").format(host=self._host)
            return RequestRejected(summary, _("Check base_url."), host=self._host)
        summary = _("{host} redirects to another host, {target}. The question was not sent there.")
        return RequestRejected(
            summary.format(host=self._host, target=target),
            _("If you trust that host, use it in base_url."),
            host=self._host,
        )

    def _of_no_end(self, ending: Ending) -> ProviderError:
        summary = _("{host} closed the connection before the end of the answer.")
        return CutOff(
            summary.format(host=self._host),
            _("Ask again."),
            **self._common(server_message(ending.trailing_text), ending.trailing_text),
        )

    def _of_no_text(self, ending: Ending) -> ProviderError:
        reason = (ending.finish_reason or "").lower()
        if ending.tools:
            names = ", ".join(name for name in ending.tools if name) or _("a tool")
            tools = sanitize_line(self._masker(names), 100)
            summary = _("The model called {tools} and wrote no answer.").format(tools=tools)
            hint = _("No tools are available here; ask for an answer in text.")
        elif finish_label(reason) == finish_label("content_filter"):
            summary = _("The content filter of {host} blocked the answer.").format(host=self._host)
            hint = _("Rephrase the question.")
        elif is_at_limit(reason):
            summary = _("The token limit was reached before the answer began.")
            hint = _("Raise max_tokens.")
        elif ending.has_reasoning:
            summary = _("The model reasoned but gave no answer.")
            hint = _("Ask again.")
        elif ending.finish_reason is not None and not ending.lost_events:
            summary = _("{host} sent an empty answer.").format(host=self._host)
            hint = _("Ask again.")
        else:
            return self._of_no_answer(ending)
        return BadReply(summary, hint, host=self._host, finish_reason=ending.finish_reason)

    def _of_no_answer(self, ending: Ending) -> ProviderError:
        body = ending.head.decode("utf-8", "replace")
        if all(not line or line[0] == ":" for line in body.splitlines()):
            summary = _("{host} closed the connection without an answer.").format(host=self._host)
            return BadReply(summary, _("Try again."), host=self._host)
        message = message_or_body(parsed_body(body), body)
        hint = _("Check base_url.")
        if is_html(body):
            message = server_message(body)
            summary = _("{host} sent a web page instead of an answer.")
            hint = _("Check base_url: its path often ends in /v1.")
            if mentions_login(body[:_INSPECTED_CHARS]):
                hint = _(
                    "It looks like a login page: log in to that network first. "
                    "Check base_url: its path often ends in /v1."
                )
        elif ending.broken_lines:
            summary = _("{host} sent events that are not JSON.")
        else:
            summary = _("{host} did not respond like an OpenAI-compatible endpoint.")
        return BadReply(summary.format(host=self._host), hint, **self._common(message, body))

    def _of(self, failure: _Failure) -> ProviderError:
        status, common = failure.status, failure.common
        if status in (401, 403):
            return self._of_refused_key(failure)
        if status == 407:
            summary = _("The proxy requires authentication (HTTP {status}).").format(status=status)
            return _not_retryable(summary, _("Check HTTP_PROXY and HTTPS_PROXY."), common)
        if status == 402 or status == 429:
            return self._of_limit(failure)
        if mentions_https(failure.message):
            summary = _("{endpoint} expects HTTPS, but base_url says http.")
            summary = summary.format(endpoint=failure.endpoint)
            return _not_retryable(summary, _("Write https:// in base_url."), common)
        if mentions_context_limit(failure.text):
            return ContextTooLong(
                _("The conversation is too long for this model's context."),
                _(
                    "Drop the oldest turns (o on this message), or start a new conversation "
                    "(Ctrl+N)."
                ),
                **common,
            )
        # Not 501: a retry would not help.
        if status == 408 or status == 409 or (status >= 500 and status != 501):
            hint = _("Try again.")
            if failure.wait_s is not None and failure.wait_s > LONGEST_PAUSE_S:
                hint = _("It asks you to wait {time}; then press r.")
                hint = hint.format(time=_duration(failure.wait_s))
            summary = _("{endpoint} reported a server error.").format(endpoint=failure.endpoint)
            return ServerFailed(summary, hint, **common, retry_after_s=failure.wait_s)
        return self._of_rejection(failure)

    def _of_refused_key(self, failure: _Failure) -> ProviderError:
        source = str(self._profile.key)
        if failure.status == 403:
            summary = _("{endpoint} does not allow this.")
            hint = _("The key may lack permission or access to this model ({source}).")
        elif source == "none":
            summary = _("{endpoint} requires a key, but profile “{profile}” has none.")
            hint = _("Set OPENAI_API_KEY, or a key source in config.toml.")
        else:
            summary = _("{endpoint} refused the key.")
            hint = _("Check the key of profile “{profile}”: {source}.")
        profile = sanitize_line(self._profile.name, 60)
        return KeyRefused(
            summary.format(endpoint=failure.endpoint, profile=profile),
            hint.format(profile=profile, source=source),
            **failure.common,
        )

    def _of_limit(self, failure: _Failure) -> ProviderError:
        wait_s = failure.wait_s
        summary = _("{endpoint} limits the rate of requests.")
        if failure.status == 402 or mentions_quota(failure.text):
            summary = _("The quota or balance at {endpoint} is used up.")
            hint = _("Check the plan and billing there.")
        elif wait_s is not None:
            hint = _("Try again in {time}.").format(time=_duration(wait_s))
        else:
            hint = _("Try again later.")
        summary = summary.format(endpoint=failure.endpoint)
        limited = RateLimited(summary, hint, **failure.common, retry_after_s=wait_s)
        limited.retryable = failure.status != 402 and not mentions_quota(failure.text)
        return limited

    def _of_rejection(self, failure: _Failure) -> ProviderError:
        status = failure.status
        setting = mentioned_setting(failure.param, failure.text)
        if setting:
            summary = _("{endpoint} rejected the setting “{setting}” or its value.")
            hint = _("Change or remove {setting} in the profile.").format(setting=setting)
        elif mentions_missing_model(failure.text):
            summary = _("{endpoint} does not have this model.")
            hint = _("Ctrl+L lists the models it offers.")
        elif status == 404:
            summary = _("{endpoint} does not know this URL.")
            hint = _("Check base_url: its path often ends in /v1.")
        elif status == 405:
            summary = _("{endpoint} does not accept questions at this URL.")
            hint = _("Check base_url: its path often ends in /v1.")
        elif status == 413:
            summary = _("The question is too large for {endpoint}.")
            hint = _("Send less, or start a new conversation (Ctrl+N).")
        elif 300 <= status < 400:
            summary = _("{endpoint} redirects without a valid target.")
            hint = _("Check base_url.")
        else:
            summary = _("{endpoint} rejected the request.")
            hint = _(READ_ALL_HINT) if failure.common["body"] else ""
        summary = summary.format(endpoint=failure.endpoint, setting=setting)
        return RequestRejected(summary, hint, **failure.common)

    def _common(self, message: str, body: str) -> dict[str, Any]:
        # Redacted before it is cut: a cut through the key would leave a part of it.
        message = self._masker(message[:_INSPECTED_CHARS])
        return {
            "host": self._host,
            "server_message": sanitize_line(message, MESSAGE_LIMIT),
            "body": self._masker(body[:BODY_LIMIT]),
        }


def _not_retryable(summary: str, hint: str, common: dict[str, Any]) -> ProviderError:
    failure = Unreachable(summary, hint, **common)
    failure.retryable = False
    return failure


def _duration(seconds: float) -> str:
    if seconds < 90:
        return _("{seconds} s").format(seconds=math.ceil(seconds))
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return _("{minutes} min").format(minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours > _MAX_HOURS:
        return _("more than a year")
    if hours < 10 and rest:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)
    return _("{hours} h").format(hours=hours)
