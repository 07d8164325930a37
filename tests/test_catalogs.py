"""Every catalog translates every text, with the same placeholders."""

from __future__ import annotations

import gettext
import io
import re
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.update_catalogs import extract_texts, read_translations
from tui_chat.core import labels
from tui_chat.core.text import language
from tui_chat.import_export.importers.skipped import Skipped

if TYPE_CHECKING:
    from pathlib import Path

SOURCES: Final = sorted(language.LOCALES.glob("*/LC_MESSAGES/*.po"))
NAME: Final = re.compile(r"\{+\w[^{}]*\}+|%\(\w+\)[sr]|%[sr]")
HALF_WIDTH: Final = re.compile(r"[\u4e00-\u9fff][,;:?!](?:\s|$)")
# Texts that may lack a translation, or have an old one, while features are still being written.
MOST_MISSING: Final = 0


@cache
def texts() -> dict[str, tuple[str, set[str]]]:
    return extract_texts()


@cache
def translations(source: Path) -> dict[str, list[str]]:
    return read_translations(source)


def in_each_language(test: object) -> object:
    names = [source.parts[-3] for source in SOURCES]
    return pytest.mark.parametrize("source", SOURCES, ids=names)(test)


@in_each_language
def test_a_catalog_begins_with_its_header(source: Path) -> None:
    with source.open("rb") as file:
        catalog = read_po(file)
    assert source.read_text(encoding="utf-8").startswith('msgid ""\nmsgstr ""\n"Project-Id-')
    assert str(catalog.locale) == source.parts[-3]


@in_each_language
def test_every_text_is_translated(source: Path) -> None:
    known = translations(source)
    missing = [
        f"{min(files)}: {text!r}" for text, (_plural, files) in texts().items() if text not in known
    ]
    listed = "\n".join(sorted(missing))
    assert len(missing) <= MOST_MISSING, f"{len(missing)} without a translation:\n{listed}"


@in_each_language
def test_no_translation_is_left_over(source: Path) -> None:
    left = [text for text in translations(source) if text not in texts()]
    assert len(left) <= MOST_MISSING, "\n".join(left)


@in_each_language
def test_placeholders_are_those_of_the_text(source: Path) -> None:
    wrong = []
    for text, forms in translations(source).items():
        plural = texts().get(text, ("", set()))[0]
        wanted = sorted(NAME.findall(plural or text))
        # The count of a singular may be left out: "a file".
        allowed = [wanted, sorted(NAME.findall(text))]
        wrong += [
            f"{text!r}: {form!r}"
            for form in forms
            if sorted(NAME.findall(form)) not in (allowed if len(forms) > 1 else [wanted])
        ]
    assert wrong == []


@in_each_language
def test_line_breaks_at_the_ends_are_kept(source: Path) -> None:
    def ends(text: str) -> tuple[bool, bool]:
        return text.startswith("\n"), text.endswith("\n")

    every = translations(source).items()
    assert [text for text, forms in every if any(ends(it) != ends(text) for it in forms)] == []


def test_chinese_has_full_width_marks_and_plain_words() -> None:
    # Ellipses of commands and examples stay as they are.
    source = language.LOCALES / "zh" / "LC_MESSAGES" / f"{language.DOMAIN}.po"
    every = [forms[0] for text, forms in translations(source).items() if "..." not in text]
    assert [form for form in every if HALF_WIDTH.search(form)] == []
    assert [form for form in every if re.search(r"「|」|您|！|…。|\.\.\.", form)] == []


def test_the_counts_of_a_table_are_extracted_with_their_plurals() -> None:
    # As two single texts they would be translated and never found.
    assert {kind.value[0]: texts()[kind.value[0]][0] for kind in Skipped} == dict(
        kind.value for kind in Skipped
    )


PSEUDO: Final = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "The name of this language"
msgstr "Pseudo"

msgid "ready"
msgstr "⟦ready⟧"

msgid "{count} match"
msgid_plural "{count} matches"
msgstr[0] "⟦{count}⟧"
msgstr[1] "⟦{count}s⟧"
"""


@pytest.fixture
def pseudo(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a folder of catalogs in which one language was added, by one file."""
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "tui_chat.mo").open("wb") as file:
        write_mo(file, read_po(io.StringIO(PSEUDO)))
    request.addfinalizer(lambda: labels.use(gettext.NullTranslations()))  # noqa: PT021
    return tmp_path


def test_adding_a_language_is_one_file(pseudo: Path) -> None:
    assert language.languages(pseudo) == ["en", "xx"]
    assert language.language_name("xx", pseudo) == "Pseudo"
    assert language.language_of({"LANG": "xx_YY.UTF-8"}, pseudo) == "xx"
    language.use_language("xx", pseudo)
    assert labels._("ready") == "⟦ready⟧"
    assert labels._("no such text") == "no such text"
    assert labels.ngettext("{count} match", "{count} matches", 1) == "⟦1⟧"
    assert labels.ngettext("{count} match", "{count} matches", 1200) == "⟦1,200s⟧"


def test_the_catalogs_of_the_package_are_compiled() -> None:
    assert {source.parts[-3] for source in SOURCES} == set(language.languages()) - {"en"}
    assert language.language_name("zh") == "简体中文"
