"""Texts that break things, for the property tests of the core."""

from __future__ import annotations

from hypothesis import strategies as st

from tui_chat.core.cost.cost import Cost, CostSource

CHARACTERS = st.one_of(
    st.characters(categories=None),  # all there are, lone surrogates too
    st.sampled_from(
        "\r\n\t\x00\x07\x1b\x7f\x9b\x9d\u2028\u202e\u2066\u200d\ufe0f\u0300\u0301\u05b0"
    ),
    st.sampled_from("ab \u4e2d\u0e01\u0e48\u0915\u093f\U0001f3f4\U000e0067\U000e0062\U000e007f"),
    st.sampled_from("\U0001f469\U0001f467\ud83d\udc69"),
)
COSTS = st.none() | st.builds(
    Cost,
    st.floats(0, 1e6),
    st.sampled_from(["USD", "CNY"]),
    st.sampled_from(CostSource),
)
TEXTS = st.text(CHARACTERS, max_size=60)
SPLIT_TEXTS = st.lists(st.text(CHARACTERS, max_size=6), max_size=20)
"""A text as it may arrive: in pieces cut anywhere."""
