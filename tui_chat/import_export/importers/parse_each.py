"""Parses conversations one by one; a broken one is reported, and the others are imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui_chat.import_export.importers.skipped import conversation_label
from tui_chat.import_export.importers.untrusted_values import mapping
from tui_chat.import_export.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tui_chat.core.transcript import Transcript
    from tui_chat.import_export.importers.skipped import Tally


def parse_each(
    values: Iterable[Any],
    parse: Callable[[object, Tally], Transcript | None],
    tally: Tally,
) -> Iterator[Transcript | None]:
    """Yield the conversation of each value; None for one without messages."""
    for number, value in enumerate(values, start=1):
        try:
            yield parse(value, tally)
        except Malformed as error:
            record = mapping(value)
            title = str(record.get("title") or record.get("name") or "")
            tally.reject(conversation_label(title, number), str(error))


def name_in_errors(name: str, transcripts: Iterable[Transcript]) -> Iterator[Transcript]:
    """Yield conversations; an error that ends them gets the name of the file."""
    try:
        yield from transcripts
    except Malformed as error:
        raise Malformed(f"{name}: {error}") from error
