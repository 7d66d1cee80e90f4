"""The tests' own PostgreSQL and Valkey in a temporary folder, shared by all workers of one run."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kmc_portal.embedded import addresses, servers

FOLDER = "KMC_TEST_STACK"  # set by whoever started the stack, for the processes below
TEMPLATE = "KMC_TEST_TEMPLATE"  # the migrated database that each worker's is a copy of, where there is one
PREFIX = "kmc-test-"
FOREIGN = [
    "EMAIL_URL",
    "S3_BUCKET",
    "SECRET_KEY",
    "DEBUG",
    "HTTPS",
    "ALLOWED_HOSTS",
    "SITE_URL",
    "FILES_FOLDER",
]
FOREIGN += ["PORT", "HOST", "BEHIND_TLS_PROXY", "TRUSTED_PROXY_COUNT", "DEFAULT_FROM_EMAIL"]
FOREIGN += ["RECEIVER_PORT", "CONNECTIVITY_LOOPBACK", "CONNECTIVITY_CA_FILE"]


@contextmanager
def stack() -> Iterator[Path]:
    """Start the stack, say so in the environment, end it and remove its folder."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with servers.locked(folder, "tests") as locked, servers.running(locked, throw_away=True):
            os.environ[FOLDER] = str(folder)
            yield folder
    finally:
        os.environ.pop(FOLDER, None)
        shutil.rmtree(folder, ignore_errors=True)


def set_environment(folder: Path, worker: str) -> None:
    """Point the settings at the stack. `worker` is xdist's name (`gw0`) or `master`.

    Workers share the servers; each has its own database (pytest-django), Valkey number and data folder.
    """
    for name in FOREIGN:
        os.environ.pop(name, None)
    number = 0 if worker == "master" else int(worker.removeprefix("gw")) + 1
    data = folder / worker
    (data / "static").mkdir(parents=True, exist_ok=True)
    os.environ["DATABASE_URL"] = addresses.database_url(folder)
    os.environ["PGOPTIONS"] = "-c kmc.allow_truncate=on"  # tests empty tables between real commits
    os.environ["REDIS_URL"] = addresses.redis_url(folder, number)
    os.environ["KMC_DATA_FOLDER"] = str(data)
    os.environ["KMC_DEMO"] = "on"


def _sweep() -> None:
    """Remove the folders of runs that were killed: those whose lock nobody holds."""
    for lock in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/instance.lock"):
        if lock.stat().st_uid != os.getuid():
            continue
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(lock.parent, ignore_errors=True)
