from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_chat.core.links import LONGEST_TARGET, disguised_target, safe_target


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("https://example.com/a?b=c#d", "https://example.com/a?b=c#d"),
        ("HTTP://Example.com", "http://Example.com"),
        ("mailto:a@example.com?subject=hi there", "mailto:a@example.com?subject=hi%20there"),
        ("https://例子.中国/路径", "https://xn--fsqu00a.xn--fiqs8s/%E8%B7%AF%E5%BE%84"),
        ("https://e.com/\x1b]52;c;aGk=\x07", "https://e.com/%1B]52;c;aGk=%07"),
        ("https://e.com/\x9c\u202e", "https://e.com/%C2%9C%E2%80%AE"),
        ("https://e.com/\ud800", "https://e.com/%EF%BF%BD"),
        ("https://e.com/a%20b", "https://e.com/a%20b"),
        ("https://u:p@e.com:8080/", "https://u:p@e.com:8080/"),
        ("https://e.com/'\"`<>|^{}", "https://e.com/'%22%60%3C%3E%7C%5E%7B%7D"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("data:text/html,x", None),
        ("ssh://host", None),
        ("vscode://x", None),
        ("/relative", None),
        ("#part", None),
        ("https:", None),
        ("https://", None),
        ("https://[::1", None),
        ("mailto:", None),
        ("", None),
        ("-https://e.com", None),
        ("https://e.com/" + "a" * LONGEST_TARGET, None),
        ("https://e.com/" + "路" * 400, None),
    ],
)
def test_safe_targets(target: str, safe: str | None) -> None:
    assert safe_target(target) == safe


@given(st.text(), st.sampled_from(["http://", "https://", "mailto:", ""]))
def test_safe_targets_are_short_printable_ascii(rest: str, scheme: str) -> None:
    safe = safe_target(scheme + rest)
    assert safe is None or (
        safe.isascii() and safe.isprintable() and " " not in safe and len(safe) <= LONGEST_TARGET
    )
    assert safe is None or safe.startswith(("http://", "https://", "mailto:"))


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("https://bank.com", "https://evil.com/x"),
        ("bank.com", "https://evil.com/bank.com"),
        ("www.bank.com/login", "https://evil.com"),
        ("see bank.com here", "https://evil.com"),
        ("https://bank.com@evil.com", "https://bank.com@evil.com"),
        ("\u0430pple.com", "https://xn--pple-43d.com"),
        ("bank.com", "https://bank.com.evil.com"),
        ("bank.com", "mailto:a@evil.com"),
        ("a@bank.com", "mailto:a@evil.com"),
        ("https://bank.com", "ssh://evil.com"),
        ("http://10.0.0.1/", "http://10.0.0.2/"),
        ("https://bank.com", "/relative"),
        ("https://README.md", "https://evil.com"),
        ("https://bank.com", "https://evil.com\\@bank.com"),
    ],
)
def test_disguised_targets_are_detected(words: str, target: str) -> None:
    assert disguised_target(words, target) == target


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("the bank", "https://bank.com"),
        ("https://bank.com/a", "https://bank.com/b"),
        ("bank.com", "https://www.bank.com"),
        ("bank.com", "https://docs.bank.com"),
        ("docs.bank.com", "https://bank.com/docs"),
        ("README.md", "https://github.com/a/b"),
        ("Node.js", "https://nodejs.org"),
        ("Python 3.11", "https://python.org"),
        ("e.g. this", "https://python.org"),
        ("请看bank.com。", "https://bank.com"),
        ("a@bank.com", "mailto:a@bank.com"),
        ("", "https://bank.com"),
    ],
)
def test_honest_labels_are_accepted(words: str, target: str) -> None:
    assert disguised_target(words, target) == ""


def test_a_long_target_is_cut_after_its_host() -> None:
    shown = disguised_target("bank.com", "https://evil.com/" + "a" * 500)
    assert shown.startswith("https://evil.com/aaa")
    assert len(shown) == 80
