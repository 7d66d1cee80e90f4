"""The probe as this installation's settings and the staff's want it."""

import logging
import sys
from typing import Any

import pytest

from accounts.models import Setting
from accounts.services.probing import probe_settings, prober
from tests.fixtures.probing import check
from tests.fixtures.receiver import NAMES, Receiver
from tests.kmc_portal.test_stack import run

ASK = ["-c", "import kmc_portal.settings as s; print(s.CONNECTIVITY_LOOPBACK, s.CONNECTIVITY_CA_FILE)"]


def test_guide_1_9_staff_say_how_long_an_answer_is_waited_for_and_whether_http_may_be(db: None) -> None:
    assert (probe_settings().read_timeout, probe_settings().allow_http) == (10.0, False)
    Setting.objects.update_or_create(key="check_read_timeout", defaults={"value": 25})
    Setting.objects.update_or_create(key="http_endpoints_allowed", defaults={"value": True})
    assert (probe_settings().read_timeout, probe_settings().allow_http) == (25.0, True)


def test_the_installations_receiver_is_found_and_trusted(db: None, receiver: Receiver) -> None:
    found = probe_settings()
    assert found.loopback == {(name, receiver.port) for name in NAMES}
    assert found.hosts == dict.fromkeys(NAMES, "127.0.0.1")
    assert {post.reason for post in check(prober(), receiver.url())} == {None}


def test_without_an_exception_nothing_is_found_on_this_machine(db: None, settings: Any) -> None:
    settings.CONNECTIVITY_LOOPBACK, settings.CONNECTIVITY_CA_FILE = [], ""
    found = probe_settings()
    assert (found.loopback, found.hosts, found.ca_file, found.nameservers) == (frozenset(), {}, "", ())


def test_a_receiver_that_was_never_started_is_told_in_the_log(
    db: None, settings: Any, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CONNECTIVITY_CA_FILE = str(tmp_path / "ca.pem")
    with caplog.at_level(logging.WARNING):
        assert probe_settings().ca_file == ""
    assert "ca.pem" in caplog.text


PRODUCTION = {
    "KMC_DEMO": "off",
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "kmc.example.jp",
    "DATABASE_URL": "postgres://a:b@db.example.jp/kmc",
    "REDIS_URL": "redis://cache.example.jp",
}


@pytest.mark.parametrize(
    "extra",
    [{"CONNECTIVITY_LOOPBACK": "hooks.example.jp:8443"}, {"CONNECTIVITY_CA_FILE": "/tmp/ca.pem"}],
)
def test_guide_1_9_a_real_installation_has_no_exception_for_this_machine(
    extra: dict[str, str], tmp_path: Any
) -> None:
    done = run([sys.executable, *ASK], tmp_path, **PRODUCTION, **extra)
    assert done.returncode == 1
    assert "デモとテスト専用です" in done.stderr
    plain = run([sys.executable, *ASK], tmp_path, **PRODUCTION)
    assert (plain.returncode, plain.stdout) == (0, "[] \n")


@pytest.mark.parametrize(
    "value", ["hooks.example.jp", "hooks.example.jp:", ":8443", "hooks.example.jp:https"]
)
def test_a_pair_that_is_none_gets_a_clear_line(value: str, tmp_path: Any) -> None:
    done = run([sys.executable, *ASK], tmp_path, CONNECTIVITY_LOOPBACK=value)
    assert done.returncode == 1
    assert f"今の値: {value}" in done.stderr


def test_the_demos_receiver_is_the_exception_of_the_demo(tmp_path: Any) -> None:
    done = run([sys.executable, *ASK], tmp_path, RECEIVER_PORT="9001")
    assert done.stdout == f"['receiver.kmc.example.jp:9001'] {tmp_path}/receiver/ca.pem\n"
