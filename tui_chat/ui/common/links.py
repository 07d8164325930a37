"""Links that the user wants opened. Light: the first paint needs it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

from tui_chat.core.links import safe_target
from tui_chat.ui.common.copying import CopyWanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui_chat.ui.markdown.document import DocumentLink

_REFUSED = "Only http, https and mailto links are opened. "
_NOTHING = "No browser could be opened here. "


@dataclass
class LinkWanted(TextualMessage):
    """The user wants a link opened. The app does it, whatever asked for it."""

    target: str
    """Where it leads, as the answer has it."""


@dataclass
class LinksWanted(TextualMessage):
    """The user wants to choose among the links of a message."""

    links: Sequence[DocumentLink]


async def open_link(
    target: str,
    env: Mapping[str, str],
    *,
    copy: Callable[[CopyWanted], object],
    say: Callable[[str], object],
) -> None:
    """Open a link; where nothing opens it, its address is copied.

    Args:
        target: Where it leads, as the answer has it.
        env: The environment, which knows the display.
        copy: Copies an address and reports it.
        say: Reports that a link was opened.
    """
    from tui_chat.ui.common.browser import Browser

    safe = safe_target(target)
    if safe is None:
        copy(CopyWanted(target, "address", because=_REFUSED))
    elif await Browser(env, sys.platform).open(safe):
        say(f"Opened {safe}")
    else:
        copy(CopyWanted(safe, "address", because=_NOTHING))
