"""Tab walks the fields of a prompt of the library that was put into the prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.widgets.text_area import Selection

from tui_chat.config.prompts.fields import Field, fields_in, filled

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui_chat.ui.prompt.prompt_input import PromptInput


@dataclass(frozen=True, slots=True)
class _Current:
    """The field that was selected last, and the text around it."""

    field: Field
    before: str
    token: str
    after: str


class FieldWalk:
    """Selects the fields one after the other; typing replaces the selected one."""

    def __init__(self, prompt: PromptInput) -> None:
        self._prompt = prompt
        self._names: frozenset[str] = frozenset()
        """The fields to fill in; other braces in the prompt are text."""
        self._current: _Current | None = None

    def begin(self, names: Collection[str]) -> None:
        """Walk these fields of the text in the prompt from the first one on."""
        self._names, self._current = frozenset(names), None
        self._select(self._fields(), 0)

    def take_key(self, key: str) -> bool:
        """Handle Tab and Shift+Tab while fields are left; return whether it was one of them."""
        if key not in ("tab", "shift+tab") or not self._names:
            return False
        self._settle()
        fields = self._fields()
        if not fields:
            self._names = frozenset()
            self._prompt.move_cursor(self._prompt.document.end)
            return True
        text = self._prompt.text
        at = _offset(text, self._prompt.cursor_location)
        if key == "tab":
            following = (i for i, field in enumerate(fields) if field.start >= at)
            self._select(fields, next(following, 0))
        else:
            start = min(at, _offset(text, self._prompt.selection.start))
            before = [i for i, field in enumerate(fields) if field.end <= start]
            self._select(fields, before[-1] if before else -1)
        return True

    def ready(self, text: str) -> str | None:
        """Return the text to send, with the defaults of the fields that are left.

        Args:
            text: The draft.

        Returns:
            None if a field has neither a text nor a default; it is selected.
        """
        if not self._names:
            return text
        before = self._prompt.draft
        self._settle()
        if text == before:
            text = self._prompt.draft
        defaults: dict[str, str] = {}
        for field in fields_in(text):
            if field.name in self._names and field.default is not None:
                defaults.setdefault(field.name, field.default)
        fields = self._fields()
        empty = next((i for i, it in enumerate(fields) if it.name not in defaults), None)
        if empty is not None:
            self._select(fields, empty)
            return None
        self._names, self._current = frozenset(), None
        return filled(text, defaults)

    def _fields(self) -> list[Field]:
        return [it for it in fields_in(self._prompt.text) if it.name in self._names]

    def _select(self, fields: list[Field], index: int) -> None:
        if not fields:
            self._current = None
            return
        field, text = fields[index], self._prompt.text
        self._prompt.selection = Selection(_location(text, field.start), _location(text, field.end))
        self._current = _Current(
            field, text[: field.start], text[field.start : field.end], text[field.end :]
        )

    def _settle(self) -> None:
        """Put the text of the current field, else its default, into all fields of its name."""
        current, text = self._current, self._prompt.text
        self._current = None
        if current is None:
            return
        before, after = current.before, current.after
        is_around = len(text) >= len(before) + len(after)
        if not (is_around and text.startswith(before) and text.endswith(after)):
            return
        value: str | None = text[len(before) : len(text) - len(after)]
        if value == current.token:
            value = current.field.default
        if not value:
            return
        before = filled(before, {current.field.name: value})
        after = filled(after, {current.field.name: value})
        if (whole := before + value + after) != text:
            area = self._prompt
            end = area.document.end
            area.replace(whole, area.document.start, end, maintain_selection_offset=False)
        self._prompt.move_cursor(_location(whole, len(before) + len(value)))


def _location(text: str, offset: int) -> tuple[int, int]:
    """Return row and column of a character."""
    return text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1


def _offset(text: str, location: tuple[int, int]) -> int:
    """Return the number of characters before a row and column."""
    row, column = location
    return sum(len(line) + 1 for line in text.split("\n")[:row]) + column
