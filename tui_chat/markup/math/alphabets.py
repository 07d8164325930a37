"""Superscripts, subscripts and the mathematical alphabets of Unicode."""

from __future__ import annotations

from typing import Final

_SUPERSCRIPTS: Final = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ∗′°∘†⊤",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ*′°°†ᵀ",
        strict=True,
    )
)
_SUBSCRIPTS: Final = dict(
    zip(
        "0123456789+−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)
_HOLES: Final = {
    "mathbb": dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)),
    "mathcal": dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)),
    "mathfrak": dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)),
    "mathbf": {},
}
"""Letters that Unicode had before it got the whole alphabets."""
_FIRST: Final = {
    "mathbb": (0x1D538, 0x1D552, 0x1D7D8),
    "mathcal": (0x1D49C, 0x1D4B6, 0),
    "mathfrak": (0x1D504, 0x1D51E, 0),
    "mathbf": (0x1D400, 0x1D41A, 0x1D7CE),
}
"""Code points of A, a and 0."""
SAME_AS: Final = {
    "mathscr": "mathcal",
    "boldsymbol": "mathbf",
    "bm": "mathbf",
    "Bbb": "mathbb",
    "bold": "mathbf",
}
FONTS: Final = frozenset((*_FIRST, *SAME_AS))
_BOLD_GREEK: Final = {
    **{chr(0x391 + index): chr(0x1D6A8 + index) for index in range(25) if index != 17},
    **{chr(0x3B1 + index): chr(0x1D6C2 + index) for index in range(25)},
    "∇": "𝛁",
    "ϵ": "𝛜",
    "ϕ": "𝛟",
}


def superscript(text: str) -> str | None:
    """Return a text in superscript characters; None if one of them is missing."""
    return _mapped(text, _SUPERSCRIPTS)


def subscript(text: str) -> str | None:
    """Return a text in subscript characters; None if one of them is missing."""
    return _mapped(text, _SUBSCRIPTS)


def in_font(character: str, font: str) -> str | None:
    """Return a letter or digit in a mathematical alphabet; None if it has none there."""
    font = SAME_AS.get(font, font)
    upper, lower, zero = _FIRST[font]
    if character in _HOLES[font]:
        return _HOLES[font][character]
    if "A" <= character <= "Z":
        return chr(upper + ord(character) - ord("A"))
    if "a" <= character <= "z":
        return chr(lower + ord(character) - ord("a"))
    if zero and "0" <= character <= "9":
        return chr(zero + ord(character) - ord("0"))
    return _BOLD_GREEK.get(character) if font == "mathbf" else None


def _mapped(text: str, table: dict[str, str]) -> str | None:
    if not text or any(character not in table for character in text):
        return None
    return "".join(table[character] for character in text)
