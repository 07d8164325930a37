from __future__ import annotations

import itertools
import json
import random

import pytest

from tui_chat.core.text.repetition import RepetitionDetector

_ENOUGH = 60_000


def _stopped_after(
    text: str, question: str = "Why is the sky blue?", *, size: int = 7, is_code: bool = False
) -> int | None:
    """Return the number of characters after which a text is stopped; None if it never is."""
    detector = RepetitionDetector(question, is_code=is_code)
    for start in range(0, len(text), size):
        if detector.feed(text[start : start + size]):
            return min(start + size, len(text))
    return None


def _endless(passage: str, before: str = "") -> str:
    return before + passage * (_ENOUGH // len(passage))


LOOPS = {
    "words": "je ne sais pas, ",
    "a sentence": "The capital of France is Paris. ",
    "a line": "I am sorry, I cannot help with that.\n",
    "a character": "!",
    "blank lines": "\n",
    "a Chinese sentence": "今天天气很好，我们去公园吧。",
    "a Chinese word": "哈哈",
    "a Japanese sentence": "すみません、わかりません。",
    "a paragraph": "".join(f"Sentence number {chr(97 + i)} is different. " for i in range(20)),
    "a list that begins again": "".join(f"{i}. Item {i} of the list\n" for i in range(1, 11)),
    "a list item": "- Drink more water\n",
    "emoji": "🎉🎊",
    "a heading and a code block": "## Example\n\n```python\nprint('hi')\n```\n\n",
    "a passage with its own end inside": ("and so on and so forth " * 6 + "and then it ends. "),
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_loop_is_stopped_soon(name: str, size: int) -> None:
    passage = LOOPS[name]
    before = "Here is a sensible beginning that occurs only once, as answers have one.\n\n"
    stopped = _stopped_after(_endless(passage, before), size=size)
    assert stopped is not None, name
    limit = max(1_200, 4 * len(passage))
    assert stopped <= len(before) + limit + len(passage) + 2 * max(size, 128)


def test_a_chinese_loop_is_stopped_after_as_much_text_as_an_english_one() -> None:
    stopped = _stopped_after(_endless("我不知道该怎么回答这个问题。"))
    assert stopped is not None
    assert stopped < 700


@pytest.mark.parametrize(
    "passage", ["0, 0, 0, 0, 0, 0, 0, 0,\n", "    x = x + 1\n", "<td></td>\n", "print(1)\n"]
)
def test_a_loop_in_code_is_stopped_after_far_more_text(passage: str) -> None:
    stopped = _stopped_after(_endless(passage, "The code:\n\n```\n"))
    assert stopped is not None
    assert 8_000 <= stopped < 8_400


def test_a_loop_is_stopped_even_if_repetition_was_requested() -> None:
    stopped = _stopped_after(_endless("ha "), "Repeat ha 100 times.")
    assert stopped is not None
    assert 20_000 <= stopped < 20_400


def _verses() -> str:
    chorus = "Na na na, hey hey, goodbye!\n" * 4
    return "".join(
        f"Verse {number}: something new about {number}.\n{chorus}" for number in range(9)
    )


MEANT = {
    "prose": " ".join(
        f"The {a} {b} met the {c} of {d}."
        for a, b, c, d in itertools.product(
            ("old", "new", "red"), ("cat", "dog", "fox"), ("king", "queen"), ("Rome", "Oz")
        )
    ),
    "a song with a refrain": _verses(),
    "a table of equal rows": "| Day | Task | Done |\n|---|---|---|\n" + "| | | no |\n" * 300,
    "a table of numbers": "| n | n² |\n|--:|--:|\n"
    + "".join(f"| {n} | {n * n} |\n" for n in range(500)),
    "a wide rule": "-" * 1_000 + "\ntext\n" + "=" * 1_000,
    "a to-do list": "- [ ] TODO\n" * 80,
    "a numbered list": "".join(f"{n}. Take a deep breath and relax.\n" for n in range(1, 300)),
    "a multiplication table": "".join(f"7 × {n} = {7 * n}\n" for n in range(1, 400)),
    "a matrix of zeros": "```python\nX = [\n" + ("    [" + "0, " * 28 + "],\n") * 28 + "]\n```",
    "a hex dump": "```\n"
    + "".join(f"{n:08x}  00 00 00 00 00 00 00 00\n" for n in range(300))
    + "```",
    "cards of HTML": "```html\n"
    + '<div class="card"><img src="placeholder.png"><h3>Title</h3><p>Text</p></div>\n' * 24
    + "```",
    "indented code": "The loop:\n\n" + "    counter += 1\n" * 300,
    "Lorem in code": "```\n" + "lorem ipsum dolor sit amet\n" * 100 + "```",
    "ASCII art": "```\n" + ("#" * 60 + "\n") * 40 + "```",
    "laughter": "ha" * 200,
    "a Chinese poem": "床前明月光，疑是地上霜。举头望明月，低头思故乡。\n" * 3,
    "a Chinese list": "".join(f"{n}、每天早上喝一杯温水。\n" for n in range(1, 200)),
    "a Chinese table": "| 日期 | 任务 | 完成 |\n|---|---|---|\n" + "| | 休息 | 否 |\n" * 200,
    "Chinese laughter": "哈" * 300,
    "a diff": "```diff\n" + "-    old line\n+    new line\n" * 200 + "```",
    "a poem with a repeated line": "Do not go gentle into that good night.\n" * 12,
    "JSON in a fence": "```json\n"
    + json.dumps([{"id": 0, "name": None}] * 150, indent=1)
    + "\n```",
    "a template of days": "".join(
        f"## Day {n}\n\n- Breakfast:\n- Lunch:\n- Dinner:\n\n" for n in range(1, 60)
    ),
}


@pytest.mark.parametrize("name", MEANT)
@pytest.mark.parametrize("size", [3, 500])
def test_a_text_that_is_meant_is_never_stopped(name: str, size: int) -> None:
    assert _stopped_after(MEANT[name], size=size) is None


REQUESTED = [
    ("Write “I will not talk in class” 100 times.", "I will not talk in class.\n" * 100),
    ("Lyrics of Around the World", "Around the world, around the world\n" * 144),
    (
        "Please write: all work and no play makes Jack a dull boy, as in the film",
        "All work and no play makes Jack a dull boy.\n" * 200,
    ),
    ("Say ho 500 times", "ho " * 500),
    ("Print 2000 zeros", "0" * 2_000),
    ("请把“我再也不迟到了”写100遍", "我再也不迟到了。\n" * 100),
    ("把“好好学习”重复写很多次", "好好学习\n" * 300),
    ("Écris cent fois : je ne bavarde pas", "Je ne bavarde pas.\n" * 100),
    ("Schreibe hundert mal: Ich darf nicht reden", "Ich darf nicht reden.\n" * 100),
    ("Chant om mani padme hum", "Om mani padme hum. " * 108),
]


@pytest.mark.parametrize(("question", "text"), REQUESTED)
def test_requested_repetition_is_not_stopped(question: str, text: str) -> None:
    assert _stopped_after(text, question) is None
    if len(text) > 2_000 and "0" not in text:
        assert _stopped_after(text) is not None, "without the request it would be"


def test_a_whole_reply_of_code_is_not_stopped_like_prose() -> None:
    text = json.dumps([{"name": None, "size": 0}] * 200)
    assert _stopped_after(text, is_code=True) is None


def test_the_same_text_is_stopped_at_the_same_place_in_any_split() -> None:
    text = _endless("The same again. ", "A beginning. ")
    whole = _stopped_after(text, size=1)
    assert whole is not None
    for size in (2, 16, 128):
        stopped = _stopped_after(text, size=size)
        assert stopped is not None
        assert abs(stopped - whole) <= 256


def test_random_text_is_never_stopped() -> None:
    chosen = random.Random(7)  # noqa: S311 - a test text
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
    text = " ".join(chosen.choice(words) for _ in range(30_000))
    assert _stopped_after(text, size=40) is None


@pytest.mark.parametrize("question", ["0123456789" * 100_000, "12 " * 300_000, "a" * 1_000_000])
def test_a_question_of_a_megabyte_is_not_searched_whole(question: str) -> None:
    searched: list[int] = []

    class Pattern:
        def search(self, text: str) -> None:
            searched.append(len(text))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui_chat.core.text.repetition._ASKED", Pattern())
        assert RepetitionDetector(question)._is_requested is False
    assert searched
    assert max(searched) < 5_000
    assert RepetitionDetector(f"{question} Repeat it.")._is_requested
