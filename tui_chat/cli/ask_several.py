"""``tui-chat ask --model A --model B``: several models answer one question."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui_chat.cli.ask import (
    COMPLETE,
    USAGE_ERROR,
    AskView,
    exit_status,
    reply_record,
    with_services,
)
from tui_chat.cli.ask_object import describe_event, describe_failure
from tui_chat.config.endpoint_choice import find_profile
from tui_chat.config.offline import require_offline
from tui_chat.core.conversation import ONE_SHOT
from tui_chat.core.errors import ConfigError
from tui_chat.core.labels import _
from tui_chat.core.text.sanitize import sanitize, sanitize_line
from tui_chat.session.comparison.comparison import MOST, Comparison, recipients
from tui_chat.session.comparison.lane import Candidate
from tui_chat.session.turns.new_messages import new_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.cli.ask_object import OutputOptions
    from tui_chat.core.attachments import Attachment
    from tui_chat.core.conversation import Message
    from tui_chat.core.errors import StorageError
    from tui_chat.core.stream_events import StreamEvent
    from tui_chat.session.comparison.lane import Lane
    from tui_chat.session.launch import Launch
    from tui_chat.session.services import Services
    from tui_chat.session.session import ChatSession


@dataclass(frozen=True, slots=True)
class Question:
    """The question of the command line."""

    text: str
    attachments: Sequence[Attachment] = ()
    is_listed: bool = False
    """True if it is listed among the conversations."""


class _LaneView:
    """Reports the progress of one model to standard error, and its reply to the command."""

    def __init__(self, name: str, view: AskView, answers: _Answers) -> None:
        self._name = name
        self._view = view
        self._answers = answers

    async def turn_started(self, question: Message | None, reply: Message) -> None:
        """Show nothing before the answer."""

    def turn_event(self, event: StreamEvent) -> None:
        """Report what is not a text."""
        if text := describe_event(event):
            self._view.report(f"{self._name}: {text}")

    async def turn_finished(self, reply: Message) -> None:
        """Print the answers that are complete, in their order."""
        self._answers.print_finished()

    def not_saved(self, error: StorageError) -> None:
        """Report that the answer is not stored."""
        self._view.not_saved(error)


class _Answers:
    """Prints each answer under the name of its model, in the order of the command line."""

    def __init__(self, view: AskView, options: OutputOptions) -> None:
        self._view = view
        self._options = options
        self._printed = 0
        self.lanes: Sequence[Lane] = ()

    def print_finished(self) -> None:
        """Print the next answers that are finished, unless all are printed as JSON at the end."""
        while self._printed < len(self.lanes) and not self._options.as_json:
            lane = self.lanes[self._printed]
            reply = lane.reply
            if reply is None or reply.finished_at is None:
                return
            name = lane_name(lane)
            self._view.write_block(f"# {name}", reply.content)
            if reply.error_text:
                self._view.report(f"{name}: {describe_failure(reply, self._options)}")
            self._printed += 1

    def print_json(self) -> None:
        """Print all answers as one object."""
        answers = [
            {
                "profile": reply.profile,
                "requested_model": lane.candidate.model,
                **reply_record(reply),
                "seconds": seconds_of(reply),
            }
            for lane in self.lanes
            if (reply := lane.reply) is not None
        ]
        self._view.write_json(json.dumps({"answers": answers}, ensure_ascii=False))


async def ask_several(
    launch: Launch,
    question: Question,
    options: OutputOptions,
    *,
    models: Sequence[str],
    profiles: Sequence[str],
) -> int:
    """Ask two to four models at once; return the worst of their exit statuses.

    Args:
        launch: Flags, environment and files.
        question: The question and its files.
        options: The format of the answers.
        models: The models of one profile, or one model for several profiles.
        profiles: The profiles.

    Raises:
        ConfigError: There are too many models, or both flags are repeated.
    """
    if len(models) > 1 and len(profiles) > 1:
        raise ConfigError(
            _("Repeat --model or --profile, not both."),
            _("Several models of one profile, or several profiles."),
        )
    if max(len(models), len(profiles)) > MOST:
        raise ConfigError(_("At most {count} models can be asked at once.").format(count=MOST))
    view = AskView(sys.stdout, sys.stderr, options)

    async def turn(services: Services, session: ChatSession) -> int:
        candidates = _candidates(services, session, models, profiles)
        if missing := [it for it in recipients(session, None, candidates) if it.needs_consent]:
            raise ConfigError(
                _("This conversation was never sent to {host}; nothing of it was sent.").format(
                    host=sanitize_line(missing[0].profile.host_label, 60)
                ),
                _("Ask several models in the chat, which asks for your consent."),
            )
        if not question.is_listed and not launch.conversation_id:
            settings = {**session.conversation.settings, ONE_SHOT: True}
            session.conversation = replace(session.conversation, settings=settings)
        session.next_format = options.response_format
        parent = session.path[-1].id if session.path else None
        asked = new_question(session, question.text, parent, attachments=question.attachments)
        comparison = Comparison(session, asked, candidates, providers=services)
        answers = _Answers(view, options)
        answers.lanes = comparison.lanes
        views = {lane: _LaneView(lane_name(lane), view, answers) for lane in comparison.lanes}
        try:
            await comparison.run(views.__getitem__)
        finally:
            if options.as_json:
                answers.print_json()
        replies = [it for it in (lane.reply for lane in comparison.lanes) if it is not None]
        return next(filter(None, (exit_status(it, options) for it in replies)), COMPLETE)

    try:
        return await with_services(launch, view, turn)
    except ConfigError as error:
        view.report(error.message)
        return USAGE_ERROR


def _candidates(
    services: Services, session: ChatSession, models: Sequence[str], profiles: Sequence[str]
) -> list[Candidate]:
    """Return the models to ask, each once.

    Raises:
        ConfigError: A profile is unknown, or is on another machine (--offline).
    """
    launch = services.launch
    if len(models) > 1:
        return [Candidate(session.profile, model) for model in dict.fromkeys(models)]
    embedded = next((it for it in services.profiles if it.is_embedded), None)
    names = dict.fromkeys(profiles)
    found = [find_profile(it, launch.settings, launch.env, embedded) for it in names]
    if launch.is_offline:
        found = [require_offline(it) for it in found]
    model = models[0] if models else None
    return [Candidate(it, model or it.model) for it in found]


def lane_name(lane: Lane) -> str:
    """Return the model and the profile of a lane."""
    candidate = lane.candidate
    return sanitize(f"{sanitize_line(candidate.name, 80)} ({candidate.profile.name})")


def seconds_of(reply: Message) -> float | None:
    """Return the duration of a reply, in seconds; None if it is unknown."""
    if reply.finished_at is None:
        return None
    return round((reply.finished_at - reply.created_at).total_seconds(), 3)
