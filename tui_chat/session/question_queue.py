"""The questions of a conversation that wait for the running answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tui_chat.core.conversation import new_id
from tui_chat.core.text.sanitize import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui_chat.core.attachments import Attachment
    from tui_chat.session.session import ChatSession

QUEUE: Final = "queue"
"""Name in Conversation.settings: the questions that are not asked yet, for a restart."""


class Held(Enum):
    """The reason why queued questions are not asked by themselves."""

    STOPPED = auto()
    """The user stopped the answer before them."""
    FAILED = auto()
    """The answer before them failed."""
    RESTARTED = auto()
    """The conversation was opened with them."""
    NO_CONSENT = auto()
    """The user has not allowed their endpoint to receive the conversation."""


@dataclass(frozen=True, slots=True)
class QueuedQuestion:
    """A question that waits, with the endpoint that was chosen when it was typed."""

    id: str
    """The id of the question's message: a draft that is typed later is newer than it."""
    text: str
    profile: str
    model: str | None
    sources: tuple[str, ...] = ()
    """The paths and addresses of its files, for a restart."""


class QuestionQueue:
    """Keeps the questions in the conversation, so that they are saved with it.

    Attributes:
        held: Why they are not asked; None if the next one follows the running answer.
    """

    def __init__(self, session: ChatSession) -> None:
        self._session = session
        self._files: dict[str, tuple[Attachment, ...]] = {}
        """The files that were read in this run, by the id of their question."""
        # A picture of the clipboard is lost with the program, and with it a question without text.
        if lost := [it for it in self.questions if not (it.text.strip() or it.sources)]:
            self._put([it for it in self.questions if it not in lost])
        self.held: Held | None = Held.RESTARTED if self.questions else None

    @property
    def questions(self) -> Sequence[QueuedQuestion]:
        """The questions, in the order in which they are asked."""
        stored = self._session.conversation.settings.get(QUEUE)
        found = (_question(it) for it in stored) if isinstance(stored, list) else ()
        return [it for it in found if it is not None]

    def put(self, text: str, files: Sequence[Attachment] = (), sources: Sequence[str] = ()) -> None:
        """Add a question to the end; the caller saves the queue.

        Args:
            text: The question.
            files: Its attachments. They are stored with the question when it is asked.
            sources: Where they can be read again after a restart.
        """
        session = self._session
        # Held ones follow too: the user goes on.
        self.held = None
        question = QueuedQuestion(
            new_id(),
            replace_surrogates(text),
            session.profile.name,
            session.model,
            tuple(map(replace_surrogates, sources)),
        )
        if files:
            self._files[question.id] = tuple(files)
        self._put([*self.questions, question])

    def take_back(self) -> QueuedQuestion:
        """Remove the last question and return it; the caller saves the queue."""
        *others, last = self.questions
        self._put(others)
        return last

    def take_next(self) -> QueuedQuestion:
        """Remove the first question; the transaction that stores its turn saves the queue."""
        first, *others = self.questions
        self._put(others)
        return first

    def file_count(self, question: QueuedQuestion) -> int:
        """Return the number of files of a question."""
        return len(self._files.get(question.id, question.sources))

    def files_of(self, question: QueuedQuestion) -> tuple[Attachment, ...]:
        """Return the files of a question, empty after a restart; they are forgotten here."""
        return self._files.pop(question.id, ())

    async def save(self) -> None:
        """Save the queue.

        Raises:
            StorageError: It is not saved.
        """
        await self._session.store.save_conversation(self._session.conversation)

    def _put(self, questions: Sequence[QueuedQuestion]) -> None:
        conversation = self._session.conversation
        settings = {name: it for name, it in conversation.settings.items() if name != QUEUE}
        if questions:
            settings[QUEUE] = [_record(it) for it in questions]
        self._session.conversation = replace(conversation, settings=settings)


def _record(question: QueuedQuestion) -> dict[str, object]:
    record: dict[str, object] = {**asdict(question), "sources": list(question.sources)}
    return record if question.sources else {name: record[name] for name in list(record)[:-1]}


def _question(stored: object) -> QueuedQuestion | None:
    """Return a stored question; None for one that another program has written badly."""
    if not isinstance(stored, dict):
        return None
    texts = {name: it for name, it in stored.items() if isinstance(it, str) and it}
    sources = stored.get("sources")
    paths = tuple(it for it in sources if isinstance(it, str)) if isinstance(sources, list) else ()
    # A question may consist of its files.
    text = stored.get("text")
    if not isinstance(text, str) or not texts.keys() >= {"id", "profile"}:
        return None
    return QueuedQuestion(texts["id"], text, texts["profile"], texts.get("model"), paths)
