"""Recognizes the cause of an error by the endpoint's message, which says more than its status."""

from __future__ import annotations

import re
from typing import Any, Final

from tui_chat.core.profile import SAMPLING_NAMES
from tui_chat.core.text.lazy_pattern import LazyPattern
from tui_chat.providers.errors.limits import mentions_rate

_LOGIN: Final = LazyPattern(
    r"log ?in|sign ?in|\bauth(?:\b|ent|ori[sz])|\bsso\b|登录|captive", re.IGNORECASE
)
_HTTPS_PORT: Final = LazyPattern(r"plain HTTP.{0,40}HTTPS|HTTP request to an HTTPS", re.IGNORECASE)
_UNSUPPORTED: Final = LazyPattern(
    r"unsupported|not support|unrecognized|unknown|unexpected|extra inputs|not permitted|invalid|"
    r"not allowed|deprecated|must be|out of range|should be|greater than|less than|"
    r"only.{0,30}allow",
    re.IGNORECASE,
)
_REFUSED: Final = LazyPattern(
    r"not authenticated|unauthori[sz]ed|authentication|login fail|"
    r"invalid.{0,20}(?:api|access).{0,3}(?:key|token)|(?:api.?key|token).{0,30}(?:invalid|"
    r"incorrect|missing|expired|required)",
    re.IGNORECASE,
)
_OTHER_URL: Final = LazyPattern(
    r"\A\W*(?:not[ _]found|404(?: page)?(?:[: -]*not found)?|resource not found|"
    r"the page .{0,60}not found|"
    r"route .{0,200}not found|(?:path|url|endpoint|route|page) not found|"
    r"no route(?: matched)?.{0,200}|"
    r"cannot (?:post|get) .{0,200}|no such (?:path|route|endpoint|url).{0,200})\W*\Z|"
    r"unexpected endpoint|invalid url|unknown (?:request )?(?:url|endpoint|path|route)|"
    r"unknown_url|"
    r"url[._]not[._]found|no handler|(?:url|path|route|endpoint) .{0,200}(?:not found|"
    r"does not exist|was not found)|"
    r"no static resource|404 not found|接口不存在|路径(?:不存在|错误)",
    re.IGNORECASE | re.DOTALL,
)
_PROTECTION: Final = LazyPattern(
    r"just a moment|attention required|cf-ray|cloudflare|akamai|"
    r"access denied.{0,400}reference|captcha|"
    r"imperva|incapsula|ddos|web application firewall|\bwaf\b",
    re.IGNORECASE | re.DOTALL,
)
_SERVER_FAILURE: Final = LazyPattern(
    r"internal|server[ _]error|unavailable|time[d]?[-_ ]?out|overload|try again|retry|temporar|"
    r"provider returned error|upstream|bad gateway|connection (?:error|reset|refused|"
    r"aborted)|api_error|"
    r"engine|worker|unknown error|network|稍后|重试|超时|异常",
    re.IGNORECASE,
)
_STATUS: Final = LazyPattern(r"\b[45]\d\d\b")
_STATUS_FIELDS: Final = ("code", "status", "status_code", "http_status", "type")
_SETTINGS: Final = (*SAMPLING_NAMES, "max_completion_tokens", "response_format", "stream_options")
# A common word: it must be quoted or named as the setting.
_COMMON_WORD: Final = "stop"


def mentions_other_url(message: str) -> bool:
    """Return whether an endpoint has no such URL; also for a response without a message."""
    return not message.strip() or bool(_OTHER_URL.search(message))


def mentions_protection(page: str) -> bool:
    """Return whether a response comes from a protection against bots."""
    return bool(_PROTECTION.search(page))


def is_server_failure(message: str) -> bool:
    """Return whether the words of an error describe a failure of the server, which may pass."""
    return bool(_SERVER_FAILURE.search(message))


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
    if isinstance(error, int) and 400 <= error < 600:
        return error
    for name in _STATUS_FIELDS if isinstance(error, dict) else ():
        found = _STATUS.search(str(error.get(name))[:40])
        if found:
            return int(found[0])
    candidates = (
        (429, mentions_rate(f"{code} {message}")),
        (401, "auth" in code or "api_key" in code or bool(_REFUSED.search(message))),
        (400, "invalid" in code or "bad_request" in code or "badrequest" in code),
    )
    return next((status for status, is_match in candidates if is_match), None)


def _names(setting: str, message: str) -> bool:
    if setting == _COMMON_WORD:
        return bool(re.search(r"[\"'`“]stop[\"'`”]|\bstop (?:parameter|sequence|words?)", message))
    return bool(re.search(rf"\b{setting}\b", message))
