from __future__ import annotations

import os
import sys
from pathlib import Path

from tui_chat.config.child_environment import child_environment

ROOT = str(Path(__file__).resolve().parents[2])
STANDARD_LIBRARY = str(Path(os.__file__).parent)


def test_no_key_is_passed_to_a_child() -> None:
    environ = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "LC_ALL": "C.UTF-8",
        "LD_LIBRARY_PATH": "/opt/lib",
        "CUDA_VISIBLE_DEVICES": "0",
        "OPENAI_API_KEY": "sk-1",
        "LLAMA_API_KEY": "sk-2",
        "CUDA_API_KEY": "sk-3",
        "PYTHON_KEYRING_TOKEN": "sk-4",
        "AWS_SESSION": "sk-5",
        "PYTHONSTARTUP": "/home/me/start.py",
        "PYTHONINSPECT": "1",
    }

    passed = child_environment(environ, [STANDARD_LIBRARY])

    assert set(passed) == {"PATH", "HOME", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"}


def test_a_checkout_is_found_through_pythonpath() -> None:
    passed = child_environment({"PYTHONPATH": "/mine"}, [ROOT, STANDARD_LIBRARY])

    assert passed["PYTHONPATH"] == f"{ROOT}{os.pathsep}/mine"


def test_an_installed_package_is_not_added_to_pythonpath() -> None:
    """In PYTHONPATH, site-packages would take precedence over the standard library."""
    passed = child_environment({"PYTHONPATH": "/mine"}, [STANDARD_LIBRARY, ROOT])

    assert passed["PYTHONPATH"] == "/mine"


def test_the_current_process_finds_the_package() -> None:
    assert child_environment({}, sys.path).get("PYTHONPATH", ROOT) == ROOT
