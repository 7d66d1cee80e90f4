"""§1.9: URLs and DNS answers that would lead the probe to where it must not go, each with what is said instead.

DNS answers come from a real name server over UDP. Connections are written down instead of made, so that none leaves
this machine whatever the table says; the rebinding tests use a real listener.
"""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from accounts.gateways.probe import Prober, ProbeSettings
from accounts.rules.connectivity import CheckReason
from accounts.services.endpoints import checked_url
from accounts.services.errors import Refused
from applications.rules.forms.checks import FIRST_LIMITS
from applications.rules.forms.checks import notification_url as form_check
from applications.rules.forms.faults import ValueFault
from kmc_portal.demo.receiver import answer
from kmc_portal.explain import explain
from kmc_portal.lib.public_url import UrlReason
from tests.fixtures.nameserver import Nameserver, Said, answering
from tests.fixtures.probing import check, prober_for
from tests.fixtures.receiver import NAMES, Receiver, receiving, server_tls

R = CheckReason
HOST = NAMES[0]
EXECUTE_API = "execute_api"


@pytest.fixture
def names() -> Iterator[Nameserver]:
    with answering() as server:
        yield server


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where the probe would have connected to; and nobody but the name server is asked for names."""
    tried: list[tuple[str, int]] = []

    async def connect(self: object, host: str, port: int, **named: Any) -> None:
        tried.append((host, port))
        error = OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        raise httpcore2.ConnectError(error) from error

    def ask(*args: object, **named: object) -> None:
        raise AssertionError("a name was asked for beside the name server")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)
    monkeypatch.setattr(socket, "getaddrinfo", ask)
    monkeypatch.setattr(socket, "gethostbyname", ask)
    return tried


# URLs: refused by the form, the service, the command and the probe alike, before any name is asked for ------------

URLS: list[tuple[str, str]] = [  # §1.9
    # API Gateway's own domain
    ("https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod", EXECUTE_API),
    ("https://ABC123.EXECUTE-API.AP-NORTHEAST-1.AMAZONAWS.COM/prod", EXECUTE_API),
    ("https://abc123.execute-api.ap-northeast-1.amazonaws.com./prod", EXECUTE_API),
    ("https://abc123.execute-api.ap-northeast-1.amazonaws.com:8443/prod", EXECUTE_API),
    ("https://abc123.execute-api.cn-north-1.amazonaws.com.cn/prod", EXECUTE_API),
    ("https://abc123.execute-api.us-east-1.vpce.amazonaws.com/", EXECUTE_API),
    ("https://execute-api.us-east-1.amazonaws.com/", EXECUTE_API),
    ("https://abc123.execute-api.us-east-1.api.aws/", EXECUTE_API),
    # IPv4 in every spelling
    ("https://127.0.0.1/", "ip_literal"),
    ("https://127.0.0.1./", "ip_literal"),
    ("https://127.1/", "ip_literal"),
    ("https://127.0.1/", "ip_literal"),
    ("https://0/", "ip_literal"),
    ("https://0.0.0.0/", "ip_literal"),
    ("https://2130706433/", "ip_literal"),
    ("https://0x7f000001/", "ip_literal"),
    ("https://0x7f.0.0.1/", "ip_literal"),
    ("https://0x7f.1/", "ip_literal"),
    ("https://017700000001/", "ip_literal"),
    ("https://0177.0.0.01/", "ip_literal"),
    ("https://0177.0.0.0x1/", "ip_literal"),
    ("https://00000127.0.0.1/", "ip_literal"),
    ("https://10.0.0.1/", "ip_literal"),
    ("https://192.168.0.1:443/", "ip_literal"),
    ("https://169.254.169.254/latest/meta-data/", "ip_literal"),
    ("https://2852039166/latest/meta-data/", "ip_literal"),
    ("https://0xa9fea9fe/", "ip_literal"),
    ("https://0251.0376.0251.0376/", "ip_literal"),
    ("https://52.192.0.1/", "ip_literal"),
    ("https://256.256.256.256/", "ip_literal"),
    ("https://1.2.3.4.5/", "ip_literal"),
    # IPv6
    ("https://[::1]/", "ip_literal"),
    ("https://[::]/", "ip_literal"),
    ("https://[::ffff:127.0.0.1]/", "ip_literal"),
    ("https://[::ffff:7f00:1]/", "ip_literal"),
    ("https://[0:0:0:0:0:0:0:1]:8443/", "ip_literal"),
    ("https://[64:ff9b::7f00:1]/", "ip_literal"),
    ("https://[2002:7f00:1::]/", "ip_literal"),
    ("https://[fe80::1%25eth0]/", "ip_literal"),
    ("https://[fe80::1%eth0]/", "ip_literal"),
    ("https://[fd00:ec2::254]/latest/meta-data/", "ip_literal"),
    ("https://[2400:4050::1]/", "ip_literal"),
    ("https://[::1/", "bad_host"),
    # names of this machine and of inner networks
    ("https://localhost/", "local_name"),
    ("https://LocalHost:8443/", "local_name"),
    ("https://localhost./", "local_name"),
    ("https://a.b.localhost/", "local_name"),
    ("https://localhost.localdomain/", "local_name"),
    ("https://metadata.google.internal/computeMetadata/v1/", "local_name"),
    ("https://kubernetes.default.svc.cluster.local/", "local_name"),
    ("https://printer.local/", "local_name"),
    ("https://intranet/", "local_name"),
    ("https://db/", "single_label"),
    ("https://postgres:5432/", "single_label"),
    ("https://server.corp/", "local_name"),
    ("https://nas.home.arpa/", "local_name"),
    ("https://hidden.onion/", "local_name"),
    # user info and other ways to say one host and mean another
    ("https://user@hooks.example.jp/", "user_info"),
    ("https://user:pass@hooks.example.jp/", "user_info"),
    ("https://hooks.example.jp@127.0.0.1/", "user_info"),
    ("https://hooks.example.jp:443@localhost/", "user_info"),
    ("https://@127.0.0.1/", "user_info"),
    ("https://hooks.example.jp%40127.0.0.1/", "ip_literal"),
    ("https://127.0.0.1%23.hooks.example.jp/", "bad_host"),
    ("https://hooks.example.jp\\@127.0.0.1/", "bad_character"),
    ("https://127.0.0.1\\.hooks.example.jp/", "bad_character"),
    ("https:\\\\127.0.0.1\\", "bad_character"),
    ("https://hooks.example.jp#@127.0.0.1/", "fragment"),
    ("https://hooks.example.jp/#@127.0.0.1/", "fragment"),
    ("https://hooks.example.jp/\r\nHost: 127.0.0.1", "whitespace"),
    ("https://hooks.example.jp/ HTTP/1.1\r\nX: y", "whitespace"),
    ("https://hooks.example.jp/\tx", "whitespace"),
    ("https://hooks.example.jp/\x00", "whitespace"),
    ("https://hooks.example.jp%00.127.0.0.1/", "ip_literal"),
    ("https://hooks%2eexample%2ejp/", "bad_host"),
    ("https://loc%61lhost/", "bad_host"),
    # other alphabets that are folded into ours
    ("https://１２７.０.０.１/", "idn"),
    ("https://①②⑦.⓪.⓪.①/", "idn"),
    ("https://ⓛocalhost/", "idn"),
    ("https://127。0。0。1/", "idn"),
    ("https://hooks.exаmple.jp/", "idn"),
    ("https://日本語.jp/", "idn"),
    # ports
    ("https://hooks.example.jp:0/", "bad_port"),
    ("https://hooks.example.jp:65536/", "bad_port"),
    ("https://hooks.example.jp:-443/", "bad_port"),
    ("https://hooks.example.jp:44３/", "idn"),
    ("https://hooks.example.jp:443:80/", "bad_port"),
    ("https://hooks.example.jp:/", "bad_port"),
    # schemes
    ("http://hooks.example.jp/", "http"),
    ("ftp://hooks.example.jp/", "scheme"),
    ("file:///etc/passwd", "scheme"),
    ("gopher://127.0.0.1:6379/_FLUSHALL", "scheme"),
    ("unix:///var/run/docker.sock", "scheme"),
    ("https+unix://%2Fvar%2Frun%2Fx.sock/", "scheme"),
    ("//127.0.0.1/", "scheme"),
    ("https:127.0.0.1", "no_host"),
    ("https:///127.0.0.1/", "no_host"),
    (f"https://hooks.example.jp/{'a' * 2048}", "too_long"),
]


def test_the_tables_together_have_150_rows() -> None:
    assert len(URLS) + len(ANSWERS) >= 150
    assert len({url for url, _ in URLS}) == len(URLS)


@pytest.mark.parametrize(("url", "reason"), URLS)
def test_guide_1_9_such_a_url_is_refused_everywhere_for_the_same_reason(
    url: str, reason: str, names: Nameserver, connections: list[tuple[str, int]], db: None
) -> None:
    told = explain("notification-url", {"url": url})
    assert told.result == {"allowed": False, "reason": reason}
    with pytest.raises(ValueFault) as form:
        form_check(url, FIRST_LIMITS)
    with pytest.raises(Refused) as service:
        checked_url(url)
    assert form.value.message == told.because[0]
    if url == url.strip():
        assert str(service.value) == told.because[0]
    posts = check(Prober(ProbeSettings(nameservers=(names.address,))), url)
    label = "execute-api" if reason == EXECUTE_API else UrlReason.label_of(reason)
    assert {(post.reason, post.detail, post.address) for post in posts} == {(R.URL_REFUSED, label, "")}
    assert (len(posts), names.questions, connections) == (3, [], [])


# DNS answers: (A records, AAAA records, what is said or where the connection goes) ---------------------------------

PRIVATE, LOOPBACK = "プライベートアドレス", "ループバックアドレス"
LINK_LOCAL, CGNAT = "リンクローカルアドレス", "通信事業者の共有アドレス（CGNAT）"
MULTICAST, DOCUMENTATION = "マルチキャストアドレス", "文書例示用アドレス"
BENCHMARK, RESERVED = "性能測定用アドレス", "予約済みアドレス"
UNSPECIFIED, TRANSITION = "未指定アドレス", "IPv4/IPv6移行用アドレス"

ANSWERS: list[tuple[list[str], list[str], str]] = [  # §1.9, classes as in §1.2
    # IPv4, both ends of every range
    (["127.0.0.1"], [], LOOPBACK),
    (["127.0.0.0"], [], LOOPBACK),
    (["127.255.255.255"], [], LOOPBACK),
    (["0.0.0.0"], [], UNSPECIFIED),
    (["0.0.0.1"], [], RESERVED),
    (["0.255.255.255"], [], RESERVED),
    (["10.0.0.0"], [], PRIVATE),
    (["10.255.255.255"], [], PRIVATE),
    (["100.64.0.0"], [], CGNAT),
    (["100.127.255.255"], [], CGNAT),
    (["169.254.0.0"], [], LINK_LOCAL),
    (["169.254.169.254"], [], LINK_LOCAL),
    (["169.254.255.255"], [], LINK_LOCAL),
    (["172.16.0.0"], [], PRIVATE),
    (["172.31.255.255"], [], PRIVATE),
    (["192.0.0.0"], [], RESERVED),
    (["192.0.0.170"], [], RESERVED),
    (["192.0.2.1"], [], DOCUMENTATION),
    (["192.88.99.1"], [], TRANSITION),
    (["192.168.0.0"], [], PRIVATE),
    (["192.168.255.255"], [], PRIVATE),
    (["192.175.48.1"], [], RESERVED),
    (["198.18.0.0"], [], BENCHMARK),
    (["198.19.255.255"], [], BENCHMARK),
    (["198.51.100.7"], [], DOCUMENTATION),
    (["203.0.113.255"], [], DOCUMENTATION),
    (["224.0.0.1"], [], MULTICAST),
    (["239.255.255.255"], [], MULTICAST),
    (["233.252.0.1"], [], DOCUMENTATION),
    (["240.0.0.1"], [], RESERVED),
    (["255.255.255.255"], [], RESERVED),
    # IPv6
    ([], ["::1"], LOOPBACK),
    ([], ["::"], UNSPECIFIED),
    ([], ["::2"], TRANSITION),
    ([], ["::127.0.0.1"], TRANSITION),
    ([], ["::ffff:127.0.0.1"], TRANSITION),
    ([], ["::ffff:52.192.0.1"], TRANSITION),
    ([], ["::ffff:0:127.0.0.1"], TRANSITION),
    ([], ["64:ff9b::7f00:1"], TRANSITION),
    ([], ["64:ff9b::34c0:1"], TRANSITION),
    ([], ["64:ff9b:1::7f00:1"], TRANSITION),
    ([], ["100::1"], RESERVED),
    ([], ["2001::1"], TRANSITION),
    ([], ["2001:0:4136:e378:8000:63bf:3fff:fdd2"], TRANSITION),
    ([], ["2001:2::1"], BENCHMARK),
    ([], ["2001:20::1"], RESERVED),
    ([], ["2001:1ff:ffff::1"], RESERVED),
    ([], ["2001:db8::1"], DOCUMENTATION),
    ([], ["2002:7f00:1::"], TRANSITION),
    ([], ["2002:a00:1::1"], TRANSITION),
    ([], ["2002:34c0:1::1"], TRANSITION),
    ([], ["3ffe::1"], RESERVED),
    ([], ["3fff::1"], DOCUMENTATION),
    ([], ["4000::1"], RESERVED),
    ([], ["5f00::1"], RESERVED),
    ([], ["fc00::1"], PRIVATE),
    ([], ["fd00:ec2::254"], PRIVATE),
    ([], ["fe80::1"], LINK_LOCAL),
    ([], ["febf::1"], LINK_LOCAL),
    ([], ["fec0::1"], PRIVATE),
    ([], ["ff02::1"], MULTICAST),
    # public beside not public: one is enough to refuse, wherever it stands
    (["52.192.0.1", "10.0.0.1"], [], PRIVATE),
    (["10.0.0.1", "52.192.0.1"], [], PRIVATE),
    (["52.192.0.1", "52.192.0.2", "52.192.0.3", "127.0.0.1"], [], LOOPBACK),
    (["52.192.0.1"], ["::1"], LOOPBACK),
    (["52.192.0.1"], ["::ffff:10.0.0.1"], TRANSITION),
    (["52.192.0.1"], ["fe80::1"], LINK_LOCAL),
    (["127.0.0.1"], ["2400:4050::1"], LOOPBACK),
    (["192.168.0.1"], ["2400:4050::1"], PRIVATE),
    ([], ["2400:4050::1", "fd00::1"], PRIVATE),
    # aliases: what they lead to counts
    (["CNAME localhost.", "127.0.0.1"], [], LOOPBACK),
    (["CNAME hooks.localdomain.", "10.1.2.3"], [], PRIVATE),
    (["CNAME a.example.net.", "CNAME b.example.net.", "169.254.169.254"], [], LINK_LOCAL),
    (["CNAME metadata.google.internal.", "169.254.169.254"], ["CNAME metadata.google.internal."], LINK_LOCAL),
    (["CNAME a.example.net.", "52.192.0.1"], ["CNAME a.example.net.", "::1"], LOOPBACK),
    # public: the very address, IPv4 before IPv6; just beside the ranges
    (["52.192.0.1"], [], "52.192.0.1"),
    (["52.192.0.1"], ["2400:4050::1"], "52.192.0.1"),
    ([], ["2400:4050::1"], "2400:4050::1"),
    (["CNAME d-abc.execute-api.ap-northeast-1.amazonaws.com.", "52.192.0.1"], [], "52.192.0.1"),
    (["9.255.255.255"], [], "9.255.255.255"),
    (["11.0.0.0"], [], "11.0.0.0"),
    (["100.63.255.255"], [], "100.63.255.255"),
    (["100.128.0.0"], [], "100.128.0.0"),
    (["126.255.255.255"], [], "126.255.255.255"),
    (["128.0.0.0"], [], "128.0.0.0"),
    (["172.15.255.255"], [], "172.15.255.255"),
    (["172.32.0.0"], [], "172.32.0.0"),
    (["198.17.255.255"], [], "198.17.255.255"),
    (["198.20.0.0"], [], "198.20.0.0"),
    (["223.255.255.255"], [], "223.255.255.255"),
    ([], ["2001:200::1"], "2001:200::1"),
    ([], ["2003::1"], "2003::1"),
    ([], ["3fff:1000::1"], "3fff:1000::1"),
]


@pytest.mark.parametrize(("v4", "v6", "expected"), ANSWERS)
def test_guide_1_9_an_answer_of_dns_leads_to_a_public_address_or_nowhere(
    v4: list[str], v6: list[str], expected: str, names: Nameserver, connections: list[tuple[str, int]]
) -> None:
    names.say(HOST, "A", v4)
    names.say(HOST, "AAAA", v6)
    posts = check(Prober(ProbeSettings(nameservers=(names.address,))), f"https://{HOST}:8443/x")
    if "." in expected or ":" in expected:
        said = {(R.CONNECT_FAILED, "ENETUNREACH", expected)}
        assert connections == [(expected, 8443)] * 3
    else:
        said = {(R.NOT_PUBLIC, expected, "")}
        assert connections == []
    assert {(post.reason, post.detail, post.address) for post in posts} == said


@pytest.mark.parametrize(
    ("v4", "v6", "reason", "detail"),
    [
        ([], [], R.NO_ADDRESS, ""),
        (["CNAME a.example.net."], ["CNAME a.example.net."], R.NO_ADDRESS, ""),
        ("NXDOMAIN", "NXDOMAIN", R.DNS_FAILED, "NXDOMAIN"),
        ("SERVFAIL", "SERVFAIL", R.DNS_FAILED, "SERVFAIL"),
        ("REFUSED", "REFUSED", R.DNS_FAILED, "REFUSED"),
        ([], "SERVFAIL", R.DNS_FAILED, "SERVFAIL"),
    ],
)
def test_guide_1_9_a_name_without_an_address_says_why(
    v4: Said,
    v6: Said,
    reason: CheckReason,
    detail: str,
    names: Nameserver,
    connections: list[tuple[str, int]],
) -> None:
    names.say(HOST, "A", v4)
    names.say(HOST, "AAAA", v6)
    posts = check(Prober(ProbeSettings(nameservers=(names.address,))), f"https://{HOST}/")
    assert {(post.reason, post.detail) for post in posts} == {(reason, detail)}
    assert all(post.dns_ms is not None and post.total_ms is None for post in posts)
    assert connections == []


@pytest.mark.parametrize("said", ["silence", "garbage"])
def test_guide_1_9_a_name_server_that_does_not_answer_is_given_up(
    said: Said, names: Nameserver, connections: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.gateways.probe_names.TRY_SECONDS", 0.1)
    monkeypatch.setattr("accounts.gateways.probe_names.LIFETIME_SECONDS", 0.3)
    names.say(HOST, "A", said)
    names.say(HOST, "AAAA", said)
    posts = check(Prober(ProbeSettings(nameservers=(names.address,))), f"https://{HOST}/")
    assert {post.reason for post in posts} <= {R.DNS_TIMEOUT, R.DNS_FAILED}
    assert said == "garbage" or {post.reason for post in posts} == {R.DNS_TIMEOUT}
    assert connections == []


def test_guide_1_9_one_kind_of_address_is_enough_where_the_other_question_fails(
    names: Nameserver, connections: list[tuple[str, int]]
) -> None:
    names.say(HOST, "A", ["52.192.0.1"])
    names.say(HOST, "AAAA", "SERVFAIL")
    check(Prober(ProbeSettings(nameservers=(names.address,))), f"https://{HOST}/")
    assert connections == [("52.192.0.1", 443)] * 3


def test_guide_1_9_only_the_whole_name_is_asked_for(
    names: Nameserver, connections: list[tuple[str, int]]
) -> None:
    names.say(HOST, "A", "NXDOMAIN")
    names.say(HOST, "AAAA", "NXDOMAIN")
    check(Prober(ProbeSettings(nameservers=(names.address,))), "https://Hooks.Example.jp./x")
    assert sorted(names.questions) == [(HOST, "A")] * 3 + [(HOST, "AAAA")] * 3  # no search domains


# rebinding: a name that is public when it is asked for and something else a moment later ---------------------------


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path, server_tls(tmp_path, *NAMES)) as running:
        yield running


@pytest.mark.parametrize("inner", ["0.0.0.0", "10.0.0.1", "169.254.169.254"])
def test_guide_1_9_a_name_that_turns_inwards_after_it_was_checked_is_not_asked_again(
    inner: str, names: Nameserver, connections: list[tuple[str, int]]
) -> None:
    names.say(HOST, "A", ["52.192.0.1"], [inner])  # the first answer is checked, all later ones lead inwards
    posts = check(Prober(ProbeSettings(nameservers=(names.address,))), f"https://{HOST}/")
    assert connections == [("52.192.0.1", 443)]
    assert [(post.address, post.reason) for post in posts] == [
        ("52.192.0.1", R.CONNECT_FAILED),
        ("", R.NOT_PUBLIC),
        ("", R.NOT_PUBLIC),
    ]
    assert names.questions.count((HOST, "A")) == 3  # one a POST: none between the check and the connection


@pytest.mark.parametrize(("inner", "kind"), [("0.0.0.0", "A"), ("::ffff:127.0.0.1", "AAAA"), ("::", "AAAA")])
def test_guide_1_9_a_name_that_turns_inwards_between_two_posts_gets_one_connection(
    inner: str, kind: str, names: Nameserver, listener: Receiver
) -> None:
    # this machine is where POST 1 may go; the other addresses would reach the same listener
    names.say(HOST, "A", ["127.0.0.1"], [inner] if kind == "A" else [])
    names.say(HOST, "AAAA", [], [inner] if kind == "AAAA" else [])
    prober = prober_for(listener, hosts={}, nameservers=(names.address,))
    posts = check(prober, listener.url())
    assert [post.reason for post in posts] == [None, R.NOT_PUBLIC, R.NOT_PUBLIC]
    assert listener.connections == 1


@pytest.mark.parametrize(
    ("address", "kind"),
    [("127.0.0.1", "A"), ("0.0.0.0", "A"), ("::ffff:127.0.0.1", "AAAA"), ("::1", "AAAA"), ("127.0.0.2", "A")],
)
def test_guide_1_9_a_listener_of_this_machine_sees_no_connection(
    address: str, kind: str, names: Nameserver, listener: Receiver
) -> None:
    names.say(HOST, kind, [address])
    prober = prober_for(listener, hosts={}, loopback=frozenset(), nameservers=(names.address,))
    posts = check(prober, listener.url())
    assert {post.reason for post in posts} == {R.NOT_PUBLIC}
    assert listener.connections == 0


@pytest.mark.parametrize("other", [NAMES[1], "else.example.jp"])
def test_guide_1_9_the_tests_exception_is_for_the_named_pair_alone(
    other: str, names: Nameserver, listener: Receiver
) -> None:
    for name in (HOST, other):
        names.say(name, "A", ["127.0.0.1"])
    pair = frozenset({(HOST, listener.port)})
    prober = prober_for(listener, hosts={}, loopback=pair, nameservers=(names.address,))
    assert {post.reason for post in check(prober, listener.url(host=other))} == {R.NOT_PUBLIC}
    assert {post.reason for post in check(prober, f"https://{HOST}:{listener.port + 1}/")} == {R.NOT_PUBLIC}
    assert listener.connections == 0
    assert {post.reason for post in check(prober, listener.url())} == {None}
    assert listener.connections == 3


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1"])
def test_guide_1_9_the_tests_exception_is_for_loopback_alone(
    address: str, listener: Receiver, connections: list[tuple[str, int]]
) -> None:
    prober = prober_for(listener, hosts={HOST: address})
    assert {post.reason for post in check(prober, listener.url())} == {R.NOT_PUBLIC}
    assert connections == []


def test_guide_1_9_a_redirect_inwards_is_not_followed(names: Nameserver, listener: Receiver) -> None:
    listener.answers["/x"] = answer(307, headers=[f"Location: https://127.0.0.1:{listener.port}/inner"])
    posts = check(prober_for(listener), listener.url("/x"))
    assert {post.reason for post in posts} == {R.REDIRECT}
    assert {request.line for request in listener.requests} == {"POST /x HTTP/1.1"}
