"""The embedded stack, through script/server and manage.py, each test in a data folder of its own."""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kmc_portal.embedded import addresses, servers

SERVER = [str(addresses.BASE_DIR / "script" / "server")]
MANAGE = [sys.executable, str(addresses.BASE_DIR / "manage.py")]
ASK_DATABASE = (
    "from django.db import connection as c; k = c.cursor(); k.execute('SELECT 6 * 7'); print(k.fetchone()[0])"
)
UNSET = {"DATABASE_URL", "REDIS_URL", "KMC_DEMO", "KMC_TEST_STACK", "HOST", "PORT", "DJANGO_SETTINGS_MODULE"}


def environment(data: Path, **extra: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in UNSET} | {"KMC_DATA_FOLDER": str(data)} | extra


def run(command: list[str], data: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment(data, **extra), capture_output=True, text=True, timeout=240
    )


def processes_of(data: Path) -> list[int]:
    """Everything that was started for this data folder, by the variable they all inherit."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"KMC_DATA_FOLDER={data}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue
    return found


def wait_until_gone(data: Path) -> list[int]:
    """Wait for each process of the folder to end; what is left after a minute is returned."""
    for pid in processes_of(data):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        select.select([descriptor], [], [], 60)
        os.close(descriptor)
    return processes_of(data)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@contextmanager
def serving(data: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """script/server until its first page answers, and what it said on the way."""
    process = subprocess.Popen(
        SERVER,
        env=environment(data, PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            if line.strip() == f"http://localhost:{port}/":
                break
        else:
            pytest.fail(f"script/server ended: {said}")
        yield process, said
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_busy_port_gets_a_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(SERVER, tmp_path, PORT=str(port))
    assert done.returncode == 1
    assert f"127.0.0.1 のポート {port} は使えません" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["0", "65536", "eighty", "８０"])
def test_a_port_that_is_none_gets_a_clear_line(tmp_path: Path, value: str) -> None:
    done = run(SERVER, tmp_path, PORT=value)
    assert done.returncode == 1
    assert "PORT には 1〜65535 の整数を指定してください" in done.stderr


def test_a_second_instance_gets_a_clear_line(tmp_path: Path, port: int) -> None:
    with servers.locked(tmp_path, "別の起動"):
        done = run(SERVER, tmp_path, PORT=str(port))
    assert done.returncode == 1
    assert (
        f"データフォルダー {tmp_path} はすでに使用中です（別の起動、プロセス {os.getpid()}）" in done.stderr
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "nonsense"), ("DATABASE_URL", "mysql://localhost/kmc"), ("KMC_DEMO", "off")],
)
def test_settings_that_cannot_be_get_a_clear_line(tmp_path: Path, name: str, value: str) -> None:
    done = run(SERVER, tmp_path, **{name: value})  # without a demo there is no built-in SECRET_KEY
    assert done.returncode == 1
    assert done.stderr.startswith("環境変数の設定に誤りがあります。")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_that_refuses_us_gets_a_clear_line(tmp_path: Path, port: int) -> None:
    url = f"{os.environ['DATABASE_URL'].replace('/kmc?', '/absent?')}"
    done = run(SERVER, tmp_path, PORT=str(port), DATABASE_URL=url, KMC_DEMO="on")
    assert done.returncode == 1
    assert "DATABASE_URL のサーバーが使えません" in done.stderr
    assert "absent" in done.stderr
    assert "Traceback" not in done.stderr


def test_manage_py_brings_its_own_database_and_ends_it(tmp_path: Path) -> None:
    done = run([*MANAGE, "shell", "-v0", "-c", ASK_DATABASE], tmp_path)
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
    assert processes_of(tmp_path) == []


def test_a_half_finished_first_start_is_taken_up(tmp_path: Path) -> None:
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new" / "PG_VERSION").write_text("half")
    done = run([*MANAGE, "shell", "-v0", "-c", ASK_DATABASE], tmp_path)
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


def test_what_a_killed_server_left_behind_does_not_stop_the_next(tmp_path: Path) -> None:
    assert run([*MANAGE, "shell", "-v0", "-c", ASK_DATABASE], tmp_path).returncode == 0
    (tmp_path / "pg" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{tmp_path / 'pg'}\n"
    )  # a live process's number
    (tmp_path / "run" / ".s.PGSQL.5432").touch()
    (tmp_path / "run" / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    (tmp_path / "run" / "valkey.sock").touch()
    done = run([*MANAGE, "shell", "-v0", "-c", ASK_DATABASE], tmp_path)
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr


def test_the_first_manage_py_waits_for_the_guests_of_its_database(tmp_path: Path) -> None:
    ask_twice = f"{ASK_DATABASE}; import sys; sys.stdout.flush(); input(); k.execute('SELECT 1'); print(k.fetchone()[0], flush=True)"
    command = [*MANAGE, "shell", "-v0", "-c", ask_twice]
    options = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "text": True,
        "env": environment(tmp_path),
    }
    with subprocess.Popen(command, **options) as host:  # type: ignore[call-overload]
        assert host.stdout.readline() == "42\n"
        with subprocess.Popen(command, **options) as guest:  # type: ignore[call-overload]
            assert guest.stdout.readline() == "42\n"
            print("", file=host.stdin, flush=True)
            assert host.stdout.readline() == "1\n"
            assert guest.communicate("\n")[0] == "1\n"
        assert host.wait() == 0
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize(
    "command",
    [
        ["rule", "business-day", "after=2026-01-01", "days=5", "calendar=office"],
        ["help"],
        ["shell", "--help"],
    ],
)
def test_commands_without_a_database_start_nothing(tmp_path: Path, command: list[str]) -> None:
    data = tmp_path / "data"
    done = run([*MANAGE, *command], data)
    assert done.returncode == 0, done.stderr
    assert not data.exists()
