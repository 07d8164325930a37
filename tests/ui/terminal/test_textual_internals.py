"""The private names of Textual that we use: only in `ui/terminal/`, and each still there."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import pytest

from tests.chat_app import running_chat
from tests.fakes import FakeProvider, answer
from tests.ui.terminal.scan import FILES, ROOM, used_in
from tui_chat.ui.terminal.painting.compositor import RowCompositor
from tui_chat.ui.terminal.textual_internals import RENDERER_VARIABLE

# The owner of each name. An upgrade of Textual that takes a name away fails by that name.
INTERNALS = {
    "_NO_MATCHES": "textual.command:CommandPalette",
    "_NO_MATCHES_COUNTDOWN": "textual.command:CommandPalette",
    "_anchor_released": "textual.widget:Widget",
    "_anchored": "textual.widget:Widget",
    "_app": "textual.driver:Driver",
    "_bindings": "textual.dom:DOMNode",
    "_check_anchor": "textual.widget:Widget",
    "_clipboard": "textual.app:App",
    "_close_messages_no_wait": "textual.message_pump:MessagePump",
    "_closing": "textual.message_pump:MessagePump",
    "_compositor": "textual.screen:Screen",
    "_cuts": "textual._compositor:Compositor",
    "_dirty_regions": "textual._compositor:Compositor",
    "_driver": "textual.app:App",
    "_exception": "textual.app:App",
    "_exit_renderables": "textual.app:App",
    "_fatal_error": "textual.app:App",
    "_file": "textual.drivers.linux_driver:LinuxDriver",
    "_keymap": "textual.app:App",
    "_layout_required": "textual.widget:Widget",
    "_layout_updates": "textual.widget:Widget",
    "_list_visible": "textual.command:CommandPalette",
    "_loop": "textual.driver:Driver",
    "_move_page": "textual.widgets:OptionList",
    "_no_matches_timer": "textual.command:CommandPalette",
    "_on_click": "textual.widgets:OptionList",
    "_get_style": "textual.widget:Widget",
    "_render": "textual.widget:Widget",
    "_render_cache": "textual.widget:Widget",
    "_render_chops": "textual._compositor:Compositor",
    "_render_content": "textual.widget:Widget",
    "_repaint_regions": "textual.widget:Widget",
    "_screen_stack": "textual.app:App",
    "_set_dirty": "textual.widget:Widget",
    "_sigcont_application": "textual.drivers.linux_driver:LinuxDriver",
    "_size_updated": "textual.widget:Widget",
    "_start_no_matches_countdown": "textual.command:CommandPalette",
    "_start_widget": "textual.app:App",
    "_stop_no_matches_countdown": "textual.command:CommandPalette",
    "_styles_cache": "textual.widget:Widget",
    "_task": "textual.worker:Worker",
    "_vertical_scrollbar": "textual.widget:Widget",
    "_work": "textual.worker:Worker",
    "_workers": "textual.app:App",
    "_wrap_and_format": "textual.content:Content",
    "_placeholder": "textual.command:CommandPalette",
    "_writer_thread": "textual.drivers.linux_driver:LinuxDriver",
    "import textual._ansi_sequences": "",
    "import textual._border": "",
    "import textual._compositor": "",
    "import textual._context": "",
    "import textual._keyboard_protocol": "",
    "import textual._styles_cache": "",
    "import textual._xterm_parser": "",
    "import textual.document._wrapped_document": "",
}
IN_TERMINAL = [file for file in FILES if file.is_relative_to(ROOM / "terminal")]
ELSEWHERE = [file for file in FILES if file not in IN_TERMINAL]


@pytest.mark.parametrize("name", INTERNALS)
def test_the_private_name_is_still_there(name: str) -> None:
    module, _, cls = INTERNALS[name].partition(":")
    if not module:
        assert import_module(name.removeprefix("import ")).__name__
        return
    owner = getattr(import_module(module), cls)
    sources = "".join(
        inspect.getsource(base) for base in owner.__mro__ if base.__module__.startswith("textual")
    )
    assert hasattr(owner, name) or re.search(rf"self\.{name}\b", sources)


def test_the_list_names_every_private_name_in_use() -> None:
    used = {name for file in IN_TERMINAL for name in used_in(file)}
    assert used <= set(INTERNALS)


def test_no_other_room_uses_a_private_name_of_textual() -> None:
    found = {str(file.relative_to(ROOM)): used_in(file) for file in ELSEWHERE}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize("renderer", ["", "stock"])
async def test_the_environment_chooses_the_renderer(
    renderer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RENDERER_VARIABLE, renderer)
    async with running_chat(FakeProvider(answer("# Sky\n\n- blue\n- red\n"))) as chat:
        await chat.submit("Why?")
        await chat.idle()
        await chat.seen("red")
        is_ours = isinstance(chat.chat._compositor, RowCompositor)
        assert is_ours is (renderer != "stock")
