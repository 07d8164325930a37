"""The workbench: a full-screen view of structured output to inspect, fix, copy and save."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui_chat.core.duty_cycle import DutyCycle
from tui_chat.core.labels import N_, _
from tui_chat.core.text.sanitize import escaped_json, sanitize, sanitize_line
from tui_chat.structured.lossless_json import dumps, scalar_text
from tui_chat.structured.partial_object import PartialObject
from tui_chat.structured.verdict import Verdict, format_path
from tui_chat.ui.common.copying import CopyKind
from tui_chat.ui.common.key_names import key_hints
from tui_chat.ui.common.title_line import TitleLine
from tui_chat.ui.objects.node_tree import NodeTree, error_paths
from tui_chat.ui.objects.object_body import LARGE, object_lines, raw_lines
from tui_chat.ui.objects.workbench_lines import view_lines
from tui_chat.ui.text_view.line_view import BODY, LineView
from tui_chat.ui.text_view.wrapped_lines import view_line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui_chat.structured.verdict import Evaluation, Path
    from tui_chat.ui.objects.tree_rows import Row

_VIEWS: Final = ("tree", "text", "raw", "changes")
_TITLES: Final = {
    "tree": N_("tree"),
    "text": N_("formatted text"),
    "raw": N_("raw answer"),
    "changes": N_("repairs"),
}
_KEYS: Final = (
    "bench.form", "bench.copy", "bench.copy_path", "bench.copy_all", "bench.save",
    "bench.next_error", "bench.fix", "bench.close",
)  # fmt: skip

_FIXABLE: Final = (Verdict.INVALID, Verdict.CUT_OFF)
_STREAMING: Final = N_("The answer is still arriving.")
_POLL_S: Final = 0.1
"""Minimum polling interval while streaming."""


class Streaming(Protocol):
    """A reply that is still streaming."""

    @property
    def is_over(self) -> bool:
        """True once the reply is complete."""

    def text(self) -> str:
        """Return the text so far."""

    def evaluation(self) -> Evaluation:
        """Return the evaluation of the complete reply."""


class Workbench(ModalScreen[str]):
    """Dismissed with the next action: `fix` or an empty text.

    Attributes:
        evaluation: The evaluation; None while the reply is streaming.
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
        Binding(
            "t",
            "next_view",
            N_("view"),
            id="bench.form",
            tooltip=N_("Next view: tree, text, raw answer, repairs"),
        ),
        Binding("y", "copy", N_("copy"), id="bench.copy", tooltip=N_("Copy the node as JSON")),
        Binding(
            "p",
            "copy_path",
            N_("path"),
            id="bench.copy_path",
            tooltip=N_("Copy the path of the node"),
        ),
        Binding("Y", "copy_all", N_("all"), id="bench.copy_all", tooltip=N_("Copy the object")),
        Binding(
            "s,ctrl+s",
            "save",
            N_("save"),
            id="bench.save",
            tooltip=N_("Save as JSON, JSON Lines or CSV"),
        ),
        Binding("n", "error(1)", N_("error"), id="bench.next_error", tooltip=N_("Next error")),
        Binding(
            "N",
            "error(-1)",
            N_("previous error"),
            id="bench.previous_error",
            tooltip=N_("Previous error"),
        ),
        Binding(
            "x",
            "end('fix')",
            N_("fix"),
            id="bench.fix",
            tooltip=N_("Ask the model to fix the errors, as another version"),
        ),
        Binding(
            "escape,q", "end('')", N_("back"), id="bench.close", tooltip=N_("Back to the chat")
        ),
        Binding("ctrl+q", "app.quit", N_("quit"), id="app.quit", show=False),
        Binding("f1", "app.help", N_("keys"), id="app.help", show=False),
    ]

    def __init__(
        self,
        evaluation: Evaluation | None,
        title: str,
        *,
        copy: Callable[[str, CopyKind], None],
        save: Callable[[Evaluation], Coroutine[Any, Any, None]],
        streaming: Streaming | None = None,
    ) -> None:
        """Create a workbench.

        Args:
            evaluation: The answer with its verdict; None while it is arriving.
            title: Of the conversation.
            copy: Copies a text to the clipboard; its second argument describes the text.
            save: Saves the object.
            streaming: The reply while it is streaming.
        """
        super().__init__()
        self.evaluation = evaluation
        self._streaming = streaming
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
        # The view shown by the lines; the view and evaluation being built for them.
        self._filled = ""
        self._filling: tuple[str, Evaluation | None] = ("", None)
        self._poll_throttle, self._fill_throttle = DutyCycle(), DutyCycle()

    def compose(self) -> ComposeResult:
        """Create the widgets."""
        with Vertical(id="bench"):
            yield self._head
            yield self._tree
            yield self._lines
            yield self._node
            yield self._keys

    def key_group(self) -> tuple[str, list[DOMNode]]:
        """Return the title and the nodes of the key help."""
        return _("Object"), [self, self._tree]

    async def on_mount(self) -> None:
        """Show the evaluation, or follow the streaming reply."""
        if self.evaluation is not None:
            await self._show_evaluation(self.evaluation)
        else:
            self._show_keys()
            await self._poll()

    async def _show_evaluation(self, evaluation: Evaluation) -> None:
        self._raw = evaluation.raw
        self._show_view()
        self._show_keys()
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

    async def _poll(self) -> None:
        """Show the streaming reply until it is complete."""
        streaming, partial = self._streaming, self._partial
        if streaming is None:
            return
        if streaming.is_over:
            self._streaming, self.evaluation = None, streaming.evaluation()
            await self._show_evaluation(self.evaluation)
            return
        with self._poll_throttle:
            self._raw = streaming.text()
            is_new = partial.update(self._raw)
            if is_new and partial.value is not None and not partial.problem:
                self._value = partial.value
                self._tree.grow(self._value, partial.open_path)
            self._show_view()
        self.set_timer(max(_POLL_S, self._poll_throttle.wait_s), self._poll)

    @property
    def view(self) -> str:
        """The current view: the wanted one, or raw if that is not available."""
        return self._wanted if self._has(self._wanted) else "raw"

    def action_next_view(self) -> None:
        """Show the next view."""
        views = [view for view in _VIEWS if self._has(view)]
        self._wanted = views[(views.index(self.view) + 1) % len(views)]
        self._show_view()

    def action_copy(self) -> None:
        """Copy the node."""
        row = self._tree.row
        if self.view == "raw":
            self._copy(self._raw, CopyKind.RAW_REPLY)
        elif self.view != "tree" or row is None or row.hidden:
            self.action_copy_all()
        elif isinstance(row.value, str):
            self._copy(row.value, CopyKind.NODE_TEXT)
        else:
            self._copy(escaped_json(dumps(row.value, indent=2)), CopyKind.NODE)

    def action_copy_path(self) -> None:
        """Copy the path of the node."""
        row = self._tree.row
        if row is None or row.hidden:
            self.app.bell()
        else:
            self._copy(format_path(row.path) or "$", CopyKind.NODE_PATH)

    def action_copy_all(self) -> None:
        """Copy the object."""
        evaluation = self.evaluation
        if evaluation is not None and evaluation.json is not None:
            self._copy(escaped_json(evaluation.json), CopyKind.OBJECT)
        elif evaluation is None and self._has("tree"):
            self._copy(escaped_json(dumps(self._value)), CopyKind.PARTIAL_OBJECT)
        else:
            self._copy(self._raw, CopyKind.RAW_REPLY)

    def action_error(self, step: int) -> None:
        """Go to the next or previous error."""
        paths = (
            error_paths(self._value, self.evaluation.errors) if self.evaluation is not None else []
        )
        if not paths or not self._has("tree"):
            self.app.bell()
            return
        self._at_error = (self._at_error + step) % len(paths)
        self._wanted = "tree"
        self._show_view()
        path: Path = paths[self._at_error]
        while not self._tree.go_to(path) and path:
            path = path[:-1]

    def action_save(self) -> None:
        """Save the object."""
        if self.evaluation is None:
            self.app.notify(_(_STREAMING), markup=False)
        else:
            self.run_worker(self._save(self.evaluation), group="save")

    def action_end(self, wanted: str) -> None:
        """Close the workbench with the next action."""
        evaluation = self.evaluation
        if wanted and evaluation is None:
            self.app.notify(_(_STREAMING), markup=False)
        elif wanted == "fix" and evaluation is not None and evaluation.verdict not in _FIXABLE:
            self.app.notify(_("There is nothing to fix."), markup=False)
        else:
            self.dismiss(wanted)

    @on(NodeTree.Moved)
    def _show_node(self) -> None:
        """Show the details of the selected node: path, full text and errors."""
        row = self._tree.row
        if row is None or row.hidden:
            self._node.show(BODY, [])
            return
        lines = [view_line(sanitize_line(format_path(row.path) or _("root"), 200), "quiet")]
        if isinstance(row.value, str):
            lines += [view_line(line, keeps_words=True) for line in _first_lines(row.value)]
        elif not isinstance(row.value, dict | list):
            lines.append(view_line(sanitize_line(scalar_text(row.value), 2_000), "number"))
        lines += [view_line(error, "error", keeps_words=True) for error in self._errors_of(row)]
        self._node.show(BODY, lines)
        self._node.action_start()

    def _errors_of(self, row: Row) -> Iterator[str]:
        evaluation = self.evaluation
        if evaluation is None:
            if row.path == self._partial.open_path:
                yield _(_STREAMING)
            return
        if not row.path and evaluation.reason:
            yield evaluation.reason
        elif row.path == evaluation.open_path:
            yield _("The answer ended here.")
        yield from (
            sanitize_line(it.message, 500) for it in evaluation.errors if it.path == row.path
        )

    def _has(self, view: str) -> bool:
        if view == "raw":
            return True
        if self.evaluation is None:
            has_object = self._partial.value is not None and not self._partial.problem
            return has_object and view != "changes"
        if view == "changes":
            return bool(self.evaluation.repair_count)
        return self.evaluation.json is not None

    def _show_view(self) -> None:
        view, evaluation = self.view, self.evaluation
        is_tree = view == "tree"
        self._tree.display = self._node.display = is_tree
        self._lines.display = not is_tree
        state = evaluation.label if evaluation is not None else _("streaming")
        self._head.show(
            sanitize_line(self._title, 60) or _("Structured output"),
            f"{_(_TITLES[view])} · {state}",
        )
        wanted = self._tree if is_tree else self._lines
        if self.focused is not wanted:
            wanted.focus()
        if is_tree:
            self._filling = ("", None)
        elif self._filling != (view, evaluation) and self._may_fill(view):
            self._filling = (view, evaluation)
            self.run_worker(self._fill(view), group="fill")

    def _may_fill(self, view: str) -> bool:
        """Return whether to build the lines of a view now; throttled while streaming."""
        return self.evaluation is not None or view != self._filled or self._fill_throttle.is_due

    async def _fill(self, view: str) -> None:
        evaluation = self.evaluation
        with self._fill_throttle:
            if evaluation is not None:
                lines = await asyncio.to_thread(view_lines, evaluation, view)
            elif view == "text":
                lines = await asyncio.to_thread(object_lines, self._value)
            else:
                lines = raw_lines(self._raw)
        if self._filling != (view, evaluation):
            # Another view was chosen meanwhile.
            return
        self._lines.show(BODY, lines)
        if view != self._filled:
            # Otherwise the scroll position is kept while content is appended.
            self._filled = view
            self._lines.action_start()
        if evaluation is None:
            # The next poll builds the lines again.
            self._filling = ("", None)

    def _show_keys(self) -> None:
        evaluation, hidden = self.evaluation, set()
        if evaluation is None:
            hidden.add("bench.save")
        if evaluation is None or evaluation.verdict not in _FIXABLE:
            hidden.add("bench.fix")
        if evaluation is None or not evaluation.errors:
            hidden.add("bench.next_error")
        self._keys.show(key_hints(self, [key for key in _KEYS if key not in hidden]))


def _first_lines(text: str) -> list[str]:
    return sanitize(text[:4_000]).split("\n")[:100]
