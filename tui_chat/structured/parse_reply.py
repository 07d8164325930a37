"""Extracts the object from a reply: strict parser first, then the lenient one, then json-repair."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.labels import _, join_sentences, ngettext
from tui_chat.structured.locate_json import find_regions, find_thoughts
from tui_chat.structured.lossless_json import InvalidJson, load_at, loads
from tui_chat.structured.repair.json_repair_fallback import CannotRepair, repair
from tui_chat.structured.repair.lenient_parser import repair_text
from tui_chat.structured.repair.text_edits import CannotRepairText, Edit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_chat.structured.locate_json import Region
    from tui_chat.structured.verdict import Path

_SOLID: Final = re.compile(r"\S")
_OPENER: Final = re.compile(r"[{\[｛［]")
_LIKE_JSON: Final = re.compile(
    r"""[{｛][\s\u180e\u200b-\u200d\u2060\ufeff]*(?:["'“‘„`´«＂},]|//|/\*|\#|\Z|\.\.\.|…|\\["nrt]
              |\d+\s*:\s*[\d"'{\[]
              |[A-Za-z_$\u0080-\uffff][\w$-]*["”']?\s*[:：=]
              |[A-Za-z_$][\w$-]*[ \t]+["'“‘`´][^"'“”‘’`´\n]*["'”’`´]\s*[,}])
      | [\[［]\s*[^\W_][^"'{}\[\]\n,]{0,80}(?:[ \t]*[,\n]\s*[^"'{}\[\]\n,]{1,80})*+
        [\s,]*+\][\s,;]*\Z
      | [\[［]\s*(?:["'“‘„`´«＂{\[\](\d.,+-]|//|/\*|\\["nrt]|\Z
              |(?:t|tr|tru|f|fa|fal|fals|n|nu|nul)\Z
              |(?:true|false|null|none|nan|undefined|infinity)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_GOES_ON: Final = re.compile(r"""[\s}\]]*,?\s*(?:"[^"\n]{0,200}"|'[^'\n]{0,200}')\s*:""")
_BROKE_OFF: Final = re.compile(r"""\s*,?\s*["}\]]|[^\n"]{1,80}"\s*[,}\]]""")
_KEY_GOES_ON: Final = re.compile(r"""[\s}\]]*,\s*"[^"\n]{1,80}"\s*"[^"\n]{0,200}"\s*[,}]""")
_BETWEEN: Final = re.compile(r"(?:[\s,;]|/\*[^*]{0,500}\*/|//[^\n]*)*+")
_TUPLE: Final = re.compile(r"""\(\s*(?:["'\d\[{(+-]|(?:True|False|None)\b)""")
_PACKED: Final = re.compile(r'[{\[](?:[\s{\[]|\\[nrt])*\\"')
_CITATION: Final = re.compile(r"\[\d{1,3}\]")
_MOST_VALUES: Final = 100_000
_MOST_TRIES: Final = 200


@dataclass
class ParsedReply:
    """The object in a reply, and how it was obtained."""

    json: str | None = None
    value: Any = None
    edits: list[Edit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Decisions that did not change the text, as sentences."""
    open_path: Path | None = None
    is_cut: bool = False
    """True if the object is incomplete."""
    is_leaf_cut: bool = False
    """True if one of its scalars or keys is incomplete."""
    reason: str = ""
    """Why there is no object, as a sentence."""


@dataclass(frozen=True)
class _Found:
    """A JSON value in the reply."""

    start: int
    end: int
    json: str
    value: Any
    edits: tuple[Edit, ...] = ()
    duplicates: tuple[str, ...] = ()
    open_path: Path | None = None
    is_leaf_cut: bool = False


def parse_reply(raw: str, fits: Callable[[Any], bool]) -> ParsedReply:
    """Extract the JSON from a reply.

    Args:
        raw: The text of the reply.
        fits: Returns whether a value validates; decides between several values.
    """
    thoughts = find_thoughts(raw)
    if thoughts.is_open:
        return ParsedReply(is_cut=True, reason=_("The answer ends within its reasoning."))
    begin = _SOLID.search(raw, thoughts.end)
    if begin is None:
        return ParsedReply(reason=_("The answer is empty."))
    start, end = begin.start(), len(raw.rstrip())
    try:
        loaded = loads(raw[start:end])
    except InvalidJson as error:
        strict = error
    else:
        found = _Found(start, end, raw[start:end], loaded.value, duplicates=loaded.duplicates)
        return _unpacked(raw, found, fits) or _parsed(raw, found, "")
    parsed = ParsedReply()
    for region in find_regions(raw, thoughts.end):
        parsed = _parse_region(raw, region, fits)
        if parsed.json is not None:
            return parsed
    if not parsed.reason:
        parsed.reason = _not_json(raw, start + (strict.at or 0), strict.message)
    return parsed


def _parse_region(raw: str, region: Region, fits: Callable[[Any], bool]) -> ParsedReply:
    try:
        found, note = _choose(raw, _values(raw, region), fits)
    except CannotRepairText as failure:
        return _last_resort(raw, region, failure, fits)
    if found is None:
        return ParsedReply(reason=_("The answer contains no JSON."))
    return _parsed(raw, found, join_sentences(region.note, note))


def _values(raw: str, region: Region) -> list[_Found]:
    """Return the values in a region, in order.

    Raises:
        CannotRepairText: Something begins like JSON and cannot be parsed. Values inside of it are
            not considered: a part would pass for the whole.
    """
    text = raw[: region.end]
    if (pair := _tuple(text, region.start)) is not None:
        return [pair]
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
        if _goes_on(text, found):
            raise CannotRepairText(_("more text follows after its last bracket"), found.end)
        if len(values) == _MOST_VALUES:
            message = _("there are more than {count} values").format(count=f"{_MOST_VALUES:,}")
            raise CannotRepairText(message, found.start)
        values.append(found)
        at = found.end
    return values


def _goes_on(text: str, found: _Found) -> bool:
    """Return whether the text after a value belongs to it."""
    if _GOES_ON.match(text, found.end) or _KEY_GOES_ON.match(text, found.end):
        return True
    return bool(found.edits) and bool(_BROKE_OFF.match(text, found.end))


def _tuple(text: str, start: int) -> _Found | None:
    """Return the Python tuple that a region consists of; None for anything else."""
    begin = _SOLID.search(text, start)
    if begin is None or not _TUPLE.match(text, begin.start()):
        return None
    try:
        found = _value_at(text, begin.start())
    except CannotRepairText:
        return None
    is_whole = isinstance(found.value, list) and not text[found.end :].strip(" \t\r\n,;")
    return found if is_whole and found.open_path is None else None


def _is_cited(text: str, at: int) -> bool:
    """Return whether a list of one number is a citation such as [1] after a word."""
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
        # A bug of the lenient parser.
        raise CannotRepairText(error.message, start) from None
    return _Found(
        start, made.end, made.json, loaded.value, made.edits, loaded.duplicates, made.open_path,
        made.is_leaf_cut,
    )  # fmt: skip


def _choose(
    raw: str, values: list[_Found], fits: Callable[[Any], bool]
) -> tuple[_Found | None, str]:
    """Choose one of several values; return it with a note about the choice."""
    if len(values) < 2:
        return (values[0] if values else None), ""
    filled = [found for found in values if found.value not in ({}, [])]
    if 0 < len(filled) < len(values) and all(found.open_path is None for found in values):
        # An empty one beside it is a draft.
        values = filled
    listed = _as_lines(raw, values) if len(values) > 1 else values[0]
    if listed is not None and fits(listed.value):
        note = ngettext(
            "Read {count} value in a row as a list.",
            "Read {count} values in a row as a list.",
            len(values),
        )
        return listed, note
    objects = [found for found in values if isinstance(found.value, dict) and found.value]
    rich = objects or [found for found in values if found.value] or values
    fitting = [found for found in rich if fits(found.value)] or rich
    note = ngettext(
        "The answer contains {count} value; used the last one that validates.",
        "The answer contains {count} values; used the last one that validates.",
        len(values),
    )
    return fitting[-1], note if len(rich) > 1 else ""


def _as_lines(raw: str, values: list[_Found]) -> _Found | None:
    """Return adjacent values as one list (JSON Lines); None when text separates them."""
    wrapped = _("Wrapped the values in a list.")
    edits: list[Edit] = [Edit(values[0].start, values[0].start, "[", wrapped)]
    for before, after in itertools.pairwise(values):
        between = raw[before.end : after.start]
        if not _BETWEEN.fullmatch(between):
            return None
        edits += before.edits
        if between != ",":
            edits.append(Edit(before.end, after.start, ",", _("Inserted a comma between them.")))
    last = values[-1]
    edits += [*last.edits, Edit(last.end, last.end, "]", wrapped)]
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
    reason = _not_json(raw, failure.at, failure.message)
    packed = _PACKED.match(raw, start) and _unescaped(raw, start, end, fits)
    if packed:
        return packed
    if failure.is_final:
        return ParsedReply(reason=reason)
    try:
        repaired = repair(raw[start:end])
        value = loads(repaired.json).value
    except CannotRepair as error:
        return ParsedReply(reason=join_sentences(reason, error.message))
    except InvalidJson:
        return ParsedReply(reason=reason)
    opened, closed = (sum(raw.count(mark, start, end) for mark in pair) for pair in ("{[", "}]"))
    if opened > closed and raw[end - 1] not in "}])":
        # json-repair closes every bracket at the end, whatever is missing.
        return ParsedReply(is_cut=True, reason=reason)
    edit = Edit(start, end, repaired.json, _("Rewritten by json-repair."))
    found = _Found(start, end, repaired.json, value, (edit,))
    parsed = _parsed(raw, found, region.note)
    parsed.notes += repaired.log
    return parsed


def _unpacked(raw: str, found: _Found, fits: Callable[[Any], bool]) -> ParsedReply | None:
    """Parse an object that was encoded as a JSON string."""
    if not isinstance(found.value, str) or fits(found.value):
        return None
    inner = parse_reply(found.value, fits)
    if inner.json is None or not isinstance(inner.value, dict | list):
        return None
    return _of_inner(raw, found.start, found.end, inner)


def _unescaped(raw: str, start: int, end: int, fits: Callable[[Any], bool]) -> ParsedReply | None:
    """Parse an object whose quotes are all escaped, as if it were inside of a string."""
    if raw[:start].endswith('"') and raw[end - 1] == '"':
        end -= 1
    try:
        text = loads('"' + raw[start:end].replace("\n", "\\n") + '"').value
    except InvalidJson:
        return None
    inner = parse_reply(text, fits)
    return None if inner.json is None else _of_inner(raw, start, end, inner)


def _of_inner(raw: str, start: int, end: int, inner: ParsedReply) -> ParsedReply:
    edit = Edit(start, end, inner.json or "", _("Unwrapped the object from a string."))
    notes = [edit.message for edit in inner.edits] + inner.notes
    around = _around(raw, start, end, "")
    return replace(inner, edits=_sorted([edit, *around]), notes=notes)


def _parsed(raw: str, found: _Found, note: str) -> ParsedReply:
    edits = _sorted([*found.edits, *_around(raw, found.start, found.end, note)])
    duplicate = _("The key “{key}” occurs twice in one object; the last value is used.")
    notes = [duplicate.format(key=key[:60]) for key in found.duplicates]
    return ParsedReply(
        found.json, found.value, edits, notes, found.open_path,
        is_cut=found.open_path is not None, is_leaf_cut=found.is_leaf_cut,
    )  # fmt: skip


def _around(raw: str, start: int, end: int, note: str) -> list[Edit]:
    """Return the removal of the text before and after the object."""
    edits = []
    if raw[:start].strip("\ufeff \t\r\n"):
        edits.append(Edit(0, start, "", note or _("Removed the text before the object.")))
    if after := raw[end:].strip():
        is_fence = bool(edits) and not after.strip("`~")
        message = _("Removed the text after the object.")
        if is_fence:
            message = _("Removed the end of the code fence.")
        elif note and not edits:
            message = note
        edits.append(Edit(end, len(raw), "", message))
    return edits


def _sorted(edits: list[Edit]) -> list[Edit]:
    # The sort is stable: closing brackets at the same offset keep their order.
    return sorted(edits, key=lambda edit: edit.start)


def _not_json(raw: str, at: int, reason: str) -> str:
    line = raw.count("\n", 0, at) + 1
    column = at - raw.rfind("\n", 0, at)
    return _("Not valid JSON in line {line}, column {column}: {reason}.").format(
        line=f"{line:,}", column=f"{column:,}", reason=reason
    )
