"""配信実績 in the admin: what came in and what was refused, by file and as a calendar of a month."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.admin.fields import SeveralFilesField
from accounts.admin.pages import PageAdmin
from accounts.admin.sending import stream_file
from accounts.admin.tones import job_rows
from accounts.models import Contract, JobRun, StoredFile
from accounts.rules.plans import Channel
from accounts.services import files
from accounts.services.errors import NotAllowed, Refused
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge
from billing.admin import usage_figures
from billing.models import BillingRun, UsageFile
from billing.services import usage
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

REFUSED_SHOWN = 100
READ_FOR_THAT = 512 * 1024  # bytes: far more than a hundred rows need
CONTRACTS_SHOWN = 50
IMPORT = "配信実績の取込"  # the job's name
MAY_SEE_EVIDENCE = "billing.change_usagefile"


class UploadForm(DeedForm):
    uploads = SeveralFilesField(
        label="配信実績のファイル",
        help_text="usage-YYYYMMDD.csv（.csv.gz、.parquet も可。区分があれば usage-YYYYMMDD-区分.csv）。複数選べます。"
        "同じ日・区分のファイルがあれば差し替えます。同じ内容のファイルは何度取り込んでも変わりません。",
        error_messages={"required": "ファイルを選んでください。"},
    )


def _upload(doing: Doing, given: dict[str, Any], edited: MailText | None) -> str:
    """Each file is a job of its own; one that is refused does not stop the others."""
    begun, refusals = [], []
    for upload in given["uploads"]:
        try:
            begun.append(
                usage.queue_import(name=upload.name or "", data=upload, actor=doing.actor, now=doing.now)
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            refusals.append(str(refusal))
    if not begun:
        raise Refused(" ".join(refusals))
    for text in refusals:
        messages.error(doing.request, text)
    doing.request.session["usage_jobs"] = [job.pk for job in begun]
    return f"{len(begun)}件のファイルの取込を始めました。この画面を閉じても処理は続きます。"


def _progress_page(doing: Doing) -> str:
    begun = doing.request.session.pop("usage_jobs")
    if len(begun) == 1:
        return reverse("admin:job", args=begun)
    return f"{reverse('admin:jobs')}?{urlencode({'name': IMPORT})}"


class MonthFilter(DropdownFilter):
    title = "対象月"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        months = UsageFile.objects.order_by().dates("day", "month", order="DESC")
        return [(str(Month.of(first)), Month.of(first).label) for first in months]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not (value := self.value()):
            return queryset
        try:
            month = Month.parse(value)
        except ValueError as fault:
            raise IncorrectLookupParameters(str(fault)) from fault
        return queryset.filter(day__range=(month.first_day, month.last_day))


class RefusedFilter(DropdownFilter):
    title = "拒否"
    parameter_name = "refused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "拒否あり"), ("open", "拒否あり（有効・未確定の月）")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "open":
            return queryset.filter(usage_figures.with_refusals())
        return queryset.filter(refused__gt=0) if self.value() == "yes" else queryset


class StandingFilter(DropdownFilter):
    title = "状態"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "有効"), ("replaced", "差し替え済み")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("live", "replaced"):
            return queryset
        return queryset.filter(replaced_at__isnull=self.value() == "live")


@admin.register(UsageFile)
class UsageFileAdmin(PageAdmin):
    page_template = "admin/billing/usagefile/page.html"
    list_before_template = "admin/billing/usagefile/_tools.html"
    list_display = (
        "day_column",
        "name_column",
        "rows_column",
        "accepted_column",
        "refused_column",
        "duplicates_column",
        "state_column",
        "time_column",
    )
    list_display_links = ("day_column", "name_column")
    list_filter = (MonthFilter, RefusedFilter, StandingFilter)
    list_filter_submit = True
    search_fields = ("name", "sha256")
    search_help_text = "ファイル名・ハッシュ"
    list_select_related = ("imported_by",)
    list_deeds = (
        Deed("upload", "配信実績を取り込む", _upload, UploadForm, permission=usage.RIGHT, button="取り込む", goes_to=_progress_page,
             explain="ファイルを調べ、請求できない行は理由を付けて拒否します。進み具合は次の画面に出ます。この操作ではメールを送りません。"),
    )  # fmt: skip

    def own_urls(self, name: str) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("calendar/", view(self.calendar_view), name=f"{name}_own_calendar"),
            path("<int:pk>/refused/", view(self.refused_view), name=f"{name}_own_refused"),
            path("<int:pk>/evidence/", view(self.evidence_view), name=f"{name}_own_evidence"),
        ]

    # list -----------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        now = timezone.now()
        more = {
            "may_upload": self.may(request, "add"),
            "jobs": job_rows(_imports()[:3], now),
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    @admin.display(description="対象日", ordering="day")
    def day_column(self, row: UsageFile) -> str:
        return format_html('<span class="kmc-nowrap">{}</span>{}', f"{row.day:%Y/%m/%d}", _part(row))

    @admin.display(description="ファイル", ordering="name")
    def name_column(self, row: UsageFile) -> str:
        return row.name

    @admin.display(description="行数", ordering="rows")
    def rows_column(self, row: UsageFile) -> str:
        return f"{row.rows:,}"

    @admin.display(description="受入", ordering="accepted")
    def accepted_column(self, row: UsageFile) -> str:
        return f"{row.accepted:,}"

    @admin.display(description="拒否", ordering="refused")
    def refused_column(self, row: UsageFile) -> str:
        return badge(f"{row.refused:,}", "bad") if row.refused else "0"

    @admin.display(description="重複", ordering="duplicates")
    def duplicates_column(self, row: UsageFile) -> str:
        return badge(f"{row.duplicates:,}", "warn") if row.duplicates else "0"

    @admin.display(description="状態", ordering="replaced_at")
    def state_column(self, row: UsageFile) -> str:
        return badge("差し替え済み", "quiet") if row.replaced_at else badge("有効", "good")

    @admin.display(description="取込", ordering="stored_at")
    def time_column(self, row: UsageFile) -> str:
        return format_html(
            '{}<span class="kmc-sub">{}</span>', f"{timezone.localtime(row.stored_at):%m/%d %H:%M}", row.imported_by or "自動"
        )  # fmt: skip

    # pages ----------------------------------------------------------------------------------------

    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        """A month as a calendar: files, refused rows, missing days, carriers missing on a day."""
        if not self.has_view_permission(request):
            raise PermissionDenied("この画面を使う権限がありません。")
        today = date_of(timezone.now())
        wanted = request.GET.get("month", "")
        try:
            month = Month.parse(wanted) if wanted else Month.of(today)
            days = usage_figures.days_of(month, today)
        except ValueError as fault:
            raise Http404(str(fault)) from fault
        context = {
            **self.frame(request),
            "title": f"配信実績 {month.label}",
            "month": month,
            "before": month.plus(-1),
            "after": month.plus(1),
            "weeks": usage_figures.weeks(days),
            "days": days,
            "bars": usage_figures.bars(days),
            "channels": [(channel.value, channel.label) for channel in Channel],
            "missing": [row for row in days if row.missing],
            "gaps": usage_figures.carrier_gaps(days),
            "refusing": [(file, row.day) for row in days for file in row.files if file.refused],
            "run": BillingRun.objects.filter(month=month.first_day).first(),
            "from_test": usage_figures.test_messages(month),
        }
        return TemplateResponse(request, "admin/billing/usagefile/calendar.html", context)

    def page_context(self, request: HttpRequest, obj: UsageFile) -> dict[str, Any]:
        header, rows = first_refusals(obj.refusals) if obj.refusals else ([], [])
        contracts = (
            Contract.objects.filter(facts__file=obj)
            .annotate(messages=Sum("facts__messages"))
            .select_related("customer")
            .order_by("-messages", "number")
        )
        others = UsageFile.objects.filter(day=obj.day, part=obj.part).exclude(pk=obj.pk).order_by("-pk")
        run = BillingRun.objects.filter(month=Month.of(obj.day).first_day).first()
        from_test = usage_figures.test_of_contracts(obj)
        return {
            "file": obj,
            "summary": usage_figures.summary(obj),
            "refused_header": header,
            "refused_rows": rows,
            "refused_shown": REFUSED_SHOWN,
            "contracts": [(row, from_test.get(row.pk, 0)) for row in contracts[:CONTRACTS_SHOWN]],
            "has_test_account": bool(from_test),
            "contract_count": contracts.count(),
            "older": obj.replaces,
            "newer": getattr(obj, "replaced_by", None),
            "others": list(others[:20]),
            "duplicates_of": _duplicates(obj),
            "run": run,
            "is_late": bool(run and run.stored_before and obj.stored_at > run.stored_before),
            "may_see_evidence": request.user.has_perm(MAY_SEE_EVIDENCE) and obj.evidence_id is not None,
            "may_upload": self.may(request, "add"),
        }

    def refused_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        if obj.refusals is None:
            raise Http404
        return stream_file(request, obj.refusals, what="配信実績の拒否した行")  # type: ignore[return-value]

    def evidence_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The accepted rows as they were kept: message by message, so not for everybody."""
        obj = self.fetch(request, str(pk))
        if not request.user.has_perm(MAY_SEE_EVIDENCE):
            raise PermissionDenied("受け入れた行を取り出せるのは「請求」の担当者です。")
        if obj.evidence is None:
            raise Http404
        return stream_file(request, obj.evidence, what="配信実績の受け入れた行")  # type: ignore[return-value]


def first_refusals(file: StoredFile) -> tuple[list[str], list[list[str]]]:
    """Header and first rows of the list of refused rows."""
    with files.open_content(file) as content:
        data = content.read(READ_FOR_THAT)
    text = data.decode("utf-8-sig", errors="replace")
    if len(data) == READ_FOR_THAT:
        text = text[: text.rfind("\n") + 1]  # the last line may be cut
    rows = list(csv.reader(io.StringIO(text)))
    return (rows[0], rows[1 : REFUSED_SHOWN + 1]) if rows else ([], [])


def _imports() -> Any:
    """The newest imports, those that run first."""
    return JobRun.objects.filter(name=IMPORT).select_related("started_by").order_by("-pk")


def _duplicates(file: UsageFile) -> list[tuple[UsageFile | None, int]]:
    """Earlier files that hold the rows which this one repeats, and how many; None for the file itself."""
    found = UsageFile.objects.in_bulk([int(pk) for pk in file.duplicates_of if str(pk).isdecimal()])
    return [
        (found.get(int(pk)) if str(pk).isdecimal() else None, count)
        for pk, count in file.duplicates_of.items()
    ]


def _part(row: UsageFile) -> str:
    return format_html('<span class="kmc-sub">区分 {}</span>', row.part) if row.part else ""
