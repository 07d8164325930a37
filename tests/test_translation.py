"""English texts reach the user through `_()` only: their literals are found in the syntax tree."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tui_chat.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PACKAGE = Path(errors.__file__).parents[1]

# Calls that show their arguments, and errors, whose words are shown.
SHOWS: Final = {
    *("notify", "show_notice", "show_status", "show_idle", "update", "add_option"),
    *("Content", "assemble", "styled", "Static", "Label", "Button", "Option", "WrappedText"),
    *("SystemCommand", "Binding", "ArgumentTypeError", "ConfigProblem", "view_line", "ViewLine"),
} | {name for name, cls in vars(errors).items() if inspect.isclass(cls)}
LOOKS_UP: Final = {"_", "N_", "NN_", "ngettext"}
# Arguments that are names, not texts.
NAMES: Final = {"id", "classes", "kind", "style", "severity", "group", "key", "action", "name"}
# Calls in the UI whose texts are for the log, for the developer or for the code itself.
SILENT: Final = {
    *("debug", "info", "warning", "error", "exception", "critical"),
    *("compile", "run_worker", "_work", "query", "query_one", "parse", "from_string", "set_styles"),
}
WORD = re.compile(r"[A-Za-z]{2,}")
WORDS = re.compile(r"[A-Za-z]{2,}[,:;]? [A-Za-z]{2,}")
# Styles, selectors, keys, types and identifiers.
CODE = re.compile(
    r"\$|^(?:not |bold|dim|italic|reverse|underline)|^[a-z_.,+\-]+$|^[#.@]|^\w+\(|^tuple\["
)
# The same in every language, and a reply of the gateway, which is not translated.
KEPT: Final = {"JSON Lines", "The endpoint redirects to another host."}


def strings(node: ast.AST | None) -> Iterator[ast.Constant]:
    """Yield the literals that become part of the value of an expression, without lookups."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts):
            for part in parts:
                yield from strings(part)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from strings(part)
        case ast.IfExp():
            yield from strings(node.body)
            yield from strings(node.orelse)
        case ast.BinOp():
            yield from strings(node.left)
            yield from strings(node.right)
        case ast.Starred(value=value):
            yield from strings(value)
        case ast.Call(func=ast.Attribute(attr="format" | "join", value=value)):
            yield from strings(value)


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def shown(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the literals that are given to a call which shows them."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and name_of(call) in SHOWS:
            # A binding begins with its keys and its action.
            given = call.args[2:] if name_of(call) == "Binding" else call.args
            for argument in [*given, *(k.value for k in call.keywords if k.arg not in NAMES)]:
                yield from strings(argument)


def loose(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the literals outside of docstrings, style sheets, lookups and logs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Call) and name_of(child) in LOOKS_UP | SILENT:
            continue
        if isinstance(child, ast.Assign | ast.AnnAssign) and "CSS" in ast.unparse(child)[:40]:
            continue
        if isinstance(child, ast.Raise) and "RuntimeError" in ast.unparse(child):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child
        yield from loose(child)


def faults(found: Iterator[ast.Constant], words: re.Pattern[str]) -> list[str]:
    texts = [(node.lineno, str(node.value)) for node in found]
    return [
        f"line {line}: {text!r}"
        for line, text in texts
        if words.search(text) and not CODE.search(text) and text not in KEPT
    ]


def faults_in(
    paths: Iterable[Path],
    found: Callable[[ast.AST], Iterator[ast.Constant]],
    words: re.Pattern[str],
) -> list[str]:
    return [
        f"{path.relative_to(PACKAGE)}, {fault}"
        for path in paths
        for fault in faults(found(ast.parse(path.read_text(encoding="utf-8"))), words)
    ]


def test_shown_texts_are_looked_up() -> None:
    assert faults_in(PACKAGE.rglob("*.py"), shown, WORD) == []


def test_sentences_of_the_ui_are_looked_up() -> None:
    assert faults_in((PACKAGE / "ui").rglob("*.py"), loose, WORDS) == []


@pytest.mark.parametrize(
    "code",
    [
        "notify('Saved')",
        "Content(f'{n} messages')",
        "raise ConfigError('No file.', hint=_('Create it.'))",
        "Static('Yes' if it else _('No'))",
        "Binding('q', 'quit', 'Quit now')",
        "Content.assemble((f'{n} of it: ', style))",
        "facts = [f'deleted it at {when}']",
    ],
)
def test_a_forgotten_text_is_found(code: str) -> None:
    tree = ast.parse(code)
    assert faults(shown(tree), WORD) or faults(loose(tree), WORDS)
