"""Looks up every text that a user sees, at the moment it is shown.

Texts are written in English in the code, wrapped in `_()`. A second language is a gettext catalog:
`use()` installs it for the whole process. Texts that are written down before they are shown (in a
table, a class body or a constant) are marked with `N_()` there and looked up with `_()` later.
"""

from __future__ import annotations

import gettext as _gettext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_catalog: _gettext.NullTranslations = _gettext.NullTranslations()


def use(catalog: _gettext.NullTranslations) -> None:
    """Install the catalog that `_()` and `ngettext()` look texts up in."""
    global _catalog
    _catalog = catalog


def _(text: str) -> str:
    """Return a text in the language of the user.

    Args:
        text: The English text, a literal, so that it can be extracted. Fill in names afterwards:
            `_("{host} refused the key.").format(host=host)`.
    """
    return _catalog.gettext(text) if text else ""


def N_(text: str) -> str:  # noqa: N802 - gettext's customary name
    """Mark a text for extraction without looking it up."""
    return text


def NN_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802 - like N_, for counts
    """Mark the singular and plural of a text for extraction; `ngettext(*pair, count)` looks it up.

    Two texts marked one by one would be other entries of a catalog, which `ngettext` never finds.
    """
    return singular, plural


def ngettext(singular: str, plural: str, count: int, **names: object) -> str:
    """Return the singular or plural of a text, with the count filled in as `{count}`.

    Args:
        singular: The English text for one.
        plural: The English text for any other count.
        count: Selects the text.
        names: Fill in other placeholders of the text.
    """
    return _catalog.ngettext(singular, plural, count).format(count=f"{count:,}", **names)


def join_sentences(*sentences: str) -> str:
    """Return sentences in one line; no blank follows a full-width mark, as in Chinese."""
    joined = ""
    for sentence in filter(None, sentences):
        joined += sentence if not joined or joined.endswith(("。", "？", "：")) else f" {sentence}"
    return joined


def join_list(items: Iterable[str]) -> str:
    """Return words or short phrases as a list, with the commas of the language."""
    return _(", ").join(items)


def labelled(label: str, text: str) -> str:
    """Return a text with the place or name that it is about, such as a file or a key."""
    return _("{label}: {text}").format(label=label, text=text)
