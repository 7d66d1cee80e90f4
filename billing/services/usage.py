"""Take in files of delivery records (docs/usage.md): judged and counted outside, stored in one transaction.

Of each day and part one file is live. A message id is charged once: where several live files have it, the one with
the earliest day and part has it. So what counts depends on the live files alone, never on the order they came in;
a new or corrected file may therefore bring new editions of files after it, made from their own evidence.
"""

import datetime
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

import duckdb
from django.conf import settings
from django.db import connection, transaction

from accounts.gateways import storage
from accounts.models import JobRun, StoredFile, User
from accounts.services import files, jobs
from accounts.services.errors import Refused
from accounts.services.jobs import Report, nothing_to_report
from accounts.services.rights import need
from billing.gateways import usage_files
from billing.gateways.usage_files import Counts, Other
from billing.models import UsageFile
from billing.rules.usage import Slot, read_name
from billing.services import clock, usage_context
from kmc_portal.lib.jst import date_of

RIGHT, DEED = "billing.add_usagefile", "配信実績を取り込む"
STEPS = 7  # that are reported
ATTEMPTS = 20  # each but the last lost against another import that went through
_LOCK = 0x4B4D43_02  # an advisory lock's number: one import is stored at a time
_WORK = "kmc-usage-"
_ABANDONED = 24 * 60 * 60  # seconds, after which the folder of a killed import is removed
_COPY = (
    "COPY billing_dailyfact (file_id, contract_id, account, day, channel, carrier, segments, messages)"
    " FROM STDIN (FORMAT csv)"
)


class BadFile(Refused):
    """The file itself is at fault: it will be refused again, however often it comes."""


class Outcome(NamedTuple):
    file: UsageFile
    changed: bool  # False: the very same file is live already

    @property
    def said(self) -> str:
        """「受入 9件、拒否 1件、重複 0件」"""
        if not self.changed:
            return "取り込み済みのファイルと同じ内容です（変更なし）。"
        one = self.file
        return f"受入 {one.accepted:,}件、拒否 {one.refused:,}件、重複 {one.duplicates:,}件"


def import_file(
    *,
    path: Path,
    name: str,
    actor: User | None,
    now: datetime.datetime,
    report: Report = nothing_to_report,
) -> Outcome:
    """Take in one file under the name that says its day and part; `actor` None is the inbox.

    BadFile where the file cannot be read at all; other refusals may pass. Either way nothing is kept.
    """
    if actor is not None:
        need(actor, RIGHT, DEED)
    try:
        slot, format = read_name(name)
    except ValueError as fault:
        raise BadFile(f"{name}：{fault}") from fault
    if slot.day > date_of(now):
        raise BadFile(f"{name}：対象日が今日より後です。ファイル名の日付を確認してください。")
    with _work_folder() as work, _told(name):
        report(0, STEPS)
        before = path.stat()
        source = usage_files.prepare(path, format, work)
        report(1, STEPS)
        live = _live(slot)
        if live is not None and live.sha256 == source.sha256:
            return Outcome(live, False)
        judged = work / "judged.parquet"
        usage_files.judge(
            source,
            day=slot.day,
            contracts=usage_context.known_contracts(),
            work=work,
            target=judged,
            said=lambda step: report(1 + step, STEPS),
        )
        if (after := path.stat()) and (after.st_size, after.st_mtime_ns) != (
            before.st_size,
            before.st_mtime_ns,
        ):
            raise Refused(
                f"{name}：読み取っている間にファイルが変わりました。書き終わってから取り込んでください。"
            )
        new = _New(name, slot, source.sha256, source.size, actor, judged)
        for attempt in range(ATTEMPTS):
            outcome = _try(new, now, work / f"attempt-{attempt}", report)
            if outcome is not None:
                report(STEPS, STEPS)
                return outcome
    raise Refused(
        f"{name}：ほかの取込が続いているため取り込めませんでした。しばらくしてからもう一度お試しください。"
    )


def queue_import(*, name: str, data: IO[bytes], actor: User, now: datetime.datetime) -> JobRun:
    """Keep an uploaded file and let a worker take it in. Refused at once where the name or size is wrong."""
    need(actor, RIGHT, DEED)
    try:
        read_name(name)
    except ValueError as fault:
        raise BadFile(f"{name}：{fault}") from fault
    size = data.seek(0, 2)
    if size > settings.MAX_USAGE_MIB * 1024 * 1024:
        raise BadFile(
            f"{name}：ファイルが大きすぎます（上限 {settings.MAX_USAGE_MIB:,} MiB）。"
            "gzipで圧縮するか、区分を付けて分けるか、受信フォルダーに置いてください。"
        )
    if size == 0:
        raise BadFile(f"{name}：ファイルが空です。")
    stored = files.store(data)
    with transaction.atomic():
        file = files.claim(
            stored=stored,
            name=name,
            content_type="application/octet-stream",
            customer=None,
            actor=actor,
            now=now,
        )
        return jobs.start(
            task="billing.tasks.import_usage",
            subject=name,
            actor=actor,
            now=now,
            stored_file_id=file.pk,
            name=name,
        )


def import_stored(
    *, stored_file_id: int, name: str, actor: User | None, now: datetime.datetime, report: Report
) -> str:
    """What `queue_import` kept; returns what to say of it."""
    file = StoredFile.objects.get(pk=stored_file_id)
    try:
        with storage.local_path(file.sha256) as path:
            outcome = import_file(path=path, name=name, actor=actor, now=now, report=report)
    except storage.FileStoreError as error:
        raise Refused(str(error)) from error
    return f"{name}：{outcome.said}"


# one attempt --------------------------------------------------------------------------------------


@dataclass
class _New:
    """A file as it was judged by itself."""

    name: str
    slot: Slot
    sha256: str
    size: int
    actor: User | None
    evidence: Path


@dataclass
class _Edition:
    """A row of UsageFile to be: the new file, or an earlier one settled anew."""

    id: int
    name: str
    slot: Slot
    sha256: str
    size: int
    imported_by_id: int | None
    replaces: UsageFile | None
    counts: Counts
    evidence: storage.Stored
    refusals: storage.Stored | None
    facts: Path


@dataclass
class _Live:
    """A live file while settling: `id` and `evidence` may be those of an edition to be."""

    slot: Slot
    id: int
    first_day: datetime.date | None
    last_day: datetime.date | None
    sha256: str  # of the evidence in the store
    row: UsageFile | None = None
    path: Path | None = None

    def overlaps(self, other: "_Live") -> bool:
        if (
            self.first_day is None
            or self.last_day is None
            or other.first_day is None
            or other.last_day is None
        ):
            return False
        return self.first_day <= other.last_day and other.first_day <= self.last_day


@dataclass
class _Settling:
    """Everything live in the order of the slots, with the files in reach on this machine."""

    work: Path
    fetched: ExitStack
    report: Callable[[], None]
    live: list[_Live] = field(default_factory=list)

    def evidence(self, one: _Live) -> Path:
        if one.path is None:
            one.path = self.fetched.enter_context(storage.local_path(one.sha256))
        return one.path

    def settled(self, one: _Live, target: Path) -> bool:
        """Hold it against those before it; True where `target` is its new evidence."""
        before = [other for other in self.live if other.slot < one.slot and other.overlaps(one)]
        if not before and (one.row is None or not (one.row.duplicates_of or one.row.refused)):
            return False
        earlier = [Other(other.id, self.evidence(other)) for other in before]
        self.report()
        return usage_files.settle(self.evidence(one), earlier, work=self.work, target=target)


def _try(new: _New, now: datetime.datetime, work: Path, report: Report) -> Outcome | None:
    """Settle with what is live now and store it; None where another import was faster."""
    work.mkdir()
    generation = UsageFile.objects.count()
    predecessor = _live(new.slot)
    if predecessor is not None and predecessor.sha256 == new.sha256:
        return Outcome(predecessor, False)
    with ExitStack() as fetched:
        settling = _Settling(work, fetched, lambda: report(STEPS - 2, STEPS))
        editions = list(_editions(new, predecessor, settling))
        report(STEPS - 1, STEPS)
        stored = _store(editions, generation, now)
    return None if stored is None else Outcome(stored, True)


def _editions(new: _New, predecessor: UsageFile | None, settling: _Settling) -> Iterator[_Edition]:
    """The new file's, and one for every later file that settles differently because of it."""
    work = settling.work
    counts = usage_files.counts(new.evidence, work=work)
    own = _Live(new.slot, _next_id(), counts.first_day, counts.last_day, "", path=new.evidence)
    others = UsageFile.objects.live().exclude(day=new.slot.day, part=new.slot.part)
    settling.live = sorted(
        (own, *(_as_live(row) for row in others.select_related("evidence"))), key=lambda one: one.slot
    )
    ids = usage_context.contract_ids()
    if settling.settled(own, work / "settled.parquet"):
        own.path = work / "settled.parquet"
        counts = usage_files.counts(own.path, work=work)
    yield _edition(
        own,
        new.name,
        new.sha256,
        new.size,
        new.actor.pk if new.actor else None,
        predecessor,
        counts,
        ids,
        work,
    )
    moved = [own] if predecessor is None else [own, _as_live(predecessor)]
    for later in settling.live:
        if later.slot <= own.slot or not any(later.overlaps(one) for one in moved):
            continue
        target = work / f"settled-{later.id}.parquet"
        if not settling.settled(later, target):
            continue
        row = later.row
        assert row is not None, "only the new file has none"
        later.path, later.id = target, _next_id()
        moved.append(later)
        again = usage_files.counts(target, work=work)
        yield _edition(later, row.name, row.sha256, row.size, row.imported_by_id, row, again, ids, work)


def _edition(
    one: _Live,
    name: str,
    sha256: str,
    size: int,
    imported_by_id: int | None,
    replaces: UsageFile | None,
    counts: Counts,
    ids: dict[str, int],
    work: Path,
) -> _Edition:
    """Its evidence and refused rows go to the store; no row claims them yet."""
    assert one.path is not None, "settled"
    facts = work / f"facts-{one.id}.csv"
    usage_files.facts(one.path, ids, work=work, target=facts)
    refusals = None
    if counts.refused:
        listed = work / f"refused-{one.id}.csv"
        usage_files.refusals(one.path, work=work, target=listed)
        refusals = _kept(listed)
    return _Edition(
        one.id,
        name,
        one.slot,
        sha256,
        size,
        imported_by_id,
        replaces,
        counts,
        _kept(one.path),
        refusals,
        facts,
    )


def _store(editions: list[_Edition], generation: int, now: datetime.datetime) -> UsageFile | None:
    """All of them or none; None where something was stored since `generation` was counted."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if UsageFile.objects.count() != generation:
            return None
        stored_at = clock.stored_at(now)
        rows = [_store_one(edition, stored_at) for edition in editions]
        return rows[0]


def _store_one(edition: _Edition, stored_at: datetime.datetime) -> UsageFile:
    if edition.replaces is not None:
        UsageFile.objects.filter(pk=edition.replaces.pk).update(replaced_at=stored_at)
    counts = edition.counts
    stem = edition.name.partition(".")[0]
    row = UsageFile.objects.create(
        pk=edition.id,
        name=edition.name,
        day=edition.slot.day,
        part=edition.slot.part,
        sha256=edition.sha256,
        size=edition.size,
        rows=counts.rows,
        accepted=counts.accepted,
        refused=counts.refused,
        duplicates=counts.duplicates,
        duplicates_of={str(pk): count for pk, count in counts.duplicates_of.items()},
        first_day=counts.first_day,
        last_day=counts.last_day,
        evidence=_claim(edition.evidence, f"{stem}.parquet", "application/vnd.apache.parquet", stored_at),
        refusals=_claim(edition.refusals, f"{stem}-refused.csv", "text/csv", stored_at),
        stored_at=stored_at,
        imported_by_id=edition.imported_by_id,
        replaces=edition.replaces,
    )
    prefix = f"{row.pk},".encode()
    with connection.cursor() as cursor, edition.facts.open("rb") as facts, cursor.copy(_COPY) as copy:
        for line in facts:
            copy.write(prefix + line)
    return row


def _claim(
    stored: storage.Stored | None, name: str, content_type: str, now: datetime.datetime
) -> StoredFile | None:
    if stored is None:
        return None
    return files.claim(
        stored=stored, name=name, content_type=content_type, customer=None, actor=None, now=now
    )


def _kept(path: Path) -> storage.Stored:
    with path.open("rb") as content:
        return storage.put(content)


def _live(slot: Slot) -> UsageFile | None:
    return UsageFile.objects.live().filter(day=slot.day, part=slot.part).first()


def _as_live(row: UsageFile) -> _Live:
    assert row.evidence is not None, "every file has its evidence"
    return _Live(Slot(row.day, row.part), row.pk, row.first_day, row.last_day, row.evidence.sha256, row)


def _next_id() -> int:
    """The number that the row will have: evidence names it before the row is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('billing_usagefile', 'id'))")
        return int(cursor.fetchone()[0])


# around it ----------------------------------------------------------------------------------------


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Faults of the outside in words."""
    try:
        yield
    except usage_files.UnreadableFile as fault:
        raise BadFile(f"{name}：{fault}") from fault
    except FileNotFoundError as fault:
        raise Refused(f"{name}：ファイルがありません。") from fault
    except (storage.FileStoreError, duckdb.OutOfMemoryException, OSError, duckdb.IOException) as fault:
        raise Refused(
            f"{name}：取り込めませんでした。ファイルの保管場所とディスクの空きを確認し、もう一度お試しください。（{fault}）"
        ) from fault


@contextmanager
def _work_folder() -> Iterator[Path]:
    """A folder of our own in the machine's temporary one; what killed imports left there goes, too."""
    for left in Path(tempfile.gettempdir()).glob(f"{_WORK}*"):
        with suppress(OSError):  # gone meanwhile, another user's, or held by an import that is at work
            if left.stat().st_mtime < time.time() - _ABANDONED:
                with _held(left):
                    shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_WORK) as folder, _held(Path(folder)):
        yield Path(folder)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Locked for as long as this process is at it; BlockingIOError where another one is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
