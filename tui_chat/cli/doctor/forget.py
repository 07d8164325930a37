"""``tui-chat doctor --forget``: forgets what endpoints have refused."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.core.labels import ngettext
from tui_chat.session.services import FORMATS_FILE, RULES_FILE

if TYPE_CHECKING:
    from pathlib import Path


def forget_refusals(folder: Path) -> int:
    """Remove the stored facts and return the exit status.

    Args:
        folder: The folder of the files.
    """
    count = sum(ExpiringStore(folder / name).forget() for name in (FORMATS_FILE, RULES_FILE))
    text = ngettext(
        "Forgot what {count} model refused; it is asked for everything again.",
        "Forgot what {count} models refused; they are asked for everything again.",
        count,
    )
    sys.stdout.write(f"{text}\n")
    return 0
