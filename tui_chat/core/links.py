"""Checks untrusted links: safe targets to open, and labels that disguise their target."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final
from urllib.parse import quote, urlsplit

LONGEST_TARGET: Final = 2083
"""The maximum length in characters of a target for a terminal or a browser (the limit of VTE)."""

_SCHEMES: Final = ("http", "https", "mailto")
_KEPT: Final = "%!#$&'()*+,-./:;=?@[]_~"
"""ASCII that is kept; everything else is percent-encoded, including quotes, spaces and controls."""
_AUTHORITY: Final = re.compile(r"(https?://)([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
_LETTERS: Final = "a-zA-Z0-9\u00a1-\u1fff-"
_CLAIM: Final = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9+.-]*://)?"
    rf"(?P<host>\d+(?:\.\d+){{3}}|[{_LETTERS}]+(?:\.[{_LETTERS}]+)*\.(?!\d)[{_LETTERS}]{{2,}})",
    re.IGNORECASE,
)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_FILE_ENDINGS: Final = frozenset(
    (
        "c", "cc", "cfg", "conf", "cpp", "css", "csv", "go", "h", "hpp", "htm", "html",
        "ini", "java", "js", "json", "jsx", "log", "lua", "md", "pdf", "php", "png", "py",
        "rb", "rs", "rst", "sh", "sql", "svg", "toml", "ts", "tsx", "txt", "xml", "yaml",
        "yml",
    )
)  # fmt: skip
"""Endings of file names such as README.md or Node.js, which are not host names."""
_LONGEST_SHOWN: Final = 80


def safe_target(target: str) -> str | None:
    """Return a link target that is safe for a terminal or a browser; None if there is none.

    Only http, https and mailto are opened. The result is printable ASCII: host names in other
    scripts are in their ASCII form, everything else is percent-encoded.
    """
    target = target.strip()
    scheme, colon, rest = target.partition(":")
    if not colon or scheme.lower() not in _SCHEMES or len(target) > LONGEST_TARGET:
        return None
    if scheme.lower() == "mailto":
        safe = "mailto:" + _quoted(rest)
        return safe if rest and len(safe) <= LONGEST_TARGET else None
    found = _AUTHORITY.fullmatch(target)
    if found is None or not target_host(target):
        return None
    user, at, host = found[2].rpartition("@")
    safe = found[1].lower() + _quoted(user) + at + _quoted(_ascii_host(host)) + _quoted(found[3])
    return safe if len(safe) <= LONGEST_TARGET else None


def target_host(target: str) -> str:
    """Return the host of a target in lower case; the whole address for mailto."""
    scheme, _, rest = target.partition(":")
    if scheme.lower() == "mailto":
        return rest.partition("?")[0].lower()
    # Browsers treat a backslash as a slash.
    with suppress(ValueError):
        return (urlsplit(target.replace("\\", "/")).hostname or "").rstrip(".")
    return ""


def disguised_target(label: str, target: str) -> str:
    """Return the target of a link whose label names another host; empty if the label is honest.

    Args:
        label: The text of the link.
        target: The target of the link.
    """
    claim = _CLAIM.search(label)
    if claim is None:
        return ""
    claimed = claim["host"].lower()
    if not claim["scheme"] and claimed.rpartition(".")[2] in _FILE_ENDINGS:
        return ""
    # An e-mail address claims the host after its @.
    host = target_host(target)
    if target[:7].lower() == "mailto:":
        is_honest = host in label.lower()
    else:
        is_honest = _belongs(claimed, host)
    if is_honest:
        return ""
    return target if len(target) <= _LONGEST_SHOWN else target[: _LONGEST_SHOWN - 1] + "…"


def _belongs(claimed: str, host: str) -> bool:
    """Return whether a claimed host is the real one, or one is a subdomain of the other."""
    claimed, host = claimed.removeprefix("www."), host.removeprefix("www.")
    longer, shorter = (claimed, host) if len(claimed) > len(host) else (host, claimed)
    return longer == shorter or (bool(shorter) and longer.endswith("." + shorter))


def _quoted(text: str) -> str:
    return quote(_SURROGATES.sub("\ufffd", text), safe=_KEPT)


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    name, colon, port = host.partition(":")
    with suppress(UnicodeError):
        name = name.encode("idna").decode("ascii")
    return name + colon + port
