"""Errors for limits of an endpoint: when they are lifted, and what to do until then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui_chat.core.advice import Advice
from tui_chat.core.errors import ContextTooLong, LimitReached, RateLimited
from tui_chat.core.labels import N_, _, join_sentences
from tui_chat.core.text.durations import duration
from tui_chat.providers.errors.limits import Limit

if TYPE_CHECKING:
    from tui_chat.core.errors import ProviderError

_SUMMARIES: Final = {
    Limit.DAY: N_("The limit per day at {endpoint} is reached."),
    Limit.WEEK: N_("The limit per week at {endpoint} is reached."),
    Limit.MONTH: N_("The limit per month at {endpoint} is reached."),
    Limit.LONG: N_("A limit at {endpoint} is reached."),
    Limit.ACCOUNT: N_("The quota or balance at {endpoint} is used up."),
}
_WITHOUT_TIME: Final = {
    Limit.DAY: N_("Try again tomorrow, or choose another model."),
    Limit.WEEK: N_("Try again next week, or choose another model."),
    Limit.MONTH: N_("Try again next month, or check the plan there."),
    Limit.LONG: N_("Try again later, or choose another model."),
    Limit.ACCOUNT: N_("Check the plan and billing there."),
}


def error_of_limit(
    limit: Limit, endpoint: str, wait_s: float | None, common: dict[str, Any]
) -> ProviderError:
    """Return the error for a limit.

    Args:
        limit: The kind of the limit.
        endpoint: The name of the endpoint.
        wait_s: The time until the limit is lifted, if it is known.
        common: The facts of the error.
    """
    if limit is Limit.REQUEST_SIZE:
        summary = _("The request is larger than {endpoint} allows at once.")
        summary = summary.format(endpoint=endpoint)
        return ContextTooLong(summary, Advice.MAKE_ROOM.text, **common, cause="request_size")
    if limit is Limit.RATE:
        hint = _("Try again later.")
        if wait_s is not None:
            hint = _("Try again in {time}.").format(time=duration(wait_s))
        summary = _("{endpoint} limits the rate of requests.").format(endpoint=endpoint)
        return RateLimited(summary, hint, **common, retry_after_s=wait_s, cause="rate")
    hint = _(_WITHOUT_TIME[limit])
    if wait_s:
        back = _("It comes back in {time}.").format(time=duration(wait_s))
        hint = join_sentences(hint, back) if limit is Limit.ACCOUNT else back
    summary = _(_SUMMARIES[limit]).format(endpoint=endpoint)
    cause = "balance" if limit is Limit.ACCOUNT else "limit"
    return LimitReached(summary, hint, **common, retry_after_s=wait_s, cause=cause)
