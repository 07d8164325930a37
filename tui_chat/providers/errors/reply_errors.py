"""Errors of replies that ended without an exception and are incomplete all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.errors import BadReply, CutOff, ProviderError
from tui_chat.core.labels import _
from tui_chat.core.stream_events import finish_label, is_at_limit, is_cut
from tui_chat.core.text.sanitize import sanitize_line
from tui_chat.providers.errors.error_patterns import mentions_login
from tui_chat.providers.errors.server_message import (
    is_html,
    message_or_body,
    parsed_body,
    server_message,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.core.text.redact import Redactor
    from tui_chat.providers.stream.reply_parser import Ending

INSPECTED_CHARS: Final = 4_000
"""Length of the part of an endpoint's message that is searched for its cause."""
ERROR_REASONS: Final = ("error",)
"""Values of finish_reason that only say that the endpoint failed."""
_BROKEN_REASONS: Final = ("abort", "aborted")


@dataclass(frozen=True, slots=True)
class ReplyErrors:
    """Translates the ends of replies of one endpoint."""

    host: str
    masker: Redactor
    common: Callable[[str, str], dict[str, Any]]
    """Returns the facts of an error for its message and its body."""

    def of(self, ending: Ending) -> ProviderError | None:
        """Return why a reply is incomplete; None if it is not."""
        if ending.is_too_long:
            kind = CutOff if ending.has_text else BadReply
            summary = _("The answer from {host} is too long (limit: 64 MB).")
            return kind(summary.format(host=self.host), host=self.host)
        reason = (ending.finish_reason or "").lower()
        if reason in _BROKEN_REASONS:
            return self._of_abort(ending)
        has_calls = bool(ending.calls) and ending.has_tools and not is_cut(reason)
        if ending.has_text or ending.extras or has_calls:
            return self._of_no_end(ending) if ending.finish_reason is None else None
        if ending.has_reasoning and ending.finish_reason is None:
            return self._of_no_end(ending)
        return self._of_no_text(ending)

    def _of_abort(self, ending: Ending) -> ProviderError:
        kind = CutOff if ending.has_text else BadReply
        reason = sanitize_line(self.masker(ending.finish_reason or ""), 60)
        summary = _("{host} ended the answer with the reason “{reason}”.")
        summary = summary.format(host=self.host, reason=reason)
        return kind(summary, _("Ask again."), host=self.host, finish_reason=ending.finish_reason)

    def _of_no_end(self, ending: Ending) -> ProviderError:
        summary = _("{host} closed the connection before the end of the answer.")
        return CutOff(
            summary.format(host=self.host),
            _("Ask again."),
            **self.common(server_message(ending.trailing_text), ending.trailing_text),
        )

    def _of_no_text(self, ending: Ending) -> ProviderError:
        reason = (ending.finish_reason or "").lower()
        if ending.calls and not ending.has_tools:
            names = ", ".join(_called(ending)) or _("a tool")
            tools = sanitize_line(self.masker(names), 100)
            summary = _("The model called {tools} and wrote no answer.").format(tools=tools)
            hint = _("No tools are available here; ask for an answer in text.")
        elif finish_label(reason) == finish_label("content_filter"):
            summary = _("The content filter of {host} blocked the answer.").format(host=self.host)
            hint = _("Rephrase the question.")
        elif is_at_limit(reason):
            summary = _("The token limit was reached before the answer began.")
            hint = _("Raise max_tokens.")
        elif ending.has_reasoning:
            summary = _("The model reasoned but gave no answer.")
            hint = _("Ask again.")
        elif ending.finish_reason is not None and not ending.lost_events:
            summary = _("{host} sent an empty answer.").format(host=self.host)
            if finish_label(reason):
                summary = _("{host} sent an empty answer; it {label}.")
                summary = summary.format(host=self.host, label=finish_label(reason))
            hint = _("Ask again.")
        else:
            return self._of_no_answer(ending)
        return BadReply(summary, hint, host=self.host, finish_reason=ending.finish_reason)

    def _of_no_answer(self, ending: Ending) -> ProviderError:
        body = ending.head.decode("utf-8", "replace")
        if all(not line or line[0] == ":" for line in body.splitlines()):
            summary = _("{host} closed the connection without an answer.").format(host=self.host)
            return BadReply(summary, _("Try again."), host=self.host)
        message = message_or_body(parsed_body(body), body)
        hint = _("Check base_url.")
        if is_html(body):
            message = server_message(body)
            summary = _("{host} sent a web page instead of an answer.")
            hint = _("Check base_url: its path often ends in /v1.")
            if mentions_login(body[:INSPECTED_CHARS]):
                hint = _(
                    "It looks like a login page: log in to that network first. "
                    "Check base_url: its path often ends in /v1."
                )
        elif ending.broken_lines:
            summary = _("{host} sent events that are not JSON.")
        else:
            summary = _("{host} did not respond like an OpenAI-compatible endpoint.")
        cause = "url" if is_html(body) and not mentions_login(body[:INSPECTED_CHARS]) else ""
        facts = self.common(message, body)
        return BadReply(summary.format(host=self.host), hint, **facts, cause=cause)


def _called(ending: Ending) -> list[str]:
    """Return the names of the called tools, each once."""
    return [name for name in dict.fromkeys(call.name for call in ending.calls) if name]
