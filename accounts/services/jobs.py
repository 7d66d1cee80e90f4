"""Background jobs: every run leaves a row with its progress and result, for staff to see.

A run's row is written outside the job's own transactions, so that it tells the truth when they are undone.

Three ways to be a recorded job:
- `@periodic` makes a Celery task of the table in kmc_portal/celery.py; its runs carry the table's name:
      @periodic
      def sweep_outbox(*, report: Report) -> str: ...      # "" where there was nothing to do
- `@started(name, needs=right)` makes a task that staff start with `start` (and may start again after it failed):
      @started("締めの試算", needs="billing.change_billingrun")
      def preview_run(*, actor: User, report: Report, run_id: int, version: int | None) -> str: ...
      jobs.start(task="billing.tasks.preview_run", subject=str(run), actor=actor, now=now, run_id=…, version=…)
- a command calls `run` itself.
What a job returns is shown as its result. Refused ends it as failed, with the refusal's words.
"""

import datetime
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import current_app, shared_task
from django.db import transaction
from django.utils import timezone

from accounts.models import JobRun, User
from accounts.services.errors import Refused
from accounts.services.rights import need

log = logging.getLogger(__name__)

KEPT = 200  # runs of one name
FEWEST_SECONDS = 1  # between two written steps of progress
STALE_AFTER = datetime.timedelta(minutes=10)  # without a sign of life

Report = Callable[[int, int], None]  # (done, total)


def nothing_to_report(done: int, total: int) -> None:
    """For callers that show no progress."""


_STARTED: dict[str, tuple[str, str]] = {}  # task: (the job's name, the right it needs)


# as Celery tasks ----------------------------------------------------------------------------------


def periodic(work: Callable[..., str]) -> Any:
    """A task of the periodic table as a recorded job: `work(report=…)`."""
    task = f"{work.__module__}.{work.__qualname__}"

    @shared_task(name=task)
    @wraps(work)
    def recorded() -> None:
        _quietly(name=periodic_name(task), work=lambda report: work(report=report))

    return recorded


def started(name: str, *, needs: str) -> Callable[[Callable[..., str]], Any]:
    """A task that staff start, as a recorded job: `work(actor=…, report=…, **arguments)`. `needs`: as in roles.py."""

    def make(work: Callable[..., str]) -> Any:
        task = f"{work.__module__}.{work.__qualname__}"
        _STARTED[task] = (name, needs)

        @shared_task(name=task)
        @wraps(work)
        def recorded(job_id: int) -> None:
            job = JobRun.objects.select_related("started_by").filter(pk=job_id).first()
            if job is None or job.state in (JobRun.State.DONE, JobRun.State.FAILED):
                return  # delivered twice
            _quietly(
                name=name,
                job_id=job.pk,
                work=lambda report: work(actor=job.started_by, report=report, **job.arguments),
            )

        return recorded

    return make


def start(*, task: str, subject: str, actor: User, now: datetime.datetime, **arguments: Any) -> JobRun:
    """Let a worker do a `started` task, after the caller's transaction. `arguments` are plain values (JSON)."""
    current_app.loader.import_default_modules()  # whoever starts a job may not have read the tasks yet
    name, needs = _STARTED[task]
    need(actor, needs, f"「{name}」を始める")
    job = JobRun.objects.create(
        name=name, subject=subject[:200], started_by=actor, queued_at=now, task=task, arguments=arguments
    )
    transaction.on_commit(
        lambda: current_app.send_task(task, args=[job.pk], retry=False), robust=True
    )  # where the broker is away the row waits, and staff may start it again
    return job


def start_again(*, job_id: int, actor: User, now: datetime.datetime) -> JobRun:
    """The same once more, after it failed or was given up."""
    with transaction.atomic():
        job = JobRun.objects.select_for_update().get(pk=job_id)
        if refusal := not_again(job, now):
            raise Refused(refusal)
        if job.state != JobRun.State.FAILED:
            _end(job, JobRun.State.FAILED, "応答がなくなったため、もう一度始めました。")
        return start(task=job.task, subject=job.subject, actor=actor, now=now, **job.arguments)


def may_start(task: str, actor: User) -> bool:
    """Whether this person's groups may start it (for buttons; `start` asks again)."""
    current_app.loader.import_default_modules()
    return task in _STARTED and bool(actor.has_perm(_STARTED[task][1]))


def not_again(job: JobRun, now: datetime.datetime) -> str | None:
    """Why a run cannot be started again, or None."""
    if not job.task:
        return "この処理は画面からは始められません。次の定期実行を待つか、対象の画面から操作してください。"
    if job.state == JobRun.State.FAILED or is_stale(job, now):
        return None
    return f"この処理は{job.get_state_display()}です。失敗したときだけ、もう一度始められます。"


def periodic_name(task: str) -> str:
    """The name under which kmc_portal/celery.py lists the task."""
    return next(name for name, row in current_app.conf.beat_schedule.items() if row["task"] == task)


def _quietly(**how: Any) -> None:
    """A refusal stands in the run's row; it is no fault of the worker."""
    try:
        run(**how)
    except Refused as refusal:
        log.info("job %s refused: %s", how["name"], refusal)


# a run --------------------------------------------------------------------------------------------


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
    """Waiting or started, not ended, and without a sign of life: nobody is at it."""
    waiting = job.state in (JobRun.State.QUEUED, JobRun.State.RUNNING)
    return waiting and (job.beat_at or job.queued_at) < now - STALE_AFTER


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
    """Of runs that found nothing to do (""), only the last one is kept; else the last KEPT of a name."""
    with transaction.atomic():
        JobRun.objects.filter(pk=job.pk).update(
            state=state, result=said, finished_at=timezone.now(), beat_at=timezone.now()
        )
        of_name = JobRun.objects.filter(name=job.name)
        of_name.filter(state=JobRun.State.DONE, result="", pk__lt=job.pk).delete()
        kept = of_name.order_by("-pk").values_list("pk", flat=True)[:KEPT]
        if len(ids := list(kept)) == KEPT:
            of_name.filter(pk__lt=ids[-1]).delete()
