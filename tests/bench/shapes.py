"""The answers that are measured, of any shape and length. A token is four characters."""

from __future__ import annotations

from typing import Final

TOKEN: Final = 4
SENTENCE: Final = "The **quick** brown fox jumps over the lazy dog, and `code` is here. "
MIXED: Final = f"""\
## A heading

{SENTENCE * 4}

1. An item with *emphasis* that is long enough to be wrapped onto a second row of the screen.
2. Another one:
   ```python
   def area(radius: float) -> float:
       return 3.14159 * radius**2  # good enough
   ```

| name | value | note |
|------|------:|------|
| one  | 1     | 中文也可以 |
| two  | 22    | `code` |

> A quote, and **结论：**后面还有文字。

"""
SHAPES: Final = {
    "prose": f"{SENTENCE * 2}\n\n",
    "paragraph": SENTENCE,
    "fence": "    def area(self, x: int = 4) -> str:  # comment\n        return f'{x} {self.y}'\n",
    "list": "- an item with **bold** text in it and `code`\n",
    "table": "| 1 | some text here | **x** |\n",
    "mixed": MIXED,
}
OBJECT: Final = "object"
"""A shape that only `measures_object` asks for."""
_ROW: Final = '{"name": "Ada 中文", "n": 1.5, "tags": ["a", "b"], "more": {"is": true}},\n'
HEADS: Final = {
    "fence": "```python\n",
    "table": "| a | b | c |\n|---|---|---|\n",
    OBJECT: '{"rows": [',
}
TAILS: Final = {"fence": "\n```"}


def text_of(shape: str, tokens: int) -> str:
    """Return an answer of a shape and length."""
    unit = _ROW if shape == OBJECT else SHAPES[shape]
    size = tokens * TOKEN
    # Numbered, because a reply that repeats itself exactly is stopped.
    at = unit.index(" 中文") if shape == OBJECT else unit.rindex(" ")
    units = (f"{unit[:at]}{n % 1000:03}{unit[at:]}" for n in range(size // len(unit) + 1))
    return (HEADS.get(shape, "") + "".join(units))[:size]


def pieces_of(shape: str, tokens: int, size: int = TOKEN, start: int = 0) -> list[str]:
    """Return the tokens from `start` on of such an answer, cut into deltas of a size."""
    text = text_of(shape, start + tokens)
    return [text[at : at + size] for at in range(start * TOKEN, len(text), size)]


def ending(shape: str, marker: str) -> str:
    """Return the end of such an answer, with a marker alone in its last paragraph."""
    return f"{TAILS.get(shape, '')}\n\n{marker}"
