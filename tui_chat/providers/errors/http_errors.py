"""Translates HTTP errors and incomplete replies into errors with a message for the user.

The most specific cause is checked first. Every text is redacted and contains no URL beyond host and
port.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.advice import Advice
from tui_chat.core.errors import (
    BadReply,
    CutOff,
    KeyRefused,
    ProviderError,
    RequestRejected,
    ServerFailed,
    Unreachable,
)
from tui_chat.core.labels import N_, _
from tui_chat.core.text.durations import duration
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.errors.causes import Cause, cause_of
from tui_chat.providers.errors.error_patterns import (
    is_server_failure,
    mentioned_setting,
    mentioned_status,
    mentions_https,
    mentions_other_url,
    mentions_protection,
)
from tui_chat.providers.errors.limit_errors import error_of_limit
from tui_chat.providers.errors.limits import limit_of
from tui_chat.providers.errors.reply_errors import ERROR_REASONS, INSPECTED_CHARS, ReplyErrors
from tui_chat.providers.errors.server_message import (
    error_fields,
    is_html,
    message_or_body,
    parsed_body,
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

_BEFORE_SETTINGS: Final = frozenset({
    "context", "data_policy", "filter", "json_word", "memory", "region", "stream_only",
    "verification",
})  # fmt: skip
"""Causes that are meant although the message also names a setting."""
_TIMEOUT: Final = N_("{endpoint} got no answer from the model in time.")
_UNREACHABLE: Final = N_("{endpoint} does not reach the server behind it.")
_GATEWAY: Final = {
    408: _TIMEOUT, 504: _TIMEOUT, 522: _UNREACHABLE, 524: _TIMEOUT, 502: _UNREACHABLE,
    521: _UNREACHABLE, 523: _UNREACHABLE, 530: _UNREACHABLE,
}  # fmt: skip
_SERVER_ERROR: Final = N_("{endpoint} reported a server error.")


@dataclass(frozen=True, slots=True)
class Failure:
    """The facts about an error that an endpoint reported."""

    status: int
    """The HTTP status; 0 for an error inside a response."""
    endpoint: str
    """Name of the endpoint, with the HTTP status if there is one."""
    code: str
    param: str
    message: str
    details: str
    """The beginning of the body."""
    common: dict[str, Any]
    wait_s: float | None

    @property
    def text(self) -> str:
        """Code and message, which are searched for the cause."""
        return f"{self.code}\n{self.message}"


class HttpErrors:
    """Translates errors of one profile, and redacts its key in them."""

    def __init__(self, profile: Profile, masker: Redactor, *, has_unsent_key: bool = False) -> None:
        """Create the translation.

        Args:
            profile: The endpoint and its settings.
            masker: Redacts its secrets.
            has_unsent_key: Whether OPENAI_API_KEY is set but belongs to another address.
        """
        self._profile = profile
        self._masker = masker
        self._has_unsent_key = has_unsent_key
        self._host = masker(profile.host) or _("the endpoint")
        self._replies = ReplyErrors(self._host, masker, self._common)

    def of_status(self, status: int, headers: Mapping[str, str], body: str) -> ProviderError:
        """Return the error for an HTTP status and the body that came with it."""
        parsed = parsed_body(body)
        message = message_or_body(parsed, body)
        endpoint = f"{self._host} (HTTP {status})"
        common = self._common(message, body) | {"status": status}
        failure = self._of(self._failure(status, endpoint, parsed, message, common, headers))
        # A header of OpenAI, which its SDK obeys too; our gateway sends it.
        if headers.get("x-should-retry", "").strip().lower() == "false":
            failure.retryable = False
        return failure

    def of_stream_error(self, error: Any, *, has_text: bool) -> ProviderError:
        """Return the error for an error object inside a response with the status 200."""
        body = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        message = message_or_body(error, body)
        common = self._common(message, body)
        code = error_fields(error)[0]
        inner = error.get("error", error) if isinstance(error, dict) else error
        status = mentioned_status(inner, code, message[:INSPECTED_CHARS]) or 0
        failure = self._of(self._failure(status, self._host, error, message, common, {}))
        if not has_text:
            return failure
        summary = _("{host} ended the answer with an error.").format(host=self._host)
        hint = failure.hint if failure.cause else _("Ask again.")
        return CutOff(summary, hint, **common, cause=failure.cause)

    def of_ending(self, ending: Ending) -> ProviderError | None:
        """Return why a reply that ended without an exception is incomplete; None if it is not."""
        if ending.error is not None:
            return self.of_stream_error(ending.error, has_text=ending.has_text)
        if (ending.finish_reason or "").lower() in ERROR_REASONS:
            return self.of_stream_error(
                {"type": "server_error", "message": ""}, has_text=ending.has_text
            )
        return self._replies.of(ending)

    def of_invalid_model_list(self, body: str) -> ProviderError:
        """Return the error for a response to GET /models that is not a list of models."""
        parsed = parsed_body(body)
        if isinstance(parsed, dict) and parsed.get("error"):
            return self.of_stream_error(parsed, has_text=False)
        return BadReply(
            _("{host} did not return a list of models.").format(host=self._host),
            _("Set `model` in the profile, or use --model."),
            **self._common(message_or_body(parsed, body), body),
            cause="url" if is_html(body) else "",
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

    def _failure(
        self,
        status: int,
        endpoint: str,
        parsed: Any,
        message: str,
        common: dict[str, Any],
        headers: Mapping[str, str],
    ) -> Failure:
        code, param = error_fields(parsed)
        start, details = message[:INSPECTED_CHARS], common["body"][:INSPECTED_CHARS]
        wait_s = requested_wait_s(headers, start, body=parsed, is_limited=status in (0, 429))
        return Failure(status, endpoint, code, param, start, details, common, wait_s)

    def _of(self, failure: Failure) -> ProviderError:
        status, common = failure.status, failure.common
        if status == 407:
            summary = _("The proxy requires authentication (HTTP {status}).").format(status=status)
            return _not_retryable(summary, _("Check HTTP_PROXY and HTTPS_PROXY."), common)
        if mentions_https(failure.message):
            summary = _("{endpoint} expects HTTPS, but base_url says http.")
            summary = summary.format(endpoint=failure.endpoint)
            return _not_retryable(summary, _("Write https:// in base_url."), common)
        limit = limit_of(status, failure.text, failure.details, failure.wait_s)
        if limit is not None:
            return error_of_limit(limit, failure.endpoint, failure.wait_s, common)
        if status == 401:
            return self._of_refused_key(failure)
        cause = cause_of(failure.text)
        setting = mentioned_setting(failure.param, failure.text) if status < 502 else ""
        if setting and not (cause and cause.name in _BEFORE_SETTINGS) and status != 403:
            return self._of_setting(failure, setting)
        if cause is not None and not (_is_server_status(status) and _is_temporary(cause, failure)):
            return self._of_cause(failure, cause)
        if status == 403:
            return self._of_forbidden(failure)
        if _is_server_status(status) or (status == 0 and not mentions_other_url(failure.message)):
            return self._of_server(failure)
        return self._of_rejection(failure)

    def _of_cause(self, failure: Failure, cause: Cause) -> ProviderError:
        if cause.error is KeyRefused:
            return self._of_refused_key(failure)
        summary = _(cause.summary).format(endpoint=failure.endpoint)
        found = cause.error(summary, cause.hint, **failure.common, cause=cause.name)
        if isinstance(found, ServerFailed):
            found.retry_after_s = failure.wait_s
            found.retryable = cause.is_retryable
            if cause.is_retryable:
                self._advise_to_wait(found)
        return found

    def _of_refused_key(self, failure: Failure) -> ProviderError:
        source = str(self._profile.key)
        if self._profile.key.is_empty and self._has_unsent_key:
            summary = _("{endpoint} requires a key. OPENAI_API_KEY is set, but was not sent.")
            hint = _(
                "It is sent only to the address in OPENAI_BASE_URL, or to OpenAI. To send it "
                'here, set api_key_env = "OPENAI_API_KEY" in a profile with this base_url, or set '
                "OPENAI_BASE_URL instead of --base-url."
            )
        elif self._profile.key.is_empty:
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
            cause="key",
        )

    def _of_forbidden(self, failure: Failure) -> ProviderError:
        summary = _("{endpoint} does not allow this.").format(endpoint=failure.endpoint)
        if mentions_protection(failure.details):
            hint = _("A protection against bots in front of it blocks programs on this network.")
        else:
            hint = _("The key may lack permission or access to this model ({source}).")
            hint = hint.format(source=self._profile.key)
        return KeyRefused(summary, hint, **failure.common)

    def _of_setting(self, failure: Failure, setting: str) -> ProviderError:
        summary = _("{endpoint} rejected the setting “{setting}” or its value.")
        summary = summary.format(endpoint=failure.endpoint, setting=setting)
        hint = _("Change or remove {setting} in the profile.").format(setting=setting)
        return RequestRejected(summary, hint, **failure.common, cause="setting")

    def _of_server(self, failure: Failure) -> ProviderError:
        summary = _(_GATEWAY.get(failure.status, _SERVER_ERROR))
        failed = ServerFailed(
            summary.format(endpoint=failure.endpoint),
            _("Try again."),
            **failure.common,
            retry_after_s=failure.wait_s,
        )
        # An unknown error inside a response may be permanent: it is not retried blindly.
        failed.retryable = failure.status != 0 or is_server_failure(failure.text)
        self._advise_to_wait(failed)
        return failed

    def _advise_to_wait(self, failed: ServerFailed) -> None:
        wait_s = failed.retry_after_s
        if wait_s is not None and wait_s > LONGEST_PAUSE_S:
            failed.hint = Advice.WAIT_THEN_RETRY.text.format(time=duration(wait_s))

    def _of_rejection(self, failure: Failure) -> ProviderError:
        status = failure.status
        is_url = status in (0, 404, 405) and mentions_other_url(failure.message)
        if status == 404 and not is_url:
            summary = _("{endpoint} does not have what was requested.")
            hint = Advice.READ_ALL.text if failure.common["body"] else ""
        elif status == 405:
            summary = _("{endpoint} does not accept questions at this URL.")
            hint = _("Check base_url: its path often ends in /v1.")
        elif is_url:
            summary = _("{endpoint} does not know this URL.")
            hint = _("Check base_url: its path often ends in /v1.")
        elif status == 413:
            summary = _("The question is too large for {endpoint}.")
            hint = Advice.SEND_LESS.text
        elif 300 <= status < 400:
            summary = _("{endpoint} redirects without a valid target.")
            hint = _("Check base_url.")
        else:
            summary = _("{endpoint} rejected the request.")
            hint = Advice.READ_ALL.text if failure.common["body"] else ""
        summary = summary.format(endpoint=failure.endpoint)
        return RequestRejected(
            summary, hint, **failure.common, cause="url" if is_url or status == 405 else ""
        )

    def _common(self, message: str, body: str) -> dict[str, Any]:
        # Redacted before it is cut: a cut through the key would leave a part of it.
        message = self._masker(message[:INSPECTED_CHARS])
        return {
            "host": self._host,
            "server_message": sanitize_line(message, MESSAGE_LIMIT),
            "body": self._masker(body[:BODY_LIMIT]),
        }


def _is_server_status(status: int) -> bool:
    # Not 501: a retry would not help.
    return status in (408, 409) or (status >= 500 and status != 501)


def _is_temporary(cause: Cause, failure: Failure) -> bool:
    """Return whether a server error only seems to have a cause that a retry does not remove."""
    return cause.name in ("model", "other_api", "filter", "routing") and is_server_failure(
        failure.message
    )


def _not_retryable(summary: str, hint: str, common: dict[str, Any]) -> ProviderError:
    failure = Unreachable(summary, hint, **common)
    failure.retryable = False
    return failure
