from __future__ import annotations

import pytest

from tui_chat.core.text.quantities import byte_size, compact_count, milliseconds


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (9_949, "9.9 KB"),
        (81_900, "82 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (2e9, "2.0 GB"),
    ],
)
def test_a_byte_size_has_a_decimal_unit(size: float, expected: str) -> None:
    assert byte_size(size) == expected


def test_a_compact_count_takes_at_most_four_characters() -> None:
    assert [compact_count(n) for n in (950, 1_234, 9_949, 34_000, 2_100_000)] == [
        "950",
        "1.2k",
        "9.9k",
        "34k",
        "2.1M",
    ]


def test_a_duration_is_in_milliseconds_until_ten_seconds() -> None:
    assert (milliseconds(0.0123), milliseconds(12.34)) == ("12 ms", "12.3 s")
