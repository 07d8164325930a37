"""Opening links. Light to import: needed for the first paint."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

from tui_chat.core.labels import N_, _
from tui_chat.core.links import safe_target
from tui_chat.ui.common.copying import CopyKind, CopyWanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui_chat.ui.markdown.document import DocumentLink

_REFUSED = N_("Only http, https and mailto links are opened.")
_NOTHING = N_("No browser could be opened here.")


@dataclass
class LinkWanted(TextualMessage):
    """Request to open a link; the app handles it."""

    target: str
    """The target as written in the answer."""


@dataclass
class LinksWanted(TextualMessage):
    """Request to choose among the links of a message."""

    links: Sequence[DocumentLink]


async def open_link(
    target: str,
    env: Mapping[str, str],
    *,
    copy: Callable[[CopyWanted], object],
    show_notice: Callable[[str], object],
) -> None:
    """Open a link, or copy its address if nothing can open it.

    Args:
        target: The target as written in the answer.
        env: The environment variables, which name the display.
        copy: Copies an address and reports it.
        show_notice: Shows a notification.
    """
    from tui_chat.ui.common.web_browser import Browser

    safe = safe_target(target)
    if safe is None:
        copy(CopyWanted(target, CopyKind.ADDRESS, because=_(_REFUSED)))
    elif await Browser(env, sys.platform).open(safe):
        show_notice(_("Opened {target}").format(target=safe))
    else:
        copy(CopyWanted(safe, CopyKind.ADDRESS, because=_(_NOTHING)))
