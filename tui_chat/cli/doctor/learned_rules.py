"""Lists what the chosen endpoint has refused and how its models are asked since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_chat.config.expiring_store import ExpiringStore
from tui_chat.core.labels import _
from tui_chat.core.stream_events import format_label
from tui_chat.providers.learned_rules import LearnedRules
from tui_chat.session.services import FORMATS_FILE, RULES_FILE
from tui_chat.session.turns.format_fallback import FormatFallback

if TYPE_CHECKING:
    from tui_chat.cli.doctor.report import Report
    from tui_chat.core.profile import Profile
    from tui_chat.session.launch import Launch


def check_learned(launch: Launch, profile: Profile, report: Report) -> None:
    """Report the remembered refusals of a profile's endpoint, one line per model and rule."""
    folder = launch.paths.state_dir
    rules = LearnedRules(ExpiringStore(folder / RULES_FILE), profile.base_url or "")
    texts = [(model, rule.message) for model, found in rules.all() for rule in found]
    formats = FormatFallback(folder / FORMATS_FILE)
    texts += [(model, format_label(step)) for model, step in formats.all(profile)]
    for model, text in texts:
        if text:
            report.ok("learned", "{model}: {rule}", model=model, rule=text)
    if any(text for _model, text in texts):
        report.ok("learned", _("“tui-chat doctor --forget” forgets this"))
