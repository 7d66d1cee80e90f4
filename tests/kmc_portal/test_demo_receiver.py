"""`manage.py demo_receiver` and its place beside script/server."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.gateways.probe import Prober, ProbeSettings
from accounts.rules.connectivity import CheckReason, Post
from kmc_portal.embedded import addresses
from tests.fixtures.probing import check
from tests.kmc_portal.test_stack import environment, free_port, run

R = CheckReason
COMMAND = [sys.executable, str(addresses.BASE_DIR / "manage.py"), "demo_receiver"]
HOST = "receiver.kmc.example.jp"


@pytest.fixture
def port() -> int:
    return free_port()


def posts(data: Path, port: int, path: str) -> list[Post]:
    prober = Prober(
        ProbeSettings(
            loopback=frozenset({(HOST, port)}),
            hosts={HOST: "127.0.0.1"},
            ca_file=str(data / "receiver" / "ca.pem"),
            read_timeout=1.5,
        )
    )
    return check(prober, f"https://{HOST}:{port}{path}")


@pytest.fixture
def told(tmp_path: Path, port: int) -> Iterator[str]:
    """The command with 503 after 30 ms for what has no path of its own, as it tells about itself."""
    process = subprocess.Popen(
        [*COMMAND, "--delay-ms", "30", "--status", "503"],
        env=environment(tmp_path, RECEIVER_PORT=str(port)),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(9)]
    yield "".join(lines)
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == ""
    process.stdout.close()
    assert process.wait() == 0


def test_guide_1_9_a_newcomer_sees_ok_slow_and_failing_ends(told: str, tmp_path: Path, port: int) -> None:
    assert f"https://{HOST}:{port}/" in told
    ends = {
        "/ok": None,
        "/edge": None,
        "/slow": None,
        "/error": R.STATUS,
        "/redirect": R.REDIRECT,
        "/drop": R.DROPPED,
        "/hang": R.READ_TIMEOUT,
        "/drip": R.READ_TIMEOUT,
    }
    for path, reason in ends.items():
        assert f"  {path} " in told
        assert {post.reason for post in posts(tmp_path, port, path)} == {reason}, path
    assert all((post.total_ms or 0) >= 700 for post in posts(tmp_path, port, "/slow"))
    other = posts(tmp_path, port, "/of/my/own?x=y")
    assert {(post.reason, post.detail) for post in other} == {(R.STATUS, "503")}
    assert all((post.first_byte_ms or 0) >= 29 for post in other)


def test_a_busy_port_gets_a_clear_line_and_leaves_the_authority_alone(
    told: str, tmp_path: Path, port: int
) -> None:
    before = (tmp_path / "receiver" / "ca.pem").read_bytes()
    done = run(COMMAND, tmp_path, RECEIVER_PORT=str(port))
    assert done.returncode == 1
    assert f"ポート {port} が使えないため" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "receiver" / "ca.pem").read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--delay-ms", "-1"),
        ("--delay-ms", "60001"),
        ("--status", "199"),
        ("--status", "600"),
        ("--port", "70000"),
    ],
)
def test_an_option_that_cannot_be_gets_a_clear_line(option: str, value: str, tmp_path: Path) -> None:
    done = run([*COMMAND, option, value], tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert value in done.stderr or option in done.stderr


def test_a_real_installation_has_no_demo_receiver(tmp_path: Path) -> None:
    done = run(
        COMMAND,
        tmp_path,
        KMC_DEMO="off",
        SECRET_KEY="x" * 60,
        DATABASE_URL="postgres://a:b@db.example.jp/kmc",
        REDIS_URL="redis://cache.example.jp",
    )
    assert done.returncode == 1
    assert "KMC_DEMO=off" in done.stderr
