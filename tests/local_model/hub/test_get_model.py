from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import pytest

from tests.local_model.hub.hub_server import COMMIT, REPOSITORY, HubScript, HubServer
from tui_chat.core.errors import ConnectionBroke, DownloadError
from tui_chat.local_model.hub.get_model import download, missing_bytes, offer
from tui_chat.local_model.hub.hub_cache import HubCache
from tui_chat.local_model.hub.hub_client import HubClient
from tui_chat.local_model.hub.machine import Fit
from tui_chat.local_model.hub.model_reference import ModelReference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui_chat.local_model.hub.get_model import ModelOnDisk

WEIGHTS = b"GGUF" + bytes(range(256)) * 4000
NAME = "Tiny-1B-Q4_K_M.gguf"
REFERENCE = ModelReference(REPOSITORY)


class Getter:
    """Gets models from a server and records what a user sees."""

    def __init__(self, server: HubServer, folder: Path) -> None:
        self.server = server
        self.script = server.script
        self.cache = HubCache(folder / "hub cache")
        self.counts: list[int] = []
        self.notices: list[str] = []
        self.waits: list[float] = []

    def client(self, *, sends_token: bool = False) -> HubClient:
        return HubClient({"HF_ENDPOINT": self.server.address}, sends_token=sends_token)

    def get(
        self, reference: ModelReference = REFERENCE, *, sends_token: bool = False
    ) -> ModelOnDisk:
        client = self.client(sends_token=sends_token)
        return download(
            client,
            self.cache,
            offer(client, reference),
            on_bytes=self.counts.append,
            on_notice=self.notices.append,
            sleep=self.waits.append,
        )

    @property
    def kept(self) -> int:
        """The size of the unfinished downloads."""
        return self.cache.unfinished_bytes()


@pytest.fixture
def getter(tmp_path: Path) -> Iterator[Getter]:
    with HubServer(HubScript({NAME: WEIGHTS})) as server:
        yield Getter(server, tmp_path)


def test_a_model_is_downloaded_verified_and_named_in_the_cache(getter: Getter) -> None:
    model = getter.get()

    assert model.path.read_bytes() == WEIGHTS
    assert model.path.name == NAME
    assert model.path.parent.name == COMMIT
    assert model.projector is None
    assert getter.counts == sorted(getter.counts)
    assert getter.counts[-1] == len(WEIGHTS)
    (installed,) = getter.cache.installed()
    assert (installed.repository, installed.path, installed.size) == (
        REPOSITORY, model.path, len(WEIGHTS),
    )  # fmt: skip
    assert getter.kept == 0


def test_the_hub_s_own_library_finds_the_model_in_its_cache(getter: Getter) -> None:
    import huggingface_hub

    model = getter.get()

    found = huggingface_hub.try_to_load_from_cache(REPOSITORY, NAME, cache_dir=getter.cache.folder)
    assert found == str(model.path)
    (repository,) = huggingface_hub.scan_cache_dir(getter.cache.folder).repos
    assert repository.repo_id == REPOSITORY
    assert repository.size_on_disk == len(WEIGHTS)


def test_a_second_download_transfers_nothing(getter: Getter) -> None:
    first = getter.get()
    transfers = len(getter.server.ranges())

    assert getter.get() == first
    assert len(getter.server.ranges()) == transfers


def test_a_connection_that_breaks_at_60_percent_is_continued_there(getter: Getter) -> None:
    getter.script.breaks = deque([0.6])

    assert getter.get().path.read_bytes() == WEIGHTS

    first, second = getter.server.ranges()
    assert first == ""
    assert second == f"bytes={int(len(WEIGHTS) * 0.6)}-"
    assert getter.waits == [1.0]
    assert "Next attempt in 1 s" in getter.notices[0]


def test_attempts_that_bring_nothing_end_and_the_next_download_continues(getter: Getter) -> None:
    getter.script.breaks = deque([0.6] * 7)

    with pytest.raises(ConnectionBroke, match="what has arrived is kept"):
        getter.get()
    assert getter.kept == int(len(WEIGHTS) * 0.6)
    assert getter.waits == [1.0, 2.0, 5.0, 10.0, 20.0]
    client = getter.client()
    assert missing_bytes(getter.cache, offer(client, REFERENCE)) == len(WEIGHTS) - getter.kept

    getter.script.breaks.clear()
    assert getter.get().path.read_bytes() == WEIGHTS
    assert getter.server.ranges()[-1] == f"bytes={int(len(WEIGHTS) * 0.6)}-"


def test_ctrl_c_keeps_what_has_arrived(getter: Getter) -> None:
    client = getter.client()

    def interrupt(count: int) -> None:
        if count > len(WEIGHTS) // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(
            client, getter.cache, offer(client, REFERENCE),
            on_bytes=interrupt, on_notice=getter.notices.append,
        )  # fmt: skip
    assert len(WEIGHTS) > getter.kept > len(WEIGHTS) // 2

    assert getter.get().path.read_bytes() == WEIGHTS
    assert getter.server.ranges()[-1].startswith("bytes=")


def test_a_server_that_cannot_continue_sends_everything_again(getter: Getter) -> None:
    getter.script.breaks = deque([0.6])
    getter.script.is_continuing = False

    assert getter.get().path.read_bytes() == WEIGHTS


def test_a_wrong_checksum_is_refused_and_the_file_deleted(getter: Getter) -> None:
    getter.script.lies = {NAME: "a" * 64}

    with pytest.raises(DownloadError, match=r"arrived damaged: its checksum.*deleted"):
        getter.get()

    assert getter.cache.installed() == []
    assert getter.kept == 0


def test_a_kept_part_that_was_damaged_is_downloaded_again(getter: Getter) -> None:
    getter.script.breaks = deque([0.6] * 7)
    getter.script.damages = deque([1000])
    with pytest.raises(ConnectionBroke):
        getter.get()
    getter.script.breaks.clear()

    assert getter.get().path.read_bytes() == WEIGHTS
    assert any("was damaged" in notice for notice in getter.notices)


def test_a_part_that_is_longer_than_the_file_is_discarded(getter: Getter) -> None:
    (file,) = getter.client().repository(REPOSITORY).files
    partial = getter.cache.partial(REPOSITORY, file.sha256)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x" * (len(WEIGHTS) + 1))

    assert getter.get().path.read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("status", "code", "message", "hint"),
    [
        (404, "RepoNotFound", "has no public repository tiny/tiny-GGUF", "--with-token"),
        (401, "", "has no public repository tiny/tiny-GGUF", "--with-token"),
        (401, "GatedRepo", "open only to accounts that accept", "Accept them at"),
        (403, "GatedRepo", "open only to accounts that accept", "Accept them at"),
        (403, "", r"refuses access to tiny/tiny-GGUF \(HTTP 403\)", "valid token"),
        (429, "", r"at the moment \(HTTP 429\)", "kept"),
        (503, "", r"at the moment \(HTTP 503\)", "kept"),
        (418, "", r"rejected the request .*HTTP 418", "kept"),
    ],
)
def test_what_the_hub_refuses_is_said(
    getter: Getter, status: int, code: str, message: str, hint: str
) -> None:
    getter.script.status, getter.script.error_code = status, code

    with pytest.raises(DownloadError, match=message) as refusal:
        getter.get()
    assert hint in refusal.value.hint
    assert "Traceback" not in refusal.value.message


@pytest.mark.parametrize("page", [b"<html>Please log in</html>", b"[]", b'{"id": 1}'])
def test_a_login_page_of_the_network_is_recognized(getter: Getter, page: bytes) -> None:
    getter.script.page = page

    with pytest.raises(DownloadError, match="not that of a model hub"):
        getter.get()


def test_a_hub_that_is_not_there_is_reported_with_its_name(tmp_path: Path) -> None:
    client = HubClient({"HF_ENDPOINT": "http://127.0.0.1:9"})

    with pytest.raises(ConnectionBroke, match=r"127\.0\.0\.1:9 cannot be reached") as refusal:
        client.repository(REPOSITORY)
    assert "HF_ENDPOINT" in refusal.value.hint


def test_a_silent_server_counts_as_broken(getter: Getter) -> None:
    silence = threading.Event()

    def wait_after_a_half(position: int) -> None:
        if position > 500_000:
            silence.wait(20)

    getter.script.before_piece = wait_after_a_half
    client = HubClient({"HF_ENDPOINT": getter.server.address}, timeout_s=0.2)

    def end_silence(_: float) -> None:
        getter.script.before_piece = None
        silence.set()

    model = download(
        client, getter.cache, offer(client, REFERENCE),
        on_bytes=getter.counts.append, on_notice=getter.notices.append, sleep=end_silence,
    )  # fmt: skip

    assert model.path.read_bytes() == WEIGHTS
    assert "has stopped sending" in getter.notices[0]


@pytest.mark.parametrize("sends_token", [False, True])
def test_the_token_is_sent_only_if_asked_and_only_to_the_hub(
    getter: Getter, monkeypatch: pytest.MonkeyPatch, *, sends_token: bool
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret123456789")

    getter.get(sends_token=sends_token)

    sent = {(one.origin, one.headers.get("authorization")) for one in getter.server.seen}
    expected = "Bearer hf_secret123456789" if sends_token else None
    assert sent == {("hub", expected), ("content", None)}


def test_with_token_but_without_one_is_said(getter: Getter) -> None:
    with pytest.raises(DownloadError, match="there is no token on this machine"):
        getter.get(sends_token=True)


def test_the_token_is_not_sent_unencrypted_to_another_machine() -> None:
    with pytest.raises(DownloadError, match=r"not sent to mirror\.example over unencrypted"):
        HubClient({"HF_ENDPOINT": "http://mirror.example"}, sends_token=True)


@pytest.mark.parametrize("endpoint", ["mirror.example", "ftp://x", "http://[::", "https://"])
def test_an_endpoint_that_is_no_address_is_named(endpoint: str) -> None:
    with pytest.raises(DownloadError, match="HF_ENDPOINT is not a valid address"):
        HubClient({"HF_ENDPOINT": endpoint})


def test_nothing_but_the_download_is_requested(getter: Getter) -> None:
    getter.get()

    paths = [one.path.partition("?")[0] for one in getter.server.seen]
    assert paths == [
        f"/api/models/{REPOSITORY}",
        f"/{REPOSITORY}/resolve/{COMMIT}/{NAME}",
        f"/{NAME}",
    ]
    agents = {one.headers["user-agent"] for one in getter.server.seen}
    assert all("agent/" not in agent and "session" not in agent for agent in agents)


def test_a_full_disk_is_noticed_before_the_download(
    getter: Getter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HubCache, "free_bytes", lambda _: 1000)

    with pytest.raises(DownloadError, match=r"disk is too full: .* are needed, 1000 bytes|1.0 KB"):
        getter.get()
    assert getter.server.ranges() == []


def test_a_cache_that_cannot_be_written_is_named(getter: Getter, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    getter.cache = HubCache(tmp_path / "file" / "hub")

    with pytest.raises(DownloadError, match="is a file, not a folder"):
        getter.get()


def test_two_downloads_of_one_model_do_not_write_the_same_file(getter: Getter) -> None:
    (file,) = getter.client().repository(REPOSITORY).files

    def second(_: int) -> None:
        if not getter.notices:
            getter.notices.append("second")
            with pytest.raises(DownloadError, match="Another program is downloading"):
                getter.get()

    client = getter.client()
    download(
        client, getter.cache, offer(client, REFERENCE), on_bytes=second, on_notice=lambda _: None
    )
    assert getter.cache.has(REPOSITORY, file.sha256, file.size)
    assert "second" in getter.notices


def test_a_split_model_and_its_projector_come_together(getter: Getter) -> None:
    getter.script.files = {
        "q/Big-Q4_K_M-00001-of-00002.gguf": WEIGHTS,
        "q/Big-Q4_K_M-00002-of-00002.gguf": WEIGHTS[:999],
        "q/mmproj-Big-F16.gguf": b"GGUF projector",
        "q/mmproj-Big-F32.gguf": b"GGUF larger projector",
    }

    model = getter.get()

    assert model.path.name == "Big-Q4_K_M-00001-of-00002.gguf"
    assert model.path.with_name("Big-Q4_K_M-00002-of-00002.gguf").read_bytes() == WEIGHTS[:999]
    assert model.projector is not None
    assert model.projector.name == "mmproj-Big-F16.gguf"
    (installed,) = getter.cache.installed()
    assert installed.projector == model.projector
    assert installed.size == getter.counts[-1]


def test_a_file_that_is_no_model_is_refused(getter: Getter) -> None:
    getter.script.files = {NAME: b"<html>not a model</html>"}

    with pytest.raises(DownloadError, match="not a GGUF file"):
        getter.get()


@pytest.mark.parametrize(
    "name", ["../../evil-Q4_K_M.gguf", "/etc/x.gguf", "a/./b.gguf", "a\x1b.gguf"]
)
def test_a_name_that_leaves_the_cache_is_ignored(getter: Getter, name: str) -> None:
    getter.script.files = {name: WEIGHTS}

    with pytest.raises(DownloadError, match="contains no GGUF file"):
        getter.get()


@pytest.mark.parametrize(
    ("memory", "fit"),
    [(8_000_000_000, Fit.COMFORTABLE), (1_000_000_000, Fit.TIGHT), (500_000_000, Fit.TOO_LARGE)],
)
def test_the_memory_of_the_machine_decides_the_mark(getter: Getter, memory: int, fit: Fit) -> None:
    assert offer(getter.client(), REFERENCE, memory).fit is fit


def test_a_removed_model_leaves_no_content(getter: Getter) -> None:
    getter.get()
    (installed,) = getter.cache.installed()

    getter.cache.remove(installed)

    assert getter.cache.installed() == []
    left = [file for file in getter.cache.folder.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in left) < 100
    snapshots = getter.cache.folder / "models--tiny--tiny-GGUF" / "snapshots"
    assert list(snapshots.iterdir()) == []
