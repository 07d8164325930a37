"""Converts tokens of terminal input into Textual events.

Unknown sequences are dropped: they are unsolicited replies or broken sequences, never typed text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from textual import events, messages
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS, MODIFIER_FUNCTIONAL_KEYS
from textual._xterm_parser import IS_ITERM, XTermParser
from textual.constants import SMOOTH_SCROLL
from textual.keys import KEY_NAME_REPLACEMENTS, _character_to_key

from tui_chat.ui.terminal.input.input_tokens import Kind, Token, Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.message import Message as TextualMessage

ERASE_DELETE: Final = "\x7f"
"""The character that Backspace sends in almost all terminals."""

_ERASE_BACKSPACE: Final = "\b"
_KEY: Final = re.compile(
    r"(\d{1,7})?(?::\d*)*(?:;(\d{0,5})(?::(\d{0,2}))?(?:;([\d:]*))?)?([u~ABCDEFHPQRS])"
)
_OTHER_KEYS: Final = re.compile(r"27;(\d{1,3});(\d{1,7})~")
"""xterm's modifyOtherKeys."""
_MOUSE: Final = re.compile(r"<(\d{1,4});(-?\d{1,5});(-?\d{1,5})[Mm]")
_MODE: Final = re.compile(r"\?(\d{1,5});(\d)\$y")
_SIZE: Final = re.compile(r"48;(\d{1,5})[\d:]*;(\d{1,5})[\d:]*;(\d{1,6})[\d:]*;(\d{1,6})[\d:]*t")
_MOST_COLUMNS: Final = 2_000
_MOST_ROWS: Final = 1_000
_META_ARROWS: Final = frozenset({"1;9A", "1;9B", "1;9C", "1;9D"})
"""Alt with an arrow key in iTerm2; elsewhere the same code means Super."""
_RELEASED: Final = "3"
_KEYS_HELD: Final = 16
"""The largest modifier of a real F3; a larger number is the column of a cursor position."""
_PRIVATE_USE: Final = range(0xE000, 0xF900)
_SURROGATES: Final = range(0xD800, 0xE000)
_SHIFT, _ALT, _CTRL = 1, 2, 4
_MODIFIERS: Final = {
    _ALT: "alt",
    _CTRL: "ctrl",
    8: "super",
    16: "hyper",
    32: "meta",
    _SHIFT: "shift",
}
_CHARACTERS: Final = {"backspace": "\x7f", "enter": "\r", "tab": "\t", "escape": "\x1b"}
_CONTROL_KEYS: Final = {"\r": "enter", "\n": "enter", "\b": "backspace", "\x7f": "backspace"}
_WORD_KEYS: Final = {"b": "ctrl+left", "f": "ctrl+right", "\t": "shift+tab"}
"""Alt keys mapped to the names that Textual's fields bind."""


class InputParser:
    """Parses terminal input into events, split into reads in any way."""

    def __init__(
        self, clock: Callable[[], float], escape_s: float, erase: str = ERASE_DELETE
    ) -> None:
        """Create a parser without pending input.

        Args:
            clock: Returns monotonic seconds.
            escape_s: How long an ESC waits for the rest of a sequence.
            erase: The character of the terminal's erase key.
        """
        self._tokenizer = Tokenizer(clock, escape_s)
        self._mouse = XTermParser()
        self._erase = erase

    @property
    def due(self) -> float | None:
        """The time at which `tick` has something to decide."""
        return self._tokenizer.due

    def feed(self, data: str) -> Iterator[TextualMessage]:
        """Yield the events of one read."""
        return self._events(self._tokenizer.feed(data))

    def tick(self) -> Iterator[TextualMessage]:
        """Yield the events of input that timed out."""
        return self._events(self._tokenizer.tick())

    def end(self) -> Iterator[TextualMessage]:
        """Yield the events of pending input."""
        return self._events(self._tokenizer.end())

    def _events(self, tokens: Iterable[Token]) -> Iterator[TextualMessage]:
        for token in tokens:
            event = self._event(token)
            if event is not None:
                yield event

    def _event(self, token: Token) -> TextualMessage | None:
        match token.kind:
            case Kind.PASTE:
                return events.Paste(token.text)
            case Kind.ESCAPE:
                return events.Key("escape", "\x1b")
            case Kind.CHARACTER:
                return self._typed(token.text)
            case Kind.ALT:
                return _with_alt(token.text)
            case Kind.SS3:
                return _legacy_key(f"\x1bO{token.text}")
            case Kind.CSI:
                return self._control(token.text)

    def _typed(self, character: str) -> events.Key | None:
        if character == _ERASE_BACKSPACE:
            is_erase = self._erase == _ERASE_BACKSPACE
            return events.Key("backspace" if is_erase else "ctrl+backspace", None)
        if "\x80" <= character <= "\x9f":
            return None
        if (key := _legacy_key(character)) is not None:
            return key
        return events.Key(_key_name(character), character)

    def _control(self, body: str) -> TextualMessage | None:
        if body in "IO":
            return events.AppFocus() if body == "I" else events.AppBlur()
        if _MOUSE.fullmatch(body):
            return self._mouse.parse_mouse_code(f"\x1b[{body}")
        if mode := _MODE.fullmatch(body):
            return _mode_report(mode[1], int(mode[2]))
        if size := _SIZE.fullmatch(body):
            return self._resized(*map(int, size.groups()))
        if other := _OTHER_KEYS.fullmatch(body):
            return _extended_key(other[2], other[1], "", "u")
        if body in _META_ARROWS:
            return _legacy_key(f"\x1b[{body}")
        if key := _KEY.fullmatch(body):
            number, modifiers, event_type, text, final = key.groups("")
            is_position = (
                final == "R" and not event_type and not 1 < int(modifiers or 1) <= _KEYS_HELD
            )
            if event_type == _RELEASED or is_position:
                return None
            if extended := _extended_key(number, modifiers, text, final):
                return extended
        return _legacy_key(f"\x1b[{body}")

    def _resized(
        self, height: int, width: int, pixels_high: int, pixels_wide: int
    ) -> events.Resize | None:
        """Return the new size, or None if it is impossible."""
        if not (0 < width <= _MOST_COLUMNS and 0 < height <= _MOST_ROWS):
            return None
        event = events.Resize.from_dimensions((width, height), (pixels_wide, pixels_high))
        self._mouse.terminal_size = event.size
        has_pixels = pixels_wide >= width and pixels_high >= height
        self._mouse.terminal_pixel_size = event.pixel_size if has_pixels else None
        self._mouse.mouse_pixels = has_pixels
        return event


def _mode_report(mode: str, setting: int) -> TextualMessage | None:
    if mode == "2026" and setting > 0:
        return messages.TerminalSupportsSynchronizedOutput()
    if mode == "2048" and SMOOTH_SCROLL and not IS_ITERM:
        return messages.InBandWindowResize.from_setting_parameter(setting)
    return None


def _key_name(character: str) -> str:
    name = _character_to_key(character)
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _with_alt(character: str) -> events.Key:
    """Return the key of a character that directly followed ESC."""
    if other := _WORD_KEYS.get(character):
        return events.Key(other, None)
    name = _CONTROL_KEYS.get(character) or _key_name(character)
    shift = "shift+" if len(name) == 1 and name.isupper() else ""
    return events.Key(f"alt+{shift}{name.lower() if shift else name}", None)


def _legacy_key(sequence: str) -> events.Key | None:
    """Return the key of a sequence in Textual's table; a leading Esc means Alt."""
    keys = ANSI_SEQUENCES_KEYS.get(sequence)
    if isinstance(keys, str):
        return events.Key(_key_name(keys), keys)
    if not isinstance(keys, tuple):
        return None
    name = keys[-1].value
    if len(keys) > 1:
        modifiers = sorted({"alt", *name.split("+")[:-1]})
        name = "+".join([*modifiers, name.split("+")[-1]])
    return events.Key(name, sequence if len(sequence) == 1 else None)


def _extended_key(
    number: str, modifiers: str, text: str, final: str
) -> events.Key | events.Paste | None:
    """Return a key of the kitty protocol or of xterm's modifyOtherKeys."""
    code = int(number or "1")
    typed = _typed_text(text)
    if len(typed) > 1:
        return events.Paste(typed)
    held = [word for bit, word in _MODIFIERS.items() if (int(modifiers or "1") - 1) & bit]
    name = FUNCTIONAL_KEYS.get(f"{code}{final}", "")
    if name in MODIFIER_FUNCTIONAL_KEYS:
        return events.Key(name, None)
    if not name:
        character = typed or (_character(code) if final == "u" else "")
        if not character:
            return None
        if held == ["shift"] and character.isalpha():
            typed = character = character.upper()
        name = _key_name(character)
        typed = typed or ("" if held else character)
    elif final == "u" and not held:
        typed = typed or _CHARACTERS.get(name) or (name if len(name) == 1 else "")
    if typed:
        # Shift and Alt are already reflected in the text.
        held = [word for word in held if word not in ("shift", "alt")]
    return events.Key("+".join([*sorted(held), name]), typed or None)


def _typed_text(text: str) -> str:
    codes = [int(part) for part in text.split(":") if part and len(part) <= len("1114111")]
    return "".join(_character(code) for code in codes)


def _character(code: int) -> str:
    """Return the character of a typeable code point, or an empty string."""
    is_out = not 0x20 <= code <= 0x10FFFF or 0x7F <= code < 0xA0
    return "" if is_out or code in _SURROGATES or code in _PRIVATE_USE else chr(code)
