"""script/setup under script/server, in a copy of the scripts with a stand-in for the interpreter."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kmc_portal.embedded.addresses import BASE_DIR

PATIENCE = 60  # seconds
# answers every question of script/setup; an installation tells its process number and goes on without end
STAND_IN = f"""#!{sys.executable} -S
import os, signal, sys
if "install" in sys.argv:
    try:
        with open("pip-runs", "w") as told:
            told.write(str(os.getpid()))
        signal.pause()
    except KeyboardInterrupt:  # as pip does
        sys.exit(1)
"""
Start = Callable[[], tuple["subprocess.Popen[str]", int]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """script/server in a process group of its own, once it installs; with the installation's pidfd."""
    shutil.copytree(BASE_DIR / "script", tmp_path / "script")
    (tmp_path / "requirements.txt").touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(STAND_IN)
    python.chmod(0o755)
    os.mkfifo(tmp_path / "pip-runs")

    def start() -> tuple["subprocess.Popen[str]", int]:
        server = subprocess.Popen(
            [tmp_path / "script" / "server"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background shell ignores it
        )
        with (tmp_path / "pip-runs").open() as told:
            return server, os.pidfd_open(int(told.read()))

    return start


def ends(pip: int) -> bool:
    """Whether it ends by itself; it does not stay in any case."""
    ended = bool(select.select([pip], [], [], PATIENCE)[0])
    if not ended:
        signal.pidfd_send_signal(pip, signal.SIGKILL)
    os.close(pip)
    return ended


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_an_installation_ends_with_the_start_that_wanted_it(start: Start, way: signal.Signals) -> None:
    server, pip = start()
    server.send_signal(way)
    assert ends(pip)
    server.communicate()
    assert server.returncode == -way


def test_ctrl_c_during_an_installation_is_no_failure(start: Start) -> None:
    server, pip = start()
    os.killpg(server.pid, signal.SIGINT)
    said = server.communicate()[1]
    assert ends(pip)
    assert server.returncode == 130
    assert said == "中断しました。もう一度実行すると続けられます。/ Interrupted; run this again to go on.\n"
