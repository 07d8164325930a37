"""Recognizes the cause of an error by the endpoint's message, which says more than its status."""

from __future__ import annotations

import re
from typing import Any, Final

from tui_chat.core.profile import SAMPLING_NAMES

_CONTEXT: Final = re.compile(
    r"context[ _-]?(?:length|window|size)|maximum context|context the overflows|too many tokens|"
    r"exceed\w{0,3}[ _].{0,60}(?:context|number of tokens|token limit)|"
    r"(?:prompt|input|message|request)s? (?:is|are) too (?:long|large to process)|"
    r"too large for model|reduce the length|range of input length|max_new_tokens. must be",
    re.IGNORECASE,
)
_QUOTA: Final = re.compile(
    r"insufficient[_ ](?:quota|balance|funds|credit)|exceeded your current quota|billing|"
    r"(?:out of|more|enough|low|add) credits?|credit balance",
    re.IGNORECASE,
)
_NO_MODEL: Final = re.compile(
    r"model.{0,80}(?:not found|does not exist|unknown|not exist|no such)|(?:no such|unknown) model|"
    r"model_not_found|not a valid model|model.{0,40}not (?:available|supported)\b",
    re.IGNORECASE,
)
_LOGIN: Final = re.compile(
    r"log ?in|sign ?in|\bauth(?:\b|ent|ori[sz])|\bsso\b|登录|captive", re.IGNORECASE
)
_HTTPS_PORT: Final = re.compile(r"plain HTTP.{0,40}HTTPS|HTTP request to an HTTPS", re.IGNORECASE)
_UNSUPPORTED: Final = re.compile(
    r"unsupported|not support|unrecognized|unknown|unexpected|extra inputs|not permitted|invalid|"
    r"not allowed|deprecated|must be|out of range|should be|greater than|less than|"
    r"only.{0,30}allow",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"not authenticated|unauthori[sz]ed|authentication|login fail|"
    r"invalid.{0,20}(?:api|access).{0,3}(?:key|token)|(?:api.?key|token).{0,30}(?:invalid|incorrect|missing|expired|required)",
    re.IGNORECASE,
)
_STATUS: Final = re.compile(r"\b[45]\d\d\b")
_STATUS_FIELDS: Final = ("code", "status", "status_code", "http_status", "type")
_SETTINGS: Final = (*SAMPLING_NAMES, "max_completion_tokens", "response_format", "stream_options")
# A common word: it must be quoted or named as the setting.
_COMMON_WORD: Final = "stop"


def mentions_context_limit(message: str) -> bool:
    """Return whether the conversation is too long for the model."""
    return bool(_CONTEXT.search(message))


def mentions_quota(message: str) -> bool:
    """Return whether a quota or balance is exhausted, so that waiting does not help."""
    return bool(_QUOTA.search(message))


def mentions_missing_model(message: str) -> bool:
    """Return whether the requested model does not exist."""
    return bool(_NO_MODEL.search(message))


def mentions_login(page: str) -> bool:
    """Return whether a web page is a login page."""
    return bool(_LOGIN.search(page))


def mentions_https(message: str) -> bool:
    """Return whether plain HTTP was sent to an HTTPS port."""
    return bool(_HTTPS_PORT.search(message))


def mentioned_setting(param: str, message: str) -> str:
    """Return the name of the setting that caused an error; empty if it is none of ours."""
    found = param.rpartition(".")[2] if param else ""
    if found not in _SETTINGS:
        found = ""
        if _UNSUPPORTED.search(message):
            found = next((name for name in _SETTINGS if _names(name, message)), "")
    return "max_tokens" if found == "max_completion_tokens" else found


def mentioned_status(error: Any, code: str, message: str) -> int | None:
    """Return the HTTP status that fits an error inside a stream; None if it is unknown."""
    for name in _STATUS_FIELDS if isinstance(error, dict) else ():
        found = _STATUS.search(str(error.get(name))[:40])
        if found:
            return int(found[0])
    lower = f"{code} {message}".lower()
    candidates = (
        (429, "rate limit" in lower or "rate_limit" in lower or "too many requests" in lower),
        (401, "auth" in code or "api_key" in code or bool(_REFUSED.search(message))),
        (400, "invalid" in code or "bad_request" in code or "badrequest" in code),
    )
    return next((status for status, is_match in candidates if is_match), None)


def _names(setting: str, message: str) -> bool:
    if setting == _COMMON_WORD:
        return bool(re.search(r"[\"'`“]stop[\"'`”]|\bstop (?:parameter|sequence|words?)", message))
    return bool(re.search(rf"\b{setting}\b", message))
