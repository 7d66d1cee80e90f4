"""定期ジョブ: the table of kmc_portal/celery.py as staff read it."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import MailState, OutgoingMail
from kmc_portal.celery import PERIODIC_JOBS

UNITS = ((24 * 60 * 60, "日"), (60 * 60, "時間"), (60, "分"), (1, "秒"))


@require_safe
def jobs_view(request: HttpRequest) -> HttpResponse:
    overdue = OutgoingMail.objects.filter(state=MailState.QUEUED, not_before__lte=timezone.now())
    context = {
        **admin.site.each_context(request),
        "title": "定期ジョブ",
        "jobs": [(name, task, every(seconds)) for name, (task, seconds) in PERIODIC_JOBS.items()],
        "waiting": OutgoingMail.objects.filter(state__in=[MailState.QUEUED, MailState.CLAIMED]).count(),
        "overdue": overdue.order_by("not_before").first(),
    }
    return TemplateResponse(request, "admin/staff/jobs.html", context)


def every(seconds: int) -> str:
    """`60` → 「1分ごと」, in the largest unit that fits without a rest."""
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    return f"{seconds // size}{unit}ごと"
