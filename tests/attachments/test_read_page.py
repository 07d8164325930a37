"""A fetched page becomes its main text, with title and address; other files are read as such."""

from __future__ import annotations

import pytest

from tests.attachments.files import picture
from tui_chat.attachments.extraction.decode_page import decode_page
from tui_chat.attachments.extraction.web import text_of_html
from tui_chat.attachments.read_page import page_attachment
from tui_chat.core.attachments import AttachmentKind, SentAs
from tui_chat.core.errors import AttachmentRefused

URL = "https://example.org/news/sky?id=1"
PARAGRAPH = "The sky is blue because air scatters short wavelengths far more than long ones. " * 6
ARTICLE = f"""<html><head><title>Why the sky is blue / 天空</title></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/x">Subscribe now</a></li></ul></nav>
<article><h1>Why the sky is blue / 天空</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH}</p></article>
<footer>Imprint and cookies</footer><script>steal()</script></body></html>"""


def test_the_main_text_of_a_page() -> None:
    page = page_attachment(ARTICLE.encode(), url=URL, mime="text/html")
    assert page.name == "Why the sky is blue _ 天空 (example.org).html"
    assert (page.kind, page.sent_as, page.warnings) == (AttachmentKind.DOCUMENT, SentAs.TEXT, ())
    assert page.content is not None
    assert page.content.data == ARTICLE.encode()
    assert page.content.text.startswith(f"Why the sky is blue _ 天空\n{URL}\n\n")
    assert "scatters short wavelengths" in page.content.text
    assert not any(word in page.content.text for word in ("Subscribe", "Imprint", "steal"))


@pytest.mark.parametrize(
    ("head", "charset", "encoding"),
    [
        ("", "gbk", "gb18030"),
        ('<meta charset="gb2312">', "", "gb18030"),
        ("<meta http-equiv='Content-Type' content='text/html; charset=big5'>", "", "big5"),
        ("", "no-such-encoding", "utf-8"),
        ('<meta charset="big5">', "", "utf-8-sig"),
    ],
)
def test_the_encoding_of_a_page(head: str, charset: str, encoding: str) -> None:
    data = f"<html><head>{head}<title>天</title></head><p>天空是一片中文</p></html>".encode(
        encoding
    )
    assert text_of_html(decode_page(data, charset)).endswith("天空是一片中文")


def test_other_files_are_read_as_such() -> None:
    found = page_attachment(picture("PNG"), url="https://x.org/a%2Fb.png", mime="text/html")
    assert (found.kind, found.name) == (AttachmentKind.PICTURE, "a_b.png")
    found = page_attachment(b'{"a": 1}', url="https://x.org/", mime="application/json")
    assert (found.kind, found.name) == (AttachmentKind.TEXT, "x.org")


def test_a_page_without_text_is_refused() -> None:
    data = b"<html><body><div id=app></div><script>render()</script></body></html>"
    with pytest.raises(AttachmentRefused, match=r"example\.org contains no text\. It may need"):
        page_attachment(data, url=URL, mime="text/html")
