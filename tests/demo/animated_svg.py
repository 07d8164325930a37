"""Writes recorded screens as one animated SVG: each distinct row once, with its times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CELL: Final = (8.4, 18.0)
_MARGIN: Final = 12.0
_FONT: Final = "DejaVu Sans Mono, Menlo, Consolas, Noto Sans Mono CJK SC, monospace"


@dataclass(frozen=True, slots=True)
class Style:
    """The look of some cells; colours as `#rrggbb`."""

    colour: str
    background: str
    is_bold: bool = False
    is_italic: bool = False
    is_underlined: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One character and its width in cells; a wide one is followed by an empty one."""

    text: str
    style: Style


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of a screen, and when they were shown."""

    at_s: float
    rows: tuple[Row, ...]


def animated(frames: Sequence[Frame], end_s: float, background: str) -> str:
    """Return the animation, which begins again at its end.

    Where animations are not supported, the last frame is shown.
    """
    parts: list[str] = []
    rules: dict[tuple[tuple[float, float], ...], str] = {}
    for number in range(len(frames[0].rows)):
        for row, times in _shown(frames, number, end_s).items():
            body = _row(row, number)
            if not body:
                continue
            name = rules.setdefault(times, f"t{len(rules)}")
            hidden = "" if times[-1][1] == end_s else ' opacity="0"'
            parts.append(f'<g class="{name}"{hidden}>{body}</g>')
    css = "".join(_rule(name, times, end_s) for times, name in rules.items())
    return _document(frames[-1], background, f"<style>{css}</style>{''.join(parts)}")


def still(frame: Frame, background: str) -> str:
    """Return one frame as a picture."""
    rows = (_row(row, number) for number, row in enumerate(frame.rows))
    return _document(frame, background, "".join(rows))


def _shown(
    frames: Sequence[Frame], number: int, end_s: float
) -> dict[Row, tuple[tuple[float, float], ...]]:
    """Return the times at which each content of a row is shown."""
    times: dict[Row, list[tuple[float, float]]] = defaultdict(list)
    ends = [*(frame.at_s for frame in frames[1:]), end_s]
    spans = ((frame.rows[number], frame.at_s, end) for frame, end in zip(frames, ends, strict=True))
    for row, group in groupby(spans, key=lambda span: span[0]):
        same = list(group)
        times[row].append((same[0][1], same[-1][2]))
    return {row: tuple(spans_of) for row, spans_of in times.items()}


def _rule(name: str, times: Iterable[tuple[float, float]], end_s: float) -> str:
    steps = {0.0: 0}
    for start, end in times:
        steps[start / end_s * 100] = 1
        if end < end_s:
            steps[end / end_s * 100] = 0
    frames = "".join(f"{at:.2f}%{{opacity:{value}}}" for at, value in sorted(steps.items()))
    return (
        f"@keyframes {name}{{{frames}}}.{name}{{animation:{name} {end_s:.1f}s step-end infinite}}"
    )


def _row(row: Row, number: int) -> str:
    """Return one row; empty if nothing of it is visible."""
    width, height = CELL
    boxes: list[str] = []
    texts: list[str] = []
    column = 0
    for style, group in groupby(row, key=lambda cell: cell.style):
        cells = list(group)
        x, y = _MARGIN + column * width, _MARGIN + number * height
        boxes.append(
            f'<rect x="{x:.1f}" y="{y:.0f}" width="{len(cells) * width + 0.4:.1f}" '
            f'height="{height + 0.4:.1f}" fill="{style.background}"/>'
        )
        text = "".join(cell.text for cell in cells)
        if text.strip():
            lead = len(text) - len(text.lstrip())
            shown = text.strip()
            # Wide characters are followed by an empty cell: the length counts cells.
            cells_shown = len(cells) - lead - (len(text) - len(text.rstrip()))
            texts.append(
                f'<text x="{x + lead * width:.1f}" y="{y + 13.5:.1f}" fill="{style.colour}" '
                f'textLength="{cells_shown * width:.1f}"{_font(style)}>{escape(shown)}</text>'
            )
        column += len(cells)
    return "".join([*boxes, *texts])


def _font(style: Style) -> str:
    bold = ' font-weight="bold"' if style.is_bold else ""
    italic = ' font-style="italic"' if style.is_italic else ""
    line = ' text-decoration="underline"' if style.is_underlined else ""
    return bold + italic + line


def _document(frame: Frame, background: str, body: str) -> str:
    width = len(frame.rows[0]) * CELL[0] + 2 * _MARGIN
    height = len(frame.rows) * CELL[1] + 2 * _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'font-family="{_FONT}" font-size="14" xml:space="preserve">'
        f'<rect width="100%" height="100%" rx="8" fill="{background}"/>{body}</svg>\n'
    )
