"""Chooses the language of the interface and loads its catalog.

A language is one file, `locales/CODE/LC_MESSAGES/tui_chat.po`, which is compiled when the package
is built. English needs no catalog, so nothing is read for it.
"""

from __future__ import annotations

import gettext
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui_chat.core import labels
from tui_chat.core.labels import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGLISH: Final = "en"
DOMAIN: Final = "tui_chat"
LOCALES: Final = Path(__file__).parents[2] / "locales"

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
# Traditional Chinese uses other words; a reader of it is better served by English.
_TRADITIONAL: Final = ("zh_tw", "zh_hk", "zh_mo", "zh_hant")
_NAME: Final = N_("The name of this language")


def languages(folder: Path = LOCALES) -> list[str]:
    """Return the codes of all languages, English first."""
    found = folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return [ENGLISH, *sorted(file.parts[-3] for file in found)]


def language_name(code: str, folder: Path = LOCALES) -> str:
    """Return the name of a language in that language; its code if the catalog has no name."""
    if code == ENGLISH:
        return "English"
    catalog = gettext.translation(DOMAIN, folder, [code], fallback=True)
    return code if (name := catalog.gettext(_NAME)) == _NAME else name


def language_of(env: Mapping[str, str], folder: Path = LOCALES) -> str:
    """Return the language that the environment asks for; English if there is none such.

    Args:
        env: `LC_ALL`, `LC_MESSAGES` and `LANG` are read; the first that is set decides.
        folder: The folder of the catalogs.
    """
    value = next((env[name] for name in _VARIABLES if env.get(name)), "")
    name, _dot, _encoding = value.partition("@")[0].partition(".")
    name = name.replace("-", "_")
    if not name or name.lower().startswith(_TRADITIONAL):
        return ENGLISH
    for code in (name, name.partition("_")[0]):
        if code.isidentifier() and (folder / code / "LC_MESSAGES" / f"{DOMAIN}.mo").exists():
            return code
    return ENGLISH


def use_language(code: str, folder: Path = LOCALES) -> None:
    """Look all texts up in the catalog of a language from now on."""
    if code == ENGLISH or not _is_utf8():
        labels.use(gettext.NullTranslations())
    else:
        labels.use(gettext.translation(DOMAIN, folder, [code], fallback=True))


def _is_utf8() -> bool:
    """Return whether the terminal shows more than ASCII; English needs nothing else."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    return encoding.replace("-", "").replace("_", "") == "utf8"
