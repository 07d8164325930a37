from __future__ import annotations

from tests.chat_app import launch, running_chat
from tests.fakes import FakeProvider, answer
from tests.ui.chat.asking import ask
from tui_chat.session.project import project_of
from tui_chat.ui.projects.project_picker import NewProject, ProjectEditor, ProjectPicker

_CONFIG = """
profile = "home"
[profiles.home]
base_url = "http://127.0.0.1:9/v1"
model = "small"
[profiles.far]
base_url = "http://127.0.0.1:10/v1"
model = "huge"
"""


async def test_conversations_begin_in_a_project_and_the_panel_groups_them() -> None:
    folder = launch().paths.config_file.parent
    project = folder / "projects" / "thesis"
    project.mkdir(parents=True, mode=0o700)
    folder.joinpath("config.toml").write_text(_CONFIG, "utf-8")
    project.joinpath("notes.md").write_text("The title is Foxes.", "utf-8")
    project.joinpath("project.toml").write_text(
        'system_prompt = "Write like a scholar."\nprofile = "far"\nfiles = ["notes.md"]\n', "utf-8"
    )
    project.joinpath("prompts").mkdir(mode=0o700)
    project.joinpath("prompts", "cite.md").write_text("Cite this: {{text}}", "utf-8")
    provider = FakeProvider(answer("fine"))
    async with running_chat(provider, size=(140, 30), given=launch(profile="home")) as chat:
        await ask(chat, "Before")
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        await chat.submit("/project thesis")
        await chat.seen("thesis › New conversation")
        await chat.seen("notes.md")
        await chat.seen("far")
        await ask(chat, "What is the title?")
        sent = provider.requests[-1]
        assert sent.messages[0].content.startswith("Write like a scholar.")
        assert sent.model == "huge"
        assert [it.name for it in sent.messages[-1].attachments] == ["notes.md"]
        await chat.seen("› thesis")
        # Its prompts are listed only in its conversations.
        await chat.submit("/cite a fox")
        await chat.until(lambda: chat.prompt.text == "Cite this: a fox")
        chat.prompt.set_draft("")

        # The next one begins there, too.
        await chat.pilot.press("ctrl+n")
        await chat.until(lambda: chat.chat.session and not chat.chat.session.path)
        await chat.seen("thesis › New conversation")
        await chat.seen("notes.md")
        # An old one can be moved; its profile and its system prompt stay.
        parts = chat.chat.parts
        assert parts is not None
        first = next(it for it in await chat.services.store.search("", 10) if it.title == "Before")
        assert first.project == ""
        await parts.conversations.open_at(first.conversation_id, None)
        await chat.submit("/project")
        await chat.until(lambda: isinstance(chat.app.screen, ProjectPicker))
        await chat.pilot.press("down", "enter")
        await chat.seen("thesis › Before")
        session = chat.chat.session
        assert session is not None
        assert session.profile.name == "home"
        assert session.conversation.system_prompt is None
        stored = await chat.services.store.conversation(first.conversation_id)
        assert stored is not None
        assert project_of(stored) == "thesis"


async def test_a_project_is_made_and_changed_on_the_screen() -> None:
    async with running_chat(FakeProvider()) as chat:
        await chat.submit("/project")
        await chat.until(lambda: isinstance(chat.app.screen, ProjectPicker))
        await chat.pilot.press("down", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, NewProject))
        await chat.pilot.press("p", "1", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, ProjectEditor))
        await chat.seen("system_prompt")
        await chat.pilot.press("ctrl+s")
        await chat.seen("p1 › New conversation")
        file = launch().paths.config_file.parent / "projects" / "p1" / "project.toml"
        assert "system_prompt" in file.read_text("utf-8")
        await chat.submit("/project")
        await chat.until(lambda: isinstance(chat.app.screen, ProjectPicker))
        await chat.pilot.press("home", "enter")
        await chat.until(lambda: "›" not in chat.screen_text.splitlines()[0])
