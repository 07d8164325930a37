"""Recognizes rejections of a response format or of one schema, and chooses the next weaker form."""

from __future__ import annotations

import re
from typing import Final

from tui_chat.core.errors import ContextTooLong, LimitReached, RequestRejected, ServerFailed
from tui_chat.core.text.lazy_pattern import LazyPattern
from tui_chat.session.turns.format_fallback import ALL_STEPS, STRICT

Rejection = RequestRejected | ServerFailed

_ABOUT_FORMAT: Final = LazyPattern(
    r"response_format|json[_ ]?schema|json[_ ]?object|json[_ ]?mode|grammar|structured.?output"
    r"|guided|unsupported.{0,40}schema|schema.{0,60}(?:not supported|unsupported|invalid)"
    r"|too many states|output_config|required for format|failed to initialize samplers"
    r"|response.?schema|additionalproperties|xgrammar|outlines|llguidance",
    re.IGNORECASE | re.DOTALL,
)
_FORM: Final = LazyPattern(
    r"(?:response[_ ]format|json[_ ]?schema|json[_ ]?object|json[_ ]?mode|structured[_ ]outputs?)"
    r"\W{0,3}(?:\.type)?\W{0,3}(?:of type )?[\w'\"`= ]{0,30}"
    r"(?:is |are )?(?:not (?:yet )?(?:supported|available|allowed|enabled|implemented)|"
    r"unsupported|"
    r"unavailable|must be)|"
    r"(?:does not|doesn't|not|cannot) (?:yet )?support (?:the )?(?:response[_ ]?format|"
    r"json[_ ]?schema|"
    r"json[_ ]?mode|json[_ ]?object|structured)|"
    r"(?:unknown|unrecognized|unsupported|invalid|unexpected|extra)\W{0,3}(?:request )?(?:field|"
    r"parameter|argument|value|type)?s?(?: supplied)?\W{0,6}(?:for )?\W{0,3}response_format|"
    r"response_format\W{0,3}(?:type\W{0,3})?(?:is )?(?:unavailable|invalid|unknown)|"
    r"response_format.{0,40}extra inputs|extra inputs.{0,60}response_format",
    re.IGNORECASE | re.DOTALL,
)
"""The format itself is rejected, whatever the schema."""
_SCHEMA: Final = LazyPattern(
    r"invalid schema|schema.{0,40}(?:conversion|contains|too complex|produces|compil|invalid|"
    r"fields)|"
    r"in format|(?:parse|compile).{0,20}(?:schema|grammar)|keyword|additionalproperties|\$ref|"
    r"for schema|features not supported|outputs config|must have a 'type'",
    re.IGNORECASE | re.DOTALL,
)
_FAILED_AT_IT: Final = LazyPattern(
    r"json_validate_failed|failed to (?:generate|validate) json|failed_generation", re.IGNORECASE
)
"""Groq's messages for an invalid object: it does accept the format."""
_STATUS_OF_REFUSAL: Final = frozenset({None, 400, 404, 415, 422, 500, 501})
_CAUSES: Final = frozenset({
    "", "format", "setting", "other_api", "json_word", "crashed", "loading", "routing",
})  # fmt: skip
"""Causes that a rejected format may have been taken for."""
_UNEXPLAINED: Final = frozenset({None, 400, 422, 501})


class FormatRefusals:
    """The rejections of an endpoint during the search for a form that it accepts.

    Attributes:
        is_of_form: True if every rejection was of the format itself, so that it concerns other
            schemas too.
    """

    def __init__(self) -> None:
        self._unexplained: Rejection | None = None
        self._has_repeated = False
        self.is_of_form = True

    def next(self, step: str, error: Rejection) -> str:
        """Return the form to ask for after a rejection: the same one once more, or a weaker one.

        Raises:
            ProviderError: The rejection is not about the format. If every format was rejected, the
                first unexplained rejection is raised.
        """
        text = f"{error.server_message} {error.body}"
        if _FAILED_AT_IT.search(text):
            if self._has_repeated:
                raise error
            self._has_repeated = True
            return step
        is_explained = is_about_format(error)
        if step == ALL_STEPS[-1] or not (is_explained or _is_unexplained(error)):
            raise (self._unexplained or error) from None
        if not is_explained:
            self._unexplained = self._unexplained or error
        is_form = is_explained and (
            step == "json_object" or _is_of_form(error.server_message or text)
        )
        self.is_of_form = self.is_of_form and is_form
        following = ALL_STEPS[ALL_STEPS.index(step) + 1]
        # Without `strict` the same format would be rejected again.
        return ALL_STEPS[2] if is_form and step == STRICT else following


def is_about_format(error: Rejection) -> bool:
    """Return whether an endpoint rejected the response format or a schema, and nothing else."""
    if isinstance(error, ContextTooLong | LimitReached) or error.status not in _STATUS_OF_REFUSAL:
        return False
    if error.cause not in _CAUSES:
        return False
    text = f"{error.server_message} {error.body}"
    if isinstance(error, RequestRejected) and not text.strip():
        return True
    return bool(_ABOUT_FORMAT.search(text))


def _is_of_form(text: str) -> bool:
    return bool(_FORM.search(text)) and not _SCHEMA.search(text)


def _is_unexplained(error: Rejection) -> bool:
    """Return whether an endpoint rejected a request without a known reason.

    It may be the format: a message in Chinese, a proxy's page, "Unrecognized request argument".
    """
    return type(error) is RequestRejected and error.status in _UNEXPLAINED and not error.cause
