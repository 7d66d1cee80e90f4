"""§1.9: what the probe says of every kind of end, over real sockets and real TLS."""

import asyncio
import datetime
import gc
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpcore2
import pytest
import trustme

from accounts.gateways.probe import MOST_BODY
from accounts.gateways.probe_samples import payload
from accounts.rules.connectivity import CheckReason, Post, verdict
from accounts.rules.plans import NotificationFunction
from kmc_portal.demo.receiver import Answer, answer, drip, drop, hang
from tests.fixtures.probing import check, prober_for
from tests.fixtures.receiver import NAMES, Receiver, receiving, server_tls

R = CheckReason
HOST = NAMES[0]


@pytest.fixture
def end(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path, server_tls(tmp_path, *NAMES)) as running:
        yield running


def raw(data: bytes) -> Answer:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return write


def said(posts: list[Post]) -> set[tuple[CheckReason | None, str]]:
    """What all three POSTs say."""
    assert len(posts) == 3
    return {(post.reason, post.detail) for post in posts}


# what is OK ---------------------------------------------------------------------------------------


def test_guide_1_9_three_posts_on_fresh_connections_are_measured_by_phases(end: Receiver) -> None:
    before = datetime.datetime.now(datetime.UTC)
    end.answers["/x"] = answer(200, delay_ms=60)
    posts = check(prober_for(end), end.url("/x"))
    assert said(posts) == {(None, "")}
    assert end.connections == 3
    for post in posts:
        assert (post.address, post.status) == ("127.0.0.1", 200)
        assert post.dns_ms is not None
        assert post.connect_ms is not None and post.connect_ms > 0
        assert post.tls_ms is not None and post.tls_ms > 0
        assert post.first_byte_ms is not None and post.first_byte_ms >= 59
        assert post.total_ms is not None
        assert post.total_ms >= post.connect_ms + post.tls_ms + post.first_byte_ms - 0.3  # each rounded up
        started = datetime.datetime.fromisoformat(post.started_at)
        assert before - datetime.timedelta(seconds=1) < started <= datetime.datetime.now(datetime.UTC)
    starts = [post.started_at for post in posts]
    assert starts == sorted(starts)


@pytest.mark.parametrize("function", NotificationFunction)
def test_guide_1_9_the_receiver_sees_host_sni_and_the_documented_sample(
    end: Receiver, function: NotificationFunction
) -> None:
    check(prober_for(end), end.url("/hooks/a?b=c&d=%E3%81%82"), function)
    assert len(end.requests) == 3
    for request in end.requests:
        assert request.line == "POST /hooks/a?b=c&d=%E3%81%82 HTTP/1.1"
        assert request.sni == HOST
        assert request.body == payload(function)
        assert request.headers == {
            "host": f"{HOST}:{end.port}",
            "content-length": str(len(payload(function))),
            "user-agent": "KMC-Connectivity-Check/1",
            "content-type": "application/json; charset=utf-8",
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "close",
            "": "",
        }


@pytest.mark.parametrize("function", NotificationFunction)
def test_guide_1_9_the_sample_says_that_it_is_a_check_and_stands_in_the_docs(
    function: NotificationFunction,
) -> None:
    sample = payload(function).decode()
    content = json.loads(sample)
    assert (content["kmc_check"], content["function"]) == (True, function.value)
    assert "疎通確認" in content["note"]
    docs = Path(__file__).parents[4] / "docs" / "connectivity.md"
    assert sample in docs.read_text(encoding="utf-8")


def test_guide_1_9_no_proxy_no_cookie_and_no_login_come_from_anywhere(
    end: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {HOST} login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    end.answers["/x"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n")
    assert said(check(prober_for(end), end.url("/x"))) == {(None, "")}
    sent = {name for request in end.requests for name in request.headers}
    assert not sent & {"cookie", "authorization", "proxy-authorization"}


def test_guide_1_9_a_url_without_a_path_posts_to_the_root(end: Receiver) -> None:
    check(prober_for(end), f"https://{HOST}:{end.port}")
    assert end.requests[0].line == "POST / HTTP/1.1"


def test_guide_1_9_http_is_measured_without_tls_where_it_is_allowed(tmp_path: Path) -> None:
    with receiving(tmp_path, None) as end:
        assert said(check(prober_for(end, ca_file=""), end.url())) == {(R.URL_REFUSED, "http（暗号化なし）")}
        assert end.connections == 0
        posts = check(prober_for(end, ca_file="", allow_http=True), end.url())
        assert said(posts) == {(None, "")}
        assert {post.tls_ms for post in posts} == {None}


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end of the connection",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nLocation: /elsewhere\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone",
    ],
)
def test_guide_1_9_any_whole_answer_of_200_counts(end: Receiver, data: bytes) -> None:
    end.answers["/x"] = raw(data)
    assert said(check(prober_for(end), end.url("/x"))) == {(None, "")}


def test_guide_1_9_at_most_8_kib_of_the_body_are_read(end: Receiver) -> None:
    assert MOST_BODY == 8192
    sent: list[int] = []

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        written = 0
        try:
            while True:
                writer.write(b"." * 65536)
                await writer.drain()
                written += 65536
        finally:
            sent.append(written)

    end.answers["/x"] = endless
    posts = check(prober_for(end), end.url("/x"))
    assert said(posts) == {(None, "")}
    assert all(post.total_ms is not None for post in posts)
    assert max(sent) < 32 * 1024 * 1024  # what sockets hold, and no more


# what is NG by its answer -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [201, 202, 204, 400, 401, 403, 404, 405, 410, 429, 500, 502, 503, 599])
def test_guide_1_9_any_status_but_200_is_ng(end: Receiver, status: int) -> None:
    end.answers["/x"] = answer(status)
    posts = check(prober_for(end), end.url("/x"))
    assert said(posts) == {(R.STATUS, str(status))}
    assert {post.status for post in posts} == {status}
    assert all(post.total_ms is not None for post in posts)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_guide_1_9_a_redirect_is_ng_and_is_not_followed(end: Receiver, status: int) -> None:
    end.answers["/x"] = answer(status, headers=[f"Location: {end.url('/ok')}"])
    posts = check(prober_for(end), end.url("/x"))
    assert said(posts) == {(R.REDIRECT, f"{status} {end.url('/ok')}")}
    assert [request.line for request in end.requests] == ["POST /x HTTP/1.1"] * 3
    assert end.connections == 3


def test_guide_1_9_a_long_and_strange_target_of_a_redirect_is_cut_to_a_line(end: Receiver) -> None:
    end.answers["/x"] = raw(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /\xff\x80" + b"a" * 300 + b"\r\n\r\n"
    )
    [(reason, detail)] = said(check(prober_for(end), end.url("/x")))
    assert reason == R.REDIRECT
    assert detail == "302 /ÿ?" + "a" * 197 + "…"


@pytest.mark.parametrize("status", [300, 304])
def test_guide_1_9_a_300_that_leads_nowhere_is_a_status(end: Receiver, status: int) -> None:
    end.answers["/x"] = raw(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
    assert said(check(prober_for(end), end.url("/x"))) == {(R.STATUS, str(status))}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", R.DROPPED),
        (b"HTTP/1.1 200 OK\r\nContent-Le", R.DROPPED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive.", R.DROPPED),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfi", R.DROPPED),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", R.BAD_ANSWER),
        (b"220 mail.example.jp ESMTP\r\n\r\n", R.BAD_ANSWER),
        (b"<html>hello</html>\r\n\r\n", R.BAD_ANSWER),
        (b"HTTP/1.1 twohundred OK\r\n\r\n", R.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", R.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", R.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", R.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", R.BAD_ANSWER),
        (b"\x00\x01\x02\x03\r\n\r\n", R.BAD_ANSWER),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", R.TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 9000 + b"\r\n", R.TOO_LARGE),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 4000, R.TOO_LARGE),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"e" * 90_000 + b"\r\n.\r\n",
            R.TOO_LARGE,
        ),
    ],
)
def test_guide_1_9_what_is_no_whole_answer_is_ng(end: Receiver, data: bytes, reason: CheckReason) -> None:
    end.answers["/x"] = raw(data)
    posts = check(prober_for(end), end.url("/x"))
    assert {post.reason for post in posts} == {reason}
    assert {post.total_ms for post in posts} == {None}


def test_guide_1_9_a_connection_that_is_reset_is_told_as_dropped(end: Receiver) -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    end.answers["/x"] = reset
    assert said(check(prober_for(end), end.url("/x"))) == {(R.DROPPED, "")}


@pytest.mark.parametrize(("does", "detail"), [(hang, ""), (drip, "応答の途中")])
def test_guide_1_9_an_end_that_does_not_finish_is_given_up(end: Receiver, does: Answer, detail: str) -> None:
    end.answers["/x"] = does
    posts = check(prober_for(end, read_timeout=0.3), end.url("/x"))
    assert said(posts) == {(R.READ_TIMEOUT, detail)}
    assert all(post.connect_ms and post.tls_ms and post.total_ms is None for post in posts)


def test_guide_1_9_a_head_that_drips_is_given_up(end: Receiver) -> None:
    async def slowly(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    end.answers["/x"] = slowly
    assert said(check(prober_for(end, read_timeout=0.3), end.url("/x"))) == {(R.READ_TIMEOUT, "応答の途中")}


def test_guide_1_9_the_read_timeout_is_longer_than_the_threshold_so_that_the_true_time_is_told(
    end: Receiver,
) -> None:
    end.answers["/x"] = answer(200, delay_ms=600)
    posts = check(prober_for(end), end.url("/x"))
    found = verdict(posts)
    assert (found.ok, found.reason) == (False, R.TOO_SLOW)
    assert found.median_ms is not None and found.median_ms >= 600


# what is NG before an answer ----------------------------------------------------------------------


def test_guide_1_9_a_port_where_nobody_listens_is_refused(end: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    prober = prober_for(end, loopback=frozenset({(HOST, port)}))
    posts = check(prober, f"https://{HOST}:{port}/")
    assert said(posts) == {(R.CONNECT_REFUSED, "ECONNREFUSED")}
    assert {(post.address, post.connect_ms, post.total_ms) for post in posts} == {("127.0.0.1", None, None)}


def test_guide_1_9_a_listener_that_takes_nobody_in_is_given_up(end: Receiver) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:  # fill its queue: the kernel answers no further SYN
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        prober = prober_for(end, loopback=frozenset({(HOST, port)}), connect_timeout=0.3)
        posts = check(prober, f"https://{HOST}:{port}/")
        for client in waiting:
            client.close()
    assert said(posts) == {(R.CONNECT_TIMEOUT, "")}


def test_guide_1_9_a_handshake_that_never_ends_is_given_up(end: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        prober = prober_for(end, loopback=frozenset({(HOST, port)}), connect_timeout=0.3)
        posts = check(prober, f"https://{HOST}:{port}/")
    assert said(posts) == {(R.CONNECT_TIMEOUT, "TLS接続の途中")}
    assert all(post.connect_ms is not None and post.tls_ms is None for post in posts)


@contextmanager
def greeting(data: bytes) -> Iterator[int]:
    """A port where three clients get `data` as soon as they are there, and are hung up on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(3):
                client = listener.accept()[0]
                client.recv(1)  # of the ClientHello
                client.sendall(data)
                client.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n"]
)
def test_guide_1_9_what_speaks_no_tls_is_ng(end: Receiver, data: bytes) -> None:
    with greeting(data) as port:
        posts = check(prober_for(end, loopback=frozenset({(HOST, port)})), f"https://{HOST}:{port}/")
    assert {post.reason for post in posts} == {R.TLS_FAILED}
    assert {(post.address, post.tls_ms, post.status) for post in posts} == {("127.0.0.1", None, None)}


def past_and_future() -> dict[str, dict[str, Any]]:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    return {
        "expired": {"not_before": now - 30 * day, "not_after": now - day},
        "not yet": {"not_before": now + day, "not_after": now + 30 * day},
    }


@pytest.mark.parametrize("when", ["expired", "not yet"])
def test_guide_1_9_a_certificate_out_of_its_time_is_ng(tmp_path: Path, when: str) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES, **past_and_future()[when]).configure_cert(tls)
    with receiving(tmp_path, tls) as end:
        posts = check(prober_for(end), end.url())
        assert {post.reason for post in posts} == {R.TLS_EXPIRED}
        assert end.requests == []


def test_guide_1_9_a_certificate_of_another_name_is_ng(tmp_path: Path) -> None:
    with receiving(tmp_path, server_tls(tmp_path, "other.example.jp")) as end:
        posts = check(prober_for(end), end.url())
        assert {post.reason for post in posts} == {R.TLS_WRONG_NAME}
        assert end.requests == []


def test_guide_1_9_the_address_in_the_certificate_does_not_stand_for_the_name(tmp_path: Path) -> None:
    with receiving(tmp_path, server_tls(tmp_path, "127.0.0.1")) as end:
        assert {post.reason for post in check(prober_for(end), end.url())} == {R.TLS_WRONG_NAME}


def test_guide_1_9_an_authority_that_nobody_knows_is_ng(end: Receiver) -> None:
    posts = check(prober_for(end, ca_file=""), end.url())
    assert {post.reason for post in posts} == {R.TLS_UNTRUSTED}
    assert end.requests == []


def test_guide_1_9_a_missing_intermediate_certificate_is_ng(tmp_path: Path) -> None:
    root = trustme.CA()
    leaf = root.create_child_ca().issue_cert(*NAMES)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    alone = tmp_path / "alone.pem"
    alone.write_bytes(leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes())
    tls.load_cert_chain(alone)
    root.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with receiving(tmp_path, tls) as end:
        assert {post.reason for post in check(prober_for(end), end.url())} == {R.TLS_UNTRUSTED}


@pytest.mark.parametrize(
    ("version", "reasons"),
    [
        (ssl.TLSVersion.TLSv1_2, {R.TLS_FAILED}),
        # the refusal comes after the handshake, and may be lost with the connection
        (ssl.TLSVersion.TLSv1_3, {R.TLS_FAILED, R.DROPPED}),
    ],
)
def test_guide_1_9_a_server_that_wants_a_client_certificate_is_ng(
    tmp_path: Path, version: ssl.TLSVersion, reasons: set[CheckReason]
) -> None:
    tls = server_tls(tmp_path, *NAMES)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(str(tmp_path / "ca.pem"))
    tls.minimum_version = tls.maximum_version = version
    with receiving(tmp_path, tls) as end:
        assert {post.reason for post in check(prober_for(end), end.url())} <= reasons
        assert end.requests == []


def test_guide_1_9_a_server_that_speaks_only_old_tls_is_ng(tmp_path: Path) -> None:
    tls = server_tls(tmp_path, *NAMES)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    with receiving(tmp_path, tls) as end:
        assert {post.reason for post in check(prober_for(end), end.url())} == {R.TLS_FAILED}


def test_guide_1_9_what_nobody_foresaw_is_ng_and_logged(
    end: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*args: object, **named: object) -> None:
        raise LookupError("of no library")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", broken)
    assert said(check(prober_for(end), end.url())) == {(R.CONNECT_FAILED, "LookupError")}
    assert "of no library" in caplog.text


def test_guide_1_9_posts_of_one_check_may_end_differently(end: Receiver) -> None:
    turns = iter([answer(200), answer(503), drop])

    async def in_turn(writer: asyncio.StreamWriter) -> None:
        await next(turns)(writer)

    end.answers["/x"] = in_turn
    posts = check(prober_for(end), end.url("/x"))
    assert [post.reason for post in posts] == [None, R.STATUS, R.DROPPED]
    assert verdict(posts).reason == R.STATUS


def test_no_socket_is_left_open(end: Receiver, recwarn: pytest.WarningsRecorder) -> None:
    for path, timeout in (("/ok", 1.0), ("/hang", 0.1), ("/drip", 0.1), ("/drop", 1.0)):
        check(prober_for(end, read_timeout=timeout), end.url(path))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        prober = prober_for(end, loopback=frozenset({(HOST, port)}), connect_timeout=0.1)
        check(prober, f"https://{HOST}:{port}/")
    gc.collect()
    assert [str(warning.message) for warning in recwarn if warning.category is ResourceWarning] == []
