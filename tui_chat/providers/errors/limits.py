"""Classifies limits: a rate limit passes soon, a limit per day or an empty account does not."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from tui_chat.core.text.lazy_pattern import LazyPattern
from tui_chat.providers.retry_policy import LONGEST_PAUSE_S


class Limit(Enum):
    """The kind of a limit."""

    RATE = auto()
    """Per second or minute: waiting helps."""
    DAY = auto()
    WEEK = auto()
    MONTH = auto()
    LONG = auto()
    """Of an unknown period, lifted after more than a minute."""
    ACCOUNT = auto()
    """The quota is used up, the balance is empty, or a bill is unpaid."""
    REQUEST_SIZE = auto()
    """A single request exceeds what the endpoint allows per minute."""


_ACCOUNT: Final = LazyPattern(
    r"insufficient[_ ](?:\w{1,12}[_ ])?(?:quota|balance|funds?|credits?)|arrear|"
    r"not[_ ]?enough[_ ]?balance|"
    r"balance (?:is )?(?:insufficient|not enough|too low|empty|depleted|exhausted)|"
    r"(?:credit )?balance is too low|(?:requires?|need|purchase|buy) more credits|"
    r"only afford|(?:out of|no|used (?:up )?all(?: available)?|run out of) (?:\w{1,12} )?credits|"
    r"credits? (?:\w{1,12} )?(?:exhausted|expired|limit exceeded|depleted)|credit_balance|"
    r"(?:monthly|included|trial|free) (?:included )?credits|overdue|over ?budget|"
    r"exceeded ?budget|"
    r"budget has been exceeded|budget_exceeded|exceeded budget|payment (?:is )?required|"
    r"payment_required|billing_(?:hard_limit|not_active|error)|(?:hard|spend(?:ing)?|"
    r"usage)[_ ]limits?"
    r"(?: has)?(?: been)?[_ ]?(?:reached|exceeded)?|in good standing|not active, |"
    r"free tier of the model has been exhausted|freetieronly|exceeded_current_quota|"
    r"subscription (?:has )?(?:expired|ended|is not active)|account (?:is |has been )?"
    r"(?:suspended|deactivated|inactive)|资源包|余额|欠费|充值|额度(?:不足|已用尽|用尽|"
    r"已用完)|配额(?:不足|已用)|"
    r"套餐(?:已)?(?:到期|过期)",
    re.IGNORECASE,
)
_SOFT_QUOTA: Final = LazyPattern(
    r"exceeded your current quota|quota (?:is |has been )?(?:used up|exhausted|exceeded)|"
    r"(?:used up|exceeded|exhausted) (?:your |the |all )?(?:\w{1,20} ){0,3}quota|quota_?exceeded|"
    r"billing",
    re.IGNORECASE,
)
"""Also the words of rate limits, which link to the page where a higher one can be bought."""
_SHORT: Final = LazyPattern(
    r"per[-_ ]?(?:second|min)|\b(?:[rtqi]p[ms]|qps)\b|/ ?min|requests? per \d{1,3} ?s|"
    r"PerMinute|ByMinute|"
    r"concurren|burst|per 60s|每分钟|每秒|并发|频率|too many requests in",
    re.IGNORECASE,
)
_PERIODS: Final = (
    (
        Limit.DAY,
        LazyPattern(
            r"per[-_ ]?day|\bdaily\b|\b[rti]pd\b|/ ?day\b|per 86400s|PerDay|ByDay|in a day|"
            r"day(?:'s)? (?:limit|quota)|当日|当天|每天|每日|今日",
            re.IGNORECASE,
        ),
    ),
    (
        Limit.WEEK,
        LazyPattern(r"per[-_ ]?week|\bweekly\b|weekly_|/ ?week\b|每周|本周", re.IGNORECASE),
    ),
    (
        Limit.MONTH,
        LazyPattern(
            r"per[-_ ]?month|\bmonthly\b|MONTHLY_|/ ?month\b|PerMonth|每月|当月|本月", re.IGNORECASE
        ),
    ),
)
_FIXED_DAY: Final = LazyPattern(r"PerDay|ByDay\b|per 86400s")
"""Ids of quotas that are reset once a day. Google names a short wait beside them."""
_HOURS: Final = LazyPattern(
    r"\b\d{1,2}[- ]?(?:hours?|h)\b.{0,20}(?:limit|quota)|\d{1,2} ?小时", re.I
)
_TOO_LARGE: Final = LazyPattern(
    r"request too large|too large for .{0,80}(?:tokens per|tpm|rate)|"
    r"(?:input or output|request) tokens? must be reduced",
    re.IGNORECASE,
)
_REQUESTED: Final = LazyPattern(r"Limit:? ([\d,]{1,15}),.{0,60}?Requested:? ([\d,]{1,15})")
_RATE: Final = LazyPattern(
    r"rate[-_ ]?limit(?:s|ed|ing|er)?\b|rate_?limit_?(?:exceeded|reached|error)|RateLimitReached|"
    r"too[-_ ]?many[-_ ]?requests|throttl|RequestBurstTooFast|slow[_ ]down|请求过(?:于频繁|"
    r"多|快)|"
    r"(?:request|call|daily|monthly|weekly) limit (?:is )?(?:reached|exceeded)|频率(?:过高|"
    r"限制|超)|并发(?:数)?(?:过高|超)|限流|限速|resource[_ ](?:has been )?exhausted",
    re.IGNORECASE,
)
_STATUSES: Final = frozenset({402, 429})


def limit_of(status: int, text: str, details: str, wait_s: float | None) -> Limit | None:
    """Return the kind of limit that a response reports; None if it reports none.

    Args:
        status: The HTTP status; 0 for an error inside a response.
        text: Code and message of the error.
        details: The beginning of the body, which names the quota.
        wait_s: The wait that the response requests.
    """
    is_account = bool(_ACCOUNT.search(text))
    if not is_account and status not in _STATUSES and not _is_rate(status, text):
        return None
    if status in (0, 413, 429) and is_too_large(text):
        return Limit.REQUEST_SIZE
    if is_account and not (status == 402 and "in_flight" in text):
        return Limit.ACCOUNT
    if _FIXED_DAY.search(details):
        return Limit.DAY
    is_soon = wait_s is not None and wait_s <= LONGEST_PAUSE_S
    if is_soon and status != 402:
        return Limit.RATE
    return _period(text) or _unnamed(status, text, details, wait_s)


def is_too_large(text: str) -> bool:
    """Return whether a single request exceeds a limit, so that waiting does not help."""
    found = _REQUESTED.search(text)
    if found is not None:
        limit, requested = (int(number.replace(",", "") or 0) for number in found.groups())
        return requested > limit
    return bool(_TOO_LARGE.search(text))


def mentions_rate(text: str) -> bool:
    """Return whether a message is about the rate of requests."""
    return bool(_RATE.search(text))


def _is_rate(status: int, text: str) -> bool:
    """Return whether the words report a rate limit although the status is another."""
    if status in (0, 400, 403, 413):
        return bool(_RATE.search(text)) or (status != 400 and bool(_SOFT_QUOTA.search(text)))
    return False


def _period(text: str) -> Limit | None:
    return next((limit for limit, pattern in _PERIODS if pattern.search(text)), None)


def _unnamed(status: int, text: str, details: str, wait_s: float | None) -> Limit:
    if wait_s is not None and wait_s > LONGEST_PAUSE_S:
        return Limit.LONG
    if _HOURS.search(text):
        return Limit.LONG
    if status == 402:
        return Limit.RATE if "in_flight" in text else Limit.ACCOUNT
    is_short = _SHORT.search(text) or _SHORT.search(details)
    if _SOFT_QUOTA.search(text) and not is_short:
        return Limit.ACCOUNT
    return Limit.RATE
