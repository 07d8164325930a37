"""What a block has to know about the one before it: is it in the same item, is there a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui_chat.ui.markdown.block_events import Definition

if TYPE_CHECKING:
    from tui_chat.ui.markdown.block_events import Chain, Event
    from tui_chat.ui.markdown.code_block import CodeText
    from tui_chat.ui.markdown.styled_text import Prefix


class OpenCode(NamedTuple):
    """The code block whose lines are arriving."""

    code: CodeText
    chain: Chain
    spaced: bool
    prefix: Prefix | None
    """None until the first row; an empty block without a language has none."""
    first_item: int


class Place(NamedTuple):
    """What the next block has to know about the last one."""

    chain: Chain = ()
    is_roomy: bool = False
    kind: type[Event] | None = None
    code: OpenCode | None = None


def shared(one: Chain, other: Chain) -> int:
    """Return how many containers two chains share."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left.serial != right.serial:
            break
        count += 1
    return count


def has_gap(
    last: Place, chain: Chain, common: int, kind: type[Event], *, spaced: bool, roomy: bool
) -> bool:
    """Say whether an empty row belongs between two blocks: everywhere but inside of tight lists."""
    if spaced or roomy or last.is_roomy:
        return True
    if kind is Definition and last.kind is Definition:
        return False
    if common and not chain[common - 1].is_quote:
        return False
    siblings = (last.chain[common : common + 1], chain[common : common + 1])
    return not all(item and not item[0].is_quote for item in siblings)
