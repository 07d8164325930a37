"""The child process: a llama.cpp server on a loopback port. The only file that knows xllamacpp.

It reads one JSON line with its options from stdin and writes one JSON line to stdout that says that
it is ready or why not, and later a second one with the checksum of the model. Then it serves HTTP
until stdin closes, which means that the parent is gone.
Nothing it or llama.cpp writes reaches a terminal: stderr is the log, and stdout becomes it too.
"""

from __future__ import annotations

import contextlib
import faulthandler
import http.client
import json
import os
import signal
import stat
import sys
import threading
from pathlib import Path
from typing import Any, Final

from tui_chat.local_model.checksum import checksum

_LOOPBACK: Final = "127.0.0.1"
_LOG_BYTES: Final = 8_000_000
_LOG_CHECK_S: Final = 60.0

_BATCH_ON_CPU: Final = 128
"""How many tokens of a prompt are read before looking whether the client is still there.

With llama.cpp's own 2048 a question that is stopped while a long prompt is read keeps two cores
busy for 10 s, and the next one waits for it; with 128 it is 0.6 s. The speed is the same."""
_PROMPT_CACHE_MIB: Final = 256
"""Memory for the beginnings of other conversations; llama.cpp's own 8 GiB would fill in a day."""


def main() -> int:
    """Serve until stdin closes."""
    announcement = _take_stdout()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave_no_core_dump()
    _spin_little()
    options = _read_options()
    if options is None or not _die_with(options["parent"]):
        return 0
    threading.Thread(target=_exit_at_end_of_stdin, daemon=True).start()
    server, words = _started(options)
    with contextlib.suppress(BrokenPipeError):
        os.write(announcement, json.dumps(words).encode() + b"\n")
    if server is None:
        return 1
    checking = (announcement, options["model_path"])
    threading.Thread(target=_announce_checksum, args=checking, daemon=True).start()
    while True:
        threading.Event().wait(_LOG_CHECK_S)
        _keep_log_short()


def _started(options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return a server that answers, or None, and what the parent is to be told of it."""
    try:
        import xllamacpp
    except ImportError as error:
        return None, {"failed": "import", "detail": str(error)}
    try:
        server = xllamacpp.Server(_params(xllamacpp, options))
        port = int(server.listening_address.rsplit(":", 1)[1])
        return server, {"port": port, "n_ctx": _context_tokens(port, options)}
    # Whatever it is, the parent tells it in words; the log has the lines of llama.cpp.
    except Exception as error:  # noqa: BLE001
        return None, {"failed": "load", "detail": f"{type(error).__name__}: {error}"}


def _announce_checksum(announcement: int, model_path: str) -> None:
    """Send the checksum of the model to the parent, after everything else has got its time."""
    if sys.platform == "linux":
        # For this thread alone.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    try:
        found = checksum(Path(model_path))
        if found is not None:
            os.write(announcement, json.dumps(found.as_json()).encode() + b"\n")
    except OSError as error:
        sys.stderr.write(f"The checksum of the model cannot be computed: {error}\n")
    finally:
        os.close(announcement)


def _params(xllamacpp: Any, options: dict[str, Any]) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = options["model_path"]
    params.model_alias = {options["model_id"]}
    params.hostnames = [_LOOPBACK]
    params.port = 0
    params.api_keys = [options["token"]]
    params.n_ctx = options["n_ctx"]
    # One turn at a time, with the whole context; a second question waits for the first.
    params.n_parallel = 1
    if options["threads"]:
        params.cpuparams.n_threads = options["threads"]
        params.cpuparams_batch.n_threads = options["threads"]
    # Its sense is to share the memory of a graphics card; without one it only costs time.
    params.fit_params = _has_graphics_card(xllamacpp)
    if not params.fit_params:
        params.n_batch = params.n_ubatch = _BATCH_ON_CPU
    # Not every version has all of these.
    for name, value in (
        ("cache_ram_mib", _PROMPT_CACHE_MIB),
        ("offline", True),
        ("ui", False),
        ("endpoint_slots", False),
    ):
        if hasattr(params, name):
            setattr(params, name, value)
    return params


def _has_graphics_card(xllamacpp: Any) -> bool:
    kinds = xllamacpp.ggml_backend_dev_type
    cards = {
        getattr(kinds, name, None)
        for name in ("GGML_BACKEND_DEVICE_TYPE_GPU", "GGML_BACKEND_DEVICE_TYPE_IGPU")
    }
    return any(device["type"] in cards for device in xllamacpp.get_device_info())


def _context_tokens(port: int, options: dict[str, Any]) -> int:
    """Ask the server itself how much it holds; a model may hold less than was wished."""
    connection = http.client.HTTPConnection(_LOOPBACK, port, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {options['token']}"}
        connection.request("GET", "/v1/models", headers=headers)
        offer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return int(offer["data"][0].get("meta", {}).get("n_ctx") or options["n_ctx"])


def _take_stdout() -> int:
    """Return a descriptor of the real stdout; whatever is printed from now on goes to the log."""
    announcement = os.dup(1)
    os.dup2(2, 1)
    return announcement


def _read_options() -> dict[str, Any] | None:
    """Read one line from stdin, byte by byte as it comes; None when the parent went away."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 65536)
        if not piece:
            return None
        line += piece
    options: dict[str, Any] = json.loads(line)
    return options


def _exit_at_end_of_stdin() -> None:
    """End this process when the parent closes its end, or is killed and the system does.

    xllamacpp keeps the interpreter's lock while it loads a model, so until then only the kernel's
    signal (see _die_with) or the parent's ends it.
    """
    with contextlib.suppress(OSError):
        while os.read(0, 65536):
            pass
    os._exit(0)


def _die_with(parent: int) -> bool:
    """Have Linux kill this process with its parent; say whether that may still live."""
    if sys.platform != "linux":
        return True
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    return os.getppid() == parent


def _leave_no_core_dump() -> None:
    """A dump would hold the conversation, and a debugger that is asked for a trace takes long."""
    os.environ["GGML_NO_BACKTRACE"] = "1"
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _spin_little() -> None:
    """Let llama.cpp's threads sleep soon while they wait for each other, unless the person decides.

    By default they spin 300 times as long. Alone on two cores that makes 83 to 93 tokens a second,
    and 72 to 80 like this; beside one other busy process 5 to 8, and 21 to 26 like this with half
    the processor time. (OMP_WAIT_POLICY=passive, asleep at once, makes 36 to 40 alone.)
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def _keep_log_short() -> None:
    with contextlib.suppress(OSError):
        status = os.fstat(2)
        if stat.S_ISREG(status.st_mode) and status.st_size > _LOG_BYTES:
            os.ftruncate(2, 0)


if __name__ == "__main__":
    code = main()
    # Without the interpreter's long good-bye: a destructor of llama.cpp may hang or crash.
    os._exit(code)
