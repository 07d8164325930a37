from __future__ import annotations

import gettext
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.bare import message
from tui_chat.config.problems import ConfigProblem
from tui_chat.core import labels as catalog_labels
from tui_chat.core.conversation import Conversation, MessageStatus, Role, now
from tui_chat.core.profile import Profile
from tui_chat.core.request import ResponseFormat
from tui_chat.core.text.quantities import compact_count
from tui_chat.ui.common.message_labels import (
    ANSWERED_ELSEWHERE,
    author,
    final_status,
    header_details,
    idle_status,
)
from tui_chat.ui.labels import (
    endpoint_label,
    new_branches_notice,
    no_landmark_notice,
    problem_notice,
    title_label,
    unsaved_mark,
)


class Uppercase(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return message.upper()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1249, "1.2k"),
        (34_000, "34k"),
        (2_100_000, "2.1M"),
    ],
)
def test_counts_are_short(count: int, expected: str) -> None:
    assert compact_count(count) == expected


def test_labels_use_the_installed_catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_labels, "_catalog", Uppercase())
    cut = message(status=MessageStatus.INTERRUPTED, content="half")
    assert (author(message(Role.USER)), final_status(cut)) == ("YOU", "INTERRUPTED")
    assert idle_status(None) == "READY"
    assert no_landmark_notice("code", 1, is_any=False, is_in_view=False).isupper()
    assert header_details(cut, is_answered_elsewhere=True) == "ANSWERING IN ANOTHER WINDOW"
    assert (
        ANSWERED_ELSEWHERE == "answering in another window"
    )  # Constants are looked up when shown.


def test_branches_are_counted() -> None:
    assert new_branches_notice(1).startswith("Another window added a branch. Press ↑, then [ or ] ")
    assert new_branches_notice(2).startswith(
        "Another window added 2 branches. Press ↑, then [ or ] "
    )


def test_a_conversation_title_is_marked_with_its_state() -> None:
    conversation = Conversation(id="c", created_at=now(), updated_at=now())
    assert title_label(conversation) == "New conversation"
    assert title_label(replace(conversation, title="{a}")) == "{a}"
    assert unsaved_mark("not saved") == "(not saved)"
    assert unsaved_mark("") == ""


def test_one_problem_is_shown_in_full_and_several_are_counted() -> None:
    problem = ConfigProblem(
        Path("/x/config.toml"), None, "theme", "No theme {nrod}.", "Did you mean nord?"
    )
    text = "config.toml: No theme {nrod}. Did you mean nord?"
    assert problem_notice([]) == []
    assert problem_notice([problem]) == [text]
    assert problem_notice([replace(problem, line=3)])[0].startswith("config.toml, line 3: No theme")
    assert problem_notice([problem, problem])[0].startswith("config.toml: 2 problems · ")


def test_a_format_for_one_question_is_marked() -> None:
    profile = Profile(name="work", base_url="https://a.example/v1")
    schema = ResponseFormat("json_schema", {"type": "object"}, "person")

    assert endpoint_label("m", profile, schema) == "m · work · {person}"
    assert endpoint_label("m", profile, schema, is_for_one=True) == "m · work · {person}, once"
    once = endpoint_label("m", profile, ResponseFormat(), is_for_one=True)
    assert once == "m · work · text, once"
    assert endpoint_label("m", profile, ResponseFormat()) == "m · work"
    assert endpoint_label("m", profile, schema, is_offline=True) == "m · work · {person} · offline"
