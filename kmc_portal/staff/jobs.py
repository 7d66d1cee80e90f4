"""定期ジョブ: the table of kmc_portal/celery.py with its last and next runs, and what runs in the background just now."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.admin.tones import job_rows
from accounts.models import JobRun, MailState, OutgoingMail
from accounts.services import jobs
from accounts.services.errors import NotAllowed, Refused
from kmc_portal.celery import PERIODIC_JOBS

UNITS = ((24 * 60 * 60, "日"), (60 * 60, "時間"), (60, "分"), (1, "秒"))
GRACE = datetime.timedelta(minutes=5)  # a worker may be busy with something else
PER_PAGE = 50


@dataclass(frozen=True)
class Line:
    """One periodic job. `last` as accounts/admin/tones.py `job_rows` gives it; `expected` its next run."""

    name: str
    task: str
    interval: str
    last: dict[str, Any] | None
    expected: datetime.datetime | None
    late: bool


@require_safe
def jobs_view(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    overdue = OutgoingMail.objects.filter(state=MailState.QUEUED, not_before__lte=now)
    name = request.GET.get("name", "")
    runs = JobRun.objects.select_related("started_by").order_by("-pk")
    page = Paginator(runs.filter(name=name) if name else runs, PER_PAGE).get_page(request.GET.get("p"))
    waiting = job_rows(runs.filter(state__in=[JobRun.State.QUEUED, JobRun.State.RUNNING])[:PER_PAGE], now)
    context = {
        **admin.site.each_context(request),
        "title": "定期ジョブ",
        "lines": lines(now),
        "running": waiting,
        "poll": any(row["live"] for row in waiting),
        "page": page,
        "rows": job_rows(page.object_list, now),
        "names": sorted(set(JobRun.objects.order_by().values_list("name", flat=True).distinct())),
        "name_now": name,
        "waiting": OutgoingMail.objects.filter(state__in=[MailState.QUEUED, MailState.CLAIMED]).count(),
        "overdue": overdue.order_by("not_before").first(),
    }
    return TemplateResponse(request, "admin/staff/jobs.html", context)


def lines(now: datetime.datetime) -> list[Line]:
    """The periodic table, each job with its last run (one query)."""
    last_runs = (
        JobRun.objects.filter(name__in=PERIODIC_JOBS)
        .select_related("started_by")
        .order_by("name", "-pk")
        .distinct("name")
    )
    last = {row["row"].name: row for row in job_rows(last_runs, now)}
    found = []
    for name, (task, seconds) in PERIODIC_JOBS.items():
        run = last.get(name)
        expected = run["row"].queued_at + datetime.timedelta(seconds=seconds) if run else None
        late = expected is not None and expected < now - GRACE
        found.append(Line(name, task, every(seconds), run, expected, late))
    return found


@require_safe
def job_view(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: can be left and found again. While it runs the page looks again every few seconds."""
    job = JobRun.objects.select_related("started_by").filter(pk=pk).first()
    if job is None:
        raise Http404
    now = timezone.now()
    [row] = job_rows([job], now)
    context = {
        **admin.site.each_context(request),
        "title": job.name,
        "job": job,
        "item": row,
        "poll": row["live"],
        "subject_link": subject_link(job),
        "not_again": jobs.not_again(job, now),
        "may_again": bool(job.task) and jobs.may_start(job.task, request.user),  # type: ignore[arg-type]
    }
    response = TemplateResponse(request, "admin/staff/job.html", context)
    if request.headers.get("HX-Request") and not row["live"]:
        response["HX-Refresh"] = "true"  # it has ended: show the whole page anew
    return response


@require_POST
def again_view(request: HttpRequest, pk: int) -> HttpResponse:
    if not JobRun.objects.filter(pk=pk).exists():
        raise Http404
    try:
        job = jobs.start_again(job_id=pk, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:job", args=[pk]))
    messages.success(request, f"「{job.name}」をもう一度始めました。")
    return HttpResponseRedirect(reverse("admin:job", args=[job.pk]))


def subject_link(job: JobRun) -> str:
    """The page of what the job is about, where it has one."""
    if run_id := job.arguments.get("run_id"):
        return reverse("admin:billing_billingrun_change", args=[run_id])
    return ""


def every(seconds: int) -> str:
    """`60` → 「1分ごと」, in the largest unit that fits without a rest."""
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}ごと"
