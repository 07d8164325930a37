"""Checks which profile, endpoint and key are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.problems import quoted
from tui_chat.core.labels import _, labelled
from tui_chat.session.endpoint_check.check_endpoint import safe_url

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.config.endpoint_choice import EndpointChoice
    from tui_chat.session.launch import Launch


def check_choice(launch: Launch, choice: EndpointChoice, report: Report) -> None:
    """Report the chosen profile and its endpoint, or how to get one."""
    profile = choice.profile
    if choice.problem is not None:
        report.error("profile", choice.problem)
    elif profile is None:
        hint = _(
            "Set OPENAI_API_KEY or OPENAI_BASE_URL, add a profile to {file}, use --base-url, or "
            "install the embedded model."
        )
        text, file = _("no endpoint is configured: {reason}"), launch.paths.config_file
        report.failed("profile", text, hint, reason=choice.reason, file=file)
    else:
        report.ok("profile", labelled(f"“{quoted(profile.name)}”", choice.reason))
        url = _("embedded") if profile.is_embedded else safe_url(profile)
        text = _("{url}, model {model}") if profile.model else _("{url}, the first model it lists")
        report.ok("endpoint", text, url=url, model=profile.model)
