"""Reads the object in an answer: strictly first, then mended, then by json-repair."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.structured.locate_json import find_regions, find_thoughts
from tui_chat.structured.lossless_json import InvalidJson, load_at, loads
from tui_chat.structured.repair.json_repair_fallback import CannotRepair, repair
from tui_chat.structured.repair.lenient_parser import CannotRepairText, repair_text
from tui_chat.structured.repair.text_edits import Edit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.structured.locate_json import Region
    from tui_chat.structured.verdict import Path

_SOLID: Final = re.compile(r"\S")
_OPENER: Final = re.compile(r"[{\[｛［]")
_LIKE_JSON: Final = re.compile(
    r"""[{｛][\s\u200b\ufeff]*(?:["'“‘„`´«＂},]|//|/\*|\#|\Z|\.\.\.|…|\\["nrt]|\d+\s*:\s*[\d"'{\[]
              |[A-Za-z_$\u0080-\uffff][\w$-]*["”']?\s*[:：=])
      | [\[［]\s*(?:["'“‘„`´«＂{\[\](\d.,+-]|//|/\*|\\["nrt]|\Z
              |(?:t|tr|tru|f|fa|fal|fals|n|nu|nul)\Z
              |(?:true|false|null|none|nan|undefined|infinity)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_GOES_ON: Final = re.compile(r"""[\s}\]]*,?\s*(?:"[^"\n]{0,200}"|'[^'\n]{0,200}')\s*:""")
_BROKE_OFF: Final = re.compile(r"""\s*,?\s*["}\]]|[^\n"]{1,80}"\s*[}\]]""")
_BETWEEN: Final = re.compile(r"[\s,;]*")
_PACKED: Final = re.compile(r'[{\[](?:[\s{\[]|\\[nrt])*\\"')
_CITATION: Final = re.compile(r"\[\d{1,3}\]")
_MOST_VALUES: Final = 100_000
_MOST_TRIES: Final = 200


@dataclass
class ParsedReply:
    """What was read of an answer."""

    json: str | None = None
    value: Any = None
    edits: list[Edit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was decided without changing the text, as sentences."""
    open_path: Path | None = None
    is_cut: bool = False
    """Whether the end of the object is missing."""
    is_leaf_cut: bool = False
    """Whether something within it is."""
    reason: str = ""
    """Why nothing was read, as a sentence."""


@dataclass(frozen=True)
class _Found:
    """A value that stands in the answer."""

    start: int
    end: int
    json: str
    value: Any
    edits: tuple[Edit, ...] = ()
    duplicates: tuple[str, ...] = ()
    open_path: Path | None = None
    is_leaf_cut: bool = False


def parse_reply(raw: str, fits: Callable[[Any], bool]) -> ParsedReply:
    """Read the JSON in an answer.

    Args:
        raw: The answer as it came.
        fits: Says whether a value is what was asked for; decides between several.
    """
    thoughts = find_thoughts(raw)
    if thoughts.is_open:
        words = "The answer ends while the model is still thinking."
        return ParsedReply(is_cut=True, reason=words)
    begin = _SOLID.search(raw, thoughts.end)
    if begin is None:
        return ParsedReply(reason="There is nothing in the answer.")
    start, end = begin.start(), len(raw.rstrip())
    try:
        loaded = loads(raw[start:end])
    except InvalidJson as error:
        strict = error
    else:
        found = _Found(start, end, raw[start:end], loaded.value, duplicates=loaded.duplicates)
        return _unpacked(raw, found, fits) or _reading(raw, found, "")
    reading = ParsedReply()
    for region in find_regions(raw, thoughts.end):
        reading = _read_region(raw, region, fits)
        if reading.json is not None:
            return reading
    if not reading.reason:
        reading.reason = f"It is not JSON{_place(raw, start + (strict.at or 0))}: {strict.message}."
    return reading


def _read_region(raw: str, region: Region, fits: Callable[[Any], bool]) -> ParsedReply:
    try:
        found, words = _choice(raw, _values(raw, region), fits)
    except CannotRepairText as failure:
        return _last_resort(raw, region, failure, fits)
    if found is None:
        return ParsedReply(reason="There is no JSON in the answer.")
    return _reading(raw, found, " ".join(filter(None, (region.note, words))))


def _values(raw: str, region: Region) -> list[_Found]:
    """Return the values that stand in a region, one after the other.

    Raises:
        CannotRepairText: Something begins like JSON and cannot be parsed; its inside is not
            looked at, a part would pass for the whole.
    """
    text = raw[: region.end]
    values: list[_Found] = []
    at = region.start
    tries = 0
    while True:
        opener = _OPENER.search(text, at)
        if opener is None or (not values and tries > _MOST_TRIES):
            break
        tries += 1
        is_cited = opener.start() > region.start and _is_cited(text, opener.start())
        if is_cited or not _LIKE_JSON.match(text, opener.start()):
            at = opener.end()
            continue
        found = _value_at(text, opener.start())
        if _GOES_ON.match(text, found.end) or (found.edits and _BROKE_OFF.match(text, found.end)):
            raise CannotRepairText("more follows after its last bracket", found.end)
        if len(values) == _MOST_VALUES:
            raise CannotRepairText(
                f"more than {_MOST_VALUES:,} values follow each other", found.start
            )
        values.append(found)
        at = found.end
    return values


def _is_cited(text: str, at: int) -> bool:
    """Say whether a list of one number is a mark such as [1] behind a word."""
    word = text[max(0, at - 2) : at].rstrip(" \t")[-1:]
    return (word.isalpha() or word == ")") and bool(_CITATION.match(text, at))


def _value_at(text: str, start: int) -> _Found:
    try:
        value, end, duplicates = load_at(text, start)
    except InvalidJson as error:
        if error.at is None:
            raise CannotRepairText(error.message, start) from None
    else:
        return _Found(start, end, text[start:end], value, duplicates=duplicates)
    made = repair_text(text, start, len(text))
    try:
        loaded = loads(made.json)
    except InvalidJson as error:
        # A mistake of the mender's own.
        raise CannotRepairText(error.message, start) from None
    return _Found(
        start, made.end, made.json, loaded.value, made.edits, loaded.duplicates, made.open_path,
        made.is_leaf_cut,
    )  # fmt: skip


def _choice(
    raw: str, values: list[_Found], fits: Callable[[Any], bool]
) -> tuple[_Found | None, str]:
    """Return the value that is meant, and in words how it was chosen from several."""
    if len(values) < 2:
        return (values[0] if values else None), ""
    listed = _as_lines(raw, values)
    if listed is not None and fits(listed.value):
        return listed, f"{len(values):,} values one after the other are read as a list."
    objects = [found for found in values if isinstance(found.value, dict) and found.value]
    rich = objects or [found for found in values if found.value] or values
    fitting = [found for found in rich if fits(found.value)] or rich
    words = f"There are {len(values):,} values in the answer; the last that fits was taken."
    return fitting[-1], words if len(rich) > 1 else ""


def _as_lines(raw: str, values: list[_Found]) -> _Found | None:
    """Return values with nothing between them as one list (JSON Lines)."""
    edits: list[Edit] = [Edit(values[0].start, values[0].start, "[", "They are put in a list.")]
    for before, after in itertools.pairwise(values):
        between = raw[before.end : after.start]
        if not _BETWEEN.fullmatch(between):
            return None
        edits += before.edits
        if between != ",":
            edits.append(Edit(before.end, after.start, ",", "A comma was put between them."))
    last = values[-1]
    edits += [*last.edits, Edit(last.end, last.end, "]", "They are put in a list.")]
    text = "[" + ",".join(found.json for found in values) + "]"
    duplicates = tuple(dict.fromkeys(key for found in values for key in found.duplicates))
    return replace(
        last, start=values[0].start, json=text, value=[found.value for found in values],
        edits=tuple(edits), duplicates=duplicates,
        open_path=None if last.open_path is None else (len(values) - 1, *last.open_path),
    )  # fmt: skip


def _last_resort(
    raw: str, region: Region, failure: CannotRepairText, fits: Callable[[Any], bool]
) -> ParsedReply:
    opener = _LIKE_JSON.search(raw, region.start, region.end)
    start = opener.start() if opener else region.start
    end = len(raw[: region.end].rstrip())
    reason = f"It is not JSON{_place(raw, failure.at)}: {failure.message}."
    packed = _PACKED.match(raw, start) and _unescaped(raw, start, end, fits)
    if packed:
        return packed
    try:
        repaired = repair(raw[start:end])
        value = loads(repaired.json).value
    except CannotRepair as error:
        return ParsedReply(reason=f"{reason} {error.message}")
    except InvalidJson:
        return ParsedReply(reason=reason)
    opened, closed = (sum(raw.count(mark, start, end) for mark in pair) for pair in ("{[", "}]"))
    if opened > closed and raw[end - 1] not in "}])":
        # It closes everything at the end, whatever has not come.
        return ParsedReply(is_cut=True, reason=reason)
    edit = Edit(start, end, repaired.json, "json-repair rewrote it.")
    found = _Found(start, end, repaired.json, value, (edit,))
    reading = _reading(raw, found, region.note)
    reading.notes += repaired.log
    return reading


def _unpacked(raw: str, found: _Found, fits: Callable[[Any], bool]) -> ParsedReply | None:
    """Read the object that was packed into a text, where an object was asked for."""
    if not isinstance(found.value, str) or fits(found.value):
        return None
    inner = parse_reply(found.value, fits)
    if inner.json is None or not isinstance(inner.value, dict | list):
        return None
    return _of_inner(raw, found.start, found.end, inner)


def _unescaped(raw: str, start: int, end: int, fits: Callable[[Any], bool]) -> ParsedReply | None:
    """Read an object whose quotes are all escaped, as if it were within a text."""
    if raw[:start].endswith('"') and raw[end - 1] == '"':
        end -= 1
    try:
        text = loads('"' + raw[start:end].replace("\n", "\\n") + '"').value
    except InvalidJson:
        return None
    inner = parse_reply(text, fits)
    return None if inner.json is None else _of_inner(raw, start, end, inner)


def _of_inner(raw: str, start: int, end: int, inner: ParsedReply) -> ParsedReply:
    edit = Edit(start, end, inner.json or "", "The object was packed into a text.")
    notes = [edit.message for edit in inner.edits] + inner.notes
    around = _around(raw, start, end, "")
    return replace(inner, edits=_sorted([edit, *around]), notes=notes)


def _reading(raw: str, found: _Found, words: str) -> ParsedReply:
    edits = _sorted([*found.edits, *_around(raw, found.start, found.end, words)])
    notes = [
        f"The key “{key[:60]}” stands twice in one object; the last one counts."
        for key in found.duplicates
    ]
    return ParsedReply(
        found.json, found.value, edits, notes, found.open_path,
        is_cut=found.open_path is not None, is_leaf_cut=found.is_leaf_cut,
    )  # fmt: skip


_AFTER: Final = "What stands after the object was left out."


def _around(raw: str, start: int, end: int, words: str) -> list[Edit]:
    """Return what is left out before and after the object."""
    edits = []
    if raw[:start].strip("\ufeff \t\r\n"):
        edits.append(Edit(0, start, "", words or "What stands before the object was left out."))
    if after := raw[end:].strip():
        is_fence = bool(edits) and not after.strip("`~")
        said = "The end of the fence was left out." if is_fence else _AFTER
        said = words if words and not edits else said
        edits.append(Edit(end, len(raw), "", said))
    return edits


def _sorted(edits: list[Edit]) -> list[Edit]:
    # Stable: the closing brackets at one place keep their order.
    return sorted(edits, key=lambda edit: edit.start)


def _place(raw: str, at: int) -> str:
    line = raw.count("\n", 0, at) + 1
    column = at - raw.rfind("\n", 0, at)
    return f" in line {line:,}, column {column:,}"
