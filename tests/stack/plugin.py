"""Early pytest plugin (`-p tests.stack.plugin`): the stack stands before Django's settings are read."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kmc_portal.embedded import processes
from tests.stack import throw_away

_open = ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "master")
    if worker != "master":
        processes.tie_to_parent(signal.SIGKILL, os.getppid())  # also in the middle of a test
    folder = os.environ.get(throw_away.FOLDER)
    if folder is None:
        folder = str(_open.enter_context(throw_away.stack()))
    throw_away.set_environment(Path(folder), worker)
    try:
        return (yield)
    except BaseException:  # pytest_unconfigure is not called when starting up fails
        _open.close()
        raise


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _open.close()
