"""The user's own themes: TOML files in the folder `themes` beside config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from tui_chat.config.problems import ConfigProblem
from tui_chat.config.toml_source import read_toml
from tui_chat.config.toml_table import ProblemList, Table, cleaned
from tui_chat.core.labels import _

if TYPE_CHECKING:
    from pathlib import Path

_COLORS: Final = (
    *("primary", "secondary", "accent", "warning", "error", "success"),
    *("foreground", "background", "surface", "panel", "boost"),
)
_MOST_FILES: Final = 100


def load_user_themes(folder: Path) -> tuple[list[Theme], list[ConfigProblem]]:
    """Return the valid themes, by name, and the mistakes in their files.

    Args:
        folder: The folder of the themes, which need not exist.
    """
    themes: list[Theme] = []
    problems: list[ConfigProblem] = []
    try:
        files = sorted(folder.glob("*.toml"))[:_MOST_FILES]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        summary = _("The folder of themes is unreadable: {reason}.").format(reason=reason)
        problems.append(ConfigProblem(folder, None, "", summary, _("Change its permissions.")))
        return themes, problems
    for file in files:
        theme, found = read_theme(file)
        problems += found
        if theme is not None:
            themes.append(theme)
    return themes, problems


def read_theme(file: Path) -> tuple[Theme | None, list[ConfigProblem]]:
    """Return the theme of a file, None if it is unusable, and the mistakes in it."""
    text = read_toml(file)
    problems = ProblemList(file, text, list(text.problems))
    table = Table(text.table, problems)
    name = cleaned(file.stem)
    colors = {field: _color(table, field) for field in _COLORS}
    dark = table.flag("dark")
    spread = table.number("luminosity_spread", 0, 1)
    alpha = table.number("text_alpha", 0, 1)
    variables = _variables(table)
    table.finish()
    if name in BUILTIN_THEMES:
        hint = _("Rename the file.")
        summary = _("“{name}” is the name of a built-in theme.").format(name=name)
        problems.found.append(ConfigProblem(file, None, "", summary, hint))
        return None, problems.found
    if colors["primary"] is None:
        if "primary" not in table:
            hint = _("Example: {example}").format(example='primary = "#88c0d0"')
            table.reject("primary", _("{key} is missing, so the theme is ignored."), hint)
        return None, problems.found
    given: dict[str, Any] = {field: value for field, value in colors.items() if value is not None}
    numbers = {"luminosity_spread": spread, "text_alpha": alpha}
    given |= {field: value for field, value in numbers.items() if value is not None}
    return Theme(name=name, dark=dark is not False, variables=variables, **given), problems.found


def _color(table: Table, field: str) -> str | None:
    value = table.name(field)
    if value is None or _is_color(value):
        return value
    hint = _("Examples: {examples}.").format(examples='"#88c0d0", "rgb(136,192,208)", "teal"')
    table.reject(field, _("{key} is not a color."), hint)
    return None


def _variables(table: Table) -> dict[str, str]:
    inner = table.table("variables")
    if inner is None:
        return {}
    names = list(inner.names())
    values = {name: inner.name(name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _is_color(value: str) -> bool:
    try:
        Color.parse(value)
    except ColorParseError:
        return False
    return True
