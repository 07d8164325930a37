"""Maps style ids to colours, using the component classes and the theme of a widget.

A palette belongs to one widget and one theme. It caches the styles that are painted, and is
replaced when the theme changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.style import Style as TextualStyle

from tui_chat.ui.markdown.style_roles import CODE, EMPHASIS, LINK, ROLE_MASK, STRIKE, STRONG, Role
from tui_chat.ui.markdown.token_styles import TOKEN_TYPES

if TYPE_CHECKING:
    from rich.style import Style
    from textual.widget import Widget

_CLASSES: Final = {
    Role.HEADING_1: ("markdown--heading-1",),
    Role.HEADING_2: ("markdown--heading-2",),
    Role.HEADING: ("markdown--heading",),
    Role.QUOTE: ("markdown--quote",),
    Role.QUOTE_BAR: ("markdown--accent",),
    Role.MARKER: ("markdown--accent",),
    Role.RULE: ("markdown--rule",),
    Role.CODE_BLOCK: ("markdown--code-block",),
    Role.CODE_LABEL: ("markdown--code-block", "markdown--quiet"),
    Role.TABLE_HEADER: ("markdown--heading",),
    Role.TABLE_RULE: ("markdown--rule",),
    Role.RAW: ("markdown--quiet",),
    Role.MATH: ("markdown--math",),
    Role.QUIET: ("markdown--quiet",),
    CODE: ("markdown--code",),
    LINK: ("markdown--link",),
}
COMPONENT_CLASSES: Final = frozenset(name for names in _CLASSES.values() for name in names)
"""Few, because each takes time whenever a widget is mounted."""

_BOLD: Final = TextualStyle(bold=True)
_ITALIC: Final = TextualStyle(italic=True)
_STRUCK: Final = TextualStyle(strike=True)

# Textual's table for the sixteen terminal colours names some colours that do not exist.
_ANSI: Final = {
    "Comment": "dim italic",
    "Error": "ansi_red",
    "Keyword": "ansi_magenta",
    "Literal.Number": "ansi_cyan",
    "Literal.String": "ansi_green",
    "Name.Function": "ansi_blue",
    "Name.Class": "ansi_yellow",
    "Name.Decorator": "ansi_blue",
    "Name.Tag": "ansi_blue",
    "Name.Builtin": "ansi_cyan",
    "Name.Attribute": "ansi_yellow",
    "Generic.Deleted": "ansi_red",
    "Generic.Inserted": "ansi_green",
    "Generic.Strong": "bold",
    "Generic.Emph": "italic",
    "Generic.Heading": "bold",
}
_DIFFERENCES: Final = {"Generic.Deleted": "$text-error", "Generic.Inserted": "$text-success"}


class Palette:
    """The Rich styles of the document of one widget."""

    def __init__(self, widget: Widget, *, has_terminal_links: bool = False) -> None:
        """Create an empty palette.

        Args:
            widget: Provides the component classes and the theme.
            has_terminal_links: Whether links are sent to the terminal as OSC 8 links.
        """
        self._widget = widget
        self.has_terminal_links = has_terminal_links
        self._styles: dict[int, Style] = {}

    def __getitem__(self, style: int) -> Style:
        """Return the colours of a style id."""
        found = self._styles.get(style)
        if found is None:
            found = self._styles[style] = self._made(style)
        return found

    def _made(self, style: int) -> Style:
        role = style & ROLE_MASK
        if role >= Role.CODE_TOKEN:
            return self._token_style(role - Role.CODE_TOKEN).rich_style
        names = [*_CLASSES.get(role, ())]
        for flag in (CODE, LINK):
            names += _CLASSES[flag] if style & flag else ()
        made = self._widget.get_visual_style(*names)
        for flag, attribute in ((STRONG, _BOLD), (EMPHASIS, _ITALIC), (STRIKE, _STRUCK)):
            made += attribute if style & flag else TextualStyle()
        return made.rich_style

    def _token_style(self, index: int) -> TextualStyle:
        base = self._widget.get_visual_style(*_CLASSES[Role.CODE_BLOCK])
        app = self._widget.app
        kind = TOKEN_TYPES[index]
        # An underlined function name is distracting and looks like a link.
        if app.native_ansi_color:
            words = _from_nearest(_ANSI, kind)
        else:
            # Only code needs it, and with it a part of pygments.
            from textual.highlight import HighlightTheme

            words = HighlightTheme.STYLES.get(kind) or _DIFFERENCES.get(_name(kind), "")
        return base + TextualStyle.parse(words.replace("underline", "")) if words else base


def _from_nearest(table: dict[str, str], kind: object) -> str:
    """Return the entry of a token type or of its nearest parent."""
    parts = _name(kind).split(".")
    while parts:
        if words := table.get(".".join(parts)):
            return words
        parts.pop()
    return ""


def _name(kind: object) -> str:
    return str(kind).removeprefix("Token.")
