"""An answer that was asked for as an object, over the whole screen: look, fix, copy, save."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_chat.core.duty_cycle import DutyCycle
from tui_chat.core.text.sanitize import escaped_json, sanitize, sanitize_line
from tui_chat.structured.lossless_json import dumps, scalar_text
from tui_chat.structured.partial_object import PartialObject
from tui_chat.structured.verdict import Verdict, format_path
from tui_chat.ui.common.key_names import live_keys
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.objects.node_tree import NodeTree, error_paths
from tui_chat.ui.objects.object_body import LARGE, object_lines, raw_lines
from tui_chat.ui.objects.workbench_lines import lines_of
from tui_chat.ui.text_view.line_view import BODY, LineView
from tui_chat.ui.text_view.view_lines import view_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui_chat.structured.verdict import Evaluation, Path
    from tui_chat.ui.objects.tree_rows import Row

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


_FIXABLE: Final = (Verdict.INVALID, Verdict.CUT_OFF)
_ARRIVING: Final = "It is still arriving."
_LOOK_S: Final = 0.1
"""How often an answer that arrives is looked at, at the most."""


class Clipboard(Protocol):
    """Copies a text and tells how."""

    def __call__(self, text: str, what: str) -> None:
        """Put a text into the clipboard.

        Args:
            text: What is copied.
            what: What it is, for the words that confirm.
        """


class Saver(Protocol):
    """Saves an object where the person wants it."""

    async def __call__(self, evaluation: Evaluation) -> None:
        """Ask where to, and write it."""


class Arriving(Protocol):
    """An answer that is still arriving."""

    @property
    def is_over(self) -> bool:
        """Whether no more is coming."""

    def text(self) -> str:
        """Return what has come."""

    def evaluation(self) -> Evaluation:
        """Return the verdict, when it is over."""


class Workbench(ModalScreen[str]):
    """Ends with what is wanted next: `fix`, or nothing.

    Attributes:
        evaluation: The answer with its verdict; None while it is arriving.
    """

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
        Binding("s,ctrl+s", "save", "save", id="bench.save", tooltip="Save: JSON, JSONL, CSV"),
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

    def __init__(
        self,
        evaluation: Evaluation | None,
        title: str,
        *,
        copy: Clipboard,
        save: Saver,
        arriving: Arriving | None = None,
    ) -> None:
        """Show an answer.

        Args:
            evaluation: The answer with its verdict; None while it is arriving.
            title: Of the conversation.
            copy: Puts something into the clipboard.
            save: Saves the object; the workbench stays as it is meanwhile.
            arriving: The answer while it is arriving.
        """
        super().__init__()
        self.evaluation = evaluation
        self._arriving = arriving
        self._partial = PartialObject()
        self._title = title
        self._copy = copy
        self._save = save
        self._value: Any = None
        self._raw = evaluation.raw if evaluation is not None else ""
        self._wanted = "tree"
        self._head = TitleLine(id="head")
        self._tree = NodeTree()
        self._lines = LineView(id="lines")
        self._node = LineView(id="node")
        self._node.can_focus = False
        self._keys = TitleLine(id="keys")
        self._at_error = -1
        # Which form the lines show, and which one of which verdict is being made for them.
        self._filled = ""
        self._filling: tuple[str, Evaluation | None] = ("", None)
        self._looks, self._fills = DutyCycle(), DutyCycle()

    def compose(self) -> ComposeResult:
        """Build the screen."""
        with Vertical(id="bench"):
            yield self._head
            yield self._tree
            yield self._lines
            yield self._node
            yield self._keys

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return whose keys work here, for the list of keys."""
        return "On an object", [self, self._tree]

    async def on_mount(self) -> None:
        """Read the object; a large one in a thread, so that no key waits for it."""
        if self.evaluation is not None:
            await self._show_judged(self.evaluation)
        else:
            self._tell_keys()
            await self._look()

    async def _show_judged(self, evaluation: Evaluation) -> None:
        self._raw = evaluation.raw
        self._show_form()
        self._tell_keys()
        if evaluation.json is not None:
            row = self._tree.row
            self._value = await asyncio.to_thread(getattr, evaluation, "value")
            depth = 1 if len(evaluation.json) > LARGE else None
            self._tree.show(
                self._value,
                open_path=evaluation.open_path,
                errors=evaluation.errors,
                open_depth=depth,
            )
            if row is None or not self._tree.go_to(row.path):
                self._tree.action_go(0)

    async def _look(self) -> None:
        """Show what has come of an answer, until it is whole."""
        arriving, seen = self._arriving, self._partial
        if arriving is None:
            return
        if arriving.is_over:
            self._arriving, self.evaluation = None, arriving.evaluation()
            await self._show_judged(self.evaluation)
            return
        with self._looks:
            self._raw = arriving.text()
            if seen.update(self._raw) and seen.value is not None and not seen.problem:
                self._value = seen.value
                self._tree.grow(self._value, seen.open_path)
            self._show_form()
        self.set_timer(max(_LOOK_S, self._looks.wait_s), self._look)

    @property
    def form(self) -> str:
        """How the answer is shown: as it is wanted, or as it came where it holds no object yet."""
        return self._wanted if self._has(self._wanted) else "raw"

    def action_form(self) -> None:
        """Show the next form."""
        forms = [form for form in _FORMS if self._has(form)]
        self._wanted = forms[(forms.index(self.form) + 1) % len(forms)]
        self._show_form()

    def action_copy(self) -> None:
        """Copy the node."""
        row = self._tree.row
        if self.form == "raw":
            self._copy(self._raw, "answer as it came")
        elif self.form != "tree" or row is None or row.hidden:
            self.action_copy_all()
        elif isinstance(row.value, str):
            self._copy(row.value, "text of the node")
        else:
            self._copy(escaped_json(dumps(row.value, indent=2)), "node")

    def action_copy_path(self) -> None:
        """Copy where the node is."""
        row = self._tree.row
        if row is None or row.hidden:
            self.app.bell()
        else:
            self._copy(format_path(row.path) or "$", "path")

    def action_copy_all(self) -> None:
        """Copy the object."""
        evaluation = self.evaluation
        if evaluation is not None and evaluation.json is not None:
            self._copy(escaped_json(evaluation.json), "whole object")
        elif evaluation is None and self._has("tree"):
            self._copy(escaped_json(dumps(self._value)), "object so far")
        else:
            self._copy(self._raw, "answer as it came")

    def action_error(self, step: int) -> None:
        """Go to the next error or the one before."""
        paths = (
            error_paths(self._value, self.evaluation.errors) if self.evaluation is not None else []
        )
        if not paths or not self._has("tree"):
            self.app.bell()
            return
        self._at_error = (self._at_error + step) % len(paths)
        self._wanted = "tree"
        self._show_form()
        path: Path = paths[self._at_error]
        while not self._tree.go_to(path) and path:
            path = path[:-1]

    def action_save(self) -> None:
        """Save the object."""
        if self.evaluation is None:
            self.app.notify(_ARRIVING, markup=False)
        else:
            self.run_worker(self._save(self.evaluation), group="save")

    def action_end(self, wanted: str) -> None:
        """Go back to the chat, perhaps to have something done there."""
        evaluation = self.evaluation
        if wanted and evaluation is None:
            self.app.notify(_ARRIVING, markup=False)
        elif wanted == "fix" and evaluation is not None and evaluation.verdict not in _FIXABLE:
            self.app.notify("There is nothing to put right.", markup=False)
        else:
            self.dismiss(wanted)

    @on(NodeTree.Moved)
    def _tell_node(self) -> None:
        """Tell all about the node of the cursor: where it is, its whole text, what is wrong."""
        row = self._tree.row
        if row is None or row.hidden:
            self._node.show(BODY, [])
            return
        lines = [
            view_line(sanitize_line(format_path(row.path) or "the whole object", 200), "quiet")
        ]
        if isinstance(row.value, str):
            lines += [view_line(line, keeps_words=True) for line in _text_rows(row.value)]
        elif not isinstance(row.value, dict | list):
            lines.append(view_line(sanitize_line(scalar_text(row.value), 2_000), "number"))
        lines += [view_line(words, "error", keeps_words=True) for words in self._wrong_with(row)]
        self._node.show(BODY, lines)
        self._node.action_start()

    def _wrong_with(self, row: Row) -> Iterator[str]:
        """Yield what is wrong with a node, as sentences."""
        evaluation = self.evaluation
        if evaluation is None:
            if row.path == self._partial.open_path:
                yield _ARRIVING
            return
        if not row.path and evaluation.reason:
            yield evaluation.reason
        elif row.path == evaluation.open_path:
            yield "It was being written when the answer ended."
        yield from (
            sanitize_line(it.message, 500) for it in evaluation.errors if it.path == row.path
        )

    def _has(self, form: str) -> bool:
        if form == "raw":
            return True
        if self.evaluation is None:
            is_read = self._partial.value is not None and not self._partial.problem
            return is_read and form != "changes"
        if form == "changes":
            return bool(self.evaluation.repair_count)
        return self.evaluation.json is not None

    def _show_form(self) -> None:
        form, evaluation = self.form, self.evaluation
        is_tree = form == "tree"
        self._tree.display = self._node.display = is_tree
        self._lines.display = not is_tree
        state = evaluation.label if evaluation is not None else "still arriving"
        self._head.show(
            sanitize_line(self._title, 60) or "Structured output", f"{_TITLES[form]} · {state}"
        )
        wanted = self._tree if is_tree else self._lines
        if self.focused is not wanted:
            wanted.focus()
        if is_tree:
            self._filling = ("", None)
        elif self._filling != (form, evaluation) and self._may_fill(form):
            self._filling = (form, evaluation)
            self.run_worker(self._fill(form), group="fill")

    def _may_fill(self, form: str) -> bool:
        """Say whether the lines of a form are to be made now; of what grows not all the time."""
        return self.evaluation is not None or form != self._filled or self._fills.is_due

    async def _fill(self, form: str) -> None:
        evaluation = self.evaluation
        with self._fills:
            if evaluation is not None:
                lines = await asyncio.to_thread(lines_of, evaluation, form)
            elif form == "text":
                lines = await asyncio.to_thread(object_lines, self._value)
            else:
                lines = raw_lines(self._raw)
        if self._filling != (form, evaluation):
            # Another form is wanted by now.
            return
        self._lines.show(BODY, lines)
        if form != self._filled:
            # Where the person is in what grows, they stay.
            self._filled = form
            self._lines.action_start()
        if evaluation is None:
            # More has come by the next look.
            self._filling = ("", None)

    def _tell_keys(self) -> None:
        keys = live_keys(self)
        evaluation, hidden = self.evaluation, set()
        if evaluation is None:
            hidden.add("bench.save")
        if evaluation is None or evaluation.verdict not in _FIXABLE:
            hidden.add("bench.fix")
        if evaluation is None or not evaluation.errors:
            hidden.add("bench.next_error")
        shown = [
            f"{keys[key]} {words}" for key, words in _KEYS if key in keys and key not in hidden
        ]
        self._keys.show("   ".join(shown))


def _text_rows(text: str) -> list[str]:
    return sanitize(text[:4_000]).split("\n")[:100]
