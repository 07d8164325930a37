"""Maps Pygments token types to style ids: the types that Textual's highlighting distinguishes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from pygments.token import Token  # type: ignore[import-untyped]

from tui_chat.ui.markdown.style_roles import Role

if TYPE_CHECKING:
    from pygments.token import _TokenType

TOKEN_TYPES: Final = (
    Token.Comment,
    Token.Error,
    Token.Generic.Strong,
    Token.Generic.Emph,
    Token.Generic.Error,
    Token.Generic.Heading,
    Token.Generic.Subheading,
    Token.Generic.Deleted,
    Token.Generic.Inserted,
    Token.Keyword,
    Token.Keyword.Constant,
    Token.Keyword.Namespace,
    Token.Keyword.Type,
    Token.Literal.Number,
    Token.Literal.String.Backtick,
    Token.Literal.String,
    Token.Literal.String.Doc,
    Token.Literal.String.Double,
    Token.Name,
    Token.Name.Attribute,
    Token.Name.Builtin,
    Token.Name.Builtin.Pseudo,
    Token.Name.Class,
    Token.Name.Constant,
    Token.Name.Decorator,
    Token.Name.Function,
    Token.Name.Function.Magic,
    Token.Name.Tag,
    Token.Name.Variable,
    Token.Operator,
    Token.Operator.Word,
)
"""Sorted by style id, from `Role.CODE_TOKEN` on."""

_ROLES: Final = {kind: Role.CODE_TOKEN + index for index, kind in enumerate(TOKEN_TYPES)}


@cache
def token_role(kind: _TokenType) -> int:
    """Return the style id of a token type or of its nearest known parent."""
    current: _TokenType | None = kind
    while current is not None:
        if current in _ROLES:
            return _ROLES[current]
        current = current.parent
    return Role.CODE_BLOCK
