"""The inbox folder of delivery records: whole files are taken in, then moved to `done` or `refused` (docs/usage.md).

A file is moved only after what was decided about it is stored, so a crash in between means that the next run meets
the same file again, which changes nothing, and moves it then. One process at a time works in the folder.
"""

import datetime
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from accounts.services.errors import Refused
from accounts.services.jobs import Report, nothing_to_report
from billing.rules.usage import read_name
from billing.services import usage
from billing.services.usage import BadFile, Outcome

DONE, REFUSED = "done", "refused"
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
STILL_WRITTEN = datetime.timedelta(seconds=10)  # a file that changed so lately is left for the next run


@dataclass
class Result:
    """What became of each file, in the order of their work."""

    taken: list[tuple[str, Outcome]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)  # name, reason
    left: list[str] = field(default_factory=list)  # still being written

    @property
    def said(self) -> str:
        """A line a file; "" where there was nothing to do."""
        lines = [f"{name}：{outcome.said}" for name, outcome in self.taken]
        return "\n".join([*lines, *(f"取り込めません：{reason}" for _, reason in self.refused)])


def folder() -> Path:
    return Path(settings.USAGE_INBOX)


def import_all(*, now: datetime.datetime, report: Report = nothing_to_report) -> Result:
    """Take in every whole file, the earliest day first. Refused where a file could not be stored for another reason
    than its content (it stays), or where another process is at work in the folder."""
    inbox = folder()
    for place in (inbox, inbox / DONE, inbox / REFUSED):
        place.mkdir(parents=True, exist_ok=True)
    result = Result()
    with _alone(inbox):
        waiting = sorted(_whole(inbox, result.left), key=_order)
        for number, path in enumerate(waiting):
            report(number, len(waiting))
            try:
                outcome = usage.import_file(path=path, name=path.name, actor=None, now=now)
            except BadFile as fault:
                result.refused.append((path.name, str(fault)))
                _move(path, inbox / REFUSED, now, str(fault))
            else:
                result.taken.append((path.name, outcome))
                _move(path, inbox / DONE, now)
        report(len(waiting), len(waiting))
    return result


def _whole(inbox: Path, left: list[str]) -> Iterator[Path]:
    """Files that nobody is writing any more. The clock is the machine's: it is the files' clock, too."""
    latest = datetime.datetime.now(datetime.UTC) - STILL_WRITTEN
    for path in inbox.iterdir():
        if path.name.startswith(".") or path.name.endswith(UNFINISHED) or not path.is_file():
            continue
        if datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC) > latest:
            left.append(path.name)
            continue
        yield path


def _order(path: Path) -> tuple[bool, object, str]:
    """By day and part; what has no proper name comes last."""
    try:
        return False, read_name(path.name)[0], path.name
    except ValueError:
        return True, (), path.name


def _move(path: Path, place: Path, now: datetime.datetime, reason: str = "") -> None:
    """Never over another file: a second one of the name gets the time in front of it."""
    target = place / path.name
    if target.exists():
        target = place / f"{now:%Y%m%d-%H%M%S}-{os.urandom(2).hex()}-{path.name}"
    if reason:
        target.with_name(f"{target.name}.txt").write_text(f"{reason}\n", encoding="utf-8")
    path.rename(target)


@contextmanager
def _alone(inbox: Path) -> Iterator[None]:
    """The lock ends with the process, however it ends."""
    with (inbox / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "受信フォルダーの取込は、いま別の処理が行っています。終わるまでお待ちください。"
            ) from None
        yield
