"""The settings that F8 shows, one row each. A new setting is a new row."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tui_chat.config.editing.setting_line import setting_line
from tui_chat.config.ui_settings import UiSettings
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import N_, _
from tui_chat.core.text.language import language_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.config.settings import Settings

Value = str | int | bool | None
"""None: not set."""

_NARROWEST: Final = 20
_WIDEST: Final = 1000


class RowKind(Enum):
    """The way a setting is changed."""

    FLAG = auto()
    CHOICE = auto()
    THEME = auto()
    LANGUAGE = auto()
    NUMBER = auto()
    TEXT = auto()
    KEYS = auto()


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting. Its texts are looked up when they are shown."""

    path: tuple[str, ...]
    """The tables and the key in config.toml."""
    title: str
    tooltip: str
    """An explanation in one line."""
    kind: RowKind
    value_of: Callable[[Settings], Value]
    default: Value = None
    choices: tuple[tuple[str, str], ...] = ()
    """Values of config.toml and their labels."""

    def shown(self, value: Value) -> str:
        """Return a value for the list."""
        if self.kind is RowKind.FLAG:
            return _("on") if value else _("off")
        if self.kind is RowKind.KEYS:
            return _("{count} changed").format(count=value) if value else _("all defaults")
        if self.kind is RowKind.LANGUAGE:
            return language_name(str(value)) if value else _("that of the system")
        labels = dict(self.choices)
        if isinstance(value, str) and value in labels:
            return _(labels[value])
        return str(value) if value not in (None, "") else _("not set")

    def line(self, value: Value) -> str:
        """Return the line of config.toml; the default needs none."""
        if self.kind is RowKind.KEYS or value in (None, ""):
            return f"[{'.'.join(self.path)}]" if self.kind is RowKind.KEYS else ""
        return setting_line(self.path, value)

    def parsed(self, text: str) -> Value:
        """Return the value that a user entered.

        Raises:
            ConfigError: It is invalid.
        """
        text = text.strip()
        if self.kind is not RowKind.NUMBER:
            return text or None
        if not text:
            return None
        if not text.isdecimal() or not _NARROWEST <= int(text) <= _WIDEST:
            raise ConfigError(
                _("“{text}” is not a width.").format(text=text[:20]),
                _("Use an integer from {low} to {high}.").format(low=_NARROWEST, high=_WIDEST),
            )
        return int(text)


_DEFAULTS: Final = UiSettings()

ROWS: Final = (
    SettingRow(
        ("ui", "theme"),
        N_("Theme"),
        N_("The colors of the program; a file in the folder themes adds one"),
        RowKind.THEME,
        lambda settings: settings.ui.theme,
    ),
    SettingRow(
        ("ui", "width"),
        N_("Text width"),
        N_("The widest column of text, in cells"),
        RowKind.NUMBER,
        lambda settings: settings.ui.width,
        _DEFAULTS.width,
    ),
    SettingRow(
        ("ui", "side_panel"),
        N_("Side panel"),
        N_("The conversations beside the text, in a wide terminal"),
        RowKind.FLAG,
        lambda settings: settings.ui.side_panel,
        _DEFAULTS.side_panel,
    ),
    SettingRow(
        ("ui", "titles"),
        N_("Titles"),
        N_("The source of the title of a conversation"),
        RowKind.CHOICE,
        lambda settings: settings.ui.titles,
        _DEFAULTS.titles,
        (("question", N_("the first question")), ("model", N_("written by the model"))),
    ),
    SettingRow(
        ("answer_language",),
        N_("Answer language"),
        N_("The language of all answers, in the chat and in `ask`; empty: that of the question"),
        RowKind.TEXT,
        lambda settings: settings.answer_language,
        "",
    ),
    SettingRow(
        ("ui", "language"),
        N_("Language"),
        N_("The language of the program, from the next start; that of answers is separate"),
        RowKind.LANGUAGE,
        lambda settings: settings.ui.language,
    ),
    SettingRow(
        ("ui", "notify"),
        N_("When an answer ends"),
        N_("Call you, if the terminal is in the background or the answer took over 10 s"),
        RowKind.CHOICE,
        lambda settings: settings.ui.notify,
        _DEFAULTS.notify,
        (
            ("auto", N_("notification and bell")),
            ("bell", N_("bell only")),
            ("off", N_("nothing")),
        ),
    ),
    SettingRow(
        ("ui", "mouse"),
        N_("Mouse"),
        N_("Click and scroll in the program; off: the terminal selects text"),
        RowKind.FLAG,
        lambda settings: settings.ui.mouse,
        _DEFAULTS.mouse,
    ),
    SettingRow(
        ("ui", "reduced_motion"),
        N_("Reduced motion"),
        N_("No animation"),
        RowKind.FLAG,
        lambda settings: settings.ui.reduced_motion,
        _DEFAULTS.reduced_motion,
    ),
    SettingRow(
        ("ui", "cursor_blink"),
        N_("Blinking cursor"),
        N_("The cursor of the prompt blinks"),
        RowKind.FLAG,
        lambda settings: settings.ui.cursor_blink,
        _DEFAULTS.cursor_blink,
    ),
    SettingRow(
        ("keys",),
        N_("Keys"),
        N_("The key of each action: press the one you want"),
        RowKind.KEYS,
        lambda settings: len(settings.keys) or None,
    ),
)
