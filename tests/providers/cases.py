"""All cases by name."""

from __future__ import annotations

from typing import Final

from tests.providers import (
    cases_body,
    cases_cut,
    cases_error,
    cases_key,
    cases_message,
    cases_net,
    cases_odd,
    cases_status,
    cases_stream,
    cases_variants,
)
from tests.providers.case import Case, by_name

CASES: Final[dict[str, Case]] = by_name(
    cases_stream.FORMAT,
    cases_stream.CHUNKS,
    cases_stream.REASONING,
    cases_stream.ENDINGS,
    cases_body.WHOLE,
    cases_body.NO_ANSWER,
    cases_error.ERRORS,
    cases_cut.CUTS,
    cases_cut.CLOCKS,
    cases_cut.LIMITS,
    cases_status.STATUSES,
    cases_status.RETRIES,
    cases_message.PARAMETERS,
    cases_net.PACKED,
    cases_net.REDIRECTS,
    cases_net.GARBAGE,
    cases_net.TLS,
    cases_net.PROXIES,
    cases_key.ECHOES,
    cases_key.OTHER_KEYS,
    cases_odd.FRAMES,
    cases_odd.CONTENT,
    cases_odd.ENDS,
    cases_odd.ERROR_BODIES,
    cases_variants.VARIANTS,
    cases_variants.REFUSED,
    cases_variants.HOSTILE,
)
