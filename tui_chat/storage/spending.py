"""Reads the costs and the usage of saved replies, beside a running chat."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from tui_chat.config.file_paths import PathKind, path_kind
from tui_chat.core.cost.cost import sums
from tui_chat.storage.database.sqlite_errors import storage_error
from tui_chat.storage.read_only import connect_up_to_date
from tui_chat.storage.row_mapping import stored_cost, time_text

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_COSTS: Final = """
SELECT cost FROM messages
WHERE role = 'assistant' AND created_at >= ? AND profile = ? AND cost IS NOT NULL
"""


def spent_since(database: Path, profile: str, since: datetime) -> dict[str, float]:
    """Return the sum of a profile's costs of each currency, deleted replies included.

    Args:
        database: The file; a missing one has no costs.
        profile: The name of the profile.
        since: The first moment that counts.

    Raises:
        StorageError: The database cannot be read.
    """
    try:
        if path_kind(database) is PathKind.MISSING:
            return {}
        with closing(connect_up_to_date(database)) as connection:
            rows = connection.execute(_COSTS, (time_text(since), profile)).fetchall()
    except (sqlite3.Error, OSError) as error:
        raise storage_error(error, database) from error
    return sums(stored_cost(text) for (text,) in rows)
