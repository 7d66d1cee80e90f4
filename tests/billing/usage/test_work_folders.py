"""What killed imports left in the machine's temporary folder goes with the next import; what is at work stays."""

import fcntl
import os
import tempfile
import time
from pathlib import Path

import pytest

from tests.fixtures.billing import World

pytestmark = pytest.mark.django_db
TWO_DAYS = 2 * 24 * 60 * 60


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of our own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(place: Path, name: str, age: int) -> Path:
    folder = place / f"kmc-usage-{name}"
    folder.mkdir()
    (folder / "spilled").write_bytes(b"x")
    os.utime(folder, (time.time() - age,) * 2)
    return folder


def test_an_old_folder_goes_unless_an_import_holds_it(place: Path, world: World) -> None:
    abandoned, young = left(place, "old", TWO_DAYS), left(place, "young", 60)
    at_work = left(place, "at-work", TWO_DAYS)
    holder = os.open(at_work, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        world.sent(world.contract(start="2020-10-01"), 1, day="2020-10-05")
        world.arrives("2020-10-05")
    finally:
        os.close(holder)
    assert [folder.exists() for folder in (abandoned, young, at_work)] == [False, True, True]
    assert {folder.name for folder in place.glob("kmc-usage-*")} == {"kmc-usage-young", "kmc-usage-at-work"}
