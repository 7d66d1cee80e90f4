"""Background jobs: every run leaves a row with its progress and result, for staff to see.

A run's row is written outside the job's own transactions, so that it tells the truth when they are undone.
"""

import datetime
import logging
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.models import JobRun, User
from accounts.services.errors import Refused

log = logging.getLogger(__name__)

KEPT = 200  # runs of one name
FEWEST_SECONDS = 1  # between two written steps of progress
STALE_AFTER = datetime.timedelta(minutes=10)  # without a sign of life

Report = Callable[[int, int], None]  # (done, total)


def queue(*, name: str, subject: str = "", actor: User | None, now: datetime.datetime) -> JobRun:
    """A run that a task will carry out."""
    return JobRun.objects.create(name=name, subject=subject, started_by=actor, queued_at=now)


def run(
    *,
    name: str,
    work: Callable[[Report], str],
    subject: str = "",
    job_id: int | None = None,
    actor: User | None = None,
) -> str:
    """Do `work` under a row of its own, or the queued one; returns (and keeps) what it says.

    Refused ends the run as failed, with its words, and is raised again; so is any other error, after it was logged.
    """
    job = _begin(name, subject, job_id, actor)
    try:
        said = work(_reporter(job.pk))
    except Refused as refusal:
        _end(job, JobRun.State.FAILED, str(refusal))
        raise
    except BaseException as error:
        log.exception("job %s (%s) failed", name, subject)
        _end(
            job,
            JobRun.State.FAILED,
            f"予期しない問題で止まりました（{type(error).__name__}）。もう一度実行してください。",
        )
        raise
    _end(job, JobRun.State.DONE, said)
    return said


def is_stale(job: JobRun, now: datetime.datetime) -> bool:
    """Started, not ended, and without a sign of life: its process is gone."""
    return job.state == JobRun.State.RUNNING and (job.beat_at or job.queued_at) < now - STALE_AFTER


def _begin(name: str, subject: str, job_id: int | None, actor: User | None) -> JobRun:
    now = timezone.now()
    if job_id is None:
        job = queue(name=name, subject=subject, actor=actor, now=now)
    else:
        job = JobRun.objects.get(pk=job_id)
    job.state, job.started_at, job.beat_at = JobRun.State.RUNNING, now, now
    job.save(update_fields=["state", "started_at", "beat_at"])
    return job


def _reporter(job_id: int) -> Report:
    """Writes at most one step a second; the last one always."""
    last = timezone.now() - datetime.timedelta(seconds=FEWEST_SECONDS)

    def report(done: int, total: int) -> None:
        nonlocal last
        now = timezone.now()
        if done < total and (now - last).total_seconds() < FEWEST_SECONDS:
            return
        last = now
        JobRun.objects.filter(pk=job_id).update(done=done, total=total, beat_at=now)

    return report


def _end(job: JobRun, state: JobRun.State, said: str) -> None:
    with transaction.atomic():
        JobRun.objects.filter(pk=job.pk).update(
            state=state, result=said, finished_at=timezone.now(), beat_at=timezone.now()
        )
        kept = JobRun.objects.filter(name=job.name).order_by("-pk").values("pk")[:KEPT]
        JobRun.objects.filter(name=job.name).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
