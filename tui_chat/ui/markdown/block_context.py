"""Context of the previous block: decides whether a gap precedes the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui_chat.ui.markdown.block_events import Definition

if TYPE_CHECKING:
    from tui_chat.ui.markdown.block_events import Chain, Event
    from tui_chat.ui.markdown.code_block import CodeText
    from tui_chat.ui.markdown.styled_text import Prefix


class OpenCode(NamedTuple):
    """The open code block."""

    code: CodeText
    chain: Chain
    spaced: bool
    prefix: Prefix | None
    """None before the first row; an empty block without a language has no rows."""
    first_item: int


class BlockContext(NamedTuple):
    """The last block, as far as the layout of the next one depends on it."""

    chain: Chain = ()
    is_roomy: bool = False
    kind: type[Event] | None = None
    code: OpenCode | None = None


def shared_depth(one: Chain, other: Chain) -> int:
    """Return the number of containers that two chains share."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left.serial != right.serial:
            break
        count += 1
    return count


def has_gap(
    last: BlockContext, chain: Chain, common: int, kind: type[Event], *, spaced: bool, roomy: bool
) -> bool:
    """Return True if an empty row separates two blocks: everywhere except in tight lists."""
    if spaced or roomy or last.is_roomy:
        return True
    if kind is Definition and last.kind is Definition:
        return False
    if common and not chain[common - 1].is_quote:
        return False
    siblings = (last.chain[common : common + 1], chain[common : common + 1])
    return not all(item and not item[0].is_quote for item in siblings)
