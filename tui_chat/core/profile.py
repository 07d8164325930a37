"""Profiles: the endpoint of a request, its key, and the request settings."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self
from urllib.parse import urlsplit

from tui_chat.core.caps import NO_URLS, Caps
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui_chat.core.cost.price import Price
    from tui_chat.core.parameters.effort import EffortStyle

OPENAI_BASE_URL: Final = "https://api.openai.com/v1"
OPENAI_KEY: Final = "OPENAI_API_KEY"
"""Environment variable of the key for the address in OPENAI_BASE_URL, or for OpenAI."""
EMBEDDED_ID: Final = "embedded"
"""The endpoint id of the embedded model."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LOCAL_FIRST_TOKEN_S: Final = 300.0
"""Local servers load their model on the first request."""


class Secret:
    """A text that is never shown: its repr, str and format are stars.

    It cannot be pickled, so that no crash report, cache or child process receives it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; only for sending and redacting it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, format_spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        # Copies inside the program, such as by dataclasses.asdict, are harmless.
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret cannot be pickled")


@dataclass(frozen=True, slots=True)
class KeySource:
    """The source of an API key; at most one of the fields is set.

    The key is read when a provider is opened, so a profile holds no secret unless a
    flag or the environment gave one.
    """

    env: str | None = None
    """Name of an environment variable."""
    file: str | None = None
    """Path of a file that contains only the key and is readable by its owner only."""
    command: str | None = None
    """A command that prints the key, such as a password manager."""
    keyring: str | None = None
    """Name of an entry in the keyring of the system."""
    secret: Secret | None = None
    distrust: str = ""
    """Why the command must not run: other users can write it. Empty if it may."""

    @property
    def is_empty(self) -> bool:
        """True if there is no key to send."""
        return not (self.env or self.file or self.command or self.keyring or self.secret)

    @property
    def slow_id(self) -> str:
        """The identity of a source that may ask the user, so that it is asked once; else empty."""
        if self.command is not None:
            return f"command {self.command}"
        return f"keyring {self.keyring}" if self.keyring is not None else ""

    def __str__(self) -> str:
        """Describe the source, never the key."""
        if self.env:
            return _("environment variable {name}").format(name=self.env)
        if self.file:
            return _("file {path}").format(path=self.file)
        if self.command:
            return "api_key_command"
        if self.keyring:
            return _("keyring entry {name}").format(name=self.keyring)
        return _("given directly") if self.secret else _("none")


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters. Only fields that are set are sent."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] | None = None

    def as_body(self) -> dict[str, Any]:
        """Return the fields that are set, by API name."""
        body: dict[str, Any] = {}
        for name in SAMPLING_NAMES:
            value = getattr(self, name)
            if value is not None:
                body[name] = list(value) if isinstance(value, tuple) else value
        return body


SAMPLING_NAMES: Final = tuple(Sampling.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds. The last two apply to content only: keep-alives do not reset them."""

    connect_s: float = 10.0
    first_token_s: float | None = None
    """None for 30 s, or 300 s if the endpoint is on this machine or in a private network."""
    idle_s: float = 30.0


class Continuing(StrEnum):
    """The way to ask an endpoint to continue a partial reply.

    Each value is the API field that marks a partial reply.
    """

    PREFIX = "prefix"
    """Mistral; DeepSeek on its beta address."""
    PARTIAL = "partial"
    """Moonshot, Qwen."""
    VLLM = "continue_final_message"
    PREFILL = "prefill"
    """No field: the endpoint continues a final assistant message, as llama.cpp does."""
    QUESTION = "question"
    """Not supported: a visible question asks the model to continue."""


# Suffixes of host and path, from the APIs' documentation.
_CONTINUING: Final = (
    ("api.mistral.ai", "", Continuing.PREFIX),
    ("api.deepseek.com", "/beta", Continuing.PREFIX),
    ("api.moonshot.ai", "", Continuing.PARTIAL),
    ("api.moonshot.cn", "", Continuing.PARTIAL),
    ("dashscope.aliyuncs.com", "", Continuing.PARTIAL),
    ("dashscope-intl.aliyuncs.com", "", Continuing.PARTIAL),
)


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """A request that cancels a reply, for hosts that continue after the connection is closed."""

    method: str
    url: str
    """May contain `{base_url}` and `{id}`, the id of the response."""


class Origin(StrEnum):
    """The way a profile came about."""

    CONFIGURED = "configured"
    """By the file, the flags or the OPENAI_ variables."""
    KEY_FOUND = "key_found"
    """A vendor's key is in the environment under its usual name."""
    SERVER_FOUND = "server_found"
    """A model server usually listens at this port of this machine."""
    BUILT_IN = "built_in"
    """The small model that comes with the program."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A named endpoint and its request settings. Frozen; replaced as a whole."""

    name: str
    base_url: str
    model: str | None = None
    """None for the first model of the endpoint."""
    key: KeySource = KeySource()
    system_prompt: str | None = None
    """May contain `{nickname}`."""
    sampling: Sampling = Sampling()
    effort: str | None = None
    """The reasoning effort; None for what the model does by itself."""
    effort_as: tuple[EffortStyle, ...] = ()
    """The way in which the endpoint takes the effort; empty for the usual way of its host."""
    effort_fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The fields of a request by effort, for an endpoint that takes it in another way."""
    web: Mapping[str, Any] | None = None
    """The fields of a request that ask for web search, empty for those that are usual for the host;
    None if it is not asked for."""
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    """Added to the URL of each request, such as the `api-version` of Azure."""
    key_header: str | None = None
    """The header that carries the key alone; None for `Authorization: Bearer`."""
    stream: bool = True
    """False for replies in one piece."""
    timeouts: Timeouts = Timeouts()
    cancel: CancelRequest | None = None
    verify: bool = True
    tools: tuple[str, ...] = ()
    """Servers and tools that are on in new conversations, such as `time` or `files/read`."""
    is_insecure: bool = False
    """True if the user allowed sending secrets over plain http."""
    ca_file: str | None = None
    max_retries: int = 4
    """The number of retries before the first content; 0 for none."""
    send_reasoning: bool = False
    """True if earlier reasoning is sent back to the endpoint; some require it."""
    context_tokens: int | None = None
    """The context size, if the endpoint does not report it."""
    continue_with: Continuing | None = None
    """None for the default of the host."""
    response_format: str | None = None
    """The strongest response format to request: json_schema, json_object or prompt; None for what
    the endpoint accepts."""
    uses_proxies: bool = True
    """True if requests use the proxies of the environment."""
    memory: str | None = None
    """The memory that is sent with the system prompt: a name, empty for the profile's own; None if
    none is sent unless the user switches it on."""
    price: Price | None = None
    """None if unknown."""
    monthly_limit: float | None = None
    """The money per month after which the user is asked, in the currency of the price."""
    caps: Caps = NO_URLS
    """Limits on what clients of the gateway may ask for."""
    is_embedded: bool = False
    """True for the embedded model, whose base_url is set when it runs."""
    origin: Origin = Origin.CONFIGURED

    @property
    def host(self) -> str:
        """Host and port of the endpoint, without user info and query."""
        return host_and_port(self.base_url)

    @property
    def endpoint_id(self) -> str:
        """Identity of the endpoint: equal for profiles that lead to the same base URL.

        A digest, because a path may hold a token.
        """
        if self.is_embedded:
            return EMBEDDED_ID
        # Imported late: not needed before the first paint.
        import hashlib

        return hashlib.sha256(
            _normalized_url(self.base_url).encode("utf-8", "replace")
        ).hexdigest()[:16]

    @property
    def host_label(self) -> str:
        """Host and port, or a label for the embedded model."""
        return _("the embedded model") if self.is_embedded else self.host or self.name

    @property
    def is_on_loopback(self) -> bool:
        """True if requests stay on this machine, decided without a DNS lookup."""
        return self.is_embedded or is_loopback_host(host_name(self.base_url))

    @property
    def is_local(self) -> bool:
        """True if the endpoint is on this machine or in a private network."""
        return self.is_embedded or is_private_host(host_name(self.base_url))

    @property
    def continuing(self) -> Continuing:
        """The way to ask the endpoint to continue a partial reply."""
        if self.continue_with is not None:
            return self.continue_with
        if self.is_embedded:
            return Continuing.PREFILL
        try:
            parts = urlsplit(self.base_url)
        except ValueError:
            return Continuing.QUESTION
        for host, path, continuing in _CONTINUING:
            if parts.hostname == host and parts.path.startswith(path):
                return continuing
        return Continuing.QUESTION

    @property
    def first_token_s(self) -> float:
        """The timeout for the first content, in seconds."""
        if self.timeouts.first_token_s is not None:
            return self.timeouts.first_token_s
        return LOCAL_FIRST_TOKEN_S if self.is_local else 30.0


def host_and_port(url: str) -> str:
    """Return host and port of a URL; empty if there is no host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port else host


def _normalized_url(url: str) -> str:
    """Return a base URL in normalized form."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return url
    host = (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"


def host_name(url: str) -> str:
    """Return the host of a URL without its port; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback_host(host: str) -> bool:
    """Return whether a host is this machine."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    # A connection to 0.0.0.0 stays on this machine.
    return any(it.is_loopback or it.is_unspecified for it in (address, mapped) if it is not None)


def is_private_host(host: str) -> bool:
    """Return whether a host is this machine or in a private network (RFC 1918, RFC 4193)."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".lan", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return address.is_private or address.is_loopback or address.is_link_local
