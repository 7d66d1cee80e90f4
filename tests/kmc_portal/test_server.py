"""script/server as a newcomer runs it: from nothing to the demo, killed, started again, ended."""

import signal
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.kmc_portal.test_demo_receiver import HOST, posts
from tests.kmc_portal.test_stack import MANAGE, SERVER, free_port, run, serving, wait_until_gone


@pytest.mark.stack
def test_the_server_starts_from_nothing_keeps_its_data_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, port, receiver = tmp_path / "data", free_port(), free_port()
    monkeypatch.setenv("RECEIVER_PORT", str(receiver))
    mark = "from django.contrib.auth.models import Group; "
    with serving(data, port) as (process, said):
        assert "Traceback" not in said
        assert urlopen(f"http://127.0.0.1:{port}/healthz").status == 200
        assert f"https://{HOST}:{receiver}/" in said  # the demo's receiver
        assert {post.reason for post in posts(data, receiver, "/ok")} == {None}
        done = run([*MANAGE, "shell", "-v0", "-c", mark + "Group.objects.create(name='残すもの')"], data)
        assert done.returncode == 0, done.stderr

        second = run(SERVER, data, PORT=str(port))
        assert second.returncode == 1
        assert "すでに使用中です" in second.stderr
        assert f"http://localhost:{port}/" in second.stderr

        process.send_signal(signal.SIGKILL)
        process.wait()
        assert wait_until_gone(data) == []

    with serving(data, port) as (process, said):
        assert "途中で終わっています" not in said
        done = run(
            [*MANAGE, "shell", "-v0", "-c", mark + "print(Group.objects.filter(name='残すもの').count())"],
            data,
        )
        assert done.stdout == "1\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        process.stdout.read()
        assert process.wait() == 143
        assert wait_until_gone(data) == []
