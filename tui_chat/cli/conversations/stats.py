"""``tui-chat stats``: the usage and the costs of the saved answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.cost.cost import sums_label
from tui_chat.core.cost.statistics import Grouping, UsageTotal, grand_total, totals
from tui_chat.core.labels import N_, _, ngettext
from tui_chat.core.text.cell_width import cell_width, padded, truncated
from tui_chat.core.text.quantities import compact_count
from tui_chat.core.text.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.cli.conversations.output import Output
    from tui_chat.storage.read_only import Reader

_HEADINGS: Final = {
    Grouping.DAY: N_("DAY"),
    Grouping.MONTH: N_("MONTH"),
    Grouping.MODEL: N_("MODEL"),
    Grouping.PROFILE: N_("PROFILE"),
    Grouping.CONVERSATION: N_("CONVERSATION"),
}
_NAME_CELLS: Final = 32
_MOST_BAR_CELLS: Final = 40
_LEAST_BAR_CELLS: Final = 8
_GAP: Final = "  "
_BLOCKS: Final = " ▏▎▍▌▋▊▉█"
_UNKNOWN: Final = "—"


def statistics(reader: Reader, output: Output, by: Grouping, days: int) -> None:
    """Write a table with one line per group, with bars in a terminal."""
    replies = reader.usage(first_moment(days))
    if not replies:
        text = ngettext(
            "No answer was saved in the last {count} day.",
            "No answer was saved in the last {count} days.",
            days,
        )
        output.report(text)
        return
    groups, total = totals(replies, by, None), grand_total(replies)
    rows = [_cells(group, by, output) for group in groups]
    rows.append((_("total"), *_cells(total, by, output)[1:]))
    rows.insert(0, (_(_HEADINGS[by]), _("ANSWERS"), _("TOKENS IN"), _("TOKENS OUT"), _("COST")))
    widths = [max(cell_width(row[column]) for row in rows) for column in range(5)]
    room = (output.width or 0) - sum(widths) - len(_GAP) * 5
    bars = _bars(groups, min(room, _MOST_BAR_CELLS)) if room >= _LEAST_BAR_CELLS else []
    # Neither the headings nor the total have a bar.
    for row, bar in zip(rows, ["", *(bars or [""] * len(groups)), ""], strict=True):
        numbers = map(padded_left, row[1:], widths[1:])
        output.line(_GAP.join((padded(row[0], widths[0]), *numbers, bar)).rstrip())
    if total.without_cost:
        text = ngettext(
            "The cost of {count} answer is unknown: neither the endpoint nor a price says it.",
            "The cost of {count} answers is unknown: neither the endpoint nor a price says it.",
            total.without_cost,
        )
        output.report(text)


def statistics_json(reader: Reader, output: Output, by: Grouping, days: int) -> None:
    """Write the same as a JSON object."""
    since = first_moment(days)
    replies = reader.usage(since)
    groups = [_record(group, by) for group in totals(replies, by, None)]
    total = _record(grand_total(replies), None)
    output.json({"since": since.isoformat(), "by": by.value, "groups": groups, "total": total})


def first_moment(days: int) -> datetime:
    """Return the first moment of the local day with which the last `days` days begin."""
    today = datetime.now(UTC).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return today - timedelta(days=days - 1)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def padded_left(text: str, width: int) -> str:
    """Return a text at the right end of a column."""
    return " " * (width - cell_width(text)) + text


def _cells(total: UsageTotal, by: Grouping, output: Output) -> tuple[str, ...]:
    name = total.title if by is Grouping.CONVERSATION else total.name
    # Redacted before it is truncated: a partial key would not be recognized.
    shown = truncated(sanitize_line(output.mask.text(name)), _NAME_CELLS)
    return (
        shown or _("(none)"),
        str(total.answers),
        compact_count(total.input_tokens),
        compact_count(total.output_tokens),
        sums_label(total.costs) or _UNKNOWN,
    )


def _bars(groups: Sequence[UsageTotal], width: int) -> list[str]:
    """Return a bar for each group: of its cost if all costs have one currency, else its tokens."""
    currencies = {currency for group in groups for currency in group.costs}
    sizes = [
        sum(it.costs.values()) if len(currencies) == 1 else it.input_tokens + it.output_tokens
        for it in groups
    ]
    largest = max(sizes) or 1
    return [_bar(size / largest * width) for size in sizes]


def _bar(cells: float) -> str:
    steps = len(_BLOCKS) - 1
    whole, part = divmod(round(cells * steps), steps)
    return _BLOCKS[-1] * whole + _BLOCKS[part].strip()


def _record(total: UsageTotal, by: Grouping | None) -> dict[str, Any]:
    names = {by.value: total.name} if by is not None else {}
    if by is Grouping.CONVERSATION:
        names["title"] = total.title
    return {
        **names,
        "answers": total.answers,
        "input_tokens": total.input_tokens,
        "output_tokens": total.output_tokens,
        "costs": total.costs,
        "answers_without_cost": total.without_cost,
    }
