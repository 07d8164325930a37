"""The expected failures, in words a person understands: what happened, then what to do.

TuiChatError
├── ConfigError            a flag or a file is wrong
│   └── InsecureEndpoint   a secret would travel unencrypted
├── StorageError           conversations cannot be read or written
├── EngineError            the embedded model cannot run
└── ProviderError          the endpoint did not give a whole answer
    ├── KeyRefused         no key, an unusable key, 401, 403
    ├── RateLimited        429
    ├── RequestRejected    400, 404, 405, 413, 422, ...
    │   └── ContextTooLong the conversation does not fit the model
    ├── Unreachable        refused, name not found, certificate, proxy, redirects
    ├── ServerFailed       5xx, or an error inside the answer
    ├── BadReply           what came is not an answer
    ├── NoAnswer           nothing came in time
    └── CutOff             it began and then fell silent or broke off; the text so far is kept
"""

from __future__ import annotations

from typing import ClassVar, Final

READ_ALL_HINT: Final = "Press v on this message to read all it said."
"""What to do where an endpoint said more than stands beside the message."""


class TuiChatError(Exception):
    """An expected failure.

    Attributes:
        kind: A stable word for the class, kept in the store as error_kind.
        summary: One sentence that says what happened.
        hint: One sentence that says what to do; empty if nothing can be done.
    """

    kind: ClassVar[str] = "failed"

    def __init__(self, summary: str, hint: str = "") -> None:
        super().__init__(f"{summary} {hint}".strip())
        self.summary = summary
        self.hint = hint

    @property
    def message(self) -> str:
        """Everything a person reads of it, in one paragraph."""
        return str(self)


class ConfigError(TuiChatError):
    """A flag, an environment variable or a file of the person's is wrong."""

    kind = "config"


class InsecureEndpoint(ConfigError):
    """A secret would travel unencrypted to another machine; nothing was sent.

    Attributes:
        host: Host and port it would go to.
    """

    kind = "insecure"

    def __init__(self, summary: str, hint: str, *, host: str) -> None:
        super().__init__(summary, hint)
        self.host = host


class StorageError(TuiChatError):
    """Conversations cannot be read or written."""

    kind = "storage"


class EngineError(TuiChatError):
    """The embedded model cannot run."""

    kind = "engine"


class ProviderError(TuiChatError):
    """The endpoint did not give a whole answer.

    Every text in it is masked already.

    Attributes:
        retryable: Whether the same request may be sent again by itself, before any content came.
        host: Host and port that was asked; empty if there was none.
        status: The HTTP status, if one came.
        server_message: The endpoint's own words, shortened; empty if there were none.
        body: The whole body as it came, up to a bound, for whoever wants to see it.
        retry_after_s: How long the endpoint asked to wait, if it did.
        finish_reason: Why the answer ended before it began, in the endpoint's words, if it said so.
    """

    kind: ClassVar[str] = "provider"
    retryable: bool = False

    def __init__(
        self,
        summary: str,
        hint: str = "",
        *,
        host: str = "",
        status: int | None = None,
        server_message: str = "",
        body: str = "",
        retry_after_s: float | None = None,
        finish_reason: str | None = None,
    ) -> None:
        super().__init__(summary, hint)
        self.host = host
        self.status = status
        self.server_message = server_message
        self.body = body
        self.retry_after_s = retry_after_s
        self.finish_reason = finish_reason

    @property
    def message(self) -> str:
        """Everything a person reads beside the message, in one paragraph."""
        quoted = f"It said: “{self.server_message}”." if self.server_message else ""
        return " ".join(part for part in (self.summary, quoted, self.hint) if part)


class KeyRefused(ProviderError):
    """The endpoint refused the key, or there is none that could be sent."""

    kind = "key_refused"


class RateLimited(ProviderError):
    """Too many requests, or a quota is used up."""

    kind = "rate_limited"
    retryable = True


class RequestRejected(ProviderError):
    """The endpoint understood the request and will not serve it."""

    kind = "request_rejected"


class ContextTooLong(RequestRejected):
    """The conversation does not fit into the model's context."""

    kind = "context_too_long"


class Unreachable(ProviderError):
    """No HTTP answer came at all."""

    kind = "unreachable"
    retryable = True


class ServerFailed(ProviderError):
    """The endpoint failed on its own side."""

    kind = "server_failed"
    retryable = True


class BadReply(ProviderError):
    """What came back is not an answer of an OpenAI-compatible endpoint."""

    kind = "bad_reply"


class NoAnswer(ProviderError):
    """Nothing came before the clock for connecting or for the first token ran out."""

    kind = "no_answer"


class CutOff(ProviderError):
    """The answer began and did not end: silence, or a connection that broke."""

    kind = "cut_off"
