"""Expected failures, as messages for the user: what happened, then what to do.

TuiChatError
├── ConfigError            an invalid flag, variable or file
│   └── InsecureEndpoint   a secret would be sent unencrypted
├── OverLimit              the monthly limit of a profile would be passed
├── StorageError           conversations cannot be read or written
├── AttachmentRefused      a file cannot be attached
├── EngineError            the embedded model cannot run
├── DownloadError          a model cannot be downloaded
│   └── ConnectionBroke    the transfer stopped before its end; another attempt may help
└── ProviderError          the endpoint did not return a complete reply
    ├── KeyRefused         no key, an unusable key, 401, 403
    ├── RateLimited        too many requests per second or minute
    │   └── LimitReached   a limit per day, a used-up quota, an empty account
    ├── RequestRejected    400, 404, 405, 413, 422, ...
    │   └── ContextTooLong the conversation does not fit the model
    ├── Unreachable        refused, name not found, certificate, proxy, redirects
    ├── ServerFailed       5xx, or an error inside the reply
    ├── BadReply           the response is not a reply
    ├── NoAnswer           timeout before the first token
    └── CutOff             the stream stalled or broke off; the text so far is kept
        └── Repeating      stopped here, because it repeated the same passage without an end
"""

from __future__ import annotations

from typing import ClassVar

from tui_chat.core.labels import _, join_sentences


class TuiChatError(Exception):
    """An expected failure.

    Attributes:
        kind: A stable name of the class, stored as error_kind.
        summary: One sentence that says what happened.
        hint: One sentence that says what to do; empty if nothing can be done.
    """

    kind: ClassVar[str] = "failed"

    def __init__(self, summary: str, hint: str = "") -> None:
        super().__init__(join_sentences(summary, hint))
        self.summary = summary
        self.hint = hint

    @property
    def message(self) -> str:
        """The whole message for the user, as one paragraph."""
        return str(self)


class ConfigError(TuiChatError):
    """A flag, an environment variable or a configuration file is invalid."""

    kind = "config"


class InsecureEndpoint(ConfigError):
    """A secret would be sent unencrypted to another machine; nothing was sent.

    Attributes:
        host: Host and port of the endpoint.
    """

    kind = "insecure"

    def __init__(self, summary: str, hint: str, *, host: str) -> None:
        super().__init__(summary, hint)
        self.host = host


class OverLimit(TuiChatError):
    """The next answer passes the monthly limit of its profile; nothing was sent."""

    kind = "over_limit"


class StorageError(TuiChatError):
    """Conversations cannot be read or written."""

    kind = "storage"


class AttachmentRefused(TuiChatError):
    """A file cannot be attached to a message."""

    kind = "attachment"


class EngineError(TuiChatError):
    """The embedded model cannot run."""

    kind = "engine"


class DownloadError(TuiChatError):
    """A model cannot be downloaded. What has arrived of it is kept."""

    kind = "download"


class ConnectionBroke(DownloadError):
    """The transfer stopped before its end; another attempt may help."""


class ProviderError(TuiChatError):
    """The endpoint did not return a complete reply.

    All texts are redacted.

    Attributes:
        retryable: Whether the request may be retried automatically before any content arrived.
        host: Host and port of the endpoint; empty if there is none.
        status: The HTTP status, if any.
        server_message: The endpoint's own message, shortened; empty if there is none.
        body: The response body, up to a limit.
        retry_after_s: The delay that the endpoint asked for, if any.
        finish_reason: The finish_reason of a reply without content, if any.
        cause: A stable name of the recognized cause; empty if it is unknown.
        retry_label: Why there was no response, in a few words for a retry; empty if there was one.
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
        cause: str = "",
        retry_label: str = "",
    ) -> None:
        super().__init__(summary, hint)
        self.cause = cause
        self.retry_label = retry_label
        self.host = host
        self.status = status
        self.server_message = server_message
        self.body = body
        self.retry_after_s = retry_after_s
        self.finish_reason = finish_reason

    @property
    def message(self) -> str:
        """The whole message for the user, as one paragraph."""
        quoted = ""
        if self.server_message:
            quoted = _("It said: “{text}”.").format(text=self.server_message)
        return join_sentences(self.summary, quoted, self.hint)


class KeyRefused(ProviderError):
    """The endpoint rejected the key, or there is no key to send."""

    kind = "key_refused"


class RateLimited(ProviderError):
    """Too many requests."""

    kind = "rate_limited"
    retryable = True


class LimitReached(RateLimited):
    """A limit that a short wait does not lift: per day, of the quota, of the account."""

    kind = "limit_reached"
    retryable = False


class RequestRejected(ProviderError):
    """The endpoint rejected the request."""

    kind = "request_rejected"


class ContextTooLong(RequestRejected):
    """The conversation exceeds the model's context."""

    kind = "context_too_long"


class Unreachable(ProviderError):
    """There was no HTTP response."""

    kind = "unreachable"
    retryable = True


class ServerFailed(ProviderError):
    """The endpoint had an internal error."""

    kind = "server_failed"
    retryable = True


class BadReply(ProviderError):
    """The response is not a reply of an OpenAI-compatible endpoint."""

    kind = "bad_reply"


class NoAnswer(ProviderError):
    """The connect timeout or the first-token timeout expired."""

    kind = "no_answer"


class CutOff(ProviderError):
    """The reply started and did not complete: the stream stalled or the connection broke."""

    kind = "cut_off"


class Repeating(CutOff):
    """The reply repeated the same passage without an end, so it was stopped here."""

    kind = "repeating"
