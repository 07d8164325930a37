"""Catalogs for tests: one that brackets every text, which shows lookups, and the Chinese one."""

from __future__ import annotations

import gettext
import io
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tui_chat.core import labels
from tui_chat.core.text.language import DOMAIN, LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRANSLATED = re.compile(r"⟦[^⟦⟧]*⟧\s*")


class _Bracketed(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@contextmanager
def bracketed_texts() -> Iterator[None]:
    """Look all texts up in the catalog of brackets."""
    labels.use(_Bracketed())
    try:
        yield
    finally:
        labels.use(gettext.NullTranslations())


def untranslated(text: str) -> str:
    """Return the parts of a text that were not looked up; nested lookups count as one."""
    while (rest := _TRANSLATED.sub("", text)) != text:
        text = rest
    return text


@contextmanager
def chinese_texts() -> Iterator[None]:
    """Look all texts up in the Chinese catalog, as it is in the source."""
    source = LOCALES / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale="zh"))
    compiled.seek(0)
    labels.use(gettext.GNUTranslations(compiled))
    try:
        yield
    finally:
        labels.use(gettext.NullTranslations())
