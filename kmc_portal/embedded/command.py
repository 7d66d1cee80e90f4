"""manage.py by itself: the embedded servers for the time of one command, where it needs them."""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kmc_portal.embedded import StackProblem, addresses

# Commands that answer without a database; `check` and `makemigrations` touch it only when asked to.
WITHOUT_DATABASE = {
    "rule", "help", "version", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic",
    "makemessages", "makemigrations", "startapp", "startproject", "test", "workflow_diagram", "demo_logins",
    "demo_receiver",
}  # fmt: skip
PATIENCE = 60  # seconds for another manage.py or script/server that is just starting


@contextmanager
def stack_for(argv: list[str]) -> Iterator[None]:
    """Run the block with the embedded stack answering, if the command `argv` wants one."""
    postgres = not os.environ.get("DATABASE_URL")
    valkey = not os.environ.get("REDIS_URL")
    if not needs_database(argv) or not (postgres or valkey):
        yield
        return
    try:
        with _stack(addresses.data_folder(), argv[1], postgres, valkey):
            yield
    except StackProblem as problem:
        sys.exit(str(problem))


def needs_database(argv: list[str]) -> bool:
    options = {argument.partition("=")[0] for argument in argv[1:]}
    if len(argv) < 2 or options & {"--help", "-h", "--version"}:
        return False
    return argv[1] not in WITHOUT_DATABASE or (argv[1] == "check" and "--database" in options)


@contextmanager
def _stack(data: Path, name: str, postgres: bool, valkey: bool) -> Iterator[None]:
    from kmc_portal.embedded import servers  # only now: `manage.py rule` and `help` stay quick

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / "guests.lock").open("w") as guests:
        deadline = time.monotonic() + PATIENCE
        while True:
            fcntl.flock(guests, fcntl.LOCK_SH)  # whoever started the servers waits for us
            if servers.answer(data, postgres=postgres, valkey=valkey):
                yield
                return
            fcntl.flock(guests, fcntl.LOCK_UN)
            try:
                with servers.locked(data, f"manage.py {name}") as folder:
                    with servers.running(folder, postgres=postgres, valkey=valkey):
                        try:
                            yield
                        finally:
                            fcntl.flock(guests, fcntl.LOCK_EX)
                    return
            except servers.InUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
