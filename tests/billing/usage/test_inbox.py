"""The inbox folder, the commands and the upload: every way in ends in the same import."""

import datetime
import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import JobRun, User
from accounts.services.errors import NotAllowed, Refused
from billing.models import UsageFile
from billing.services import usage as service
from billing.services import usage_inbox
from billing.tasks import import_inbox, import_usage
from tests.billing.usage.conftest import Usage, counts, facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(tmp_path: Path, settings: Any) -> Path:
    settings.USAGE_INBOX = str(tmp_path / "inbox")
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def arrive(inbox: Path, source: Path, *, seconds_ago: int = 11) -> Path:
    """The file lies in the inbox, last written so long ago."""
    target = source.rename(inbox / source.name)
    at = (timezone.now() - datetime.timedelta(seconds=seconds_ago)).timestamp()
    os.utime(target, (at, at))
    return target


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != ".lock")


def test_whole_files_are_taken_in_and_moved_and_bad_ones_get_their_reason(usage: Usage, inbox: Path) -> None:
    arrive(inbox, usage.file([usage.row("a"), usage.row("b", chars="0")]))
    arrive(inbox, usage.bytes(b"", "usage-20261016.csv"))
    arrive(inbox, usage.bytes(b"x", "memo.txt"))
    result = usage_inbox.import_all(now=timezone.now())
    assert [name for name, _ in result.taken] == ["usage-20261015.csv"]
    assert names(inbox) == []
    assert names(inbox / "done") == ["usage-20261015.csv"]
    assert names(inbox / "refused") == [
        "memo.txt", "memo.txt.txt", "usage-20261016.csv", "usage-20261016.csv.txt"
    ]  # fmt: skip
    said = (inbox / "refused" / "usage-20261016.csv.txt").read_text(encoding="utf-8")
    assert said.startswith("usage-20261016.csv：ファイルが空です")
    assert "usage-20261015.csv：受入 1件、拒否 1件、重複 0件" in result.said


@pytest.mark.parametrize("name", ["usage-20261015.csv.part", ".usage-20261015.csv", "usage-20261015.csv.tmp"])
def test_a_file_that_is_not_there_whole_is_left_alone(usage: Usage, inbox: Path, name: str) -> None:
    arrive(inbox, usage.bytes(b"x", name))
    assert usage_inbox.import_all(now=timezone.now()).said == ""
    assert names(inbox) == [name]


def test_a_file_that_changed_ten_seconds_ago_waits_for_the_next_run(usage: Usage, inbox: Path) -> None:
    arrive(inbox, usage.file([usage.row("a")]), seconds_ago=9)
    result = usage_inbox.import_all(now=timezone.now())
    assert (result.taken, result.left) == ([], ["usage-20261015.csv"])
    arrive(inbox, inbox / "usage-20261015.csv", seconds_ago=10)
    assert len(usage_inbox.import_all(now=timezone.now()).taken) == 1


def test_the_same_name_again_never_covers_what_lies_there(usage: Usage, inbox: Path) -> None:
    for chars in ("70", "71"):
        arrive(inbox, usage.file([usage.row("a", chars=chars)]))
        usage_inbox.import_all(now=timezone.now())
    assert len(names(inbox / "done")) == 2
    assert facts()[0][-2:] == (2, 1)


def test_a_file_that_cannot_be_stored_just_now_stays(usage: Usage, inbox: Path, settings: Any) -> None:
    arrive(inbox, usage.file([usage.row("a")]))
    whole = settings.STORAGES
    settings.STORAGES = {**whole, "files": {**whole["files"], "OPTIONS": {"location": "/dev/null/files"}}}
    with pytest.raises(Refused, match="取り込めませんでした"):
        usage_inbox.import_all(now=timezone.now())
    assert names(inbox) == ["usage-20261015.csv"]
    settings.STORAGES = whole
    assert len(usage_inbox.import_all(now=timezone.now()).taken) == 1


def test_one_process_at_a_time_works_in_the_folder(usage: Usage, inbox: Path) -> None:
    with usage_inbox._alone(inbox), pytest.raises(Refused, match="いま別の処理"):
        usage_inbox.import_all(now=timezone.now())


def test_the_periodic_job_tells_what_it_did_and_fails_visibly_over_a_bad_file(
    usage: Usage, inbox: Path
) -> None:
    arrive(inbox, usage.file([usage.row("a")]))
    import_inbox()
    job = JobRun.objects.latest("pk")
    assert (job.state, job.result) == ("done", "usage-20261015.csv：受入 1件、拒否 0件、重複 0件")
    arrive(inbox, usage.bytes(b"", "usage-20261016.csv"))
    import_inbox()
    job = JobRun.objects.latest("pk")
    assert job.state == "failed"
    assert job.result.startswith("取り込めません：usage-20261016.csv：ファイルが空です")


def test_the_command_says_by_its_exit_code_how_it_went(usage: Usage, capsys: Any) -> None:
    good = usage.file([usage.row("a")])
    call_command("import_usage", str(good))
    assert "受入 1件、拒否 0件、重複 0件" in capsys.readouterr().out
    some = usage.file([usage.row("b"), usage.row("c", chars="0")], "usage-20261016.csv")
    with pytest.raises(CommandError, match="1行を拒否しました") as refused:
        call_command("import_usage", str(some))
    assert refused.value.returncode == 1
    bad = usage.bytes(b"", "usage-20261017.csv")
    with pytest.raises(CommandError, match="2件のファイルを取り込めませんでした") as refused:
        call_command("import_usage", str(bad), str(good), str(usage.folder / "usage-20261018.csv"))
    assert refused.value.returncode == 2
    said = capsys.readouterr()
    assert "usage-20261017.csv：ファイルが空です" in said.err
    assert "取り込み済みのファイルと同じ内容です" in said.out


def test_the_command_without_files_looks_into_the_inbox(usage: Usage, inbox: Path, capsys: Any) -> None:
    call_command("import_usage")
    assert "取り込むファイルはありません" in capsys.readouterr().out
    arrive(inbox, usage.file([usage.row("a")]))
    call_command("import_usage")
    assert UsageFile.objects.count() == 1


def test_an_uploaded_file_is_taken_in_by_a_worker_for_the_one_who_uploaded_it(
    usage: Usage, billing_clerk: User
) -> None:
    data = io.BytesIO(usage.file([usage.row("a")]).read_bytes())
    job = service.queue_import(name="usage-20261015.csv", data=data, actor=billing_clerk, now=timezone.now())
    import_usage(job.pk)
    import_usage(job.pk)  # delivered twice
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", "usage-20261015.csv：受入 1件、拒否 0件、重複 0件")
    file = UsageFile.objects.get()
    assert (file.imported_by, counts(file)) == (billing_clerk, (1, 1, 0, 0))


def test_an_upload_is_refused_at_once_over_its_name_size_or_the_person(
    usage: Usage, billing_clerk: User, reception: User, settings: Any
) -> None:
    settings.MAX_USAGE_MIB = 1
    for name, size, actor, error, said in [
        ("usage.csv", 1, billing_clerk, Refused, "ファイル名は"),
        ("usage-20261015.csv", 1024 * 1024 + 1, billing_clerk, Refused, "上限 1 MiB"),
        ("usage-20261015.csv", 0, billing_clerk, Refused, "空です"),
        ("usage-20261015.csv", 1, reception, NotAllowed, "権限がありません"),
    ]:
        with pytest.raises(error, match=said):
            service.queue_import(name=name, data=io.BytesIO(b"x" * size), actor=actor, now=timezone.now())
    assert not JobRun.objects.exists()


def test_made_files_are_the_same_for_the_same_seed_and_can_be_taken_in(usage: Usage, capsys: Any) -> None:
    made = [usage.folder / "made", usage.folder / "again"]
    for folder in made:
        call_command(
            "make_usage", str(folder), "--rows", "5001", "--days", "2026-10-01..2026-10-02", "--seed", "7"
        )
    first, second = sorted(made[0].iterdir())
    assert [path.name for path in (first, second)] == ["usage-20261001.csv", "usage-20261002.csv"]
    assert first.read_bytes() == (made[1] / first.name).read_bytes()
    outcomes = [usage.take(path).file for path in (first, second)]
    # of 2,500 and 2,501 records the 2,000th and the 4,000th repeat the one before
    assert [counts(file) for file in outcomes] == [(2500, 2499, 0, 1), (2501, 2500, 0, 1)]
    call_command(
        "make_usage",
        str(made[0]),
        "--rows",
        "3000",
        "--days",
        "2026-10-03",
        "--faults",
        "0.1",
        "--format",
        "csv.gz",
    )
    file = usage.take(made[0] / "usage-20261003.csv.gz").file
    assert file.rows == 3000
    assert 200 < file.refused < 400


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--days", "2026-10"], "--days は"),
        (["--days", "2026-10-02..2026-10-01"], "終わりが始まりより前"),
        (["--days", "2026-10-01", "--contracts", "K1"], "ご利用番号 K1 の契約はありません"),
        (["--days", "2026-09-01"], "利用中の契約がありません"),
        (["--days", "2026-10-01", "--faults", "2"], "--faults は0～1"),
    ],
)
def test_what_cannot_be_made_is_said(usage: Usage, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refusal:
        call_command("make_usage", str(usage.folder), "--rows", "10", *arguments)
    assert refusal.value.returncode == 2
