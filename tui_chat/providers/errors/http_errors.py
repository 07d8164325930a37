"""The one boundary where failures of HTTP become words for a person.

Most specific first. Everything that leaves here is masked and holds no URL beyond host and port.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import (
    READ_ALL_WORDS,
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
from tui_chat.providers.retry_after import asked_wait_s
from tui_chat.providers.retry_policy import LONGEST_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.profile import Profile
    from tui_chat.core.text.redact import Redactor
    from tui_chat.providers.stream.reply_parser import Ending

WORDS_LIMIT: Final = 300
BODY_LIMIT: Final = 65_536

_LOOKED_AT: Final = 4_000
"""How much of an endpoint's words is looked at to find out what they are about."""
_LONGEST_HOURS: Final = 10_000
_AGAIN: Final = "Ask again."
_FAILED_ENDS: Final = ("error", "abort")
"""Kinds of finish_reason that say no more than that the endpoint failed."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a failure that an endpoint told."""

    status: int
    told: str
    """Who says so, with the HTTP status if it was one."""
    code: str
    param: str
    words: str
    common: dict[str, Any]
    wait_s: float | None

    @property
    def text(self) -> str:
        return f"{self.code} {self.words}"


class HttpErrors:
    """Translates for one profile, whose key it masks."""

    def __init__(self, profile: Profile, masker: Redactor) -> None:
        self._profile = profile
        self._masker = masker
        self._host = masker(profile.host) or "the endpoint"

    def of_status(self, status: int, headers: Mapping[str, str], body: str) -> ProviderError:
        """Return the failure that an HTTP status and its body mean."""
        parsed = parsed_body(body)
        words = message_or_body(parsed, body)
        told = f"{self._host} (HTTP {status})"
        common = self._common(words, body) | {"status": status}
        return self._of(self._facts(status, told, parsed, words, common, headers))

    def of_stream_error(self, error: Any, *, has_text: bool) -> ProviderError:
        """Return the failure that an error inside an answer means."""
        body = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        words = message_or_body(error, body)
        common = self._common(words, body)
        if has_text:
            return CutOff(f"{self._host} ended the answer with an error.", _AGAIN, **common)
        code, _ = error_fields(error)
        inner = error.get("error", error) if isinstance(error, dict) else error
        status = mentioned_status(inner, code, words[:_LOOKED_AT])
        return self._of(self._facts(status or 500, self._host, error, words, common, {}))

    def _facts(
        self,
        status: int,
        told: str,
        parsed: Any,
        words: str,
        common: dict[str, Any],
        headers: Mapping[str, str],
    ) -> _Facts:
        code, param = error_fields(parsed)
        seen = words[:_LOOKED_AT]
        return _Facts(status, told, code, param, seen, common, asked_wait_s(headers, seen))

    def of_ending(self, ending: Ending) -> ProviderError | None:
        """Return why an answer that came without an exception is not whole; None if it is."""
        if ending.error is not None:
            return self.of_stream_error(ending.error, has_text=ending.has_text)
        if (ending.finish_reason or "").lower() in _FAILED_ENDS:
            return self.of_stream_error("", has_text=ending.has_text)
        if ending.is_too_long:
            kind = CutOff if ending.has_text else BadReply
            return kind(
                f"The answer of {self._host} is too long (8 MB in one event, or 64 MB in all).",
                host=self._host,
            )
        if ending.has_text:
            return self._of_no_end(ending) if ending.finish_reason is None else None
        if ending.has_reasoning and ending.finish_reason is None:
            return self._of_no_end(ending)
        return self._of_no_text(ending)

    def of_no_list(self, body: str) -> ProviderError:
        """Return the failure that a body means which is no list of models."""
        parsed = parsed_body(body)
        if isinstance(parsed, dict) and parsed.get("error"):
            return self.of_stream_error(parsed, has_text=False)
        return BadReply(
            f"{self._host} does not say which models it offers.",
            "Name one: `model` in the profile, or --model.",
            **self._common(message_or_body(parsed, body), body),
        )

    def of_foreign_redirect(self, target_host: str) -> ProviderError:
        """Return the failure of a redirect to another origin."""
        target = sanitize_line(self._masker(target_host), 100)
        if not target:
            what = f"{self._host} redirects to what is no place on the web."
            return RequestRejected(what, "Check base_url.", host=self._host)
        return RequestRejected(
            f"{self._host} redirects to another place, {target}. The question was not sent there.",
            "If that is right, put it into base_url.",
            host=self._host,
        )

    def _of_no_end(self, ending: Ending) -> ProviderError:
        what = f"{self._host} closed the connection before the end of the answer."
        words = server_message(ending.last_words)
        return CutOff(what, _AGAIN, **self._common(words, ending.last_words))

    def _of_no_text(self, ending: Ending) -> ProviderError:
        reason = (ending.finish_reason or "").lower()
        if ending.tools:
            names = ", ".join(name for name in ending.tools if name) or "a tool"
            asked_for = sanitize_line(self._masker(names), 100)
            what = f"The model asked for {asked_for} and wrote no answer."
            todo = "There are no tools here; ask it to answer in words."
        elif finish_label(reason) == finish_label("content_filter"):
            what = f"{self._host} withheld the answer: its content filter."
            todo = "Ask in other words."
        elif is_at_limit(reason):
            what = "The token limit was used up before the answer began."
            todo = "Set a higher max_tokens."
        elif ending.has_reasoning:
            what = "The model thought, and gave no answer."
            todo = _AGAIN
        elif ending.finish_reason is not None and not ending.lost_events:
            what = f"The answer of {self._host} is empty."
            todo = _AGAIN
        else:
            return self._of_no_answer(ending)
        return BadReply(what, todo, host=self._host, finish_reason=ending.finish_reason)

    def _of_no_answer(self, ending: Ending) -> ProviderError:
        body = ending.head.decode("utf-8", "replace")
        if all(not line or line[0] == ":" for line in body.splitlines()):
            what = f"{self._host} closed the connection without an answer."
            return BadReply(what, "Try again.", host=self._host)
        if is_html(body):
            words = server_message(body)
            what = f"{self._host} answered with a web page in place of an answer."
            todo = "Check base_url: the path often ends in /v1."
            if mentions_login(body[:_LOOKED_AT]):
                todo = f"It looks like a login page: log in to that network first. {todo}"
            return BadReply(what, todo, **self._common(words, body))
        if ending.broken_lines:
            what = f"{self._host} sent events that are not JSON."
        else:
            what = f"What {self._host} sent is not an answer of an OpenAI-compatible endpoint."
        words = message_or_body(parsed_body(body), body)
        return BadReply(what, "Check base_url.", **self._common(words, body))

    def _of(self, facts: _Facts) -> ProviderError:
        status, told, common = facts.status, facts.told, facts.common
        if status in (401, 403):
            return self._of_refusal(facts)
        if status == 407:
            what = f"The proxy wants a login (HTTP {status})."
            return _unretried(what, "Check HTTP_PROXY and HTTPS_PROXY.", common)
        if status == 402 or status == 429:
            return self._of_limit(facts)
        if mentions_https(facts.words):
            what = f"{told} speaks HTTPS, and base_url says http."
            return _unretried(what, "Write https:// in base_url.", common)
        if mentions_context_limit(facts.text):
            return ContextTooLong(
                "The conversation is too long for this model's context.",
                "Leave out the oldest turns (o on this message), or begin a new one (Ctrl+N).",
                **common,
            )
        # 501: what it has not got now it will not have in a second.
        if status == 408 or status == 409 or (status >= 500 and status != 501):
            todo = "Try again."
            if facts.wait_s is not None and facts.wait_s > LONGEST_PAUSE_S:
                todo = f"It asks to be left alone for {_long_time(facts.wait_s)}; then press r."
            return ServerFailed(
                f"{told} failed on its own side.", todo, **common, retry_after_s=facts.wait_s
            )
        return self._of_rejection(facts)

    def _of_refusal(self, facts: _Facts) -> ProviderError:
        told, common = facts.told, facts.common
        source = self._profile.key
        name = sanitize_line(self._profile.name, 60)
        if facts.status == 403:
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

    def _of_limit(self, facts: _Facts) -> ProviderError:
        wait_s = facts.wait_s
        limited = RateLimited(
            f"{facts.told} limits the rate.", "", **facts.common, retry_after_s=wait_s
        )
        if facts.status == 402 or mentions_quota(facts.text):
            limited.summary = f"The quota or the balance at {facts.told} is used up."
            limited.hint = "Check the plan and the billing there."
            limited.retryable = False
        elif wait_s is not None:
            limited.hint = f"Try again in {_long_time(wait_s)}."
        else:
            limited.hint = "Try again a little later."
        return limited

    def _of_rejection(self, facts: _Facts) -> ProviderError:
        status, told = facts.status, facts.told
        setting = mentioned_setting(facts.param, facts.text)
        if setting:
            what = f"{told} does not take the setting “{setting}” as it is."
            todo = f"Change or remove {setting} in the profile."
        elif mentions_missing_model(facts.text):
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
            todo = READ_ALL_WORDS if facts.common["body"] else ""
        return RequestRejected(what, todo, **facts.common)

    def _common(self, words: str, body: str) -> dict[str, Any]:
        # Masked first, then cut: a cut through the key would leave a part of it.
        return {
            "host": self._host,
            "server_message": sanitize_line(self._masker(words[:_LOOKED_AT]), WORDS_LIMIT),
            "body": self._masker(body[:BODY_LIMIT]),
        }


def _unretried(what: str, todo: str, common: dict[str, Any]) -> ProviderError:
    """Return a failure that the same request would meet again."""
    failure = Unreachable(what, todo, **common)
    failure.retryable = False
    return failure


def _long_time(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours > _LONGEST_HOURS:
        return "some years"
    return f"{hours} h {rest} min" if hours < 10 and rest else f"{hours} h"
