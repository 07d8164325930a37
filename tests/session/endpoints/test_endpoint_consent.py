from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fakes import RecordingView
from tests.session.endpoints.sent import ONE, TWO, begun, reopened, texts
from tests.session.test_services import PROFILES, Opener, configure, opened
from tui_chat.config.paths import find_paths
from tui_chat.core.conversation import Message, MessageStatus, Role, new_conversation, new_id, now
from tui_chat.core.profile import Profile
from tui_chat.core.transcript import Transcript
from tui_chat.session.endpoints.endpoint_consent import ConsentMissing
from tui_chat.session.launch import Launch
from tui_chat.session.model_titles import title_by_model, wants_title
from tui_chat.storage.import_writer import ImportWriter

if TYPE_CHECKING:
    from tui_chat.session.services import Services


# Going on elsewhere


async def sent_elsewhere(services: Services, action: str) -> None:
    """Do one thing that sends the open conversation, with the endpoint that has not seen it."""
    session = await reopened(services)
    session.profile = services.profiles[0]
    view = RecordingView()
    answered = session.path[-1]
    if action == "ask":
        await session.run_turn("more?", view)
    elif action == "again":
        await session.regenerate(view)
    elif action == "edit":
        await session.ask_edited(session.path[0], "other?", view)
    elif action == "continue":
        cut = replace(answered, status=MessageStatus.INTERRUPTED)
        session.tree.put(cut)
        await session.continue_reply(cut, view)
    elif action == "fork":
        conversation, path = session.branches.fork(answered)
        forked = services.sessions.create(conversation, path)
        assert forked is not None
        forked.profile = services.profiles[0]
        await forked.run_turn("more?", view)
    elif action == "title":
        assert not wants_title(session)
        await title_by_model(session, services)
    elif action == "undo":
        await session.branches.delete(session.path[0])
        await session.run_turn("more?", view)
        await session.branches.undo_delete()
        await session.run_turn("again?", view)
    elif action == "keep":
        await session.keep(services.write_buffer)
        await session.run_turn("more?", view)
    else:
        with pytest.raises(ConsentMissing, match="4 messages"):
            await session.context.summarize_oldest(lambda _: None)


ACTIONS = ("ask", "again", "edit", "continue", "fork", "title", "undo", "keep", "summary")


@pytest.mark.parametrize("action", ACTIONS)
async def test_nothing_is_sent_elsewhere_without_consent(action: str) -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        session = await begun(services)
        if action == "summary":
            await session.run_turn("and?", RecordingView())
    opener = Opener()
    async with opened(opener) as services:
        await sent_elsewhere(services, action)
    assert texts(opener, ONE) == []


async def test_a_refused_question_is_kept_and_names_the_endpoint() -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        await begun(services)
    async with opened() as services:
        session = await reopened(services)
        session.profile = services.profiles[0]
        reply = await session.run_turn("more?", RecordingView())
        assert reply.status is MessageStatus.FAILED
        assert "2 messages" in (reply.error_text or "")
        assert "127.0.0.1:9" in (reply.error_text or "")
    async with opened() as services:
        session = await reopened(services)
        assert [m.content for m in session.path][::2] == ["secret?", "more?"]
        assert session.profile.name == "two"


async def test_consent_is_stored_for_this_conversation_only() -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        session = await begun(services)
        session.consent.allow(services.profiles[0])
        await session.choose(services.profiles[0], None)
    async with opened() as services:
        session = await reopened(services)
        assert session.profile.name == "one"
        assert not session.consent.is_missing
        await session.run_turn("more?", RecordingView())
        # What was said to `one` meanwhile is news to `two`.
        assert session.consent.is_missing_for(services.profiles[1])
        session.consent.allow(services.profiles[1])
        await session.choose(services.profiles[1], None)
        assert not session.consent.is_missing_for(services.profiles[0])
    async with opened(profile="two") as services:
        other = services.sessions.new()
        assert other is not None
        await other.run_turn("else", RecordingView())
        assert other.consent.is_missing_for(services.profiles[0])


async def test_a_model_of_another_endpoint_is_not_requested() -> None:
    configure(PROFILES)
    async with opened(profile="two", model="only-there") as services:
        conversation_id = (await begun(services)).conversation.id
    configure(PROFILES.replace("127.0.0.1:8", "127.0.0.1:7"))
    async with opened() as services:
        conversation = await services.store.conversation(conversation_id)
        assert conversation is not None
        session = await services.sessions.open(conversation)
        assert session is not None
        assert (session.profile.name, session.model) == ("one", "m1")
    configure(PROFILES)
    async with opened() as services:
        assert (await reopened(services)).model == "only-there"


async def test_the_embedded_model_is_the_one_that_runs() -> None:
    async with opened() as services:
        session = await reopened(services)
        if not session.profile.is_embedded:
            pytest.skip("the embedded model is not installed")
        await session.run_turn("Hi?", RecordingView())
        session.conversation = replace(session.conversation, model="of-an-earlier-file")
        await session.store.save_conversation(session.conversation)
    async with opened() as services:
        session = await reopened(services)
        assert (len(session.path), session.model) == (2, session.profile.model)


async def test_profiles_of_one_endpoint_are_one() -> None:
    configure(PROFILES + f'[profiles.alias]\nbase_url = "{TWO}/"\nmodel = "m3"\n')
    async with opened(profile="two") as services:
        session = await begun(services)
        alias = next(profile for profile in services.profiles if profile.name == "alias")
        assert not session.consent.is_missing_for(alias)


async def test_a_switch_of_the_endpoint_in_another_window_is_detected() -> None:
    configure(PROFILES)
    async with opened(profile="two") as services:
        session = await begun(services)
        async with opened() as others:
            theirs = await reopened(others)
            theirs.consent.allow(others.profiles[0])
            await theirs.choose(others.profiles[0], None)
            await theirs.run_turn("for one alone", RecordingView())
        snapshot = await services.store.snapshot(session.conversation)
        assert snapshot is not None
        session.conversation = snapshot.conversation
        assert session.profile.name == "two"
        assert session.consent.is_missing


async def test_a_base_url_with_a_token_in_its_path_is_not_saved() -> None:
    url = "http://127.0.0.1:7/secret-token-1234567890/v1"
    configure(PROFILES)
    async with opened(base_url=url, model="m") as services:
        session = await begun(services)
        assert "secret-token" not in repr(session.conversation)


# What earlier versions and other programs saved


def message(conversation_id: str, role: Role, parent: str | None, **more: object) -> Message:
    made = Message(new_id(), conversation_id, parent, role, "said", now())
    return replace(made, **more)  # type: ignore[arg-type]


async def saved(services: Services, *, profile: str | None, **more: object) -> None:
    conversation = replace(new_conversation(), title="Old", **more)  # type: ignore[arg-type]
    asked = message(conversation.id, Role.USER, None)
    said = message(conversation.id, Role.ASSISTANT, asked.id, profile=profile)
    await services.store.add_messages(replace(conversation, leaf_id=said.id), [asked, said])


@pytest.mark.parametrize(
    ("profile", "goes_on"), [("two", True), ("one", True), ("gone", False), (None, False)]
)
async def test_a_conversation_without_a_record_belongs_to_its_profile_name(
    profile: str | None, goes_on: bool
) -> None:
    configure(PROFILES)
    async with opened() as services:
        await saved(services, profile=profile)
        session = await reopened(services)
        assert bool(session.path) is goes_on
        assert session.profile.name == (profile if goes_on else "one")


async def test_an_import_of_an_earlier_version_is_not_opened_at_start() -> None:
    configure(PROFILES)
    async with opened() as services:
        settings = {"imported": {"from": "chatgpt", "id": "x"}}
        await saved(services, profile="one", settings=settings)
        assert (await reopened(services)).path == []


def imported(*, settings: dict[str, object]) -> str:
    """Import a conversation whose record of endpoints claims everything; return its id."""
    conversation = replace(new_conversation(profile="one"), title="Theirs", settings=settings)
    asked = message(conversation.id, Role.USER, None)
    said = message(conversation.id, Role.ASSISTANT, asked.id, profile="one")
    conversation = replace(conversation, leaf_id=said.id)
    with ImportWriter.open(find_paths(os.environ).database) as writer:
        writer.write(Transcript(conversation, [asked, said]))
    return conversation.id


async def test_an_import_is_not_opened_at_start_and_its_record_is_ignored() -> None:
    configure(PROFILES)
    one = Profile("one", ONE).endpoint_id
    claims = {"id": one, "host": "", "name": "one", "allowed": [one], "environment": one}
    conversation_id = imported(settings={"endpoint": claims})

    async with opened() as services:
        assert (await reopened(services)).path == []
        assert services.sessions.left_with == ""
        conversation = await services.store.conversation(conversation_id)
        assert conversation is not None
        session = await services.sessions.open(conversation)
        assert session is not None
        assert session.consent.is_missing
        assert session.consent.message_count == 2
        await session.save_draft("not sent")
        session.consent.allow(session.profile)
        await session.run_turn("mine", RecordingView())
    async with opened() as services:
        session = await reopened(services)
        assert session.conversation.id == conversation_id
        assert not session.consent.is_missing
        assert session.consent.is_missing_for(services.profiles[1])


async def test_imported_messages_need_consent() -> None:
    configure(PROFILES)
    async with opened() as services:
        session = await begun(services)
        path = [*session.path]
        conversation = session.conversation
    added = message(conversation.id, Role.USER, path[-1].id)
    with ImportWriter.open(find_paths(os.environ).database) as writer:
        writer.write(Transcript(replace(conversation, leaf_id=added.id), [*path, added]))
    async with opened() as services:
        assert (await reopened(services)).path == []


async def test_a_continued_single_question_becomes_a_chat() -> None:
    configure(PROFILES)
    async with opened() as services:
        session = services.sessions.new()
        assert session is not None
        session.conversation = replace(session.conversation, settings={"one_shot": True})
        await session.run_turn("Hi?", RecordingView())
        assert await services.store.summaries() == []
        assert await services.store.search("") == []
        assert len(await services.store.search("Hi")) >= 1
        assert (await reopened(services)).path == []

        await services.sessions.close(session)
        again = await services.sessions.open(session.conversation)
        assert again is not None
        await again.run_turn("more?", RecordingView())
        assert len(await services.store.summaries()) == 1


async def test_renaming_a_single_question_lists_it() -> None:
    from tui_chat.session.library import ConversationLibrary

    configure(PROFILES)
    async with opened() as services:
        session = services.sessions.new()
        assert session is not None
        session.conversation = replace(session.conversation, settings={"one_shot": True})
        await session.run_turn("Hi?", RecordingView())
        await ConversationLibrary(lambda: services.store, lambda _: None).rename(
            session.conversation.id, "Kept"
        )
        assert [it.title for it in await services.store.summaries()] == ["Kept"]


# Offline


async def test_offline_asks_no_other_machine() -> None:
    configure(
        '[profiles.far]\nbase_url = "https://api.example.com/v1"\nmodel = "m"\n'
        + PROFILES[PROFILES.index("[prof") :]
    )
    env = dict(os.environ)
    opener = Opener()
    from tui_chat.session.services import Services

    services = Services(
        Launch(find_paths(env), env, {"profile": "far"}, is_offline=True), opener=opener
    )
    await services.open()
    try:
        session = await begun(services)
        assert session.path[-1].status is MessageStatus.FAILED
        assert "api.example.com" in (session.path[-1].error_text or "")
        assert not opener.opened
        near = next(profile for profile in services.profiles if profile.name == "two")
        session.consent.allow(near)
        await session.choose(near, None)
        await session.run_turn("Hi?", RecordingView())
        assert [profile.uses_proxies for profile, _ in opener.opened] == [False]
    finally:
        await services.aclose()
