"""One prompt of the library, and its file: front matter and text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tui_chat.config.problems import nearest, quoted
from tui_chat.core.labels import N_, _, join_list, join_sentences, labelled
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from pathlib import Path

_HEAD: Final = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_LARGEST_HEAD: Final = 50_000
_TEXTS: Final = ("description", "system", "profile", "model", "schema")
_LISTS: Final = ("tools",)
KEYS: Final = (*_TEXTS, *_LISTS)
"""The keys of the front matter."""
_OTHER_NAMES: Final = {
    "system_prompt": "system",
    "summary": "description",
    "title": "description",
    "allowed-tools": "tools",
    "endpoint": "profile",
    "format": "schema",
}
"""Names of the same keys in other programs."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt. What is not set is None or empty."""

    name: str
    body: str
    """The text with its fields."""
    file: Path
    description: str = ""
    system: str | None = None
    profile: str | None = None
    model: str | None = None
    schema: str | None = None
    """As after `--schema`."""
    tools: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Mistakes of the file, as sentences; what is wrong is ignored."""

    @property
    def begins_conversation(self) -> bool:
        """True if it sets what belongs to a whole conversation."""
        settings = (self.system, self.profile, self.model)
        return bool(self.tools) or any(it is not None for it in settings)


def parse_prompt(name: str, text: str, file: Path) -> Prompt:
    """Return the prompt of a file.

    Args:
        name: The name of the prompt.
        text: The content of the file.
        file: Its path, for problems.
    """
    problems: list[str] = []

    def report(line: int, words: str, hint: str) -> None:
        place = _("{file}, line {line}").format(file=sanitize_line(str(file)), line=line)
        problems.append(labelled(place, join_sentences(words, hint)))

    head, body = "", text.removeprefix("\ufeff")
    match = _HEAD.match(body)
    if match is not None:
        head, body = match[1], body[match.end() :]
    elif re.match(r"---[ \t]*\n", body):
        report(1, _("The front matter has no end."), _("Add a line with --- after it."))
    values: dict[str, Any] = {}
    if len(head) > _LARGEST_HEAD:
        report(1, _("The front matter is too long."), _("Move the text below it."))
    elif head.strip():
        values = _Head(report).values(head)
    fields: dict[str, Any] = {key: values[key] for key in _TEXTS if key in values}
    fields["description"] = sanitize_line(fields.get("description", ""), 200)
    return Prompt(
        name,
        body.strip("\n"),
        file,
        tools=tuple(values.get("tools", ())),
        problems=tuple(problems),
        **fields,
    )


class _Head:
    """Reads the front matter, which is YAML: texts and lists of texts only."""

    def __init__(self, report: Any) -> None:
        self._report = report

    def values(self, head: str) -> dict[str, Any]:
        """Return the valid values by key; report the others."""
        # Imported late: most prompts are used without looking at their files again.
        import yaml

        try:
            # Every scalar is a text for this loader, and nothing is constructed.
            node = yaml.compose(head, Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            words = _("This is not valid YAML: {reason}.").format(reason=error.problem)
            line = 2 if mark is None else mark.line + 2
            self._report(line, words, _("Put texts with special characters in quotes."))
            return {}
        except (yaml.YAMLError, RecursionError):
            self._report(2, _("The front matter is not valid YAML."), _("Write KEY: TEXT lines."))
            return {}
        if not isinstance(node, yaml.MappingNode):
            self._report(2, _("The front matter has no keys."), _("Write KEY: TEXT lines."))
            return {}
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 2
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            value = _value(value_node)
            if key not in KEYS:
                self._report_unknown(line, key)
            elif key in found:
                self._report(line, _("`{key}` is there twice.").format(key=key), _("Remove one."))
            elif (checked := _checked(key, value)) is None:
                words = _(_REQUIREMENTS[key in _LISTS]).format(key=key)
                self._report(line, words, _("Correct it."))
            else:
                found[key] = checked
        return found

    def _report_unknown(self, line: int, key: str) -> None:
        guess = _OTHER_NAMES.get(key.casefold()) or nearest(key, KEYS)
        hint = (
            _("Did you mean `{key}`?").format(key=guess)
            if guess
            else _("Valid keys: {keys}.").format(keys=join_list(KEYS))
        )
        self._report(line, _("`{key}` is unknown.").format(key=quoted(key)), hint)


_REQUIREMENTS: Final = {
    False: N_("`{key}` must be a text."),
    True: N_("`{key}` must be a list of names."),
}


def _value(node: Any) -> Any:
    """Return the text of a node, or the texts of a list; None for anything else."""
    if node.id == "scalar":
        return node.value
    if node.id == "sequence" and all(item.id == "scalar" for item in node.value):
        return [item.value for item in node.value]
    return None


def _checked(key: str, value: Any) -> Any:
    if key in _LISTS:
        names = value.split(",") if isinstance(value, str) else value
        return [it.strip() for it in names if it.strip()] if isinstance(names, list) else None
    if not isinstance(value, str):
        return None
    return value if key == "system" else sanitize_line(value, 1000)
