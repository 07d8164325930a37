"""Brings the texts of the program into every catalog: `uv run python -m tests.update_catalogs`.

New texts come without a translation, texts that are gone go. Translations and the header stay.
"""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

import tui_chat
from tui_chat.core.text.language import LOCALES

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(tui_chat.__file__).parent
_FUNCTIONS: Final = {"_": 1, "N_": 1, "NN_": 2, "ngettext": 2}


def extract_texts() -> dict[str, tuple[str, set[str]]]:
    """Return every text of the program with its plural, or an empty one, and its files.

    The syntax tree is read, because Babel overlooks calls inside of f-strings on Python 3.11.
    """
    found: dict[str, tuple[str, set[str]]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for one, other in _texts_of(ast.parse(path.read_text(encoding="utf-8"))):
            plural, files = found.get(one, ("", set[str]()))
            found[one] = (plural or other, files | {str(path.relative_to(PACKAGE.parent))})
    return found


def _texts_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        wanted = _FUNCTIONS.get(call.func.id, 0)
        texts = [it.value for it in call.args[:wanted] if isinstance(it, ast.Constant)]
        if len(texts) == wanted and texts and texts[0]:
            yield str(texts[0]), str(texts[1]) if wanted > 1 else ""


def read_translations(source: Path) -> dict[str, list[str]]:
    """Return the forms of each translated text of a catalog, by the English singular."""
    result = {}
    with source.open("rb") as file:
        catalog = read_po(file, locale=source.parts[-3])
    for message in catalog:
        forms = [message.string] if isinstance(message.string, str) else message.string or ()
        if message.id and forms and all(forms) and not message.fuzzy:
            one = message.id if isinstance(message.id, str) else message.id[0]
            result[one] = list(forms)
    return result


def update_catalog(source: Path, known: dict[str, list[str]]) -> list[str]:
    """Rewrite a catalog with these translations; return the texts without one."""
    header, _blank, _rest = source.read_text(encoding="utf-8").partition("\n\n")
    texts = extract_texts()
    catalog = Catalog(locale=source.parts[-3])
    for one, (other, files) in sorted(texts.items(), key=lambda it: (min(it[1][1]), it[0])):
        forms = known.get(one, [])
        # No line numbers: they would change with every edit of the code.
        places = [(file, 0) for file in sorted(files)]
        if other:
            catalog.add((one, other), tuple(forms) or ("",) * catalog.num_plurals, places)
        else:
            catalog.add(one, forms[0] if forms else "", places)
    body = io.BytesIO()
    write_po(body, catalog, width=100, omit_header=True, include_lineno=False)
    source.write_text(f"{header.rstrip()}\n\n{body.getvalue().decode().strip()}\n", "utf-8")
    return [one for one in texts if one not in known]


def main() -> None:
    """Update every catalog and print how complete it is."""
    for source in sorted(LOCALES.glob("*/LC_MESSAGES/*.po")):
        missing = update_catalog(source, read_translations(source))
        print(f"{source.relative_to(PACKAGE.parent)}: {len(missing)} without a translation")  # noqa: T201


if __name__ == "__main__":
    main()
