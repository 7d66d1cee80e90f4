"""script/setup under script/server, in a copy of the scripts with a stand-in for the interpreter."""

import os
import select
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from kmc_portal.embedded.addresses import BASE_DIR

PATIENCE = 30  # seconds
# answers every question of script/setup; an installation tells its process number and goes on without end
STAND_IN = """#!/bin/sh
case "$*" in *install*) echo $$ >pip-runs; exec sleep 1000;; esac
"""


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM])
def test_an_installation_ends_with_the_start_that_wanted_it(tmp_path: Path, way: signal.Signals) -> None:
    shutil.copytree(BASE_DIR / "script", tmp_path / "script")
    (tmp_path / "requirements.txt").touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(STAND_IN)
    python.chmod(0o755)
    os.mkfifo(tmp_path / "pip-runs")

    with subprocess.Popen([tmp_path / "script" / "server"], stdout=subprocess.DEVNULL) as server:
        with (tmp_path / "pip-runs").open() as told:
            pip = os.pidfd_open(int(told.read()))
        server.send_signal(way)

    ended = select.select([pip], [], [], PATIENCE)[0]
    if not ended:
        signal.pidfd_send_signal(pip, signal.SIGKILL)
    os.close(pip)
    assert ended
