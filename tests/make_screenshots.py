"""Writes the pictures in screenshots/ from the real app with a scripted answer.

python -m tests.make_screenshots [FOLDER]
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from tests.chat_app import ChatHarness, launch, running_chat
from tests.fakes import FakeProvider, Hold, Step
from tui_chat.core.request import ResponseFormat
from tui_chat.core.stream_events import Finished, ReasoningDelta, TextDelta, Usage

ANSWER = """\
Air scatters **short wavelengths** far more than long ones: the intensity goes with
`wavelength ** -4`, which is *Rayleigh scattering*.

- blue light is sent in all directions, so it reaches us from everywhere,
- red light goes straight on.

| colour | nm  | scattered |
|:-------|----:|----------:|
| blue   | 450 |      4.4× |
| red    | 650 |      1.0× |

```python
def intensity(wavelength: float) -> float:
    \"\"\"Rayleigh's law.\"\"\"
    return wavelength**-4
```
"""
CHINESE = """\
日落时阳光穿过的大气更厚，蓝光几乎都被散射掉了，所以剩下的是**红光**和橙光 🌅。

1. 中午：光程短，天空是蓝色的；
2. 傍晚：光程长，天边是红色的。

> 海面上的日落更红，因为空气里有盐粒。
"""

ORDER = """\
{"customer": {"name": "李娜", "phone": "+86 755 2600 0000"},
 "address": {"province": "广东省", "city": "深圳市", "district": "南山区",
             "street": "科技园路15号"},
 "items": [{"what": "green tea 🍵", "count": 2, "price": 39.90},
           {"what": "tea pot", "count": "one", "price": 128.00}],
 "gift": true, "note": "Ring twice, please.",}
"""

HAIKU = (
    "Cursor in the dark,  \nblinking once for every thought:  \nthe shell waits for you.",
    "Green on black, at night,  \na prompt, a breath, one Enter:  \nthe answer scrolls by.",
    "Tabs and panes asleep,  \nonly the cursor stays up.  \n`exit`. Snow outside.",
)
LIFETIMES = """\
A lifetime is the stretch of code in which a reference is valid.

- Python keeps an object alive as long as anyone refers to it;
- Rust frees it when its **owner** goes, so it must prove that no reference lives longer.

```rust
fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() > b.len() { a } else { b }
}
```

`'a` says: the result is valid as long as *both* arguments are.
"""
SHORT = {
    "Which port does PostgreSQL use?": "**5432**, unless `postgresql.conf` says otherwise.",
    "Rename 200 photos by their date": "`exiftool '-FileName<DateTimeOriginal' -d %F_%H%M%S.%%e .`",
    "东京三日游，带孩子": "第一天：上野动物园。\n\n第二天：台场，坐海鸥线 🚝。",
    "Explain Rust lifetimes to a Python programmer": LIFETIMES,
}

CONFIG = """\
[profiles.work]
base_url = "http://127.0.0.1:9/v1"
model = "qwen3.5-4b"
"""


@dataclass(frozen=True)
class Picture:
    """One picture: how large, in which theme."""

    name: str
    size: tuple[int, int]
    theme: str


PICTURES = (
    Picture("chat-dark", (80, 36), "textual-dark"),
    Picture("chat-light", (80, 36), "textual-light"),
    Picture("chat-small", (80, 24), "nord"),
    Picture("chat-wide", (160, 50), "textual-dark"),
)

_FONT_FACES = re.compile(r"@font-face\s*\{[^}]*\}\s*", re.DOTALL)


def script() -> list[list[Step]]:
    """Return the answers to the questions of the pictures."""
    first: list[Step] = [ReasoningDelta("The person asks about scattering."), TextDelta(ANSWER)]
    second: list[Step] = [TextDelta(CHINESE), Hold()]
    return [[*first, Finished("stop", Usage(34, 180))], second]


async def two_turns(chat: ChatHarness) -> None:
    """Ask, get a whole answer, ask again, stop."""
    await chat.submit("Why is the sky blue?")
    await chat.idle()
    await chat.submit("日落为什么是红色的？")
    await chat.seen("盐粒")
    await chat.pilot.press("escape")
    await chat.idle()
    await chat.pilot.pause()


def cleaned(svg: str) -> str:
    """Return a picture that names no outside host and no ids of its own making."""
    svg = _FONT_FACES.sub("", svg)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return svg.replace("Fira Code", "DejaVu Sans Mono, Noto Sans Mono CJK SC")


async def draw(folder: Path) -> None:
    """Write all pictures."""
    for picture in PICTURES:
        provider = FakeProvider(*script())
        async with running_chat(provider, size=picture.size, given=launch(profile="work")) as chat:
            chat.app.theme = picture.theme
            await two_turns(chat)
            save(chat, folder / f"{picture.name}.svg")
        await forget(chat)
    await draw_object(folder)
    await draw_versions(folder)
    await draw_side_panel(folder)
    provider = FakeProvider(*script())
    async with running_chat(provider, size=(80, 36), given=launch(profile="work")) as chat:
        await two_turns(chat)
        await chat.pilot.press("f1")
        await chat.pilot.pause()
        save(chat, folder / "keys.svg")


def whole(text: str) -> list[Step]:
    """Return an answer that arrives at once."""
    return [TextDelta(text), Finished("stop", Usage(34, 80))]


async def draw_versions(folder: Path) -> None:
    """Write the picture of an answer with several versions."""
    provider = FakeProvider(*map(whole, HAIKU))
    async with running_chat(provider, size=(80, 22), given=launch(profile="work")) as chat:
        await chat.submit("A haiku about the terminal, please.")
        await chat.idle()
        await chat.pilot.press("up")
        for number in range(2, len(HAIKU) + 1):
            await chat.pilot.press("r")
            await chat.seen(f"{number}/{number}")
            await chat.idle()
        await chat.pilot.press("left_square_bracket")
        await chat.pilot.pause()
        save(chat, folder / "versions.svg")
    await forget(chat)


async def draw_side_panel(folder: Path) -> None:
    """Write the picture of the side panel beside a conversation."""
    provider = FakeProvider(*map(whole, SHORT.values()))
    async with running_chat(provider, size=(124, 36), given=launch(profile="work")) as chat:
        for number, question in enumerate(SHORT):
            if number:
                await chat.pilot.press("ctrl+n")
            await chat.submit(question)
            await chat.idle()
        await chat.pilot.pause()
        save(chat, folder / "side-panel.svg")
    await forget(chat)


def save(chat: ChatHarness, path: Path) -> None:
    """Write the screen."""
    path.write_text(cleaned(chat.app.export_screenshot()), encoding="utf-8")


async def draw_object(folder: Path) -> None:
    """Write the picture of an object in the workbench."""
    text = {"type": "string"}
    item = {"properties": {"what": text, "count": {"type": "integer"}, "price": {"type": "number"}}}
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": item}}}
    given = replace(
        launch(profile="work"), response_format=ResponseFormat("json_schema", schema, "order")
    )
    provider = FakeProvider([TextDelta(ORDER), Finished("stop", Usage(34, 120))])
    async with running_chat(provider, size=(80, 30), given=given) as chat:
        await chat.submit("The order of Li Na, as an object.")
        await chat.idle()
        await chat.pilot.press("up", "enter")
        await chat.seen("Esc back")
        await chat.pilot.press("n")
        await chat.pilot.pause()
        save(chat, folder / "objects.svg")
    await forget(chat)


async def forget(chat: ChatHarness) -> None:
    """Let the next picture begin with nothing."""
    for file in Path(os.environ["XDG_DATA_HOME"]).rglob("conversations.db*"):
        file.unlink()


def main() -> None:
    """Draw into a home of its own."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(Path(home, kind.lower()))
        os.environ["HOME"] = home
        config = Path(os.environ["XDG_CONFIG_HOME"], "tui-chat", "config.toml")
        config.parent.mkdir(parents=True)
        config.write_text(CONFIG, encoding="utf-8")
        asyncio.run(draw(folder))


if __name__ == "__main__":
    main()
