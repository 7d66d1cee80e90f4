"""Jobs in the background leave a row each: progress, result, refusal, crash; and start again after they failed."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from accounts import tasks
from accounts.models import JobRun, User
from accounts.services import jobs, mail_delivery
from accounts.services.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db

SWEEP = "送信待ちメールの配信と滞留の回収"
NOW = datetime.datetime(2026, 11, 24, 1, 0, tzinfo=datetime.UTC)


def lengthen(*, actor, report, words):
    """A job of the tests: as long as it is told, refusing what is too short."""
    for done in range(len(words)):
        report(done + 1, len(words))
    if len(words) < 3:
        raise Refused("短すぎます。")
    return f"{actor} {len(words)}文字"


LENGTHEN = f"{__name__}.lengthen"
task = jobs.started("文字数の確認", needs="billing.add_usagefile")(lengthen)


def begin(actor: User, words: str = "四文字だ") -> JobRun:
    return jobs.start(task=LENGTHEN, subject="試し", actor=actor, now=timezone.now(), words=words)


def test_a_job_that_staff_start_waits_until_a_worker_does_it(billing_clerk):
    job = begin(billing_clerk)
    assert (job.name, job.subject, job.state, job.arguments) == (
        "文字数の確認", "試し", "queued", {"words": "四文字だ"},
    )  # fmt: skip
    task(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", f"{billing_clerk} 4文字")
    assert (job.done, job.total, job.percent) == (4, 4, 100)
    assert job.started_by == billing_clerk and job.finished_at is not None


def test_a_message_that_is_delivered_twice_does_it_once(billing_clerk):
    job = begin(billing_clerk)
    task(job.pk)
    JobRun.objects.filter(pk=job.pk).update(result="初回")
    task(job.pk)
    assert JobRun.objects.get().result == "初回"


def test_whoever_lacks_the_right_starts_nothing(viewer):
    with pytest.raises(NotAllowed, match="「文字数の確認」を始める権限がありません"):
        begin(viewer)
    assert not JobRun.objects.exists()


def test_a_refusal_is_the_result_and_no_fault_of_the_worker(billing_clerk):
    job = begin(billing_clerk, "短い")
    task(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == ("failed", "短すぎます。")


def test_what_failed_may_be_started_again_and_what_is_done_may_not(billing_clerk, superuser):
    failed = begin(billing_clerk, "短い")
    task(failed.pk)
    again = jobs.start_again(job_id=failed.pk, actor=superuser, now=timezone.now())
    assert (again.state, again.arguments, again.started_by) == ("queued", {"words": "短い"}, superuser)
    done = begin(billing_clerk)
    task(done.pk)
    with pytest.raises(Refused, match="この処理は完了です"):
        jobs.start_again(job_id=done.pk, actor=billing_clerk, now=timezone.now())


def test_a_job_without_a_sign_of_life_for_ten_minutes_may_be_started_again(billing_clerk):
    with time_machine.travel(NOW, tick=False):
        job = begin(billing_clerk)
    ten = NOW + datetime.timedelta(minutes=10)
    assert not jobs.is_stale(job, ten)
    with pytest.raises(Refused, match="開始待ち"):
        jobs.start_again(job_id=job.pk, actor=billing_clerk, now=ten)
    later = ten + datetime.timedelta(microseconds=1)
    assert jobs.is_stale(job, later)
    jobs.start_again(job_id=job.pk, actor=billing_clerk, now=later)
    job.refresh_from_db()
    assert (job.state, job.result) == ("failed", "応答がなくなったため、もう一度始めました。")
    task(job.pk)  # the old message arrives after all
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_periodic_run_with_nothing_to_do_leaves_one_row_however_often(monkeypatch):
    tried = iter([0, 0, 2, 0, 0])
    monkeypatch.setattr(mail_delivery, "sweep", lambda clock: next(tried))
    for _ in range(5):
        tasks.sweep_outbox()
    assert list(JobRun.objects.values_list("name", "state", "result")) == [
        (SWEEP, "done", ""),
        (SWEEP, "done", "メール 2通の送信を試みました。"),
    ]


def test_a_periodic_run_that_crashes_says_so_and_the_worker_hears_of_it(monkeypatch):
    def crash(clock):
        raise OSError("broken")

    monkeypatch.setattr(mail_delivery, "sweep", crash)
    with pytest.raises(OSError, match="broken"):
        tasks.sweep_outbox()
    job = JobRun.objects.get()
    assert (job.state, job.result) == (
        "failed", "予期しない問題で止まりました（OSError）。もう一度実行してください。",
    )  # fmt: skip


def test_two_hundred_runs_of_a_name_are_kept(monkeypatch):
    monkeypatch.setattr(mail_delivery, "sweep", lambda clock: 1)
    JobRun.objects.bulk_create(
        JobRun(name=SWEEP, state="done", result="前の実行", queued_at=NOW) for _ in range(202)
    )
    other = JobRun.objects.create(name="別の処理", state="done", result="残る", queued_at=NOW)
    tasks.sweep_outbox()
    assert JobRun.objects.filter(name=SWEEP).count() == 200
    assert JobRun.objects.filter(pk=other.pk).exists()
