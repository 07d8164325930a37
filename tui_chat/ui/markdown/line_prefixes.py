"""Row prefixes of blocks in quotes and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui_chat.ui.markdown.style_roles import Role
from tui_chat.ui.markdown.styled_text import Prefix

if TYPE_CHECKING:
    from tui_chat.ui.markdown.block_events import Chain, Container

BULLETS: Final = "•◦▪"
CODE_INDENT: Final = Prefix("  ", ((0, 2, Role.CODE_BLOCK),))

_BAR: Final = Prefix("▎ ", ((0, 1, Role.QUOTE_BAR),), "> ")
_NUMBER_CELLS: Final = 4


def prefixes(chain: Chain, begun: int, box: str = "") -> tuple[Prefix, Prefix]:
    """Return the prefix of the first row of a block and that of its other rows.

    Args:
        chain: The containers of the block.
        begun: Number of them that already have a row.
        box: The box of a task, instead of the innermost bullet.
    """
    first = rest = Prefix()
    for index, container in enumerate(chain):
        if container.is_quote:
            first, rest = first + _BAR, rest + _BAR
            continue
        marker = _marker(container, box if index == len(chain) - 1 else "")
        blank = Prefix(" " * marker.cells, (), " " * len(marker.copied))
        first += blank if index < begun else marker
        rest += blank
    return first, rest


def _marker(item: Container, box: str) -> Prefix:
    if item.number is not None:
        text = f"{item.number}{item.marker} ".rjust(_NUMBER_CELLS)
        copied = text.lstrip() + (f"{box} " if box else "")
        text += f"{box} " if box else ""
    else:
        text = f" {box or BULLETS[item.level % len(BULLETS)]} "
        copied = f"- {_copied_box(box)}"
    return Prefix(text, ((0, len(text), Role.MARKER),), copied)


def _copied_box(box: str) -> str:
    return {"": "", "☐": "[ ] "}.get(box, "[x] ")
