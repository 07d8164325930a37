"""Profiles: where a request goes, with which key, and how the model is asked."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENAI_BASE_URL: Final = "https://api.openai.com/v1"
EMBEDDED_ID: Final = "embedded"
"""The endpoint id of the model that runs inside this program."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LOCAL_FIRST_TOKEN_S: Final = 300.0
"""Servers on this machine or in this network load their model at the first question."""


class Secret:
    """A text that is never shown: its repr, its str and its format are stars.

    It cannot be pickled, so that no crash report, cache or child process receives it by accident.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; only whoever puts it on the wire or masks it may ask."""
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
        # Copies inside the program, such as dataclasses.asdict, are no way out of it.
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Secret cannot be pickled")


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the key comes from; at most one of the fields is set.

    The key itself is only read when a provider is opened, so a profile holds no secret unless a
    flag or the environment gave one.
    """

    env: str | None = None
    """Name of an environment variable."""
    file: str | None = None
    """Path of a file that holds the key and nothing else, readable by its owner only."""
    command: str | None = None
    """A command that prints the key, such as that of a password manager."""
    secret: Secret | None = None
    distrust: str = ""
    """Why the command must not run: others could have written it. Empty: it may."""

    def __str__(self) -> str:
        """Say where the key comes from, never the key."""
        if self.env:
            return f"environment variable {self.env}"
        if self.file:
            return f"file {self.file}"
        if self.command:
            return "api_key_command"
        return "given directly" if self.secret else "none"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. Only what is set is sent."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] | None = None

    def as_body(self) -> dict[str, Any]:
        """Return the fields that are set, by their names in the API."""
        body: dict[str, Any] = {}
        for name in SAMPLING_NAMES:
            value = getattr(self, name)
            if value is not None:
                body[name] = list(value) if isinstance(value, tuple) else value
        return body


SAMPLING_NAMES: Final = tuple(Sampling.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds. The last two count content only: a keep-alive feeds neither."""

    connect_s: float = 10.0
    first_token_s: float | None = None
    """None: 30 s, or 300 s when the endpoint is on this machine or in a private network."""
    idle_s: float = 30.0


class Continuing(StrEnum):
    """How an endpoint is asked to write on from the middle of an answer.

    Each name is that of the field with which the endpoint's API marks the beginning of an answer.
    """

    PREFIX = "prefix"
    """Mistral; DeepSeek on its beta address."""
    PARTIAL = "partial"
    """Moonshot, Qwen."""
    VLLM = "continue_final_message"
    PREFILL = "prefill"
    """Nothing: a last message of the model is written on. llama.cpp does so."""
    QUESTION = "question"
    """It cannot: it is asked to continue, in a question that is seen."""


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
    """A request that tells the host to stop, for hosts that go on after the connection closed."""

    method: str
    url: str
    """With `{base_url}` and `{id}`, the id of the response."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A named endpoint and how to ask it. Frozen: changing it means replacing it."""

    name: str
    base_url: str
    model: str | None = None
    """None: the first one that the endpoint offers."""
    key: KeySource = KeySource()
    system_prompt: str | None = None
    """May hold `{nickname}`."""
    sampling: Sampling = Sampling()
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: bool = True
    """False: ask for whole answers."""
    timeouts: Timeouts = Timeouts()
    cancel: CancelRequest | None = None
    verify: bool = True
    is_insecure: bool = False
    """Whether the user allowed secrets to travel unencrypted, over plain http."""
    ca_file: str | None = None
    max_retries: int = 4
    """How often a request is tried again before the first content; 0 never."""
    send_reasoning: bool = False
    """Whether earlier reasoning goes back to the endpoint; some insist on it."""
    context_tokens: int | None = None
    """How much the model can hold, where the endpoint does not say it."""
    continue_with: Continuing | None = None
    """None: as is known of the host."""
    response_format: str | None = None
    """In which form objects are asked for at most: json_schema, json_object or prompt; None: what
    the endpoint takes."""
    uses_proxies: bool = True
    """Whether requests go through the proxies of the environment."""
    is_embedded: bool = False
    """Whether this is the model that runs inside this program; its base_url is then found later."""

    @property
    def host(self) -> str:
        """Host and port of the endpoint, for words; never user info or a query."""
        return host_and_port(self.base_url)

    @property
    def endpoint_id(self) -> str:
        """Identity of the endpoint: equal for profiles that lead to the same base URL.

        A digest, because a path may hold a token.
        """
        if self.is_embedded:
            return EMBEDDED_ID
        # Not needed before the first paint.
        import hashlib

        return hashlib.sha256(_plain_url(self.base_url).encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def host_label(self) -> str:
        """Host and port for words; the embedded model has none."""
        return "the embedded model" if self.is_embedded else self.host or self.name

    @property
    def is_on_loopback(self) -> bool:
        """Whether requests stay on this machine, without asking a name server."""
        return self.is_embedded or is_loopback_host(host_name(self.base_url))

    @property
    def is_local(self) -> bool:
        """Whether the endpoint is on this machine or in a private network."""
        return self.is_embedded or is_private_host(host_name(self.base_url))

    @property
    def continuing(self) -> Continuing:
        """How the endpoint is asked to write on from the middle of an answer."""
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
        """How long to wait for the first content, in seconds."""
        if self.timeouts.first_token_s is not None:
            return self.timeouts.first_token_s
        return LOCAL_FIRST_TOKEN_S if self.is_local else 30.0


def host_and_port(url: str) -> str:
    """Return host and port of a URL for words; empty when there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port else host


def _plain_url(url: str) -> str:
    """Return a base URL in the one spelling that all its spellings share."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return url
    host = (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"


def host_name(url: str) -> str:
    """Return the host of a URL without its port; empty when there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback_host(host: str) -> bool:
    """Say whether a host is this machine, so that nothing sent to it leaves it."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    # 0.0.0.0 is the address a server listens on; a connection to it stays on this machine.
    return any(it.is_loopback or it.is_unspecified for it in (address, mapped) if it is not None)


def is_private_host(host: str) -> bool:
    """Say whether a host is this machine or one of a private network (RFC 1918, RFC 4193)."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".lan", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and "." not in host
    return address.is_private or address.is_loopback or address.is_link_local
