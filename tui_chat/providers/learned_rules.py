"""Rules of an endpoint that are learned from its refusals: names, settings, roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import N_, _
from tui_chat.core.text.lazy_pattern import LazyPattern
from tui_chat.providers.refused_effort import refused_effort, with_effort
from tui_chat.providers.refused_parts import refused_part
from tui_chat.providers.refused_tools import (
    refuses_ids,
    refuses_tools,
    with_short_ids,
    without_reasoning,
    without_tools,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tui_chat.config.expiring_store import ExpiringStore
    from tui_chat.core.errors import ProviderError

_REFUSED: Final = LazyPattern(
    r"unsupported|not (?:yet )?support|unrecognized|unknown|unexpected|extra inputs|"
    r"extra_forbidden|"
    r"not permitted|not allowed|deprecated|does not exist|invalid (?:parameter|argument|field)|"
    r"only the default|cannot be used|is not available|additional properties|"
    r"no such (?:field|param)|"
    r"cannot find field|unknown name|不支持",
    re.IGNORECASE,
)
_SYSTEM_ROLE: Final = LazyPattern(
    r"role.{0,60}(?:does not support|unsupported|invalid|unexpected|not supported).{0,20}system|"
    r"system.{0,20}(?:role|messages?).{0,40}(?:not supported|unsupported|not allowed|"
    r"isn't supported)|"
    r"(?:unexpected|unsupported|invalid|unknown).{0,20}role.{0,12}system|"
    r"(?:does not|doesn't) support.{0,20}system (?:role|message|prompt|instruction)",
    re.IGNORECASE | re.DOTALL,
)
_DEVELOPER_ROLE: Final = LazyPattern(
    r"developer.{0,60}(?:not|unsupported|invalid|unknown|unexpected)|"
    r"(?:not|unsupported|invalid|unknown|unexpected|variant).{0,60}developer",
    re.IGNORECASE | re.DOTALL,
)
_STREAM_OPTIONS: Final = LazyPattern(r"stream_options|include_usage")
_STATUSES: Final = frozenset({None, 400, 403, 404, 415, 422, 500, 501})
_THINKING: Final = LazyPattern(r"enable_thinking must be (?:set to )?false", re.IGNORECASE)
_KEPT: Final = frozenset({"model", "messages", "stream", "response_format", "max_tokens"})
"""Fields that are never left out."""
_LIMITS: Final = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class Rule:
    """One change of every request to an endpoint."""

    kind: str
    """drop, rename, effort, role, stream, thinking, parts, tools, ids or reasoning."""
    name: str = ""
    value: str = ""

    @property
    def message(self) -> str:
        """A short notice of the change; empty if the user need not know."""
        if self.kind in _SILENT or (self.kind == "drop" and self.name == "stream_options"):
            return ""
        text = _(_MESSAGES[self.kind, self.value if self.kind in ("stream", "parts") else ""])
        return text.format(name=self.name, value=self.value)

    def apply(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a body with this change."""
        if self.kind == "drop":
            return {name: value for name, value in body.items() if name != self.name}
        if self.kind in _REWRITES:
            return _REWRITES[self.kind](body)
        if self.kind == "parts":
            # Applied when the body is built: a file can be sent as text instead.
            return body
        if self.kind == "effort":
            return with_effort(body, self.name, self.value)
        if self.kind == "rename":
            # The place among the other fields is kept, for servers that log requests.
            return {self.value if name == self.name else name: it for name, it in body.items()}
        if self.kind == "stream":
            changed = {name: it for name, it in body.items() if name != "stream_options"}
            return {**changed, "stream": self.value == "on"}
        if self.kind == "thinking":
            return body if body.get("stream") else {**body, "enable_thinking": False}
        return {**body, "messages": _with_role(body.get("messages", []), self.value)}


_MESSAGES: Final = {
    ("drop", ""): N_("sent without {name}, which the endpoint does not accept"),
    ("rename", ""): N_("{name} is sent as {value}"),
    ("effort", ""): N_("the reasoning effort {name} is sent as {value}, which the model accepts"),
    ("role", ""): N_("the system prompt is sent with the role {value}"),
    ("stream", "on"): N_("asked with streaming, which this model requires"),
    ("stream", "off"): N_("asked without streaming, which this model does not allow"),
    ("parts", "image_url"): N_("sent without pictures, which this model does not accept"),
    ("parts", "file"): N_("files are sent as text, because the endpoint accepts no files"),
    ("tools", ""): N_("asked without tools, which this model does not accept"),
    ("thinking", ""): N_("asked without reasoning, which this model allows only with streaming"),
}


_REWRITES: Final = {"tools": without_tools, "ids": with_short_ids, "reasoning": without_reasoning}
"""Rules that rewrite the messages."""
_SILENT: Final = frozenset({"ids", "reasoning"})


def notices_of_parts(kinds: Collection[str]) -> list[str]:
    """Return the notices for types of message parts that are not sent."""
    return [Rule("parts", kind, kind).message for kind in sorted(kinds)]


class LearnedRules:
    """The rules of one endpoint, remembered by model."""

    def __init__(self, store: ExpiringStore, base_url: str) -> None:
        self._store = store
        self._base_url = base_url
        self._tried: dict[str, list[Rule]] = {}

    def apply(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body that follows the rules of its model."""
        changed = dict(body)
        for rule in self.of(str(body.get("model", ""))):
            changed = rule.apply(changed)
        return changed

    def of(self, model: str) -> list[Rule]:
        """Return the rules of a model, those on trial included."""
        if model in self._tried:
            return self._tried[model]
        stored = self._store.get(self._key(model))
        found = stored if isinstance(stored, list) else []
        return [
            Rule(*entry)
            for entry in found
            if isinstance(entry, list) and len(entry) == 3 and entry[0] in _KINDS
        ]

    def refused_parts(self, model: str) -> frozenset[str]:
        """Return the types of message parts that a model does not accept."""
        return frozenset(rule.value for rule in self.of(model) if rule.kind == "parts")

    def notices_of_tools(self, model: str) -> list[str]:
        """Return the notice that a model accepts no tools, if it is known to."""
        return [rule.message for rule in self.of(model) if rule.kind == "tools"]

    def all(self) -> list[tuple[str, list[Rule]]]:
        """Return the stored rules of the endpoint, by model."""
        return [(model, self.of(model)) for model in self._store.with_prefix(self._key(""))]

    def learn(self, error: ProviderError, sent: Mapping[str, Any]) -> Rule | None:
        """Learn from a refusal; return the new rule, None if the refusal teaches nothing.

        Args:
            error: The refusal.
            sent: The body that was refused.
        """
        model = str(sent.get("model", ""))
        known = self.of(model)
        rule = rule_for(error, sent)
        if rule is None or rule in known:
            return None
        # A second rule of the same kind about the same field replaces the first.
        kept = [it for it in known if (it.kind, it.name) != (rule.kind, rule.name)]
        # The replacement of an effort may have been refused before, and have its own replacement.
        self._tried[model] = [rule, *kept] if rule.kind == "effort" else [*kept, rule]
        return rule

    def confirm(self, model: str) -> None:
        """Store the rules on trial, with which a request has succeeded."""
        rules = self._tried.pop(model, None)
        if rules is not None:
            entries = [[rule.kind, rule.name, rule.value] for rule in rules]
            self._store.set(self._key(model), entries)

    def give_up(self, model: str) -> None:
        """Discard the rules on trial: the request failed with them, too."""
        self._tried.pop(model, None)

    def _key(self, model: str) -> str:
        return f"{self._base_url} {model}"


_KINDS: Final = _SILENT | {kind for kind, _value in _MESSAGES}


def rule_for(error: ProviderError, sent: Mapping[str, Any]) -> Rule | None:
    """Return the rule that a refusal implies for a request; None for any other error."""
    text = f"{error.server_message}\n{error.body[:4_000]}"
    if error.status not in _STATUSES:
        return None
    if "stream_options" in sent and _STREAM_OPTIONS.search(text):
        return Rule("drop", "stream_options")
    if (kind := _refused_rewrite(text, sent)) is not None:
        return Rule(kind)
    if (kind := refused_part(text, sent.get("messages", ()))) is not None:
        return Rule("parts", kind, kind)
    if (efforts := refused_effort(text, sent)) is not None:
        return Rule("effort", *efforts)
    if _THINKING.search(text) and not sent.get("stream"):
        return Rule("thinking")
    if error.cause == "stream_only" and not sent.get("stream"):
        return Rule("stream", "stream", "on")
    if sent.get("stream") and _forbids_streaming(error, text):
        return Rule("stream", "stream", "off")
    return _role_rule(text, sent) or _field_rule(text, sent)


def _refused_rewrite(text: str, sent: Mapping[str, Any]) -> str | None:
    messages = sent.get("messages", ())
    has_reasoning = any("reasoning_content" in it for it in messages if isinstance(it, dict))
    if has_reasoning and "reasoning_content" in text and _REFUSED.search(text):
        return "reasoning"
    if refuses_ids(text, sent):
        return "ids"
    return "tools" if refuses_tools(text, sent) else None


def _forbids_streaming(error: ProviderError, text: str) -> bool:
    is_unverified = error.cause == "verification" and "stream" in text.lower()
    return is_unverified or error.cause == "no_stream"


def _role_rule(text: str, sent: Mapping[str, Any]) -> Rule | None:
    roles = {it.get("role") for it in sent.get("messages", ()) if isinstance(it, dict)}
    if "developer" in roles and _DEVELOPER_ROLE.search(text):
        return Rule("role", "system", "user")
    if "system" not in roles:
        return None
    if re.search(r"developer instruction", text, re.IGNORECASE):
        # Gemma behind Google's interface: it means every system prompt.
        return Rule("role", "system", "user")
    if not _SYSTEM_ROLE.search(text):
        return None
    # OpenAI's reasoning models name the position; templates of local models raise an exception.
    is_openai = re.search(r"messages\[\d+\]\.role|developer", text)
    return Rule("role", "system", "developer" if is_openai else "user")


def _field_rule(text: str, sent: Mapping[str, Any]) -> Rule | None:
    if not _REFUSED.search(text):
        return None
    for name, other in (_LIMITS, _LIMITS[::-1]):
        is_named = re.search(rf"\b{name}\b", text)
        if name in sent and is_named and _is_about_name(text, name, other):
            return Rule("rename", name, other)
    names = (name for name in sent if name not in _KEPT and name not in _LIMITS)
    found = next((name for name in names if _names(name, text)), None)
    return None if found is None else Rule("drop", found)


def _is_about_name(text: str, name: str, other: str) -> bool:
    """Return whether the name of the token limit is refused, and not its value."""
    if re.search(
        r"too large|too (?:big|high|small)|at (?:least|most)|less than|range|maximum", text
    ):
        return False
    return name == "max_completion_tokens" or other in text


def _names(name: str, text: str) -> bool:
    # A common word must be quoted or a field of its own: `stop`, `user`, `store`, `seed`.
    quoted = (
        rf"[\"'`“‘]{re.escape(name)}[\"'`”’]|"
        rf"\b(?:parameter|argument|field|name)s?(?: supplied)?:? {name}\b"
    )
    if "_" in name or name in ("temperature",):
        return bool(re.search(rf"\b{re.escape(name)}\b", text))
    return bool(re.search(quoted, text))


def _with_role(messages: Sequence[Any], role: str) -> list[Any]:
    """Return messages whose system prompt has another role; `user` joins it with the question."""
    if role != "user":
        return [
            {**it, "role": role} if it.get("role") in ("system", "developer") else it
            for it in messages
        ]
    prompt = [it for it in messages if it.get("role") in ("system", "developer")]
    rest = [it for it in messages if it not in prompt]
    words = "\n\n".join(it["content"] for it in prompt if isinstance(it.get("content"), str))
    if not words or not rest or rest[0].get("role") != "user":
        return list(messages) if not words else [{"role": "user", "content": words}, *rest]
    first = rest[0]
    content = first.get("content")
    if isinstance(content, str):
        joined: Any = f"{words}\n\n{content}"
    else:
        joined = [{"type": "text", "text": words}, *(content or ())]
    return [{**first, "content": joined}, *rest[1:]]
