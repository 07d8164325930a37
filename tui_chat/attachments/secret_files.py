"""Recognizes files that probably hold secrets, so that the user is asked before one is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui_chat.core.labels import N_, _

if TYPE_CHECKING:
    from pathlib import Path

_KEY_FOLDERS: Final = frozenset({".ssh", ".gnupg", ".aws", ".kube", ".docker", ".azure", ".gcloud"})
_KEY_NAMES: Final = re.compile(
    r"id_(?:rsa|dsa|ecdsa|ed25519)\w*|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx?|ppk|gpg|asc|ovpn)"
    r"|\.?(?:netrc|pgpass|npmrc|pypirc|htpasswd|git-credentials|my\.cnf)"
    r"|(?:credentials|secrets?|passwords?|service[-_]account)(?:\.\w+)?|wallet\.dat|shadow",
    re.IGNORECASE,
)
_ENVIRONMENT: Final = re.compile(r"\.env(?:rc|\..+)?|.+\.env", re.IGNORECASE)
_PUBLIC: Final = re.compile(
    r".*\.(?:pub|crt|cer)|\.env\.(?:example|sample|template)", re.IGNORECASE
)
_PRIVATE_KEY: Final = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File|age-secret-key-1",
    re.IGNORECASE,
)
_HEAD: Final = 65_536

_REASONS: Final = {
    "key": N_("it looks like a private key or a password"),
    "environment": N_("it looks like a file of secret settings"),
    "folder": N_("it is in {folder}, a folder for keys"),
    "hidden": N_("it is a hidden file"),
    "hidden folder": N_("it is in the hidden folder {folder}"),
}


def secret_reason(path: Path, head: bytes = b"", *, inside: Path | None = None) -> str:
    """Return why a file probably holds secrets, as part of a sentence; empty if it does not.

    Args:
        path: The file. A link is judged by its own place and by the file that it leads to.
        head: The beginning of its content, if it is read already.
        inside: A folder of the user's own files for the model: that it is in a hidden folder itself
            does not matter.
    """
    places = [path.absolute()]
    try:
        places.append(path.resolve())
    except (OSError, RuntimeError):
        # A cycle of links: it cannot be read either.
        return ""
    for place in places:
        kind, folder = _kind_of(_below(place, inside))
        if kind:
            return _(_REASONS[kind]).format(folder=folder)
    return _(_REASONS["key"]) if _PRIVATE_KEY.search(head[:_HEAD]) else ""


def _below(place: Path, inside: Path | None) -> Path:
    for folder in (inside, inside.resolve()) if inside is not None else ():
        if place.is_relative_to(folder):
            return place.relative_to(folder)
    return place


def _kind_of(path: Path) -> tuple[str, str]:
    folders = [part for part in path.parts[:-1] if part.startswith(".") and part.strip(".")]
    for folder in folders:
        if folder.lower() in _KEY_FOLDERS:
            return "folder", folder
    if _PUBLIC.fullmatch(path.name):
        return "", ""
    if _ENVIRONMENT.fullmatch(path.name):
        return "environment", ""
    if _KEY_NAMES.fullmatch(path.name):
        return "key", ""
    if path.name.startswith("."):
        return "hidden", ""
    return ("hidden folder", folders[-1]) if folders else ("", "")
