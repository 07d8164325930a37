"""Cases around HTTP: TLS, redirects, proxies, compression, garbage."""

from __future__ import annotations

import gzip
import zlib

from tests.providers.case import SHORT, Case, cut, failing
from tests.providers.wire import END, hello, page
from tests.sse_server import DATA, Answer, Cut, Drip, Raw, Stall

_OK = Answer((hello(END),))
_CA = str(DATA / "loopback.crt")


def _redirect(to: str, status: int = 307) -> Answer:
    return Answer((b"moved",), status=status, headers={"Location": to}, framing="length")


def _packed(data: bytes, *tail: bytes, encoding: str = "gzip") -> Answer:
    return Answer((data, *tail), headers={"Content-Encoding": encoding})


_GZIP = gzip.compress(hello(END))
_FLUSHED = zlib.compressobj(wbits=31)
_FIRST = _FLUSHED.compress(hello()) + _FLUSHED.flush(zlib.Z_SYNC_FLUSH)

PACKED: tuple[Case, ...] = (
    Case("gzip", (_packed(_GZIP),), "Hello."),
    Case(
        "gzip_split", (Answer((Drip(_GZIP, 5),), headers={"Content-Encoding": "gzip"}),), "Hello."
    ),
    Case("deflate", (_packed(zlib.compress(hello(END)), encoding="deflate"),), "Hello."),
    failing(
        "gzip_of_error_body",
        Answer(
            (gzip.compress(b'{"error": {"message": "boom"}}'),),
            status=400,
            content_type="application/json",
            headers={"Content-Encoding": "gzip"},
        ),
        "request_rejected",
        "boom",
    ),
    failing("gzip_that_is_none", _packed(hello(END)), "bad_reply", "decompressed"),
    failing(
        "gzip_broken_error_body",
        Answer((b"no gzip",), status=400, headers={"Content-Encoding": "gzip"}),
        "request_rejected",
        "HTTP 400",
    ),
    cut("gzip_broken_later", _packed(_FIRST, b"\xff" * 400), "decompressed"),
    cut("gzip_cut", _packed(_FIRST), "before the end"),
    failing(
        "brotli_unasked",
        _packed(b"\x0b\x02\x80hello\x03", encoding="br"),
        "bad_reply",
        "cannot be decompressed",
    ),
    failing(
        "zstd_unasked",
        _packed(b"\x28\xb5" + hello(END), encoding="zstd"),
        "bad_reply",
        "decompressed",
    ),
    failing(
        "brotli_of_error_body",
        Answer((b"\x0b\x02\x80",), status=400, headers={"Content-Encoding": "br"}),
        "request_rejected",
        "HTTP 400",
    ),
    Case("x_gzip", (_packed(_GZIP, encoding="x-gzip"),), "Hello."),
)

REDIRECTS: tuple[Case, ...] = (
    Case("redirect_307", (_redirect("/v2/chat/completions"), _OK), "Hello.", requests=2),
    Case("redirect_308", (_redirect("/v2/chat/completions", 308), _OK), "Hello.", requests=2),
    Case(
        "redirect_301_stays_a_question",
        (_redirect("/v2/chat/completions", 301), _OK),
        "Hello.",
        requests=2,
    ),
    Case(
        "redirect_302_stays_a_question",
        (_redirect("/v2/chat/completions", 302), _OK),
        "Hello.",
        requests=2,
    ),
    failing(
        "redirect_other_host",
        _redirect("http://localhost:9/v1/chat/completions"),
        "request_rejected",
        "localhost:9",
        "not sent",
        "base_url",
    ),
    failing(
        "redirect_other_port", _redirect("http://127.0.0.1:9/"), "request_rejected", "127.0.0.1:9"
    ),
    failing(
        "redirect_other_scheme", _redirect("https://127.0.0.1/v1"), "request_rejected", "not sent"
    ),
    failing(
        "redirect_login",
        _redirect("https://sso.example.com/login?next=/v1", 302),
        "request_rejected",
        "sso.example.com",
    ),
    failing(
        "redirect_loop",
        _redirect("/v1/chat/completions"),
        "request_rejected",
        "loop",
        "base_url",
        requests=6,
    ),
    failing(
        "redirect_nowhere",
        Answer((), status=302, framing="length"),
        "request_rejected",
        "redirects",
        "HTTP 302",
    ),
    failing("redirect_to_nonsense", _redirect("http://[::1"), "request_rejected", "redirects"),
    failing(
        "redirect_to_script", _redirect("javascript:alert(1)"), "request_rejected", "redirects"
    ),
)

GARBAGE: tuple[Case, ...] = (
    failing(
        "not_http",
        Answer((b"+OK POP3 ready\r\n\r\n", Cut()), framing="none"),
        "bad_reply",
        "does not speak HTTP",
        "port",
    ),
    failing(
        "not_http_in_one_line",
        Answer((b"SSH-2.0-OpenSSH_9.6\r\n", Cut()), framing="none"),
        "unreachable",
        "closed the connection",
        requests=3,
    ),
    failing(
        "not_http_binary",
        Answer((bytes(range(128, 256)) * 9 + b"\r\n\r\n", Cut()), framing="none"),
        "bad_reply",
        "does not speak HTTP",
    ),
    failing(
        "not_http_stalls",
        Answer((b"220 mail.example.com ESMTP\r\n", Stall()), framing="none"),
        "no_answer",
        "sent nothing for",
        profile={"timeouts": SHORT},
    ),
    failing(
        "http_0_9",
        Answer((b"<html>hi</html>\n\n", Cut()), framing="none"),
        "bad_reply",
        "does not speak HTTP",
    ),
    failing(
        "headers_too_long",
        Answer((b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000, Stall()), framing="none"),
        "bad_reply",
        "does not speak HTTP",
    ),
    failing(
        "header_broken",
        Answer((b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",), framing="none"),
        "bad_reply",
        "does not speak HTTP",
    ),
    failing(
        "lengths_differ",
        Answer(
            (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",),
            framing="none",
        ),
        "bad_reply",
        "does not speak HTTP",
    ),
    failing(
        "bad_chunk_size_first",
        Answer((Raw(b"zz\r\n"), Stall())),
        "bad_reply",
        "does not speak HTTP",
    ),
    Case(
        "continue_first",
        (
            Answer(
                (
                    b"HTTP/1.1 100 Continue\r\n\r\n"
                    + _OK.head()
                    .replace(b"chunked", b"identity")
                    .replace(b"Transfer-Encoding: identity\r\n", b"")
                    + hello(END),
                ),
                framing="none",
            ),
        ),
        "Hello.",
    ),
)

TLS: tuple[Case, ...] = (
    failing(
        "self_signed",
        _OK,
        "unreachable",
        "self-signed",
        "ca_file",
        certificate="loopback",
        requests=0,
    ),
    Case("own_authority", (_OK,), "Hello.", certificate="loopback", profile={"ca_file": _CA}),
    Case("unverified", (_OK,), "Hello.", certificate="loopback", profile={"verify": False}),
    Case(
        "authority_by_environment",
        (_OK,),
        "Hello.",
        certificate="loopback",
        env={"SSL_CERT_FILE": _CA},
    ),
    failing(
        "other_name",
        _OK,
        "unreachable",
        "another address",
        certificate="othername",
        profile={"ca_file": str(DATA / "othername.crt")},
        requests=0,
    ),
    failing(
        "https_on_http_port",
        _OK,
        "unreachable",
        "plain HTTP",
        "http://",
        scheme="https",
        requests=0,
    ),
    failing(
        "http_on_https_port",
        Answer((b"\x15\x03\x01\x00\x02\x02\x46", Cut()), framing="none"),
        "unreachable",
        "HTTPS",
        "https://",
    ),
    failing(
        "http_on_https_port_nginx",
        page("<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>", 400),
        "unreachable",
        "HTTPS",
        "https://",
    ),
    failing(
        "http_on_https_port_silent_close",
        _OK,
        "unreachable",
        "closed the connection",
        "https://",
        scheme="http",
        certificate="loopback",
        requests=0,
        profile={"max_retries": 0},
    ),
    failing(
        "ca_file_missing",
        _OK,
        "config",
        "/nowhere/ca.pem",
        certificate="loopback",
        profile={"ca_file": "/nowhere/ca.pem"},
        requests=0,
        opens=False,
    ),
    failing(
        "ca_file_is_none",
        _OK,
        "config",
        "sse_server.py",
        certificate="loopback",
        profile={"ca_file": str(DATA.parent / "sse_server.py")},
        requests=0,
        opens=False,
    ),
    failing(
        "ssl_cert_file_missing",
        _OK,
        "config",
        "SSL_CERT_FILE",
        "/nowhere/env.pem",
        env={"SSL_CERT_FILE": "/nowhere/env.pem"},
        scheme="https",
        requests=0,
        opens=False,
    ),
    Case("ssl_cert_file_missing_over_http", (_OK,), "Hello.", env={"SSL_CERT_FILE": "/nowhere"}),
)

_NO_RETRY = {"max_retries": 0}

PROXIES: tuple[Case, ...] = (
    failing(
        "proxy_refuses",
        _OK,
        "unreachable",
        "proxy",
        "127.0.0.1:1",
        requests=0,
        env={"HTTP_PROXY": "http://127.0.0.1:1"},
        profile=_NO_RETRY,
    ),
    failing(
        "proxy_hides_its_password",
        _OK,
        "unreachable",
        "proxy",
        requests=0,
        env={"HTTP_PROXY": "http://me:hunter2@127.0.0.1:1"},
        profile=_NO_RETRY,
    ),
    Case(
        "proxy_not_for_this_host",
        (_OK,),
        "Hello.",
        env={"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"},
    ),
    Case("proxy_passes_on", (_OK,), "Hello.", env={"HTTP_PROXY": "http://127.0.0.1:{port}"}),
    failing(
        "proxy_wants_login",
        page("login", 407),
        "unreachable",
        "proxy",
        "login",
        env={"HTTP_PROXY": "http://127.0.0.1:{port}"},
        profile=_NO_RETRY,
    ),
    failing(
        "proxy_refuses_connect",
        _OK,
        "unreachable",
        "proxy",
        scheme="https",
        requests=0,
        env={"HTTPS_PROXY": "http://127.0.0.1:{port}"},
        profile=_NO_RETRY,
    ),
    failing(
        "proxy_socks_refuses",
        _OK,
        "unreachable",
        "proxy",
        env={"ALL_PROXY": "socks://127.0.0.1:1"},
        requests=0,
        profile=_NO_RETRY,
    ),
    failing(
        "proxy_of_unknown_scheme",
        _OK,
        "config",
        "proxy",
        "HTTP_PROXY",
        env={"HTTP_PROXY": "ftp://127.0.0.1:1"},
        requests=0,
        opens=False,
    ),
    failing(
        "proxy_without_scheme",
        _OK,
        "unreachable",
        "proxy",
        env={"HTTP_PROXY": "127.0.0.1:1"},
        requests=0,
        profile=_NO_RETRY,
    ),
    failing(
        "proxy_port_nonsense",
        _OK,
        "config",
        "proxy",
        env={"HTTP_PROXY": "http://127.0.0.1:99999999"},
        requests=0,
        opens=False,
    ),
    failing(
        "proxy_silent",
        Answer((Stall(),), framing="none"),
        "no_answer",
        env={"HTTP_PROXY": "http://127.0.0.1:{port}"},
        profile={"timeouts": SHORT, "max_retries": 0},
    ),
)
