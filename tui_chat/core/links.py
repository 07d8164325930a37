"""Link targets from outside: which may be opened, in which form, and which words hide them."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final
from urllib.parse import quote, urlsplit

LONGEST_TARGET: Final = 2083
"""Characters of a target that is handed to a terminal or a browser (the limit of VTE)."""

_SCHEMES: Final = ("http", "https", "mailto")
_KEPT: Final = "%!#$&'()*+,-./:;=?@[]_~"
"""ASCII that stays as it is; all else is percent-encoded, quotes, blanks and controls among it."""
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
"""What ends a name such as README.md or Node.js, which claims no address."""
_LONGEST_SHOWN: Final = 80


def safe_target(target: str) -> str | None:
    """Return a link target that may be given to a terminal or a browser; None if it may not.

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
    """Return the host that a target leads to, in lower case; for mailto the whole address."""
    scheme, _, rest = target.partition(":")
    if scheme.lower() == "mailto":
        return rest.partition("?")[0].lower()
    # Browsers take a backslash for a slash.
    with suppress(ValueError):
        return (urlsplit(target.replace("\\", "/")).hostname or "").rstrip(".")
    return ""


def disguised_target(words: str, target: str) -> str:
    """Return the target that words claim to be another one; empty when they are honest.

    Args:
        words: The text of the link.
        target: Where it leads.
    """
    claim = _CLAIM.search(words)
    if claim is None:
        return ""
    claimed = claim["host"].lower()
    if not claim["scheme"] and claimed.rpartition(".")[2] in _FILE_ENDINGS:
        return ""
    # An address of electronic mail claims what stands behind its @.
    host = target_host(target)
    if target[:7].lower() == "mailto:":
        is_honest = host in words.lower()
    else:
        is_honest = _belongs(claimed, host)
    if is_honest:
        return ""
    return target if len(target) <= _LONGEST_SHOWN else target[: _LONGEST_SHOWN - 1] + "…"


def _belongs(claimed: str, host: str) -> bool:
    """Return whether a claimed host is the real one, or one is a part of the other's domain."""
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
