"""An answer that was asked for as an object, over the whole screen: look, fix, copy, save."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_chat.core.visible import visible, visible_line
from tui_chat.structured.difference import Change, difference
from tui_chat.structured.exact import dumps, scalar_text
from tui_chat.structured.verdict import Verdict, path_words
from tui_chat.ui.json_lines import body_lines
from tui_chat.ui.key_names import live_keys
from tui_chat.ui.structured.body import LARGE, raw_lines
from tui_chat.ui.structured.node_tree import NodeTree, error_paths
from tui_chat.ui.view_lines import ViewLine, view_line
from tui_chat.ui.widgets.edge_line import EdgeLine
from tui_chat.ui.widgets.line_view import BODY, LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui_chat.structured.verdict import Judged, Path

_FORMS: Final = ("tree", "text", "raw", "changes")
_TITLES: Final = {
    "tree": "the object",
    "text": "the object as text",
    "raw": "the answer as it came",
    "changes": "what was repaired",
}
_KEYS: Final = (
    ("bench.form", "form"),
    ("bench.copy", "copy"),
    ("bench.copy_path", "path"),
    ("bench.copy_all", "all"),
    ("bench.save", "save"),
    ("bench.next_error", "error"),
    ("bench.fix", "fix"),
    ("bench.close", "back"),
)


_GOOD: Final = (Verdict.VALID, Verdict.REPAIRED)


class Clipboard(Protocol):
    """Copies a text and tells how."""

    def __call__(self, text: str, what: str) -> None:
        """Put a text into the clipboard.

        Args:
            text: What is copied.
            what: What it is, for the words that confirm.
        """


class Workbench(ModalScreen[str]):
    """Ends with what is wanted next: `fix`, `save`, or nothing."""

    DEFAULT_CSS = """
    Workbench {
        background: $background;
        & > #bench { height: 100%; padding: 0 1; }
        #head { text-style: bold; }
        NodeTree, #lines { height: 1fr; margin: 1 0; }
        #node { height: auto; max-height: 9; border-top: solid $foreground 20%; }
        #keys { color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "form", "form", id="bench.form", tooltip="Tree, text, raw answer, repairs"),
        Binding("y", "copy", "copy", id="bench.copy", tooltip="Copy the node as JSON"),
        Binding("p", "copy_path", "path", id="bench.copy_path", tooltip="Copy the node's path"),
        Binding("Y", "copy_all", "all", id="bench.copy_all", tooltip="Copy the whole object"),
        Binding(
            "s,ctrl+s", "end('save')", "save", id="bench.save", tooltip="Save: JSON, JSONL, CSV"
        ),
        Binding("n", "error(1)", "error", id="bench.next_error", tooltip="The next error"),
        Binding("N", "error(-1)", "error", id="bench.previous_error", tooltip="The error before"),
        Binding(
            "x",
            "end('fix')",
            "fix",
            id="bench.fix",
            tooltip="Have the model put right what is wrong, as another answer",
        ),
        Binding("escape,q", "end('')", "back", id="bench.close", tooltip="Back to the chat"),
        Binding("ctrl+q", "app.quit", "quit", id="app.quit", show=False),
        Binding("f1", "app.help", "keys", id="app.help", show=False),
    ]

    def __init__(self, judged: Judged, title: str, copy: Clipboard) -> None:
        """Show an answer.

        Args:
            judged: The answer with its verdict.
            title: Of the conversation.
            copy: Puts something into the clipboard.
        """
        super().__init__()
        self._judged = judged
        self._title = title
        self._copy = copy
        self._value: Any = None
        self._form = "tree" if judged.json is not None else "raw"
        self._head = EdgeLine(id="head")
        self._tree = NodeTree()
        self._lines = LineView(id="lines")
        self._node = LineView(id="node")
        self._node.can_focus = False
        self._keys = EdgeLine(id="keys")
        self._at_error = -1

    def compose(self) -> ComposeResult:
        """Build the screen."""
        with Vertical(id="bench"):
            yield self._head
            yield self._tree
            yield self._lines
            yield self._node
            yield self._keys

    async def on_mount(self) -> None:
        """Read the object; a large one in a thread, so that no key waits for it."""
        judged = self._judged
        self._show_form()
        self._tell_keys()
        if judged.json is not None:
            self._value = await asyncio.to_thread(getattr, judged, "value")
            depth = 1 if len(judged.json) > LARGE else None
            self._tree.show(self._value, draft=judged.draft, errors=judged.errors, open_depth=depth)
            self._tree.action_go(0)

    def action_form(self) -> None:
        """Show the next form."""
        forms = [form for form in _FORMS if self._has(form)]
        self._form = forms[(forms.index(self._form) + 1) % len(forms)]
        self._show_form()

    def action_copy(self) -> None:
        """Copy the node."""
        row = self._tree.row
        if self._form == "raw" or self._judged.json is None:
            self._copy(self._judged.raw, "answer as it came")
        elif self._form != "tree" or row is None:
            self.action_copy_all()
        elif isinstance(row.value, str):
            self._copy(row.value, "text of the node")
        else:
            self._copy(dumps(row.value, indent=2), "node")

    def action_copy_path(self) -> None:
        """Copy where the node is."""
        row = self._tree.row
        if row is not None:
            self._copy(path_words(row.path) or "$", "path")

    def action_copy_all(self) -> None:
        """Copy the object."""
        judged = self._judged
        self._copy(judged.json if judged.json is not None else judged.raw, "whole object")

    def action_error(self, step: int) -> None:
        """Go to the next error or the one before."""
        paths = error_paths(self._value, self._judged.errors)
        if not paths or self._judged.json is None:
            self.app.bell()
            return
        self._at_error = (self._at_error + step) % len(paths)
        self._form = "tree"
        self._show_form()
        path: Path = paths[self._at_error]
        while not self._tree.go_to(path) and path:
            path = path[:-1]

    def action_end(self, wanted: str) -> None:
        """Go back to the chat, perhaps to have something done there."""
        self.dismiss(wanted)

    @on(NodeTree.Moved)
    def _tell_node(self) -> None:
        """Tell all about the node of the cursor: where it is, its whole text, what is wrong."""
        row = self._tree.row
        if row is None or row.hidden:
            self._node.show(BODY, [])
            return
        lines = [view_line(visible_line(path_words(row.path) or "the whole object", 200), "quiet")]
        if isinstance(row.value, str):
            lines += [view_line(line, keeps_words=True) for line in _text_rows(row.value)]
        elif not isinstance(row.value, dict | list):
            lines.append(view_line(visible_line(scalar_text(row.value), 2_000), "number"))
        lines += [
            view_line(visible_line(error.words, 500), "error", keeps_words=True)
            for error in self._judged.errors
            if error.path == row.path
        ]
        self._node.show(BODY, lines)
        self._node.action_start()

    def _has(self, form: str) -> bool:
        if form == "changes":
            return bool(self._judged.repair_count)
        return form == "raw" or self._judged.json is not None

    def _show_form(self) -> None:
        is_tree = self._form == "tree"
        self._tree.display = self._node.display = is_tree
        self._lines.display = not is_tree
        judged = self._judged
        words = " · ".join(part for part in (_TITLES[self._form], judged.words) if part)
        self._head.show(visible_line(self._title, 60) or "Structured output", words)
        if is_tree:
            self._tree.focus()
            return
        self._lines.focus()
        self.run_worker(self._fill(self._form), group="fill", exclusive=True)

    async def _fill(self, form: str) -> None:
        lines = await asyncio.to_thread(_lines_of, self._judged, form)
        if form == self._form:
            self._lines.show(BODY, lines)
            self._lines.action_start()

    def _tell_keys(self) -> None:
        keys = live_keys(self)
        hidden = {"bench.fix"} if self._judged.verdict in _GOOD else set()
        if not self._judged.errors:
            hidden.add("bench.next_error")
        shown = [
            f"{keys[key]} {words}" for key, words in _KEYS if key in keys and key not in hidden
        ]
        self._keys.show("   ".join(shown))


def _lines_of(judged: Judged, form: str) -> list[ViewLine]:
    """Return the lines of a form; called in a thread."""
    reason = [view_line(judged.reason, "error", keeps_words=True)] if judged.reason else []
    if form == "text":
        return body_lines(dumps(judged.value, indent=2))
    if form == "raw":
        errors = [
            view_line(f"{error.place}: {error.words}" if error.place else error.words, "error")
            for error in judged.errors[:20]
        ]
        gap = [ViewLine("")] if reason or errors else []
        return [*reason, *errors, *gap, *raw_lines(judged.raw)]
    return _change_lines(judged)


def _change_lines(judged: Judged) -> list[ViewLine]:
    """Return every repair in words, then the answer with what went and what came."""
    lines = [
        view_line(visible_line(repair.words, 500), "note", (("· ", "quiet"),), keeps_words=True)
        for repair in judged.repairs
    ]
    if judged.repair_count > len(judged.repairs):
        lines.append(ViewLine(f"… {judged.repair_count - len(judged.repairs):,} more", "note"))
    lines.append(ViewLine(""))
    for piece in difference(judged):
        if piece.change is Change.SAME:
            text = piece.text if len(piece.text) < 2 * _CONTEXT else _shortened(piece.text)
            lines += [view_line(line) for line in visible(text).split("\n")]
        else:
            is_gone = piece.change is Change.REMOVED
            sign, ink = ("- ", "error") if is_gone else ("+ ", "string")
            lines += [
                view_line(line, ink, ((sign, ink),)) for line in visible(piece.text).split("\n")
            ]
    return lines


_CONTEXT: Final = 200


def _shortened(text: str) -> str:
    return f"{text[:_CONTEXT]}\n…\n{text[-_CONTEXT:]}"


def _text_rows(text: str) -> list[str]:
    return visible(text[:4_000]).split("\n")[:100]
